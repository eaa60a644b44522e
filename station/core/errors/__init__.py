"""Every exception the station raises on purpose.

The tree answers one question for the workflow: what may be done next with the card in the machine?

    StationError
     +-- ConfigError                  a file in config/ is wrong; refuse to start
     +-- StationHeldError             another program works with this station's state folder
     +-- SealKeyError                 the key of the journal's data is missing, or another one
     +-- InputError                   a person or a calling system asked for something that can't be
     |    +-- IdNumberError               not a valid citizen / resident number
     |    +-- StepNotAllowedError         the order's life has no such step from here
     |    |    +-- OrderMovedError             another thread has taken it to another step
     |    +-- OrderNotFoundError
     |    +-- CardNotFoundError           the ledger has no such card
     |    +-- StockMissingError           fewer blanks are there than were to be moved
     |    +-- CardLostError               registered as lost: it must be found first
     |    +-- WitnessNeededError          two people must stand behind it
     |    +-- OrderConflictError          another order has the machine, or the key another request
     |    +-- MachineAtWorkError          the machine is in the middle of a step
     |    +-- NameNotEncodableError       a text the chip, the fonts or the face can't hold
     |    +-- PhotoError                  the province's picture can't be printed
     |    +-- PhotoRulesError             it breaks soft rules, and no supervisor let it pass
     |    +-- NotSupervisorError          who should approve may not
     |    +-- BankNotConfiguredError      the order's bank is not in the site's configuration
     |    +-- FaceChangedError            what would be printed is not what was approved
     |    +-- CapabilityMissingError      the machine can't do what the order needs
     |    +-- TrackDataError              a magnetic track can't hold the text
     |    +-- ParcelError                 a file to or from the data centre can't be used
     |    +-- IdentityMismatchError       the ID card that was read does not fit
     |    +-- PinEntryError               the holder entered no PIN that can be used
     |    +-- DeskBusyError               the desk's devices serve another request
     |    +-- DeskDeviceMissingError      the site has not configured this device
     +-- TransportError               bytes did not move: cable, power
     |    +-- TransportTimeoutError
     |    +-- TransportClosedError
     |    |    +-- ChipContactLostError   the chip stopped answering; its reader is still there
     |    +-- PrinterNotConnectedError
     |    +-- ReaderNotConnectedError
     |    +-- ReaderBusyError             another program holds the reader
     |    +-- DeskDeviceNotConnectedError a device on the clerk's desk: cable, power, permission
     +-- DeskDeviceError              a device on the clerk's desk gave no answer that can be used
     +-- ProtocolError                bytes moved but broke the wire rules
     |    +-- LocalProtocolError          we asked for something the protocol forbids
     |    +-- RemoteProtocolError         the peer sent something the protocol forbids
     +-- DeviceError                  the printer understood us and refused
     |    +-- PrinterBusyError            it is still at work on what is asked about
     +-- CardError                    the card in the machine can't serve this order
     |    +-- CardMuteError               no ATR at the chip station
     |    +-- StatusWordError             a command was refused
     |    |    +-- KeyLastTryError             not sent: the key has one try left or none
     |    |    +-- PinRefusedError             the holder's PIN is wrong
     |    |         +-- PinLastTryError             not sent: one try is left
     |    |         +-- PinLockedError              no try is left
     |    +-- WrongCardError              refused before anything was written
     |    +-- CardMissingError            the order's card is not in the machine
     |    +-- CardLeftInsideError         a card that no order knows stands in the machine
     |    +-- CardInDoubtError            a person must first say where another order's card is
     |    +-- WrongMachineError           the order's card is in another printer
     |    +-- FeederStoppedError          spoiled in a row: a test card must pass first
     |    +-- CardMismatchError           read back differs from what was written
     |    +-- TrackError                  a magnetic track can't be read, or reads otherwise
     +-- GatewayError                 the province
     |    +-- GatewayUnavailableError     no answer: the effect there may be unknown
     |    |    +-- LinkRestingError         not asked: it has not answered for a while
     |    +-- GatewayAnswerError          an answer that says neither yes nor no: the same
     |    +-- GatewayRejectedError        answered and refused
     +-- PictureWorkError             decoding or drawing ended without a result
     +-- JournalError                 the database can't be used
     |    +-- JournalBusyError            another program holds it; soon again
     +-- DefectError                  a defect in the station: what can't be has happened
     +-- NotDoneError                 the proof says that it did not happen; begin it again
     +-- OutcomeUnknownError          an irreversible command was sent and no answer came back
          +-- BrokeOffError               a movement or a print began and was broken off
          +-- PersonNeededError           a person was asked to move the card: look again

Each error has a `code` (kebab-case, stable, what API, pages and journal show) and a `recovery`,
from which `station.core.decisions` computes what is next. The Chinese text for the operator is
looked up by code in `station.words`. Messages never hold card data, names, numbers of
people or keys.
"""

