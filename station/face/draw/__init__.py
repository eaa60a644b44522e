"""Planes of ink, and how they look on the stock."""
