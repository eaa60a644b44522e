"""Printer vocabulary and the interface that every printer family implements.

State and reason names are those of IPP (RFC 8011 sections 5.4.11 and 5.4.12, PWG 5100.9). Reasons
without a registered word carry the prefix `station-`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from station.core.faces import FaceSide, PrintGeometry
from station.core.links import BulkLink, CardSlot
from station.core.magnetic import Tracks
from station.core.side_view import SideView


class PrinterState(enum.IntEnum):
    """IPP printer-state."""

    IDLE = 3
    PROCESSING = 4
    STOPPED = 5


class PrinterStateReason(enum.StrEnum):
    """IPP printer-state-reasons keywords this station uses, without severity suffix."""

    MEDIA_EMPTY = "media-empty"
    MEDIA_LOW = "media-low"
    MEDIA_JAM = "media-jam"
    MEDIA_NEEDED = "media-needed"
    FEED_ERROR = "input-media-tray-feed-error"
    MEDIA_TYPE_CHANGE = "input-media-type-change"
    COVER_OPEN = "cover-open"
    DOOR_OPEN = "door-open"
    OUTPUT_FULL = "output-area-full"
    OUTPUT_MISSING = "output-tray-missing"
    REJECT_FULL = "station-reject-box-full"
    REJECT_MISSING = "station-reject-box-missing"
    RIBBON_MISSING = "marker-print-ribbon-missing"
    RIBBON_EMPTY = "marker-print-ribbon-empty"
    RIBBON_ALMOST_EMPTY = "marker-print-ribbon-almost-empty"
    RIBBON_CHIP_MISSING = "station-ribbon-chip-missing"
    RIBBON_UNSUPPORTED = "station-ribbon-unsupported"
    RIBBON_FAILED = "station-ribbon-failed"
    PRINT_FAILED = "station-print-failed"
    CLEANING_DUE = "cleaner-life-almost-over"
    CLEANING_OVERDUE = "cleaner-life-over"
    OVER_TEMPERATURE = "subunit-over-temperature"
    MOTOR_FAILURE = "motor-failure"
    UNRECOVERABLE = "subunit-unrecoverable-failure"
    CONNECTING = "connecting-to-device"
    LOCKED = "station-printer-locked"
    OTHER = "other"


class Severity(enum.StrEnum):
    """Severity of a reason; IPP renders it as a suffix."""

    REPORT = "report"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Reason:
    """One printer-state-reason with its severity and the device's own number for it."""

    keyword: PrinterStateReason
    severity: Severity
    native: str = ""  #: the panel code or alert in hex, as in the maker's documents

    @property
    def native_number(self) -> int:
        """The device's number as an integer; 0 when `native` does not begin with one."""
        digits = self.native.partition("/")[0]
        is_number = bool(digits) and set(digits) <= set("0123456789ABCDEFabcdef")
        return int(digits, 16) if is_number else 0

    def __str__(self) -> str:
        return f"{self.keyword.value}-{self.severity.value}"


class CardPosition(enum.StrEnum):
    """Where the card is inside the machine, as far as the machine itself can tell."""

    CHIP_STATION = "chip-station"
    PRINT_STATION = "print-station"
    FLIPPER = "flipper"
    OUTPUT_HOPPER = "output-hopper"  #: presented: a person can take it
    REJECT_BIN = "reject-bin"
    JAMMED = "jammed"
    UNKNOWN = "unknown"


class Capability(enum.StrEnum):
    """What a machine may be able to do; checked when an order is accepted."""

    PRINT_FRONT = "print-front"
    PRINT_BACK = "print-back"
    CONTACT_CHIP = "contact-chip"  #: brings a card to a contact chip reader
    FEEDER = "feeder"  #: feeds blanks automatically; without it a person inserts each card
    REJECT_BIN = "reject-bin"  #: puts a spoiled card aside automatically
    MAGNETIC = "magnetic"  #: writes and reads magnetic tracks: it is a `MagneticEncoder` too
    REWRITABLE = "rewritable"  #: erases and prints rewritable cards


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """One reading of the printer.

    Attributes:
        state: IPP printer-state.
        reasons: Conditions that block the printer or need a person; empty means IPP's "none".
        card: Where the card in the path is, or None when the path is empty.
        ribbon_cards_left: Cards that the ribbon can still print; None when the printer can't tell.
        native: The device's raw status bytes, for the diagnostics page.
        cleaning_cards_left: Cards until the next cleaning is due; None when it can't tell.
        not_fitted: Capabilities of the model that this unit reports as missing.
    """

    state: PrinterState
    reasons: tuple[Reason, ...]
    card: CardPosition | None
    ribbon_cards_left: int | None
    native: bytes
    cleaning_cards_left: int | None = None
    not_fitted: frozenset[Capability] = frozenset()

    @property
    def errors(self) -> tuple[Reason, ...]:
        """The reasons that stop the machine."""
        return tuple(reason for reason in self.reasons if reason.severity is Severity.ERROR)


