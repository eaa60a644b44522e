"""The real events, for tests and people: no driver can reach or change this record."""

from __future__ import annotations

from simulators.machine.cards_in_path import PhysicalCard, Place
from simulators.machine.model import Machine

TOTALS = (
    "feeds",
    "chip_write_sessions",
    "records_written",
    "prints",
    "faces_printed",
    "releases",
    "rejects",
    "swipes",
    "tears",
)


class Observer:
    """Reads the physical state. Thread-safe."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._images: dict[str, tuple[int, dict[str, object]]] = {}

    def state(self) -> dict[str, object]:
        """Where everything is now."""
        machine = self._machine
        with machine.condition:
            inside = machine.path_card
            return {
                "revision": machine.revision,
                "power": machine.power,
                "powering_up": machine.powering_up,
                "activity": machine.activity,
                "speed": machine.clock.speed,
                "pause": {"at": machine.clock.pause_at, "stopped_in": machine.clock.stopped_in},
                "cover_open": machine.cover_open,
                "printer_cable": machine.printer_cable,
                "reader_cable": machine.reader_cable,
                "card_in_reader": machine.card_in_reader,
                "card_in_desk_reader": machine.card_in_desk_reader,
                "desk_reader": self._ids(Place.DESK_READER),
                "card_inside": None if inside is None else _where(inside),
                "jammed": machine.jammed,
                "defects": list(machine.defects),
                "head_dirty": machine.head_dirty,
                "contacts_dirty": machine.contacts_dirty,
                "feed_failed": machine.feed_failed,
                "feeder": [card.card_id for card in reversed(machine.feeder)],
                "output_hopper": self._ids(Place.OUTPUT_HOPPER),
                "reject_box": self._ids(Place.REJECT_BOX),
                "reject_box_in": machine.reject_box_in,
                "reject_box_full": machine.reject_box_full,
                "taken": self._ids(Place.TAKEN),
                "stock": self._ids(Place.STOCK),
                "ribbon": self._ribbon(),
                "cards_printed": machine.cards_printed,
                "conditions": [condition.value for condition in machine.conditions()],
                "faults": self._faults(),
                "violations": list(machine.violations),
            }

    def record(self) -> dict[str, object]:
        """Every card, the operations on it, and the sums."""
        machine = self._machine
        with machine.condition:
            cards = list(machine.cards.values())
            totals = {name: machine.totals[name] for name in TOTALS}
            violations = list(machine.violations)
        return {
            "totals": totals,
            "cards": [self._card(card) for card in cards],
            "violations": violations,
            **self.time(),
        }

    def time(self) -> dict[str, object]:
        """Device time since the start or the last reset: nominal, and really waited."""
        clock = self._machine.clock
        with self._machine.condition:
            nominal, waited = dict(clock.nominal), dict(clock.waited)
        return {
            "device_seconds": sum(nominal.values()),
            "device_wall_seconds": sum(waited.values()),
            "device_seconds_by_activity": nominal,
            "device_wall_seconds_by_activity": waited,
        }

    def reset_clock(self) -> None:
        """Start device time at zero."""
        self._machine.clock.reset()

    def _ids(self, place: Place) -> list[str]:
        cards = sorted(self._machine.cards_at(place), key=lambda card: card.moved_at)
        return [card.card_id for card in cards]

    def _ribbon(self) -> dict[str, object] | None:
        ribbon = self._machine.ribbon
        if ribbon is None:
            return None
        return {
            "kind": ribbon.kind.value,
            "cards_left": ribbon.cards_left,
            "chip_found": ribbon.chip_found,
        }

    def _faults(self) -> dict[str, object]:
        faults = self._machine.faults
        return {
            "tear_in": faults.tear_in,
            "tear_when": faults.tear_when,
            "lose_answers": faults.lose_answers,
            "lose_to": faults.lose_to,
            "late_answers": list(faults.late_answers),
            "resend_planes": faults.resend_planes,
            "feeder_blocked": faults.feeder_blocked,
            "jam_next": faults.jam_next,
            "jam_at": faults.jam_at,
            "counter_reads_zero": faults.counter_reads_zero,
            "ok_answers": faults.ok_answers,
            "contact_lost": self._machine.contact_lost_until > 0,
        }

    def _card(self, card: PhysicalCard) -> dict[str, object]:
        return {
            **_where(card),
            "history": [place.value for place in card.history],
            "power_sessions": card.power_sessions,
            "chip_write_sessions": card.write_sessions,
            "records_written": card.records_written,
            "tracks": {str(number): data for number, data in card.tracks.items()},
            "chip_counts": dict(card.chip.counts),
            "chip": self._image(card),
            **{side.value: _face(card, side.value) for side in card.faces},
        }

    def _image(self, card: PhysicalCard) -> dict[str, object]:
        with card.chip_lock:
            writes = card.chip.counts["writes"]
            known = self._images.get(card.card_id)
            if known is None or known[0] != writes:
                known = (writes, card.chip.image())
                self._images[card.card_id] = known
        return known[1]


def _where(card: PhysicalCard) -> dict[str, object]:
    return {
        "card_id": card.card_id,
        "place": card.place.value,
        "turned": card.turned,
        "bad_seatings": card.bad_seatings,
        "seated_badly": card.seated_badly,
        "scratched": card.scratched,
    }


def _face(card: PhysicalCard, side: str) -> dict[str, object]:
    face = next(face for each, face in card.faces.items() if each.value == side)
    return {
        "printed": face.prints > 0,
        "prints": face.prints,
        "interrupted": face.interrupted,
        "panels": "".join(panel.value for panel in face.panels),
        "overcoat": round(face.overcoat, 4),
        "png": f"/observer/cards/{card.card_id}/{side}.png" if face.touched else None,
    }
