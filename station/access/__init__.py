"""Who may call: operators, sessions, tokens of programs, and the table of who may do what.

Kept in `access.db`, a database of its own beside the journal. The journal is the chained history
of one machine and has one writer, the daemon; operators are also changed by `station operators`
while the daemon runs, and a forgotten password must not need the key of the personal data. What
happens at the doors is still part of the history: each change here writes a line into its own log
in the same transaction, and the daemon copies the lines into the journal's chain.
"""

from station.access.doors import Doors, open_doors

__all__ = ["Doors", "open_doors"]
