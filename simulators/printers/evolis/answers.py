"""The simulated printer's reports: reads the machine, changes nothing.

Source: docs/explanations/wire-evolis.md, rows "reply" and "status", the command table, and "Status
    bits in words".
"""

from __future__ import annotations

from collections.abc import Iterable

from simulators.machine.model import Condition, Machine
from simulators.printers.evolis import tables

OK = "OK"


def reply(text: str, words: list[int], session: int) -> bytes:
    """Return a complete answer: text, 00, length, status."""
    main = b"\x10" + b"".join(word.to_bytes(4, "big") for word in words[:4])
    more = b"".join(b"\x04" + word.to_bytes(4, "big") for word in words[4:])
    blob = main + b"\x02" + session.to_bytes(2, "big") + more
    return text.encode("ascii") + b"\x00" + len(blob).to_bytes(2, "big") + blob


def status_text(words: list[int]) -> str:
    """Rpst."""
    return "".join(f"{word:08X}" for word in words)


def words(machine: Machine, model: tables.Model, *, claim: bool, errors: int) -> list[int]:
    """Return config, information, warning, error and ext1 to ext4."""
    status = [_config(model), _activity(machine), 0, errors, 0, 0, 0, 0]
    status[1] |= tables.CLAIM if claim else 0
    for condition in machine.conditions():
        word, bit = tables.CONDITIONS[condition]
        status[word] |= bit
    for code in machine.defects:
        word, bit = tables.DEFECTS[code]
        status[word] |= bit
    return status


def _config(model: tables.Model) -> int:
    fitted = tables.CONFIG_ETHERNET | tables.CONFIG_SMART | tables.CONFIG_FEEDER
    fitted |= tables.CONFIG_MAGNETIC
    return fitted | (tables.CONFIG_FLIP if model.flipper else 0)


def _activity(machine: Machine) -> int:
    card, ribbon = machine.path_card, machine.ribbon
    word = tables.POSITIONS[card.place] if card is not None else 0
    word |= tables.BUSY if machine.busy else 0
    word |= tables.PRINTING if machine.activity == "print" else 0
    word |= tables.CLEANING if machine.activity == "clean" else 0
    word |= tables.RESET if machine.powering_up else 0
    if ribbon is not None and ribbon.chip_found and ribbon.cards_left <= tables.RIBBON_LOW_AT:
        word |= tables.RIBBON_LOW
    return word


def ribbon(machine: Machine) -> str:
    """Rrt;all."""
    inside = machine.ribbon
    if inside is None or not inside.chip_found:
        return "NO RIBBON"
    kind = tables.RIBBONS[inside.kind][0]
    lines = {
        "label": inside.kind.value,
        "zone": "0",
        "type": kind,
        "qty": machine.facts.ribbon_cards,
        "count": machine.ribbon_counter or 0,
    }
    return _lines(lines.items())


def ribbon_type(machine: Machine) -> str:
    """Rr;1;1;1."""
    inside = machine.ribbon
    readable = inside is not None and inside.chip_found
    return str(tables.RIBBONS[inside.kind][0]) if inside and readable else "NO RIBBON"


def card_counter(machine: Machine, model: tables.Model) -> str:
    """Rco;card."""
    counted = machine.cards_printed
    if tables.Habit.COUNTS_INSERTIONS in model.habits:
        counted += machine.totals["feeds"] - machine.totals["prints"]
    return _lines([("inserted_head", counted)])


def cleaning(machine: Machine) -> str:
    """Rco;clean."""
    left = tables.CLEANING_EVERY - machine.cards_printed % tables.CLEANING_EVERY
    return _lines([("rem_advised", left), ("mandatory", tables.CLEANING_GRACE)])


def _lines(pairs: Iterable[tuple[str, object]]) -> str:
    return "\r\n".join(f"{key}:{value}" for key, value in pairs)


def refusal_of(machine: Machine) -> str:
    """The error text of a refused or failed movement, by what blocks it."""
    found = set(machine.conditions())
    if found & {Condition.JAM, Condition.COVER_OPEN}:
        return "ERROR MECA"
    if found & {Condition.FEED_FAILED, Condition.CARDS_OUT}:
        return "ERROR FEEDER"
    if machine.path_card is None:
        return "ERROR CARD"
    return "ERROR TIME OUT"
