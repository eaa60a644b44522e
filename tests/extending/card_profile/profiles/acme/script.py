"""Scripts of the invented card: identify, personalise, inspect.

What binds a card to its holder is written first (OWNER) and what makes it whole is written last
(CARD_NUMBER). So a card that was torn out on the way belongs to this order from the first write on,
and is not taken for a finished one before the last.
"""

from __future__ import annotations

from typing import Final

from station.core.cards import (
    AuthenticationRequest,
    BlankRule,
    ChipCondition,
    ChipData,
    ChipIdentity,
)
from station.core.errors import (
    InputError,
    RemoteProtocolError,
    WrongCardError,
    WrongCardReason,
)
from station.core.secrets import BankNumber
from station.encoder import blanks
from station.encoder.atr import historical_bytes
from station.encoder.card_profile import Script, ask_hsm

from .commands import (
    APPLICATION,
    AUTHENTICATE,
    CHALLENGE,
    SELECT,
    read_file,
    send,
    write_file,
)

IDENTITY, BANK, OWNER, DETAILS, CARD_NUMBER = range(1, 6)
ORDER_OF_WRITING: Final = (OWNER, DETAILS, CARD_NUMBER)
SM4: Final = "03"
KEY_ADDRESS: Final = "0094"
BLOCK: Final = 8
MOST: Final = 200  # bytes of a file


def encode(data: ChipData) -> dict[int, bytes]:
    """Return the content of each file.

    Raises:
        InputError: A field does not fit.
    """
    details = (data.AAC004, data.AAC005, data.AAC025, data.AAC006, data.AAZ503, data.valid_until)
    files = {
        OWNER: f"{data.AAC002}|{data.AAC003}".encode(),
        DETAILS: "|".join(details).encode(),
        CARD_NUMBER: data.AAZ500.encode(),
    }
    if any(len(content) > MOST for content in files.values()):
        raise InputError("a field is too long for the chip")
    return files


def check_data(data: ChipData) -> None:
    """See `CardEncoder.check_data`."""
    encode(data)


def check_blank(identity: ChipIdentity, rule: BlankRule) -> None:
    """See `CardEncoder.check_blank`."""
    blanks.check_blank(identity, rule)


def identify(atr: bytes) -> Script[ChipIdentity]:
    """See `CardEncoder.identify`."""
    yield from send("SELECT application", SELECT, APPLICATION)
    fixed = yield from read_file(IDENTITY)
    if len(fixed) != 20:
        raise RemoteProtocolError(f"the identity has {len(fixed)} bytes, not 20")
    card, version = fixed[:16].hex().upper(), fixed[16:].decode("ascii", "replace")
    bank = (yield from read_file(BANK)).decode("ascii", "replace")
    number = (yield from read_file(CARD_NUMBER)).decode("ascii", "replace")
    return ChipIdentity(
        AAZ501=card,
        AAZ507=historical_bytes(atr).hex().upper(),
        AAZ508=version,
        AAB301=card[:6],
        algorithm=SM4,
        AAZ500=number,
        bank_number=BankNumber(bank) if bank.isdecimal() else None,
    )


def personalise(
    atr: bytes, identity: ChipIdentity, data: ChipData, photo: bytes
) -> Script[ChipIdentity]:
    """See `CardEncoder.personalise`."""
    wanted = encode(data)
    found = yield from identify(atr)
    if not found.same_card(identity):
        raise WrongCardError(WrongCardReason.NOT_THIS_ORDERS, "another card is at the station")
    yield from _authenticate(found)
    if (yield from _condition(wanted)) is ChipCondition.OTHER_DATA:
        raise WrongCardError(WrongCardReason.ALREADY_PERSONALISED, "it holds another holder's data")
    for number in ORDER_OF_WRITING:
        yield from write_file(number, wanted[number])
    if (yield from _condition(wanted)) is not ChipCondition.THIS_DATA:
        raise RemoteProtocolError("the card does not read back what was written")
    return (yield from identify(atr))


def inspect(atr: bytes, data: ChipData) -> Script[ChipCondition]:
    """See `CardEncoder.inspect`."""
    found = yield from identify(atr)
    yield from _authenticate(found)
    return (yield from _condition(encode(data)))


def _authenticate(card: ChipIdentity) -> Script[None]:
    original = yield from _challenge()
    factor = yield from _challenge()
    answer = yield from ask_hsm(
        AuthenticationRequest(
            *(card.AAB301, card.AAZ507, card.AAZ501, SM4, KEY_ADDRESS), factor, original
        )
    )
    yield from send("AUTHENTICATE", AUTHENTICATE, answer)


def _challenge() -> Script[bytes]:
    challenge = yield from send("GET CHALLENGE", CHALLENGE)
    if len(challenge) != BLOCK:
        raise RemoteProtocolError(f"challenge has {len(challenge)} bytes, not {BLOCK}")
    return challenge


def _condition(wanted: dict[int, bytes]) -> Script[ChipCondition]:
    """Compare what the files hold with an order's data."""
    found: dict[int, bytes] = {}
    for number in ORDER_OF_WRITING:
        found[number] = yield from read_file(number)
    if found == wanted:
        return ChipCondition.THIS_DATA
    if not any(found.values()):
        return ChipCondition.BLANK
    whole = found[CARD_NUMBER] != b""
    if whole or found[OWNER] != wanted[OWNER] or found[DETAILS] not in (b"", wanted[DETAILS]):
        return ChipCondition.OTHER_DATA
    return ChipCondition.HALF_WRITTEN
