"""Moves bytes between the station and its devices; knows nothing of what they mean."""
