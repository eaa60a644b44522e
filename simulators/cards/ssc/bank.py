"""The bank application of a 预制卡: PSE, debit application, account.

Source: PBOC 3.0 / EMV Book 1 clauses 10-12 and Book 3 clause 10; 9F38 as seen on cards.
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from simulators.cards.ssc.files import FREE, NEVER, Directory, RecordFile
from simulators.cards.ssc.tlv import encode_ber

PSE_NAME: Final = b"1PAY.SYS.DDF01"
DEBIT_AID: Final = bytes.fromhex("A000000333010101")
LABEL: Final = b"PBOC DEBIT"
PAN_DIGITS: Final = 19
#: Terminal qualifiers, amounts, country, TVR, currency, date, type, unpredictable number.
PDOL: Final = bytes.fromhex("9F6604 9F0206 9F0306 9F1A02 9505 5F2A02 9A03 9C01 9F3704")
PDOL_LENGTH: Final = 4 + 6 + 6 + 2 + 5 + 2 + 3 + 1 + 4
AIP: Final = bytes.fromhex("7C00")
SERVICE_CODE: Final = "220"
#: A valid record may hold 5A inside other data: a reader must parse, not search.
TRACK_ONE_DISCRETIONARY: Final = b"Z0000000000"


class BankAccount(BaseModel):
    """One account, and how its card presents it.

    Attributes:
        number: 19 digits with their check digit.
        expires: YYMMDD.
        effective: YYMMDD.
        number_sfi: File whose record 1 holds 5A: 2 or 3. The other one holds the remaining data.
        options_template: Form of the answer to GET PROCESSING OPTIONS: 80 or 77.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: str = Field(pattern=r"^\d{19}$", repr=False)
    expires: str = Field(pattern=r"^\d{6}$")
    effective: str = Field(pattern=r"^\d{6}$")
    number_sfi: Literal[2, 3] = 2
    options_template: Literal[0x80, 0x77] = 0x80


def luhn_digit(digits: str) -> str:
    """Return the check digit for `digits`. Source: ISO/IEC 7812-1 annex B."""
    doubled = [int(digit) * (2 - index % 2) for index, digit in enumerate(reversed(digits))]
    return str(-sum(value // 10 + value % 10 for value in doubled) % 10)


def encode_number(digits: str) -> bytes:
    """Return `digits` as cn: two per byte, left-aligned, filled with F."""
    return bytes.fromhex(digits + "F" * (len(digits) % 2))


def payment_directories(account: BankAccount) -> tuple[Directory, Directory]:
    """Return the payment system environment and the debit application for `account`."""
    return _environment(), _debit(account)


def _fci(name: bytes, *proprietary: bytes) -> bytes:
    return encode_ber(0x6F, encode_ber(0x84, name), encode_ber(0xA5, *proprietary))


def _environment() -> Directory:
    entry = (
        encode_ber(0x4F, DEBIT_AID),
        encode_ber(0x50, LABEL),
        encode_ber(0x87, b"\x01"),
    )
    record = encode_ber(0x70, encode_ber(0x61, *entry))
    fci = _fci(PSE_NAME, encode_ber(0x88, b"\x01"), encode_ber(0x5F2D, b"zh"))
    return Directory("PSE", PSE_NAME, fci, (_read_only(1, record),))


def _debit(account: BankAccount) -> Directory:
    files = (
        _read_only(account.number_sfi, _number_record(account)),
        _read_only(5 - account.number_sfi, _track_record(account)),
    )
    fci = _fci(
        DEBIT_AID,
        encode_ber(0x50, LABEL),
        encode_ber(0x87, b"\x01"),
        encode_ber(0x9F38, PDOL),
        encode_ber(0x5F2D, b"zh"),
    )
    ordered = tuple(sorted(files, key=lambda file: file.sfi))
    return Directory(
        "BANK", DEBIT_AID, fci, ordered, pdol_length=PDOL_LENGTH, options=_options(account)
    )


def _read_only(sfi: int, record: bytes) -> RecordFile:
    return RecordFile(f"SFI{sfi:02X}", sfi, None, FREE, NEVER, len(record), [record])


def _number_record(account: BankAccount) -> bytes:
    return encode_ber(
        0x70,
        encode_ber(0x9F1F, TRACK_ONE_DISCRETIONARY),
        encode_ber(0x5A, encode_number(account.number)),
    )


def _track_record(account: BankAccount) -> bytes:
    track = f"{account.number}D{account.expires[:4]}{SERVICE_CODE}0000000"
    return encode_ber(
        0x70,
        encode_ber(0x57, encode_number(track)),
        encode_ber(0x5F24, bytes.fromhex(account.expires)),
        encode_ber(0x5F25, bytes.fromhex(account.effective)),
        encode_ber(0x5F34, b"\x01"),
    )


def _options(account: BankAccount) -> bytes:
    # AFL: short identifier << 3, first record, last record, records for offline authentication.
    locator = bytes.fromhex("10010100 18010100")
    if account.options_template == 0x80:
        return encode_ber(0x80, AIP, locator)
    return encode_ber(0x77, encode_ber(0x82, AIP), encode_ber(0x94, locator))
