"""What each error of the tree leads to. A class that is not listed here fails."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

import station.core.errors.calls  # noqa: F401 - classes of the tree
from station.core import errors
from station.core.decisions import (
    ANSWER_TRIES,
    AskPerson,
    Decision,
    Doubt,
    Inspect,
    RetryAfter,
    Stop,
    decide,
    proves_nothing_happened,
)
from station.core.errors import (
    AnswerProblem,
    DeviceError,
    GatewayAnswerError,
    GatewayRejectedError,
    GatewayUnavailableError,
    LocalProtocolError,
    Party,
    PersonNeededError,
    PersonRequest,
    PrinterBusyError,
    RejectionReason,
    RemoteProtocolError,
    StationError,
    TransportError,
    central,  # noqa: F401 - part of the tree, loaded only by central
    doors,  # noqa: F401 - part of the tree, loaded only by the doors
)
from station.core.life import AT_DESK, AT_PROVINCE, EFFECTS
from station.core.orders import EffectKind


def below(cls: type[StationError]) -> Iterator[type[StationError]]:
    """Iterate over the classes of `core.errors` under one class, as the tree is drawn."""
    for child in cls.__subclasses__():
        if child.__module__.startswith(f"{errors.__name__}."):
            yield child
            yield from below(child)


TREE: list[type[StationError]] = [StationError, *below(StationError)]

#: Class: recovery, what the station does without a person, which parties had not begun.
ROWS = """
StationError stop report-only -
ConfigError stop report-only -
StationHeldError stop report-only -
SealKeyError stop report-only -
InputError wait-for-operator report-only -
IdNumberError wait-for-operator report-only -
StepNotAllowedError wait-for-operator report-only -
OrderMovedError wait-for-operator report-only -
MachineAtWorkError wait-for-operator report-only -
OrderNotFoundError wait-for-operator report-only -
CardNotFoundError wait-for-operator report-only -
StockMissingError wait-for-operator report-only -
CardLostError wait-for-operator report-only -
BatchNotFoundError wait-for-operator report-only -
BatchFileError wait-for-operator report-only -
BatchErasedError wait-for-operator report-only -
UnitFixedError wait-for-operator report-only -
NotACollectorError wait-for-operator report-only -
PackageError wait-for-operator report-only -
DataErasedError wait-for-operator report-only -
WitnessNeededError wait-for-operator report-only -
KeyReusedError wait-for-operator report-only -
RequestUnderWayError wait-for-operator report-only -
RequestInterruptedError wait-for-operator report-only -
RevisionChangedError wait-for-operator report-only -
OrderConflictError wait-for-operator report-only -
NameNotEncodableError wait-for-operator report-only chip
PhotoError wait-for-operator report-only -
PhotoRulesError wait-for-operator report-only -
NotSupervisorError wait-for-operator report-only -
NotKnownError wait-for-operator report-only -
NotAllowedError wait-for-operator report-only -
LoginRefusedError wait-for-operator report-only -
LoginWaitError wait-for-operator report-only -
LoginBusyError wait-for-operator report-only -
PasswordWeakError wait-for-operator report-only -
FormExpiredError wait-for-operator report-only -
FleetLinkError retry-step report-only -
LeaseMissingError retry-step backed-off -
EnrolmentRefusedError wait-for-operator report-only -
StationNameTakenError wait-for-operator report-only -
FleetEntryNotFoundError wait-for-operator report-only -
StationOnHoldError wait-for-operator report-only -
ApplicationAssignedError wait-for-operator report-only -
LeaseAliveError wait-for-operator report-only -
FleetStockError wait-for-operator report-only -
SettingsNotUnderWayError wait-for-operator report-only -
FleetMessageError wait-for-operator report-only -
OperatorKnownError wait-for-operator report-only -
OperatorUnknownError wait-for-operator report-only -
PairingUnknownError wait-for-operator report-only -
BankNotConfiguredError wait-for-operator report-only -
FaceChangedError wait-for-operator report-only -
CapabilityMissingError wait-for-operator report-only -
TrackDataError wait-for-operator report-only -
ParcelError wait-for-operator report-only -
IdentityMismatchError wait-for-operator report-only -
PinEntryError wait-for-operator report-only -
DeskBusyError wait-for-operator report-only -
DeskDeviceMissingError wait-for-operator report-only -
TransportError retry-step report-only chip,printer
TransportTimeoutError retry-step report-only chip,printer
TransportClosedError retry-step report-only chip,printer
ChipContactLostError retry-step report-only chip,printer
PrinterNotConnectedError wait-for-operator report-only chip,printer
ReaderNotConnectedError wait-for-operator report-only chip,printer
ReaderBusyError wait-for-operator report-only chip,printer
DeskDeviceNotConnectedError wait-for-operator report-only chip,printer
DeskDeviceError wait-for-operator report-only -
ProtocolError stop report-only -
LocalProtocolError stop report-only printer,province
RemoteProtocolError inspect report-only -
DefectError stop report-only -
DeviceError wait-for-operator report-only printer
MachineNotReadyError wait-for-operator report-only chip,printer,province
PrinterBusyError inspect soon -
CardError new-card report-only -
CardMuteError wait-for-operator report-only chip
StatusWordError new-card report-only -
KeyLastTryError new-card report-only -
PinRefusedError new-card report-only -
PinLastTryError new-card report-only -
PinLockedError new-card report-only -
WrongCardError new-card report-only chip
CardMissingError wait-for-operator report-only -
CardLeftInsideError wait-for-operator report-only -
CardInDoubtError wait-for-operator report-only -
WrongMachineError wait-for-operator report-only -
FeederOtherBankError wait-for-operator report-only -
FeederStoppedError wait-for-operator report-only -
CardMismatchError new-card report-only -
TrackError new-card report-only -
GatewayError stop report-only -
GatewayUnavailableError inspect backed-off -
LinkRestingError retry-step backed-off -
GatewayAnswerError inspect never -
GatewayRejectedError wait-for-operator never province
JournalError stop report-only -
JournalBusyError retry-step report-only -
ServiceOffError wait-for-operator report-only -
ServiceNotThereError wait-for-operator report-only -
OldCardNeededError wait-for-operator report-only -
ConfirmationNeededError wait-for-operator report-only -
PersonNotServedError wait-for-operator report-only -
OperatorCardError wait-for-operator report-only -
OperatorCardReaderError wait-for-operator report-only -
OperatorCardAbsentError wait-for-operator report-only -
OperatorCardUnknownError wait-for-operator report-only -
OperatorCardExpiredError wait-for-operator report-only -
OperatorCardRefusedError wait-for-operator report-only -
OperatorCardPinError wait-for-operator report-only -
OperatorCardLastTryError wait-for-operator report-only -
OperatorCardLockedError wait-for-operator report-only -
ListenersError wait-for-operator report-only -
PictureWorkError wait-for-operator report-only chip
NotDoneError retry-step report-only -
OutcomeUnknownError inspect report-only -
BrokeOffError inspect report-only -
PersonNeededError await-person report-only -
"""


def row(cls: type[StationError]) -> str:
    """Return the line of `ROWS` that the class's own attributes make."""
    parties = ",".join(sorted(party.value for party in cls.untouched)) or "-"
    return f"{cls.__name__} {cls.recovery.value} {cls.automatic.value} {parties}"


