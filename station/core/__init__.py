"""Words and interfaces of the station. Imports nothing else of the station; no I/O, no clock."""
