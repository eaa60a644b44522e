"""The simulated printer's reports: reads the machine, changes nothing.

Source: docs/explanations/wire-hiti-cs.md, second and third table.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from simulators.machine.cards_in_path import Place
from simulators.machine.model import Condition, Machine
from simulators.printers.hiti_cs import tables
from simulators.printers.hiti_cs.tables import Alert

_SUMMARY_BYTES: Final = 79
_TEXT_AT: Final = 34
_POSITIONS: Final[dict[Place, int]] = {Place.PRINT_START: 1, Place.CONTACT: 4, Place.FLIPPER: 6}
_JAMMED: Final = 7
_CARDS_LEFT: Final = 3  #: type byte of 040B


def summary(model: tables.Model) -> bytes:
    """0100: model text with its length byte at 33, one byte, then the firmware version."""
    name = model.text.encode("ascii")
    text = bytes([len(name)]) + name + b"\x00" + tables.FIRMWARE.encode("ascii")
    return (bytes(_TEXT_AT - 1) + text).ljust(_SUMMARY_BYTES, b"\x00")


def engine_summary() -> bytes:
    """8000: head, resolution, largest page, speeds."""
    numbers = (
        tables.HEAD_COLUMNS,
        tables.DPI,
        tables.DPI,
        tables.HEAD_COLUMNS,
        tables.ROWS,
        0xFFFF,
    )
    words = b"".join(number.to_bytes(2, "big") for number in numbers)
    return b"\x1e" + words + b"\x04\x04\x04\x04" + bytes(5)


def product(model: tables.Model) -> bytes:
    """8009: USB product id and region."""
    return model.product_id.to_bytes(2, "big") + bytes([tables.REGION_CN])


def alerts_of(machine: Machine, extra: Iterable[Condition] = ()) -> list[Alert]:
    """Every alert that is on."""
    found = [tables.ALERTS[condition] for condition in [*machine.conditions(), *extra]]
    if machine.jam_place in tables.JAMS:
        found[found.index(tables.ALERTS[Condition.JAM])] = tables.JAMS[machine.jam_place]
    return found + [tables.DEFECTS[code] for code in machine.defects]


def status(machine: Machine, alerts: list[Alert], *, resend: bool) -> bytes:
    """0400: three bytes; all zero is ready."""
    summary_bytes = bytearray(3)
    summary_bytes[0] |= tables.POWERING_ON if machine.powering_up else 0
    summary_bytes[0] |= tables.RESEND if resend else 0
    summary_bytes[0] |= tables.BUSY if machine.busy else 0
    for alert in alerts:
        byte, bit = tables.SUMMARY_BITS[alert.listed_by]
        summary_bytes[byte] |= bit
    return bytes(summary_bytes)


def alert_list(command: int, alerts: list[Alert]) -> bytes:
    """0403 to 040A: count, the codes; with a single alert its panel code in ASCII."""
    listed = [alert for alert in alerts if alert.listed_by == command][: tables.MOST_ALERTS]
    codes = b"".join(alert.code.to_bytes(3, "big") + b"\x00" for alert in listed)
    panel = listed[0].panel if len(listed) == 1 else ""
    return bytes([len(listed)]) + codes + panel.encode("ascii")


def input_status(machine: Machine) -> bytes:
    """0401: where the card is, as the vendor's SDK numbers it."""
    card = machine.path_card
    position = _POSITIONS[card.place] if card is not None else 0
    return bytes([_JAMMED if machine.jammed else position, 0, 0, 0])


def statistics(machine: Machine) -> bytes:
    """040B: cards left on the ribbon; nothing when the ribbon's chip can't be read."""
    left = machine.ribbon_counter
    return b"\x00" if left is None else bytes([1, _CARDS_LEFT]) + left.to_bytes(4, "big")


def ribbon_vendor(machine: Machine) -> bytes:
    """800F: vendor and version in the ribbon's chip; 0 when it can't be read."""
    code = tables.RIBBON_VENDOR if machine.ribbon_counter is not None else 0
    return code.to_bytes(2, "big")


def supplies(machine: Machine) -> bytes:
    """040C: the ribbon's type."""
    ribbon = machine.ribbon
    readable = ribbon is not None and ribbon.chip_found
    kind = tables.RIBBONS[ribbon.kind][0] if ribbon and readable else tables.NO_RIBBON_TYPE
    return b"\x01\x08" + bytes([kind]) + b"\x00\x07"