@dataclass(frozen=True, slots=True)
class PrinterIdentity:
    """The printer's identification, as it reports it."""

    model: str
    serial: str
    firmware: str


@dataclass(frozen=True, slots=True)
class PrinterCounters:
    """Counters in the printer that only a real effect changes.

    Attributes:
        cards_printed: Cards printed in the printer's life.
        ribbon_cards_left: Cards that the ribbon can still print; None when the printer can't tell.
    """

    cards_printed: int
    ribbon_cards_left: int | None


@dataclass(frozen=True, slots=True)
class PrinterModel:
    """The maker's facts for one model, read from the family's `models/<model>.toml`.

    Attributes:
        name: File name of the model.
        title: Name for people.
        geometry: Dots of one side.
        capabilities: What it can do, with all options fitted.
        links: Kinds of address under which it is reached, the usual one first.
        side_view: The machine from the side; None where there is no machine to draw.
        usb_id: `vvvv:pppp`, or `vvvv` where the product id is not known; empty without USB.
        device_seconds: Usual time of each goal at device speed, for time-outs and for people.
        unverified: Facts that were never confirmed on real hardware, one sentence each.
    """

    name: str
    title: str
    geometry: PrintGeometry
    capabilities: frozenset[Capability]
    device_seconds: dict[str, float] = field(default_factory=dict)
    unverified: tuple[str, ...] = ()
    links: tuple[str, ...] = ("usb", "usbip")
    usb_id: str = ""
    side_view: SideView | None = None

    @property
    def duplex(self) -> bool:
        """Whether it can print the back."""
        return Capability.PRINT_BACK in self.capabilities


class CardPrinter(Protocol):
    """What the production workflow may ask of any printer: goals, not motions.

    One caller at a time; calls block. After an exchange that did not finish, the next call first
    drains the link, so that a late answer is never taken for the next one. Every call may raise
    `PrinterNotConnectedError`, `TransportError` or `RemoteProtocolError`. Calls that move the card
    or print raise a `DeviceError` or `TransportError` only when nothing moved: the command was
    refused, or never sent. They raise `OutcomeUnknownError` when the command was sent and no answer
    arrived, and `BrokeOffError` when the device began and reports that it did not finish (jam,
    cover opened, a card still inside).
    """

    @property
    def model(self) -> PrinterModel:
        """The maker's facts."""
        ...

    @property
    def address(self) -> str:
        """The link's address, for people."""
        ...

    def identity(self) -> PrinterIdentity:
        """Ask the printer for its identification. Moves nothing."""
        ...

    def status(self) -> PrinterStatus:
        """Read the state. Moves nothing."""
        ...

    def counters(self) -> PrinterCounters:
        """Read the counters. Moves nothing."""
        ...

    def bring_card_to_chip_station(self) -> None:
        """Bring a card to the chip station: the one in the path, else a blank from the feeder.

        Moves the card. Returns at once when a card is there already.

        Raises:
            DeviceError: Refused; its code is the reason (`media-empty`, `cover-open`, `media-jam`
                ...).
            PersonNeededError: A person was asked to insert a card; call again afterwards.
        """
        ...

    def print_face(self, front: FaceSide, back: FaceSide | None, *, job_id: int) -> None:
        """Print both sides on the card in the path and keep it inside. Irreversible; uses ribbon.

        Returns when the printer reports that the job is done. `job_id` is 1..32767, chosen by the
        caller and durable before the call, so that `job_printed` can ask for it after a crash.

        Raises:
            LocalProtocolError: The planes do not fit the model's geometry; nothing was sent.
            DeviceError: Refused before the print began (ribbon, cover, no card).
            OutcomeUnknownError: Planes were sent and the end was never confirmed.
        """
        ...

    def job_printed(self, job_id: int) -> bool | None:
        """Whether the printer reports that this job was printed completely. Moves nothing.

        False means "not yet": the job is still in the printer and may continue. None when the
        printer can't tell, or does not know the job any more.
        """
        ...

    def present_card(self) -> None:
        """Release the card to where a person can take it. Can't be undone.

        Returns at once when the path is empty.

        Raises:
            DeviceError: Refused.
            PersonNeededError: A person was asked to do it; call again afterwards.
        """
        ...

    def reject_card(self) -> None:
        """Put the card into the reject bin. Can't be undone.

        Returns at once when the path is empty.

        Raises:
            DeviceError: Refused.
            PersonNeededError: A person was asked to do it; call again afterwards.
        """
        ...

    def recent_exchanges(self) -> list[str]:
        """The last exchanges, newest last, without image data, for the diagnostics page."""
        ...

    def close(self) -> None:
        """Release the device within 5 s even when it is disconnected. Safe to call twice."""
        ...


