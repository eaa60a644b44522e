"""HiTi CS card printers (CS-220e and relatives)."""
