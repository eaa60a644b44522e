"""Central: what the windows of a hall, a city or a province have in common.

A process of its own, `station central serve`, on PostgreSQL. It keeps copies of the windows'
journals, gives orders out and takes them back, counts blanks on their way, and shows all windows on
one wall page. It never decides what happens to a card: a window does. See
`docs/decisions/0022-a-fleet-of-windows.md`.
"""
