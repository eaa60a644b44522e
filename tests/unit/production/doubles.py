"""In-memory printer, chip, province and face for the workflow's own tests.

They keep the physical truth and count what happened, like the simulators, but without any wire.
`Killed` is a power cut: no handler of the station catches it.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path

from station.clock import SystemClock
from station.core.card_services import MaintenanceRequest
from station.core.cards import (
    AuthenticationRequest,
    Authenticator,
    BlankRule,
    ChipCondition,
    ChipData,
    ChipIdentity,
)
from station.core.certificates import CertificateData, CertificateRequest
from station.core.clock import Clock
from station.core.errors import (
    CardMuteError,
    DeviceError,
    GatewayUnavailableError,
    OutcomeUnknownError,
    PrinterNotConnectedError,
    ReaderNotConnectedError,
    StationError,
    WrongCardError,
    WrongCardReason,
)
from station.core.faces import FaceSide, Panel, PrintGeometry, RenderedFace
from station.core.gateways import IssuanceReport, ProductionData
from station.core.people import Approval, ApprovalMethod
from station.core.photos import PhotoReport, Picture, Portrait
from station.core.printing import (
    Capability,
    CardPosition,
    PrinterCounters,
    PrinterIdentity,
    PrinterModel,
    PrinterState,
    PrinterStatus,
    Reason,
)
from station.core.rehearsal import Rehearsal, invented_person
from station.core.secrets import BankNumber
from station.journal import Journal
from station.production.life.effects import Workbench
from station.production.life.equipment import Equipment, RetryPolicy
from station.production.life.policies import Policies
from tests.rigs.batches import OwnPapers
from tests.rigs.blanks import refuse_unfit_blank
from tests.rigs.journals import journal_in

GEOMETRY = PrintGeometry(4, 2, 300)
CAPABILITIES = frozenset(
    {
        Capability.PRINT_FRONT,
        Capability.PRINT_BACK,
        Capability.CONTACT_CHIP,
        Capability.FEEDER,
        Capability.REJECT_BIN,
    }
)
ID_NUMBER = "410701199003074534"  # invented
SUPERVISOR = "li.na"
#: The supervisor's agreement, as `station.access` returns it after a proof.
AGREED = Approval(SUPERVISOR, ApprovalMethod.PASSWORD)


def agreed(person: str) -> Approval:
    """Return the agreement of some second person."""
    return Approval(person, ApprovalMethod.PASSWORD)


BANK = "95533"
RULE = BlankRule(frozenset({"622700"}), frozenset({"3.00"}))


class Killed(BaseException):
    """The power went; nothing in the station may catch it."""


class Trap:
    """Lets one call of a device go wrong: before its effect, or after it."""

    def __init__(self) -> None:
        self._set: dict[tuple[str, str], BaseException] = {}
        self.passed: list[tuple[str, str]] = []

    def spring(self, call: str, when: str, error: BaseException) -> None:
        """Have the next `call` raise `error` `before` or `after` its effect."""
        self._set[call, when] = error

    def at(self, call: str, when: str) -> None:
        """Pass this point."""
        self.passed.append((call, when))
        error = self._set.pop((call, when), None)
        if error is not None:
            raise error


@dataclasses.dataclass
class Card:
    """One card in the fake machine."""

    serial: int
    bank: str = "622700"
    holder: ChipData | None = None
    printed: str = ""
    mute: bool = False

    def identity(self) -> ChipIdentity:
        """What can be read without a key."""
        return ChipIdentity(
            AAZ501=f"410700{self.serial:026d}",
            AAZ507=f"{self.serial:026d}",
            AAZ508="3.00",
            AAB301="410700",
            algorithm="03",
            AAZ500=self.holder.AAZ500 if self.holder else "",
            bank_number=BankNumber(f"{self.bank}{self.serial:013d}"),
        )


#: The window's marked test card, and whom it rehearses with.
TEST_CARD = 90
REHEARSAL = Rehearsal(
    invented_person(
        name="演练样卡",
        issuer="SPECIMEN",
        region="410700",
        bank=BANK,
        bank_name="建设银行",
        photo_jpeg=b"\xff\xd8",
    ),
    frozenset({Card(TEST_CARD).identity().AAZ501}),
)


class FakeMachine:
    """Printer and chip reader on one card path."""

    address = "memory:"
    model = PrinterModel("fake", "Fake", GEOMETRY, CAPABILITIES)

    def __init__(self, trap: Trap) -> None:
        self.trap = trap
        self.feeder = [Card(n) for n in range(1, 6)]
        self.path: Card | None = None
        self.position = CardPosition.CHIP_STATION
        self.out: list[Card] = []
        self.rejected: list[Card] = []
        self.counts: Counter[str] = Counter()
        self.reasons: tuple[Reason, ...] = ()
        self.reader = True
        self.reader_error: StationError | None = None
        self.jobs: set[int] = set()
        self.knows_jobs = True
        self.listed = False  #: whether a job stands in the printer's list, unfinished
        self.serial = "1"
        self.connected = True
        self.ribbon: int | None = 100
        self.busy = False

    # printer
    def identity(self) -> PrinterIdentity:
        return PrinterIdentity("Fake", self.serial, "1")

    def status(self) -> PrinterStatus:
        self.trap.at("status", "before")
        if not self.connected:
            raise PrinterNotConnectedError("switched off")
        place = self.position if self.path else None
        state = PrinterState.PROCESSING if self.busy else PrinterState.IDLE
        return PrinterStatus(state, self.reasons, place, self.ribbon, b"")

    def counters(self) -> PrinterCounters:
        return PrinterCounters(self.counts["prints"], self.ribbon)

    def job_printed(self, job_id: int) -> bool | None:
        if self.listed:
            return False
        return True if self.knows_jobs and job_id in self.jobs else None

    def bring_card_to_chip_station(self) -> None:
        if self.path is None:
            self.trap.at("feed", "before")
            if not self.feeder:
                raise DeviceError("empty", native_code=0x8000, code="media-empty")
            self.path = self.feeder.pop(0)
            self.counts["feeds"] += 1
            self.position = CardPosition.CHIP_STATION
            self.trap.at("feed", "after")
        self.position = CardPosition.CHIP_STATION

    def print_face(self, front: FaceSide, back: FaceSide | None, *, job_id: int) -> None:
        del back
        assert self.path is not None
        self.trap.at("print", "before")
        self.path.printed += front.preview_png.decode()
        if self.ribbon is not None:
            self.ribbon -= 1
        self.trap.at("print", "inside")
        self.counts["prints"] += 1
        self.jobs.add(job_id)
        self.position = CardPosition.PRINT_STATION
        self.trap.at("print", "after")

    def present_card(self) -> None:
        self.trap.at("release", "before")
        if self.path is not None:
            self.out.append(self.path)
            self.path = None
            self.counts["releases"] += 1
        self.trap.at("release", "after")

    def reject_card(self) -> None:
        self.trap.at("reject", "before")
        if self.path is not None:
            self.rejected.append(self.path)
            self.path = None
            self.counts["rejects"] += 1
        self.trap.at("reject", "after")

    def details(self) -> dict[str, str]:
        return {}

    def clean(self) -> None:
        self.counts["clean"] += 1
        self.trap.at("clean", "after")

    # encoder
    def check_reader(self) -> None:
        if self.reader_error is not None:
            raise self.reader_error
        if not self.reader_present():
            raise ReaderNotConnectedError("no reader")

    def reader_present(self) -> bool:
        return self.reader

    @property
    def writes_photo(self) -> bool:
        return False

    def check_data(self, data: ChipData) -> None:
        del data

    def identify(self) -> ChipIdentity:
        if self.path is None or self.path.mute:
            raise CardMuteError("no ATR")
        return self.path.identity()

    def check_blank(self, identity: ChipIdentity, rule: BlankRule) -> None:
        refuse_unfit_blank(identity, rule)

    def personalise(
        self,
        identity: ChipIdentity,
        data: ChipData,
        authenticate: Authenticator,
        photo: Portrait | None = None,
    ) -> ChipIdentity:
        assert self.path is not None
        if not self.path.identity().same_card(identity):
            raise WrongCardError(WrongCardReason.NOT_THIS_ORDERS, "swapped")
        authenticate(AuthenticationRequest("", "", "", "03", "0094", b"", b""))
        self.trap.at("write", "before")
        if self.path.holder != data:
            self.path.holder = data
            self.counts["writes"] += 1
        self.trap.at("write", "after")
        return self.path.identity()

    def inspect(self, data: ChipData, authenticate: Authenticator) -> ChipCondition:
        del authenticate
        assert self.path is not None
        if self.path.holder is None:
            return ChipCondition.BLANK
        same = self.path.holder == data
        return ChipCondition.THIS_DATA if same else ChipCondition.OTHER_DATA

    def recent_exchanges(self) -> list[str]:
        return []

    def close(self) -> None:
        return None


class NoCardServices:
    """The part of a gateway that the workflow itself never asks."""

    def protect(self, request: MaintenanceRequest) -> bytes:
        raise NotImplementedError

    def certify(self, request: CertificateRequest) -> CertificateData:
        raise NotImplementedError


class FakeProvince(NoCardServices):
    """The province with its database."""

    address = "memory:"

    def __init__(self, trap: Trap) -> None:
        self.trap = trap
        self.reports: list[IssuanceReport] = []
        self.activated: list[str] = []
        self.calls: Counter[str] = Counter()
        self.data_error: StationError | None = None

    def check_link(self) -> None:
        self.calls["check_link"] += 1

    def fetch_production_data(self, id_number: str, *, name: str = "") -> ProductionData:
        del name
        self.calls["fetch"] += 1
        if self.data_error is not None:
            raise self.data_error
        return production_data(id_number)

    def authenticate(self, request: AuthenticationRequest) -> bytes:
        del request
        self.trap.at("hsm", "before")
        return bytes(16)

    def report(self, report: IssuanceReport) -> str:
        self.calls["report"] += 1
        self.trap.at("report", "before")
        self.reports.append(report)
        self.trap.at("report", "after")
        return "OK"

    def find_report(self, report: IssuanceReport) -> bool:
        self.calls["find_report"] += 1
        self.trap.at("find", "before")
        return report in self.reports

    def activate(self, *, AAC002: str, AAC003: str, AAZ500: str, AAB301: str) -> str:
        del AAC002, AAC003, AAB301
        self.trap.at("activate", "before")
        if AAZ500 not in self.activated:
            self.activated.append(AAZ500)
        self.trap.at("activate", "after")
        return "00"

    def recent_exchanges(self) -> list[str]:
        return []

    def close(self) -> None:
        return None


class FakeFaces:
    """Draws the holder's card number as the picture."""

    def __init__(self) -> None:
        self.version = "1"
        self.photo_report = PhotoReport("fake", ())
        self.prepared: list[PrintGeometry] = []
        self.drawn = 0
        self.opened = 0
        self.sides = frozenset({"front", "back"})

    def prepare(self, geometry: PrintGeometry) -> None:
        self.prepared.append(geometry)

    @property
    def photo_rules_unchecked(self) -> str:
        return self.photo_report.unchecked

    def check_photo(self, jpeg: bytes) -> Portrait:
        self.opened += 1
        return Portrait(jpeg, self.photo_report, Picture(1, 1, bytes(3)))

    def open_photo(self, jpeg: bytes) -> Portrait:
        return self.check_photo(jpeg)

    def render(
        self, data: ProductionData, portrait: Portrait, geometry: PrintGeometry, *, duplex: bool
    ) -> RenderedFace:
        assert portrait.jpeg == data.photo_jpeg
        self.drawn += 1
        side = FaceSide(geometry, {Panel.YELLOW: bytes(8)}, data.chip.AAZ500.encode())
        digest = f"{self.version}-{data.chip.AAC002}"
        return RenderedFace(side, side if duplex else None, "fake", digest)


