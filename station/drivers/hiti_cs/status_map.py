"""Translation of HiTi CS status bytes, alert lists and card position to IPP.

Source: docs/explanations/wire-hiti-cs.md, rows 0400, 0401, 0403-040A and the condition table. The
    meaning of each alert code is data: `alerts.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from station.core.errors import RemoteProtocolError
from station.core.printing import (
    CardPosition,
    PrinterStateReason,
    PrinterStatus,
    Reason,
    Severity,
)
from station.drivers.hiti_cs import commands
from station.drivers.hiti_cs.commands import Command
from station.drivers.kit.reasons import in_blocking_order, severity_with_card, state_of

POWERING_ON: Final = 0x01
RESEND: Final = 0x04
BUSY: Final = 0x80

#: Bit of the second and third status byte -> the alert list with the details.
SECOND_BYTE: Final = {
    0x01: commands.SUPPLY_ALERTS,
    0x02: commands.JAM_ALERTS,
    0x08: commands.INPUT_ALERTS,
}
THIRD_BYTE: Final = {
    0x02: commands.WARNINGS,
    0x04: commands.SERVICE_ALERTS,
    0x08: commands.OPERATOR_ALERTS,
}
KNOWN_BITS: Final = (POWERING_ON | RESEND | BUSY, sum(SECOND_BYTE), sum(THIRD_BYTE))
MAX_ALERTS: Final = 4
PANEL_CODE: Final = re.compile(rb"[0-9A-Fa-f]{4}")

#: Alerts that block nothing: 080007 reports a newly inserted ribbon.
INFORMATION: Final = frozenset({0x080007})

R = PrinterStateReason
WARNING_ONLY: Final = frozenset({R.MEDIA_LOW, R.RIBBON_ALMOST_EMPTY, R.CLEANING_DUE})


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert record.

    Attributes:
        code: 24 bits.
        panel: The four digits on the printer's own panel, or empty when the printer does not report
            it.
    """

    code: int
    panel: str = ""

    @property
    def native(self) -> str:
        """Both numbers, as in the maker's documents."""
        return f"{self.code:06X}/{self.panel}" if self.panel else f"{self.code:06X}"


@dataclass(frozen=True, slots=True)
class Reading:
    """The data of one reading of the printer.

    Attributes:
        summary: The 3 bytes of 0400.
        inputs: The 4 bytes of 0401.
        lists: Command id -> data of each alert list that was queried.
        ribbon_left: Cards left on the ribbon, or None.
    """

    summary: bytes
    inputs: bytes
    lists: Mapping[int, bytes]
    ribbon_left: int | None


def is_busy(summary: bytes) -> bool:
    """Whether a move, a print or the start-up still runs."""
    return bool(summary[0] & (BUSY | POWERING_ON))


def wants_resend(summary: bytes) -> bool:
    """Whether the printer requests the last plane again."""
    return bool(summary[0] & RESEND)


def lists_to_ask(summary: bytes) -> tuple[Command, ...]:
    """Return the alert lists that the status bits refer to."""
    second = [command for bit, command in SECOND_BYTE.items() if summary[1] & bit]
    third = [command for bit, command in THIRD_BYTE.items() if summary[2] & bit]
    return (*second, *third)


def decode_alerts(data: bytes) -> tuple[Alert, ...]:
    """Return the records of one alert list.

    Raises:
        RemoteProtocolError: More records than fit, or fewer bytes than announced.
    """
    count = data[0]
    if count > MAX_ALERTS or len(data) < 1 + 4 * count:
        raise RemoteProtocolError(f"alert list with count {count} in {len(data)} bytes")
    digits = data[5:9]
    panel = digits.decode("ascii") if count == 1 and PANEL_CODE.fullmatch(digits) else ""
    return tuple(
        Alert(int.from_bytes(data[at : at + 3], "big"), panel) for at in range(1, 1 + 4 * count, 4)
    )


def decode_position(inputs: bytes, positions: Mapping[int, CardPosition]) -> CardPosition | None:
    """Return the position of the card in the path; an unknown code means an unknown place."""
    if inputs[0] == 0:
        return None
    return positions.get(inputs[0], CardPosition.UNKNOWN)


def decode_status(
    reading: Reading,
    *,
    positions: Mapping[int, CardPosition],
    meanings: Mapping[str, PrinterStateReason],
    ribbon_low_cards: int,
) -> PrinterStatus:
    """Translate one reading.

    Raises:
        RemoteProtocolError: An alert list is malformed.
    """
    card = decode_position(reading.inputs, positions)
    reasons = [*_alert_reasons(reading, meanings, card), *_silent_bits(reading)]
    if card is CardPosition.JAMMED and R.MEDIA_JAM not in {reason.keyword for reason in reasons}:
        reasons.append(Reason(R.MEDIA_JAM, Severity.ERROR, f"0401:{reading.inputs.hex()}"))
    if reading.summary[0] & POWERING_ON:
        reasons.append(Reason(R.CONNECTING, Severity.REPORT))
    left = reading.ribbon_left
    if left is not None and 0 < left <= ribbon_low_cards:
        reasons.append(Reason(R.RIBBON_ALMOST_EMPTY, Severity.WARNING, f"040B:{left}"))
    return PrinterStatus(
        state=state_of(reasons, is_at_work=is_busy(reading.summary)),
        reasons=in_blocking_order(reasons),
        card=card,
        ribbon_cards_left=left,
        native=reading.summary + reading.inputs,
    )


def _alert_reasons(
    reading: Reading, meanings: Mapping[str, PrinterStateReason], card: CardPosition | None
) -> Iterable[Reason]:
    for data in reading.lists.values():
        for alert in decode_alerts(data):
            if alert.code in INFORMATION:
                continue
            keyword = _meaning(alert, meanings)
            yield Reason(keyword, _severity(keyword, card), alert.native)


def _meaning(alert: Alert, meanings: Mapping[str, PrinterStateReason]) -> PrinterStateReason:
    for key in (alert.native, f"{alert.code:06X}", f"/{alert.panel}"):
        if key in meanings:
            return meanings[key]
    return R.OTHER


def _severity(keyword: PrinterStateReason, card: CardPosition | None) -> Severity:
    usual = Severity.WARNING if keyword in WARNING_ONLY else Severity.ERROR
    return severity_with_card(keyword, usual, card)


def _silent_bits(reading: Reading) -> Iterable[Reason]:
    # A bit with an empty list or an unknown meaning is shown with its number, never dropped.
    for command in lists_to_ask(reading.summary):
        if not decode_alerts(reading.lists.get(command.id, b"\0")):
            severity = Severity.WARNING if command is commands.WARNINGS else Severity.ERROR
            yield Reason(R.OTHER, severity, f"0400:{reading.summary.hex()}")
    if any(byte & ~known for byte, known in zip(reading.summary, KNOWN_BITS, strict=True)):
        yield Reason(R.OTHER, Severity.WARNING, f"0400:{reading.summary.hex()}")
