"""Simulated operators' cards: a PIV card with a key, a certificate and a PIN.

A card is passive and does no I/O. It knows nothing of the station: it is written from the standard.
"""

from simulators.operator_cards.maker import make_card
from simulators.operator_cards.piv import PivCard

__all__ = ["PivCard", "make_card"]
