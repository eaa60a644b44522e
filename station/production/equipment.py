"""The concrete parts that one window has, behind their interfaces. `bootstrap` fills it."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from station.core.cards import BlankRule, CardEncoder
from station.core.errors import BankNotConfiguredError, ConfigError
from station.core.faces import FaceRenderer, PrintGeometry, RenderedFace
from station.core.gateways import ProvinceGateway
from station.core.offline import ParcelOffice
from station.core.printing import CardPrinter
from station.core.slips import Slip


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When a report is tried again by itself, in seconds; network only, never a physical effect.

    Attributes:
        first: Wait after the first failure.
        longest: The wait doubles up to this.
        jitter: Up to this share is added at random, so that windows do not march in step.
    """

    first: float = 5.0
    longest: float = 300.0
    jitter: float = 0.2

    @property
    def longest_wait(self) -> float:
        """The longest wait that can come out, with its jitter."""
        return self.longest * (1.0 + self.jitter)


class WhenOwedTooLong(enum.StrEnum):
    """What becomes of a card whose report is owed for longer than the site waits."""

    ASK = "ask"  #: it stays in the machine; a person is asked
    SPOIL = "spoil"  #: it goes into the reject bin; a failure report is owed as well


class Activation(enum.StrEnum):
    """When the province is asked to activate a card (领卡启用)."""

    AT_HAND_OVER = "at-hand-over"  #: a person presses the button with the holder before them
    AT_ONCE = "at-once"  #: by itself, as soon as the card is out


class WhenNotTaken(enum.StrEnum):
    """What becomes of a card that nobody takes."""

    ASK = "ask"  #: a person says where it is
    RETRACT = "retract"  #: the printer pulls it back in, where it can; else a person is asked


@dataclass(frozen=True, slots=True)
class Policies:
    """What the site has chosen where a rule has more than one safe way; the defaults are safest.

    Attributes:
        print_first: Print while the report is still owed; the card stays inside until it is done.
        hold_owed: Seconds that a card waits in the machine for its report; 0: as long as it takes.
        when_owed_too_long: What then.
        activation: When a card is activated.
        take_within: Seconds in which a card that was put out is to be taken; 0: no timer.
        when_not_taken: What then.
        supervisors: Who may approve; an approver is never the one who acts. Empty: nobody may.
        spoiled_in_a_row: Blanks spoiled or refused in a row that stop the feeder.
        ribbon_alarm: Ribbon sets used over planned, above which the technician is told.
    """

    print_first: bool = False
    hold_owed: float = 600.0
    when_owed_too_long: WhenOwedTooLong = WhenOwedTooLong.ASK
    activation: Activation = Activation.AT_HAND_OVER
    take_within: float = 120.0
    when_not_taken: WhenNotTaken = WhenNotTaken.ASK
    supervisors: frozenset[str] = frozenset()
    spoiled_in_a_row: int = 2
    ribbon_alarm: float = 1.05


def _no_test_face(geometry: PrintGeometry) -> RenderedFace:
    raise ConfigError(f"no test card is configured for {geometry}")


def _no_paper(slip: Slip) -> bytes:
    raise ConfigError(f"nothing here makes a PDF of {slip.title}")


@dataclass(frozen=True, slots=True)
class Equipment:
    """What the workflow works with.

    Attributes:
        machine: Name of this machine in the journal.
        printer: The card printer.
        encoder: The chip at the chip station.
        province: The province's gateway.
        faces: Draws the face; from several threads.
        blanks: AAE008 -> which blanks fit that bank.
        retry: When reports are tried again.
        policies: What the site has chosen.
        test_face: Draws the technician's test card.
        office: Seals reports for the data centre; None when the site has not set it up.
        print_slip: Makes the PDF of a slip.
        unverified: Device name -> what was never seen at a real card or province.
    """

    machine: str
    printer: CardPrinter
    encoder: CardEncoder
    province: ProvinceGateway
    faces: FaceRenderer
    blanks: Mapping[str, BlankRule]
    retry: RetryPolicy
    policies: Policies = Policies()
    test_face: Callable[[PrintGeometry], RenderedFace] = _no_test_face
    office: ParcelOffice | None = None
    print_slip: Callable[[Slip], bytes] = _no_paper
    unverified: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def blank_rule(self, bank: str) -> BlankRule:
        """Return which blanks fit a bank.

        Raises:
            BankNotConfiguredError: The site does not know this bank.
        """
        try:
            return self.blanks[bank]
        except KeyError:
            raise BankNotConfiguredError(
                f"bank {bank} is not in config/", details={"bank": bank}
            ) from None