def test_every_class_has_its_row() -> None:
    assert sorted(row(cls) for cls in TREE) == sorted(ROWS.strip().splitlines())


def test_every_class_is_drawn_under_its_parent() -> None:
    drawn, branch = [], [(-1, "StationError")]
    for line in (errors.__doc__ or "").splitlines():
        match = re.match(r"([ |]*)\+-- (\w+)", line)
        if match is None:
            continue
        indent, name = len(match[1]), match[2]
        while branch[-1][0] >= indent:
            branch.pop()
        drawn.append((name, branch[-1][1]))
        branch.append((indent, name))
    assert sorted(drawn) == sorted((cls.__name__, cls.__bases__[0].__name__) for cls in TREE[1:])


#: Decision when nothing is in doubt: what the row's recovery and automatic say.
DECIDED: dict[str, tuple[Decision, Decision]] = {
    "never": (AskPerson("x"), AskPerson("x")),
    "report-only": (AskPerson("x"), RetryAfter("x")),
    "backed-off": (RetryAfter("x"), RetryAfter("x")),
    "soon": (RetryAfter("x", soon=True), RetryAfter("x", soon=True)),
}


@pytest.mark.field_case("A2", "C3")
def test_an_unclear_answer_is_asked_for_a_few_times_and_then_waits_for_a_person() -> None:
    error = GatewayAnswerError(AnswerProblem.UNLISTED)
    for tries in range(1, ANSWER_TRIES):
        assert decide(error, tries=tries) == RetryAfter(error.code)
    assert decide(error, tries=ANSWER_TRIES) == AskPerson(error.code)
    final = GatewayAnswerError(AnswerProblem.NOT_FOUND)
    assert decide(final, tries=1) == AskPerson(final.code)
    for effect in EFFECTS:
        assert not proves_nothing_happened(error, effect)


