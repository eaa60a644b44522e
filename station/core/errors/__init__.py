"""Every exception the station raises on purpose.

The tree answers one question for the workflow: what may be done next with the card in the machine?

    StationError
     +-- ConfigError                  a file in config/ is wrong; refuse to start
     +-- StationHeldError             another program uses this station's state folder
     +-- SealKeyError                 the key of the journal's data is missing or wrong
     +-- InputError                   a request that can't be fulfilled; nothing was changed
     |    +-- IdNumberError               not a valid citizen / resident number
     |    +-- StepNotAllowedError         the order's life has no such event at this step
     |    |    +-- OrderMovedError             another thread has moved it to another step
     |    +-- OrderNotFoundError
     |    +-- PersonNotServedError        this station has no order of the person or card
     |    +-- ServiceOffError             the site has switched the service off
     |    +-- ServiceNotThereError        the province's dialect has no such service
     |    +-- ConfirmationNeededError     it can't be undone: to be confirmed first
     |    +-- OldCardNeededError          the old card is to be collected first
     |    +-- CardNotFoundError           the ledger has no such card
     |    +-- StockMissingError           the ledger counts fewer blanks than requested
     |    +-- CardLostError               registered as lost: it must be found first
     |    +-- BatchErasedError            its personal data was erased: its time was over
     |    +-- BatchNotFoundError          there is no such batch, row, picture or list
     |    +-- BatchFileError              a file with the data of a batch can't be used
     |    +-- NotACollectorError          whoever takes a unit's cards is none of its collectors
     |    +-- UnitFixedError              a unit's bank and branch were confirmed
     |    +-- PackageError                a unit's package can't be used
     |    +-- DataErasedError             its personal data was erased: its time was over
     |    +-- WitnessNeededError          two people must stand behind it
     |    +-- OrderConflictError          another order has the machine, or the person another one
     |    |    +-- KeyReusedError              an Idempotency-Key came with another request
     |    +-- RequestUnderWayError        the same request is being carried out
     |    +-- RequestInterruptedError     the same request was cut off: look before deciding anew
     |    +-- RevisionChangedError        the order is not as its caller saw it
     |    +-- MachineAtWorkError          the machine is in the middle of a step
     |    +-- NameNotEncodableError       a text the chip, the fonts or the face can't hold
     |    +-- PhotoError                  the province's picture can't be printed
     |    +-- PhotoRulesError             it breaks soft rules that no supervisor waived
     |    +-- NotSupervisorError          the approver is not a supervisor of the site
     |    +-- BankNotConfiguredError      the order's bank is not in the site's configuration
     |    +-- FaceChangedError            the face to print is not the approved one
     |    +-- CapabilityMissingError      the machine can't do what the order needs
     |    +-- TrackDataError              a magnetic track can't hold the text
     |    +-- ParcelError                 a file to or from the data centre can't be used
     |    +-- NotKnownError               nobody is logged in, and no valid token was sent
     |    +-- NotAllowedError             the caller's roles do not include this
     |    +-- LoginRefusedError           name and password do not belong together
     |    +-- LoginWaitError              too many failed tries under this name
     |    +-- LoginBusyError              too many passwords are checked now
     |    +-- PasswordWeakError           a new password does not fit the rules
     |    +-- FormExpiredError            a form without its session's own token
     |    +-- OperatorCardError           an operator's card can't be used for a login
     |    |    +-- OperatorCardReaderError     the site has no reader for such cards
     |    |    +-- OperatorCardAbsentError     no card answers in the reader
     |    |    +-- OperatorCardUnknownError    the card is not an operator's of this station
     |    |    +-- OperatorCardExpiredError    its certificate is not valid yet, or no longer
     |    |    +-- OperatorCardRefusedError    not a PIV card, or its signature does not fit
     |    |    +-- OperatorCardPinError        the PIN is wrong
     |    |         +-- OperatorCardLastTryError    not sent: one try is left
     |    |         +-- OperatorCardLockedError     no try is left
     |    +-- ListenersError              too many listen to what happens, or too many of one caller
     |    +-- OperatorKnownError          the name of a person or program is taken
     |    +-- OperatorUnknownError        there is no such person or program
     |    +-- PairingUnknownError         no page waits to be paired like this
     |    +-- IdentityMismatchError       the ID card that was read does not fit
     |    +-- PinEntryError               the holder entered no usable PIN
     |    +-- DeskBusyError               the desk's devices serve another request
     |    +-- DeskDeviceMissingError      the site has not configured this device
     |    +-- EnrolmentRefusedError       central knows no such registration code
     |    +-- StationNameTakenError       the station's name belongs to other keys
     |    +-- FleetEntryNotFoundError     central has no such station, assignment, fork or batch
     |    +-- StationOnHoldError          the station gets no orders
     |    +-- ApplicationAssignedError    the application is with a station
     |    +-- LeaseAliveError             the station may still feed the order
     |    +-- FleetStockError             an account of central's stock has too few blanks
     |    +-- SettingsNotUnderWayError    settings were replaced, or are everywhere
     +-- TransportError               bytes did not move: cable, power
     |    +-- TransportTimeoutError
     |    +-- TransportClosedError
     |    |    +-- ChipContactLostError   the chip stopped answering; its reader is still there
     |    +-- PrinterNotConnectedError
     |    +-- ReaderNotConnectedError
     |    +-- ReaderBusyError             another program holds the reader
     |    +-- DeskDeviceNotConnectedError a device on the clerk's desk: cable, power, permission
     +-- DeskDeviceError              a device on the clerk's desk failed or refused
     +-- ProtocolError                bytes moved but broke the wire rules
     |    +-- LocalProtocolError          the station asked for something the protocol forbids
     |    +-- RemoteProtocolError         the peer sent something the protocol forbids
     +-- MachineNotReadyError         no card could be made, so no data is asked for
     +-- DeviceError                  the printer understood us and refused
     |    +-- PrinterBusyError            it is still processing the job
     +-- CardError                    the card in the machine can't serve this order
     |    +-- CardMuteError               no ATR at the chip station
     |    +-- StatusWordError             a command was refused
     |    |    +-- KeyLastTryError             not sent: the key has one try left or none
     |    |    +-- PinRefusedError             the holder's PIN is wrong
     |    |         +-- PinLastTryError             not sent: one try is left
     |    |         +-- PinLockedError              no try is left
     |    +-- WrongCardError              refused before anything was written
     |    +-- CardMissingError            the order's card is not in the machine
     |    +-- CardLeftInsideError         a card of no order is in the machine
     |    +-- CardInDoubtError            a person must first say where another order's card is
     |    +-- WrongMachineError           the order's card is in another printer
     |    +-- FeederStoppedError          several spoiled in a row: a test card must pass first
     |    +-- FeederOtherBankError        the feeder holds blanks of other banks only
     |    +-- CardMismatchError           read back differs from what was written
     |    +-- TrackError                  a magnetic track can't be read, or differs
     +-- GatewayError                 the province
     |    +-- GatewayUnavailableError     no answer: the effect there may be unknown
     |    |    +-- LinkRestingError         not sent: no answer for a while
     |    +-- GatewayAnswerError          an inconclusive answer: the effect may be unknown
     |    +-- GatewayRejectedError        refused
     +-- PictureWorkError             decoding or drawing ended without a result
     +-- JournalError                 the database can't be used
     |    +-- JournalBusyError            another program holds its lock; retry soon
     +-- FleetMessageError            a message between window and central can't be used
     +-- FleetLinkError               central can't be reached; what is to be sent stays here
     +-- LeaseMissingError            an assigned order, and no live lease to feed it
     +-- DefectError                  a defect in the station
     +-- NotDoneError                 proven not to have happened; begin it again
     +-- OutcomeUnknownError          an irreversible command was sent, no answer arrived
          +-- BrokeOffError               a movement or a print began and was interrupted
          +-- PersonNeededError           a person was asked to move the card: inspect later

Each error has a `code` (kebab-case, stable, what API, pages and journal show) and a `recovery`,
from which `station.core.decisions` computes what is next. The Chinese text for the operator is
looked up by code in `station.words`. Messages never contain card data, names, numbers of people, or
keys.
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
    FeederOtherBankError,
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
    MachineNotReadyError,
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
from station.core.errors.fleet import FleetLinkError, FleetMessageError, LeaseMissingError
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
    BatchErasedError,
    BatchFileError,
    BatchFileFault,
    BatchNotFoundError,
    CapabilityMissingError,
    CardLostError,
    CardNotFoundError,
    ConfirmationNeededError,
    DataErasedError,
    FaceChangedError,
    IdNumberError,
    InputError,
    MachineAtWorkError,
    NameNotEncodableError,
    NotACollectorError,
    NotSupervisorError,
    OldCardNeededError,
    OrderConflictError,
    OrderMovedError,
    OrderNotFoundError,
    PackageError,
    PackageFault,
    ParcelError,
    PersonNotServedError,
    PhotoError,
    PhotoRulesError,
    ServiceNotThereError,
    ServiceOffError,
    StepNotAllowedError,
    StockMissingError,
    TrackDataError,
    UnitFixedError,
    WitnessNeededError,
)

__all__ = [
    "PASSING",
    "AnswerProblem",
    "Automatic",
    "BankNotConfiguredError",
    "BatchErasedError",
    "BatchFileError",
    "BatchFileFault",
    "BatchNotFoundError",
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
    "ConfirmationNeededError",
    "ConnectionFailure",
    "DataErasedError",
    "DefectError",
    "DeskBusyError",
    "DeskDeviceError",
    "DeskDeviceMissingError",
    "DeskDeviceNotConnectedError",
    "DeskFault",
    "DeviceError",
    "FaceChangedError",
    "FeederOtherBankError",
    "FeederStoppedError",
    "FleetLinkError",
    "FleetMessageError",
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
    "LeaseMissingError",
    "LinkRestingError",
    "LocalProtocolError",
    "MachineAtWorkError",
    "MachineNotReadyError",
    "NameNotEncodableError",
    "NotACollectorError",
    "NotDoneError",
    "NotSupervisorError",
    "OldCardNeededError",
    "OrderConflictError",
    "OrderMovedError",
    "OrderNotFoundError",
    "OutcomeUnknownError",
    "PackageError",
    "PackageFault",
    "ParcelError",
    "Party",
    "PersonNeededError",
    "PersonNotServedError",
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
    "ServiceNotThereError",
    "ServiceOffError",
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
    "UnitFixedError",
    "WitnessNeededError",
    "WrongCardError",
    "WrongCardReason",
    "WrongMachineError",
]
