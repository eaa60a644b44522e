"""Simulated devices of the clerk's desk: ID-card reader, PIN pad, and the person who types.

A model receives and returns bytes; a line transports them (pty, TCP, USB/IP). Faults are methods
named as an observer would describe them.
"""
