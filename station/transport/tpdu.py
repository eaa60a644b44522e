"""Commands that T=0 can't carry in one piece.

Source: ISO/IEC 7816-3:2006, 12.2.5: a case 4 command goes to a T=0 card without its Le; the card
    answers 61xx and GET RESPONSE fetches the data. PC/SC part 5 leaves this to the application.
"""

from __future__ import annotations

from typing import Final

HEADER_AND_LC: Final = 5


def t0_command(command: bytes) -> bytes:
    """Return `command` in its T=0 form: a case 4S command loses its Le, others are unchanged."""
    if len(command) > HEADER_AND_LC and len(command) == HEADER_AND_LC + command[4] + 1:
        return command[:-1]
    return command
