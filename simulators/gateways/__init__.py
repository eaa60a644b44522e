"""Simulated provincial systems, one folder per dialect; each runs as a process of its own."""
