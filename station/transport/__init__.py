"""Moves bytes between the station and its devices, without interpreting them."""
