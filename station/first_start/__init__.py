"""Sets a window up: what is asked, what is found, what proves it, and the files that result.

`station setup` asks on the terminal, `station setup --page` in a browser of this PC. Both use the
same parts: `answers` (what a technician says, and the settings it becomes), `found` (what is
connected), `proofs` (each device does what it is there for) and `files` (written whole or not at
all).
"""
