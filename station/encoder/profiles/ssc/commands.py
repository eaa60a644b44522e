"""The effects of the commands of a social security card.

Source: ISO/IEC 7816-4:2013, table 4 (INS); card specification part 5; PBOC 3.0 part 5 (80 A8).
"""

from __future__ import annotations

from typing import Final

from station.encoder.card_profile import CommandKinds

EXTERNAL_AUTHENTICATE: Final = (0x00, 0x82)

COMMANDS: Final = CommandKinds(
    reading=frozenset(
        {
            EXTERNAL_AUTHENTICATE,
            (0x00, 0x20),  # VERIFY
            (0x00, 0x84),  # GET CHALLENGE
            (0x00, 0xA4),  # SELECT
            (0x00, 0xB0),  # READ BINARY
            (0x00, 0xB2),  # READ RECORD
            (0x80, 0x4E),  # UNWRAP key: returns it, imports nothing
            # GET PROCESSING OPTIONS: counts a transaction of the bank application only
            (0x80, 0xA8),
        }
    ),
    proofs=frozenset({EXTERNAL_AUTHENTICATE}),
)
