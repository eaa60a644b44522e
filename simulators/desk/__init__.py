"""Simulated devices of the clerk's desk: ID-card reader, PIN pad, and the person who types.

A model takes bytes and gives bytes; a line carries them (pty, TCP, USB/IP). Faults are methods with
the words of whoever sees them happen.
"""