@runtime_checkable
class MagneticEncoder(Protocol):
    """Additional operations of a `CardPrinter` with `Capability.MAGNETIC`."""

    def write_tracks(self, tracks: Tracks) -> None:
        """Write the given tracks on the card in the path and read them back.

        Irreversible; moves the card.

        Raises:
            DeviceError: Refused before anything was written (no card, option not fitted ...).
            TrackError: The content read back differs from what was written, or can't be read.
            OutcomeUnknownError: The command was sent and no answer arrived: see `read_tracks`.
        """
        ...

    def read_tracks(self) -> Tracks:
        """Return the tracks of the card in the path; a blank track is None. Moves the card.

        Raises:
            DeviceError: Refused.
            TrackError: A track that is not blank can't be read.
        """
        ...


@runtime_checkable
class CardRetractor(Protocol):
    """Additional operation of a printer that can retract a card which was not taken."""

    def retract_card(self) -> None:
        """Retract the card at the outlet into the reject bin. Can't be undone.

        Raises:
            DeviceError: Refused, or the card is not at the outlet any more.
            OutcomeUnknownError: The command was sent and no answer arrived.
        """
        ...


@runtime_checkable
class PrinterService(Protocol):
    """Operations for technicians that a `CardPrinter` may offer besides its goals."""

    def details(self) -> dict[str, str]:
        """Ask for the printer's report on ribbon, calibration and head, in words. Moves nothing."""
        ...

    def clean(self) -> None:
        """Clean the card path with the cleaning card that a person has inserted. Moves the rollers.

        Raises:
            CardLeftInsideError: A card is in the path; nothing moved.
            DeviceError: Refused.
            OutcomeUnknownError: The command was sent and no answer arrived.
        """
        ...


@dataclass(frozen=True, slots=True)
class PrinterFamily:
    """What a sub-package of station.drivers exports as FAMILY.

    Attributes:
        name: The folder name; config/ refers to the family by it.
        models: Model name -> its facts.
        open: Creates a driver from a link factory and a model name; does not connect to the device
            yet.
        open_at_reader: For a family whose machine is the chip reader itself (`reader:`): creates a
            driver from the reader's slot and a model name; `open` is then never called.
        older_schemes: Older scheme of an address in settings -> the scheme that replaces it.
        may_show: Whether a trace may record a write completely, because it can't contain dots,
            tracks or any other personal data; None: a session with this family can't be recorded.
        may_watch: Whether neither a write nor what the printer answers to it can contain anything
            personal; None: only lengths of its exchanges are kept for the technician.
        name_request: Returns the name of such a write.
        open_for_replay: For a family whose driver chooses something by chance: as `open`, with what
            was written in a recorded session, so that the driver chooses the same.
    """

    name: str
    models: dict[str, PrinterModel]
    open: Callable[[Callable[[], BulkLink], str], CardPrinter]
    open_at_reader: Callable[[CardSlot, str], CardPrinter] | None = None
    may_show: Callable[[bytes], bool] | None = None
    may_watch: Callable[[bytes], bool] | None = None
    name_request: Callable[[bytes], str] | None = None
    open_for_replay: (
        Callable[[Callable[[], BulkLink], str, Sequence[bytes]], CardPrinter] | None
    ) = None
    older_schemes: Mapping[str, str] = field(default_factory=dict)

    def link_address(self, address: str) -> str:
        """Return an address of the settings in the form that the transport takes."""
        scheme, colon, rest = address.partition(":")
        return f"{self.older_schemes.get(scheme, scheme)}{colon}{rest}"
