"""The clerk's desk: ID cards against orders, cards in the desk's reader, and the holder's PIN.

Nothing here touches the machine: its reader, its printer and its thread are not used.
"""
