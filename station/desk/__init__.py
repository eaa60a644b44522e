"""Devices on the clerk's desk that are not involved in making a card: ID-card reader and PIN pad.

They are not printer families: one window has at most one of each, and neither can access the card
in the machine. Each has a codec that handles bytes only, and a driver that waits.
"""