def production_data(id_number: str) -> ProductionData:
    """What the fake province gives for one person."""
    chip = ChipData(
        AAC002=id_number,
        AAC003="张三",
        AAC004="1",
        AAC005="01",
        AAC025="410701",
        AAC006="19900307",
        AAZ500=f"A{id_number[-8:-1]}0",
        AAZ503="20261122",
        valid_until="20361122",
    )
    return ProductionData(chip, "B1", BANK, "建设银行", "410700", "新乡市", b"\xff\xd8")


def _test_face(geometry: PrintGeometry) -> RenderedFace:
    side = FaceSide(geometry, {Panel.YELLOW: bytes(8)}, b"test card")
    return RenderedFace(side, None, "test", "test")


class Bench:
    """One window in memory; `restart()` is a new process on the same journal and world."""

    def __init__(self, folder: Path, clock: Clock | None = None) -> None:
        self.folder = folder
        self.clock = clock or SystemClock()
        self.trap = Trap()
        self.machine = FakeMachine(self.trap)
        self.province = FakeProvince(self.trap)
        self.faces = FakeFaces()
        self.journal = self._open()
        self.bench = self._wire()

    def restart(self) -> None:
        """Open the journal again, as a new process does."""
        self.journal.close()
        self.journal = self._open()
        self.bench = self._wire()

    def _open(self) -> Journal:
        return journal_in(self.folder, clock=self.clock)

    def _wire(self) -> Workbench:
        equipment = Equipment(
            machine="m",
            printer=self.machine,
            encoder=self.machine,
            province=self.province,
            faces=self.faces,
            papers=OwnPapers(),
            blanks={BANK: RULE},
            retry=RetryPolicy(first=0.01, longest=0.02),
            test_face=_test_face,
            policies=Policies(),
            rehearsal=REHEARSAL,
        )
        return Workbench(self.journal, equipment)


__all__ = ["Bench", "GatewayUnavailableError", "Killed", "OutcomeUnknownError"]
