"""Batches: the cards of many people, from a unit's list to the results that leave.

The rooms: `columns`, `reading` and `checks` turn a file into rows and faults, pure; `intake` takes
the rows over; `service` is what the API, the pages and the command line call. A card of a batch is
an order of the station's one life: nothing here moves a card, writes a chip or reports one.

Source: documents 000 (Shenzhen), 001 (Dalian), 003 (Jinan, section 4).
"""