from __future__ import annotations

from station.core.errors.base import (
    Automatic,
    ConfigError,
    DefectError,
    JournalBusyError,
    JournalError,
    Party,
    Recovery,
    SealKeyError,
    StationError,
    StationHeldError,
)
from station.core.errors.cards import (
    CardError,
    CardInDoubtError,
    CardLeftInsideError,
    CardMismatchError,
    CardMissingError,
    CardMuteError,
    FeederStoppedError,
    KeyLastTryError,
    PinLastTryError,
    PinLockedError,
    PinRefusedError,
    StatusWordError,
    TrackError,
    WrongCardError,
    WrongCardReason,
    WrongMachineError,
)
from station.core.errors.desk import (
    DeskBusyError,
    DeskDeviceError,
    DeskDeviceMissingError,
    DeskDeviceNotConnectedError,
    DeskFault,
    IdentityMismatch,
    IdentityMismatchError,
    PinEntryError,
    PinEntryFault,
)
from station.core.errors.devices import (
    ChipContactLostError,
    DeviceError,
    LocalProtocolError,
    PrinterBusyError,
    PrinterNotConnectedError,
    ProtocolError,
    ReaderBusyError,
    ReaderNotConnectedError,
    RemoteProtocolError,
    TransportClosedError,
    TransportError,
    TransportTimeoutError,
)
from station.core.errors.outcomes import (
    BrokeOffError,
    NotDoneError,
    OutcomeUnknownError,
    PersonNeededError,
    PersonRequest,
)
from station.core.errors.pictures import PictureFailure, PictureWorkError
from station.core.errors.province import (
    PASSING,
    AnswerProblem,
    ConnectionFailure,
    GatewayAnswerError,
    GatewayError,
    GatewayRejectedError,
    GatewayUnavailableError,
    LinkRestingError,
    RejectionReason,
)
from station.core.errors.requests import (
    BankNotConfiguredError,
    CapabilityMissingError,
    CardLostError,
    CardNotFoundError,
    FaceChangedError,
    IdNumberError,
    InputError,
    MachineAtWorkError,
    NameNotEncodableError,
    NotSupervisorError,
    OrderConflictError,
    OrderMovedError,
    OrderNotFoundError,
    ParcelError,
    PhotoError,
    PhotoRulesError,
    StepNotAllowedError,
    StockMissingError,
    TrackDataError,
    WitnessNeededError,
)

__all__ = [
    "PASSING",
    "AnswerProblem",
    "Automatic",
    "BankNotConfiguredError",
    "BrokeOffError",
    "CapabilityMissingError",
    "CardError",
    "CardInDoubtError",
    "CardLeftInsideError",
    "CardLostError",
    "CardMismatchError",
    "CardMissingError",
    "CardMuteError",
    "CardNotFoundError",
    "ChipContactLostError",
    "ConfigError",
    "ConnectionFailure",
    "DefectError",
    "DeskBusyError",
    "DeskDeviceError",
    "DeskDeviceMissingError",
    "DeskDeviceNotConnectedError",
    "DeskFault",
    "DeviceError",
    "FaceChangedError",
    "FeederStoppedError",
    "GatewayAnswerError",
    "GatewayError",
    "GatewayRejectedError",
    "GatewayUnavailableError",
    "IdNumberError",
    "IdentityMismatch",
    "IdentityMismatchError",
    "InputError",
    "JournalBusyError",
    "JournalError",
    "KeyLastTryError",
    "LinkRestingError",
    "LocalProtocolError",
    "MachineAtWorkError",
    "NameNotEncodableError",
    "NotDoneError",
    "NotSupervisorError",
    "OrderConflictError",
    "OrderMovedError",
    "OrderNotFoundError",
    "OutcomeUnknownError",
    "ParcelError",
    "Party",
    "PersonNeededError",
    "PersonRequest",
    "PhotoError",
    "PhotoRulesError",
    "PictureFailure",
    "PictureWorkError",
    "PinEntryError",
    "PinEntryFault",
    "PinLastTryError",
    "PinLockedError",
    "PinRefusedError",
    "PrinterBusyError",
    "PrinterNotConnectedError",
    "ProtocolError",
    "ReaderBusyError",
    "ReaderNotConnectedError",
    "Recovery",
    "RejectionReason",
    "RemoteProtocolError",
    "SealKeyError",
    "StationError",
    "StationHeldError",
    "StatusWordError",
    "StepNotAllowedError",
    "StockMissingError",
    "TrackDataError",
    "TrackError",
    "TransportClosedError",
    "TransportError",
    "TransportTimeoutError",
    "WitnessNeededError",
    "WrongCardError",
    "WrongCardReason",
    "WrongMachineError",
]
