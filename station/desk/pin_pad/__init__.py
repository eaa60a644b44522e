"""PIN pads: two kinds of frames, and the makers' command codes in TOML."""

from station.desk.pin_pad.driver import SerialPinPad
from station.desk.pin_pad.facts import load_pad_facts, pad_names

__all__ = ["SerialPinPad", "load_pad_facts", "pad_names"]
