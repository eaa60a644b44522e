"""Words and interfaces of the station. Imports nothing of ours, no I/O, no clock."""
