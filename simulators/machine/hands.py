"""The manual actions of a person at the machine.

Each method is one action. An impossible action raises `CannotDoError` and changes nothing. The
first line of a docstring is shown on the control page.
"""

from __future__ import annotations

from typing import Final

from simulators.machine.cards_in_path import PATH, PhysicalCard, Place
from simulators.machine.chip_station import TEAR_TIMES
from simulators.machine.model import Machine, Ribbon, RibbonKind
from simulators.machine.motor import Motor

#: Motions in which a card can be made to jam.
JAM_PLACES: Final = ("feed", "to-print-start", "flip", "to-output", "to-reject")


class CannotDoError(Exception):
    """The action is impossible now; nothing was changed."""


class Hands:
    """A person at the machine."""

    def __init__(self, machine: Machine, motor: Motor) -> None:
        self._machine = machine
        self._motor = motor

    # --- cards -------------------------------------------------------------------------------

    def fill_the_feeder(self, count: int = 20, bank_bin: str = "") -> None:
        """Put `count` new blanks under the others."""
        machine = self._machine
        if count < 1 or len(machine.feeder) + count > machine.facts.feeder_capacity:
            raise CannotDoError(f"the feeder holds {machine.facts.feeder_capacity} cards")
        blanks = [machine.new_card(bank_bin or None) for _ in range(count)]
        with machine.change():
            on_top = list(machine.feeder)
            for card in blanks:
                machine.put(card, Place.FEEDER)
            machine.feeder[:] = [*reversed(blanks), *on_top]

    def empty_the_feeder(self) -> None:
        """Take all blanks back into the drawer."""
        with self._machine.change():
            for card in tuple(self._machine.feeder):
                self._machine.put(card, Place.STOCK)

    def put_a_blank_of_another_bank_on_top(self, bank_bin: str) -> PhysicalCard:
        """Lay one new blank on top: it is fed next."""
        return self._on_top(self._machine.new_card(bank_bin))

    def take_a_card_out_of_the_drawer(self) -> PhysicalCard:
        """Take one new card out of the drawer, into the hand, such as the window's test card."""
        card = self._machine.new_card()
        self._machine.put(card, Place.TAKEN)
        return card

    def turn_the_next_blank_round(self) -> PhysicalCard:
        """Lay the top blank the wrong way round: its chip meets no contacts."""
        card = self._next_blank()
        with self._machine.change():
            card.turned = not card.turned
        return card

    def mute_the_next_blank(self, times: int = 1) -> PhysicalCard:
        """Make the contacts miss the top blank the next `times` times that it comes to them."""
        card = self._next_blank()
        with self._machine.change():
            card.bad_seatings = times
        return card

    def scratch_the_next_blank(self) -> PhysicalCard:
        """Scratch the top blank's magnetic stripe: no head can write or read it."""
        card = self._next_blank()
        with self._machine.change():
            card.scratched = True
        return card

    def swap_the_card_inside(self, card_id: str = "") -> PhysicalCard:
        """Take the card in the path out and lay another one there: a new blank, or `card_id`."""
        inside = self._card_inside()
        other = self._find(card_id) if card_id else self._machine.new_card()
        if other.place in PATH:
            raise CannotDoError("that card is inside already")
        with self._machine.change():
            self._machine.stop_motion()
            place = inside.place
            self._machine.put(inside, Place.TAKEN)
            self._machine.put(other, place)
        return other

    def leave_a_card_inside(self, at: str = Place.PRINT_START) -> PhysicalCard:
        """Leave a new blank in the path, as after a power cut: `at` is its place."""
        if at not in PATH:
            raise CannotDoError(f"at is one of {', '.join(sorted(PATH))}")
        if self._machine.path_card is not None:
            raise CannotDoError("a card is inside already")
        card = self._machine.new_card()
        self._machine.put(card, Place(at))
        return card

    def take_the_card(self) -> PhysicalCard:
        """Take the last card out of the output hopper."""
        presented = self._machine.cards_at(Place.OUTPUT_HOPPER)
        if not presented:
            raise CannotDoError("no card in the output hopper")
        card = self._last_moved(presented)
        self._machine.put(card, Place.TAKEN)
        return card

    def put_the_card_back_into_the_feeder(self, card_id: str = "") -> PhysicalCard:
        """Lay a taken card on top of the blanks: the last one taken, or `card_id`."""
        return self._on_top(self._from_hand(card_id))

    def empty_the_reject_bin(self) -> None:
        """Take all cards out of the reject box."""
        with self._machine.change():
            self._machine.reject_box_stuffed = False
            for card in self._machine.cards_at(Place.REJECT_BOX):
                self._machine.put(card, Place.CLEARED_AWAY)

    def fill_the_reject_bin(self) -> None:
        """Stuff the reject box until no card fits."""
        self._set(reject_box_stuffed=True)

    def take_the_reject_bin_out(self) -> None:
        """Leave the machine without a reject box."""
        self._set(reject_box_in=False)

    def put_the_reject_bin_in(self) -> None:
        """Put the reject box back."""
        self._set(reject_box_in=True)

    # --- a plain reader ----------------------------------------------------------------------

    def put_a_card_into_the_reader(self) -> PhysicalCard:
        """Take the top card of the pile and put it into the plain reader."""
        machine = self._machine
        if not machine.facts.open_reader or machine.path_card is not None:
            raise CannotDoError("there is no reader with an empty slot")
        card = self._next_blank()
        with machine.change():
            machine.put(card, Place.CONTACT)
            machine.totals["feeds"] += 1
        return card

    def take_the_card_out_of_the_reader(self) -> PhysicalCard:
        """Take the card out of the plain reader, into the hand."""
        return self._out_of_the_reader(Place.TAKEN, "releases")

    def put_the_card_in_the_reader_aside(self) -> PhysicalCard:
        """Take the card out of the plain reader and lay it to the spoiled ones."""
        return self._out_of_the_reader(Place.REJECT_BOX, "rejects")

    # --- the reader on the desk --------------------------------------------------------------

    def put_a_card_into_the_desk_reader(self, card_id: str = "") -> PhysicalCard:
        """Put a taken card into the reader on the desk: the last one taken, or `card_id`."""
        return self._into_the_desk_reader(self._from_hand(card_id))

    def put_a_temporary_blank_into_the_desk_reader(self) -> PhysicalCard:
        """Put a new blank without a bank application into the reader on the desk."""
        self._need_an_empty_desk_reader()
        return self._into_the_desk_reader(self._machine.new_card(""))

    def take_the_card_out_of_the_desk_reader(self) -> PhysicalCard:
        """Take the card out of the reader on the desk, into the hand."""
        inside = self._machine.cards_at(Place.DESK_READER)
        if not inside:
            raise CannotDoError("no card in the reader on the desk")
        self._machine.put(inside[0], Place.TAKEN)
        return inside[0]

    # --- cover, cables, power ----------------------------------------------------------------

    def open_the_cover(self) -> None:
        """Open the cover; a running motion stops where it is."""
        with self._machine.change():
            self._machine.cover_open = True
            self._machine.faults.counter_reads_zero = False
            if not self._machine.powering_up:
                self._machine.stop_motion()

    def close_the_cover(self) -> None:
        """Close the cover."""
        self._set(cover_open=False, feed_failed=False)

    def pull_the_printer_cable(self) -> None:
        """Unplug the printer's USB cable; the machine's current motion continues."""
        self._set(printer_cable=False)

    def plug_the_printer_cable_in(self) -> None:
        """Put the printer's USB cable in."""
        self._set(printer_cable=True)

    def pull_the_reader_cable(self) -> None:
        """Take the chip reader's USB cable out."""
        self._set(reader_cable=False)

    def plug_the_reader_cable_in(self) -> None:
        """Put the chip reader's USB cable in."""
        self._set(reader_cable=True)

    def cut_the_power(self) -> None:
        """Cut the power; every card stays where it is."""
        with self._machine.change():
            self._machine.power_epoch += 1
            self._machine.power = False
            self._machine.powering_up = False
            self._machine.feed_failed = False
            self._machine.stop_motion()

    def switch_the_power_on(self) -> None:
        """Switch on; the machine initialises without moving a card."""
        if self._machine.power:
            return
        with self._machine.change():
            self._machine.power_epoch += 1
            self._machine.power = True
            self._motor.power_up()

    # --- ribbon ------------------------------------------------------------------------------

    def take_the_ribbon_out(self) -> None:
        """Leave the machine without a ribbon; a running print stops."""
        with self._machine.change():
            self._machine.ribbon = None
            self._stop_printing()

    def put_a_new_ribbon_in(self, kind: str = RibbonKind.YMCKOK, cards: int = 0) -> None:
        """Insert a new ribbon with a working chip; `cards` 0 is a full one."""
        try:
            ribbon = Ribbon(RibbonKind(kind), cards or self._machine.facts.ribbon_cards)
        except ValueError as exc:
            raise CannotDoError(f"no ribbon {kind}: {', '.join(RibbonKind)}") from exc
        self._set(ribbon=ribbon)

    def use_up_the_ribbon(self) -> None:
        """Wind the ribbon on to its end."""
        with self._machine.change():
            self._ribbon().cards_left = 0

    def loosen_the_ribbon_chip(self) -> None:
        """The ribbon is in, its chip is not found."""
        with self._machine.change():
            self._ribbon().chip_found = False

    def reseat_the_ribbon_chip(self) -> None:
        """The ribbon's chip is found again."""
        with self._machine.change():
            self._ribbon().chip_found = True

    # --- faults ------------------------------------------------------------------------------

    def jam_the_card(self, at: str = "") -> None:
        """Jam the card in the path, or the next one that moves when the path is empty.

        `at`: the next card in this motion: `feed`, `to-print-start`, `flip`, `to-output`,
        `to-reject`.
        """
        if at not in ("", *JAM_PLACES):
            raise CannotDoError(f"no card jams at {at}; known: {', '.join(JAM_PLACES)}")
        with self._machine.change():
            if at or self._machine.path_card is None:
                self._machine.faults.jam_next = True
                self._machine.faults.jam_at = at
            else:
                self._machine.jam()

    def clear_the_jam(self) -> None:
        """Take the jammed card out into the hand."""
        with self._machine.change():
            self._machine.faults.jam_next = False
            self._machine.faults.jam_at = self._machine.jam_place = ""
            self._machine.jammed = False
            card = self._machine.path_card
            if card is not None:
                self._machine.put(card, Place.TAKEN)

    def block_the_feeder(self) -> None:
        """Blanks stick together: feeding fails."""
        with self._machine.change():
            self._machine.faults.feeder_blocked = True

    def free_the_feeder(self) -> None:
        """Fan the blanks: feeding works again."""
        with self._machine.change():
            self._machine.faults.feeder_blocked = False
            self._machine.feed_failed = False

    def show_a_defect(self, code: str) -> None:
        """Cause the fault `code` of the maker's list, until it is mended."""
        known = self._machine.facts.defects
        if code not in known:
            raise CannotDoError(f"no defect {code}; known: {', '.join(known) or 'none'}")
        with self._machine.change():
            if code not in self._machine.defects:
                self._machine.defects.append(code)
            if known[code]:
                self._machine.stop_motion()

    def mend_the_defects(self) -> None:
        """Mend everything that `show_a_defect` broke."""
        self._set(defects=[])

    def dirty_the_print_head(self) -> None:
        """Dust on the print head: fine white lines in every print until it is cleaned."""
        self._set(head_dirty=True)

    def clean_the_print_head(self) -> None:
        """Wipe the print head by hand."""
        self._set(head_dirty=False)

    def dirty_the_contacts(self) -> None:
        """No chip makes contact any more, whichever card it is."""
        self._set(contacts_dirty=True)

    def clean_the_contacts(self) -> None:
        """Wipe the contacts of the chip station."""
        self._set(contacts_dirty=False)

    def let_the_ribbon_counter_read_0(self) -> None:
        """The ribbon's counter reads 0, whatever is left, until the cover is opened."""
        with self._machine.change():
            self._machine.faults.counter_reads_zero = True

    def answer_ok_instead_of_data(self, count: int = 1, to: str = "") -> None:
        """The printer answers a query with a bare "OK".

        `to`: as for `lose_the_next_answer`.
        """
        with self._machine.change():
            self._machine.faults.ok_answers = count
            self._machine.faults.ok_to = to.upper()

    def tear_at_apdu(self, n: int = 1, when: str = "inside") -> None:
        """Tear the card from the contacts at the `n`th APDU from now.

        `before`: the chip never received it; `inside`: it was executed, and the answer is lost;
        `after`: the answer was received.
        """
        if n < 1 or when not in TEAR_TIMES:
            raise CannotDoError(f"n from 1, when one of {', '.join(TEAR_TIMES)}")
        with self._machine.change():
            self._machine.faults.tear_in = n
            self._machine.faults.tear_when = when

    def lose_the_next_answer(self, count: int = 1, to: str = "") -> None:
        """The printer executes its next command, and its answer never arrives.

        `to`: only the answer to this command, as in the printer's wire sheet: `E02E`, `Sis`.
        """
        with self._machine.change():
            self._machine.faults.lose_answers = count
            self._machine.faults.lose_to = to.upper()

    def answer_late(self, seconds: float = 3.0, to: str = "") -> None:
        """The printer's next answer is `seconds` of wall time late.

        `to`: as for `lose_the_next_answer`.
        """
        with self._machine.change():
            self._machine.faults.late_answers.append((seconds, to.upper()))

    def ask_for_the_plane_again(self, count: int = 1) -> None:
        """The printer finds the next plane damaged and requests it again."""
        with self._machine.change():
            self._machine.faults.resend_planes = count

    # --- time --------------------------------------------------------------------------------

    def set_speed(self, speed: float) -> None:
        """1 = real time, 10 = ten times faster, 0 = without waiting."""
        try:
            self._machine.clock.set_speed(speed)
        except ValueError as exc:
            raise CannotDoError(str(exc)) from exc
        self._set()

    def pause_the_machine(self, at: str = "") -> None:
        """Pause in the middle of the next activity `at`; empty: of any activity."""
        self._machine.clock.pause(at)
        self._set()

    def let_the_machine_go_on(self) -> None:
        """End the pause."""
        self._machine.clock.go_on()
        self._set()

    # --- parts -------------------------------------------------------------------------------

    def _set(self, **attributes: object) -> None:
        with self._machine.change():
            for name, value in attributes.items():
                setattr(self._machine, name, value)

    def _from_hand(self, card_id: str) -> PhysicalCard:
        in_hand = self._machine.cards_at(Place.TAKEN)
        if not card_id and not in_hand:
            raise CannotDoError("no card in anybody's hand")
        card = self._find(card_id) if card_id else self._last_moved(in_hand)
        if card.place in PATH:
            raise CannotDoError("that card is inside the machine")
        return card

    def _need_an_empty_desk_reader(self) -> None:
        if not self._machine.has_desk_reader or self._machine.cards_at(Place.DESK_READER):
            raise CannotDoError("there is no reader on the desk with an empty slot")

    def _into_the_desk_reader(self, card: PhysicalCard) -> PhysicalCard:
        self._need_an_empty_desk_reader()
        self._machine.put(card, Place.DESK_READER)
        return card

    def _on_top(self, card: PhysicalCard) -> PhysicalCard:
        self._machine.put(card, Place.FEEDER)
        return card

    def _out_of_the_reader(self, place: Place, total: str) -> PhysicalCard:
        if not self._machine.facts.open_reader:
            raise CannotDoError("no hand reaches into this machine")
        card = self._card_inside()
        with self._machine.change():
            self._machine.put(card, place)
            self._machine.totals[total] += 1
        return card

    def _next_blank(self) -> PhysicalCard:
        if not self._machine.feeder:
            raise CannotDoError("the feeder is empty")
        return self._machine.feeder[-1]

    def _card_inside(self) -> PhysicalCard:
        card = self._machine.path_card
        if card is None:
            raise CannotDoError("no card inside")
        return card

    def _find(self, card_id: str) -> PhysicalCard:
        try:
            return self._machine.cards[card_id]
        except KeyError as exc:
            raise CannotDoError(f"no card {card_id}") from exc

    def _last_moved(self, cards: list[PhysicalCard]) -> PhysicalCard:
        return max(cards, key=lambda card: card.moved_at)

    def _ribbon(self) -> Ribbon:
        if self._machine.ribbon is None:
            raise CannotDoError("no ribbon in the machine")
        return self._machine.ribbon

    def _stop_printing(self) -> None:
        if self._machine.activity == "print":
            self._machine.stop_motion()