@pytest.mark.parametrize("cls", TREE, ids=lambda cls: cls.__name__)
def test_every_class_has_a_decision(cls: type[StationError]) -> None:
    error = cls.__new__(cls)
    error.code = "x"
    recovery, automatic = next(
        line.split()[1:3] for line in ROWS.splitlines() if line.split()[:1] == [cls.__name__]
    )
    plain, spoiled = DECIDED[automatic]
    if recovery == "stop" and automatic == "report-only":
        plain = Stop("x")
    assert decide(error) == plain
    assert decide(error, only_report_left=True) == spoiled


def device(code: str = "media-jam") -> DeviceError:
    return DeviceError("refused", native_code=1, code=code)


@pytest.mark.parametrize("effect", EffectKind)
def test_printer_and_chip_are_asked_at_once_what_became_of_an_effect(effect: EffectKind) -> None:
    error = RemoteProtocolError("garbage")
    decision = decide(error, Doubt(effect))
    if effect in AT_PROVINCE | AT_DESK:  # the latter: a person puts the card back
        assert decision == AskPerson("protocol-violation")
    else:
        assert decision == Inspect("protocol-violation", effect)
    assert decide(error, Doubt(effect, inspected=True)) == AskPerson("protocol-violation")


def test_the_province_is_asked_when_it_answers_again() -> None:
    silent = GatewayUnavailableError("no answer")
    assert decide(silent, Doubt(EffectKind.REPORT)) == RetryAfter("province-unavailable")
    # While a chip is written the province's HSM is silent: the chip is read first.
    written = Doubt(EffectKind.WRITE_CHIP)
    assert decide(silent, written) == Inspect("province-unavailable", EffectKind.WRITE_CHIP)
    read = Doubt(EffectKind.WRITE_CHIP, inspected=True)
    assert decide(silent, read) == RetryAfter("province-unavailable")


def test_a_person_who_was_asked_to_move_a_card_is_given_time() -> None:
    error = PersonNeededError(PersonRequest.PUT_IN)
    assert decide(error, Doubt(EffectKind.FEED)) == AskPerson("card-needed")


def test_a_printer_at_work_is_only_asked_again() -> None:
    busy = PrinterBusyError("printing")
    doubt = Doubt(EffectKind.PRINT, inspected=True)
    assert decide(busy, doubt) == RetryAfter("printer-busy", soon=True)


def test_a_refusal_of_the_province_is_never_repeated_automatically() -> None:
    refused = GatewayRejectedError(RejectionReason.DATA_WITHDRAWN)
    assert decide(refused, only_report_left=True) == AskPerson("data-withdrawn")


#: Effect -> classes that prove that it has not begun; every other class leaves it in doubt.
PROOFS = {
    Party.PRINTER: "DeviceError LocalProtocolError",
    Party.CHIP: "WrongCardError NameNotEncodableError CardMuteError PictureWorkError",
    Party.PROVINCE: "GatewayRejectedError LocalProtocolError",
}


@pytest.mark.parametrize("effect", EffectKind)
def test_what_proves_that_an_effect_has_not_begun(effect: EffectKind) -> None:
    party = EFFECTS[effect].party
    expected = {"MachineNotReadyError", *PROOFS[party].split()}
    if party is not Party.PROVINCE:
        expected |= {cls.__name__ for cls in TREE if issubclass(cls, TransportError)}
    found = {cls.__name__ for cls in TREE if proves_nothing_happened(cls.__new__(cls), effect)}
    assert found == expected


def test_a_refusal_of_the_hsm_proves_nothing_about_the_chip_that_was_being_written() -> None:
    refused = GatewayRejectedError(RejectionReason.HSM_REFUSED)
    assert not proves_nothing_happened(refused, EffectKind.WRITE_CHIP)
    doubt = Doubt(EffectKind.WRITE_CHIP)
    assert decide(refused, doubt) == Inspect("hsm-refused", EffectKind.WRITE_CHIP)
    assert not proves_nothing_happened(device(), EffectKind.WRITE_CHIP)
    assert not proves_nothing_happened(LocalProtocolError("defect"), EffectKind.WRITE_CHIP)
