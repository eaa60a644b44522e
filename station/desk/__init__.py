"""Devices on the clerk's desk that have no part in making a card: ID-card reader and PIN pad.

They are not printer families: one window has at most one of each, and neither can touch the card in
the machine. Each has a codec that knows bytes only, and a driver that waits.
"""
