"""Status words and their meanings.

Source: ISO/IEC 7816-4:2013, 5.1.3 (tables 5 and 6); card specification part 5 (EXTERNAL
    AUTHENTICATE, READ RECORD, UPDATE RECORD); PBOC 3.0 part 4 (the 9xxx words).
"""

from __future__ import annotations

from typing import Final

TRIES_MASK: Final = 0xFFF0
TRIES_LEFT: Final = 0x63C0  #: 63Cx: x more tries
SW1_MASK: Final = 0xFF00
MORE_DATA: Final = 0x6100  #: 61xx: xx bytes wait for GET RESPONSE
WRONG_LE: Final = 0x6C00  #: 6Cxx: the same command again with Le = xx

LAST_TRY: Final = 1
AUTHENTICATION_BLOCKED: Final = 0x6983
END_OF_FILE: Final = 0x6282
RECORD_NOT_FOUND: Final = 0x6A83
FILE_NOT_FOUND: Final = 0x6A82
WRONG_OFFSET: Final = 0x6B00
SECURITY_STATUS_NOT_SATISFIED: Final = 0x6982

MEANINGS: Final = {
    0x6281: "part of the data may be corrupted",
    0x6282: "the file ends before that",
    0x6283: "the selected application is blocked",
    0x6581: "the memory could not be written",
    0x6700: "wrong length",
    0x6901: "command not accepted in this state",
    0x6981: "command does not fit the file's structure",
    0x6982: "security status not satisfied",
    0x6983: "the key or PIN is blocked",
    0x6984: "no valid challenge, or the referenced data is invalidated",
    0x6985: "conditions of use not satisfied",
    0x6986: "no current file",
    0x6987: "the MAC is missing",
    0x6988: "the MAC is wrong",
    0x6A80: "wrong data field",
    0x6A81: "function not supported, or the card is blocked",
    0x6A82: "file or application not found",
    0x6A83: "record not found",
    0x6A84: "no room left in the file",
    0x6A85: "Lc does not fit the TLV structure",
    0x6A86: "wrong P1-P2",
    0x6A88: "key not found",
    0x6B00: "wrong offset",
    0x6D00: "instruction not supported",
    0x6E00: "class not supported",
    0x6F00: "no diagnosis",
    0x9000: "done",
    0x9302: "the MAC is wrong",
    0x9303: "the application is blocked for good",
    0x9401: "balance too low",
    0x9402: "the transaction counter is at its end",
    0x9403: "no key with this index",
    0x9406: "the wanted MAC is not available",
}


def describe_sw(sw: int) -> str:
    """Return the meaning of `sw`; empty when no source states it."""
    if sw & TRIES_MASK == TRIES_LEFT:
        return f"authentication failed, {sw & 0x0F} tries left"
    if sw & SW1_MASK == MORE_DATA:
        return f"{sw & 0xFF or 256} more bytes to fetch"
    if sw & SW1_MASK == WRONG_LE:
        return f"wrong Le, {sw & 0xFF or 256} bytes are there"
    return MEANINGS.get(sw, "")
