"""The parts of a card profile: scripts that determine the next command, and never send one.

A script is a generator. It yields a `CommandApdu` and is sent the final `ResponseApdu` (61xx and
6Cxx already followed), or yields a request to the province (HSM, certificates) and is sent its
answer. It returns its result. So a whole personalisation can be tested as a list of bytes.

Only the profile knows what a command does to the card, and which status words report success:
another kind of card has other instructions (`CommandKinds`) and other status words (`StatusWords`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeAlias, TypeVar

from station.core.card_services import BasicInformation, CardVerdict, MaintenanceRequest
from station.core.cards import (
    AuthenticationRequest,
    BlankRule,
    ChipCondition,
    ChipData,
    ChipIdentity,
    IssuerData,
)
from station.core.certificates import CertificateData, CertificateRequest, TransportValues
from station.core.errors import ConfigError, InputError, LocalProtocolError, StatusWordError
from station.core.pin_entry import Pin
from station.encoder.apdu import INS_GET_RESPONSE, SW_OK, CommandApdu, ResponseApdu
from station.encoder.status_words import describe_sw

NO_ISSUER_DATA: Final = IssuerData()

T = TypeVar("T")
A = TypeVar("A")
#: A command, or a request of a type for which `CardProfile.answers` or the session has an answerer.
Step: TypeAlias = object
Answer: TypeAlias = object
Script: TypeAlias = Generator[Step, Answer, T]
#: Answers one type of request of a script.
Answerer: TypeAlias = Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class CommandKinds:
    """The effects of the commands of one kind of card, by class and instruction byte.

    A command that is not listed counts as writing: once it was sent, a lost answer means that the
    outcome is unknown, and it is not sent a second time.

    Attributes:
        reading: (CLA, INS) of commands that do not change the card's memory. Counters of tries and
            the security state of the session are not considered.
        proofs: Reading commands that prove a key and can use up one of its tries. A key with one
            try left is not used.
    """

    reading: frozenset[tuple[int, int]]
    proofs: frozenset[tuple[int, int]] = frozenset()

    def __post_init__(self) -> None:
        """Check that every proof is listed as reading.

        Raises:
            ConfigError: One is not listed.
        """
        if not self.proofs <= self.reading:
            raise ConfigError("card profile: a command that proves a key is not listed as reading")

    def is_writing(self, command: CommandApdu) -> bool:
        """Whether the card's memory may have changed after this command.

        GET RESPONSE, which the session sends for the rest of an answer, changes no card.
        """
        sent = (command.cla, command.ins)
        return sent != (0x00, INS_GET_RESPONSE) and sent not in self.reading

    def is_proof(self, command: CommandApdu) -> bool:
        """Whether this command proves a key to the card."""
        return (command.cla, command.ins) in self.proofs


@dataclass(frozen=True, slots=True)
class StatusWords:
    """The status words of one kind of card.

    Attributes:
        success: Every word that reports complete success.
        meanings: Further words and what they mean, in English; those of ISO 7816-4 are known.
    """

    success: frozenset[int]
    meanings: Mapping[int, str] = field(default_factory=dict)

    def describe(self, sw: int) -> str:
        """Return the meaning of `sw`; empty when no source states it."""
        return self.meanings.get(sw) or describe_sw(sw)


ISO_STATUS_WORDS: Final = StatusWords(frozenset({SW_OK}))


def exchange(command: CommandApdu) -> Script[ResponseApdu]:
    """Have `command` sent; returns the answer with any status word."""
    answer = yield command
    if not isinstance(answer, ResponseApdu):
        raise LocalProtocolError(f"{command.name}: the script was sent something else than R-APDU")
    return answer


def exchange_ok(command: CommandApdu, words: StatusWords = ISO_STATUS_WORDS) -> Script[bytes]:
    """Have `command` sent; returns the data of a successful answer.

    Raises:
        StatusWordError: Any other status word.
    """
    answer = yield from exchange(command)
    if answer.sw not in words.success:
        raise refused(command, answer, words)
    return answer.data


def refused(
    command: CommandApdu, answer: ResponseApdu, words: StatusWords = ISO_STATUS_WORDS
) -> StatusWordError:
    """Return the error for a command that the card refused."""
    return StatusWordError(answer.sw, command.name, meaning=words.describe(answer.sw))


def ask(request: object, kind: type[A]) -> Script[A]:
    """Have `request` answered by the answerer of its type; returns the answer, which is a `kind`.

    Raises:
        LocalProtocolError: The answer is of another type.
    """
    answer = yield request
    if not isinstance(answer, kind):
        what = type(request).__name__
        raise LocalProtocolError(f"{what}: the script was sent {type(answer).__name__}")
    return answer


def ask_hsm(request: AuthenticationRequest) -> Script[bytes]:
    """Have the province's HSM asked; returns its bytes unchanged."""
    return (yield from ask(request, bytes))


def ask_protected(request: MaintenanceRequest) -> Script[bytes]:
    """Have the province's HSM build a protected command; returns it unchanged."""
    return (yield from ask(request, bytes))


def ask_certificates(request: CertificateRequest) -> Script[CertificateData]:
    """Have the province's CA asked; returns the certificates and keys that it issued."""
    return (yield from ask(request, CertificateData))


class CheckData(Protocol):
    """See `CardEncoder.check_data`."""

    def __call__(self, data: ChipData) -> None:
        """Check that every field has a form on the chip; raise `InputError` otherwise."""
        ...


class IdentifyScript(Protocol):
    """Reads what needs no key; see `CardEncoder.identify`."""

    def __call__(self, atr: bytes) -> Script[ChipIdentity]:
        """Start immediately after a cold reset that returned `atr`."""
        ...


class CheckBlank(Protocol):
    """See `CardEncoder.check_blank`."""

    def __call__(self, identity: ChipIdentity, rule: BlankRule) -> None:
        """Check that the card may be written; raise `WrongCardError` otherwise."""
        ...


class PersonaliseScript(Protocol):
    """Writes and reads back; see `CardEncoder.personalise`."""

    def __call__(
        self, atr: bytes, identity: ChipIdentity, data: ChipData, photo: bytes
    ) -> Script[ChipIdentity]:
        """Start right after the reset that returned `atr`; `photo` fits the chip or is empty."""
        ...


class InspectScript(Protocol):
    """Reads and evaluates; see `CardEncoder.inspect`."""

    def __call__(self, atr: bytes, data: ChipData) -> Script[ChipCondition]:
        """Start immediately after a cold reset that returned `atr`."""
        ...


@dataclass(frozen=True, slots=True)
class ProfileOptions:
    """A site's choices for its cards. The defaults are those of the profile.

    Attributes:
        versions: AAZ508 values of the blanks in use: a name that none of them can hold is refused
            before a blank is fed. Empty: any version.
        issuer_tags: Records of the issuer's file that are rewritten, two hex digits each, in the
            order of writing. Empty: the profile's records.
        issuer: Values of rewritten records for which an order has no data.
        photo: Whether the portrait goes onto the chip.
        transport: Transport values that open the certificate application, which is then filled;
            None leaves it unchanged.
    """

    versions: frozenset[str] = frozenset()
    issuer_tags: tuple[str, ...] = ()
    issuer: IssuerData = NO_ISSUER_DATA
    photo: bool = False
    transport: TransportValues | None = field(default=None, repr=False)


class ServiceScripts(Protocol):
    """Scripts for `CardServices`; each starts immediately after a cold reset that returned `atr`.

    `card` is the id of the card that must be present, empty for any; `use_last_try` permits a
    command that would lock a PIN or key when the value is wrong.
    """

    def read_basic(self, atr: bytes) -> Script[BasicInformation]:
        """See `CardServices.read_basic`."""
        ...

    def judge(self, found: BasicInformation) -> CardVerdict:
        """Return the verdict on a reading. Pure."""
        ...

    def pin_tries(self, atr: bytes, card: str) -> Script[int]:
        """See `CardServices.pin_tries`."""
        ...

    def verify_pin(
        self, atr: bytes, pin: Pin | str, *, card: str, use_last_try: bool
    ) -> Script[None]:
        """See `CardServices.verify_pin`."""
        ...

    def change_pin(
        self, atr: bytes, old: Pin | str, new: Pin | str, *, card: str, use_last_try: bool
    ) -> Script[None]:
        """See `CardServices.change_pin`."""
        ...

    def read_signature_key(self, atr: bytes) -> Script[bytes]:
        """See `CardServices.read_signature_key`."""
        ...

    def reset_pin(self, atr: bytes, new: Pin | str, *, card: str) -> Script[None]:
        """See `CardServices.reload_pin`, and `CardServices.unblock_pin` when `new` is empty."""
        ...


class NoServices:
    """`ServiceScripts` of a card without services: no PIN, nothing to read for a holder.

    Each raises `InputError`; nothing is sent to the card. A profile derives from it and overrides
    the services that its cards have.
    """

    def read_basic(self, atr: bytes) -> Script[BasicInformation]:
        """See `CardServices.read_basic`."""
        raise _no_such_service()

    def judge(self, found: BasicInformation) -> CardVerdict:
        """See `ServiceScripts.judge`."""
        raise _no_such_service()

    def pin_tries(self, atr: bytes, card: str) -> Script[int]:
        """See `CardServices.pin_tries`."""
        raise _no_such_service()

    def verify_pin(
        self, atr: bytes, pin: Pin | str, *, card: str, use_last_try: bool
    ) -> Script[None]:
        """See `CardServices.verify_pin`."""
        raise _no_such_service()

    def change_pin(
        self, atr: bytes, old: Pin | str, new: Pin | str, *, card: str, use_last_try: bool
    ) -> Script[None]:
        """See `CardServices.change_pin`."""
        raise _no_such_service()

    def read_signature_key(self, atr: bytes) -> Script[bytes]:
        """See `CardServices.read_signature_key`."""
        raise _no_such_service()

    def reset_pin(self, atr: bytes, new: Pin | str, *, card: str) -> Script[None]:
        """See `CardServices.reload_pin`."""
        raise _no_such_service()


def _no_such_service() -> InputError:
    return InputError("this kind of card has no such service")


@dataclass(frozen=True, slots=True)
class CardProfile:
    """What a sub-package of station.encoder.profiles exports as PROFILE.

    Attributes:
        name: The folder name; config/ refers to the profile by it.
        title: Name for people.
        commands: Effects of its commands on the card.
        check_data: Rule for `CardEncoder.check_data`.
        identify: Script for `CardEncoder.identify`.
        check_blank: Rule for `CardEncoder.check_blank`.
        personalise: Script for `CardEncoder.personalise`.
        inspect: Script for `CardEncoder.inspect`.
        services: Scripts for `CardServices`.
        photo_size: Maximum bytes of a portrait on the chip; 0 where none is written.
        configure: Returns this profile with a site's choices.
        unverified: Facts that were never confirmed on a real card.
        answers: Type of a request of its scripts -> its answerer, for requests that the province
            does not answer (a key that is derived on this PC, for instance).
    """

    name: str
    title: str
    commands: CommandKinds
    check_data: CheckData
    identify: IdentifyScript
    check_blank: CheckBlank
    personalise: PersonaliseScript
    inspect: InspectScript
    services: ServiceScripts
    photo_size: int
    configure: Callable[[ProfileOptions], CardProfile]
    unverified: tuple[str, ...] = ()
    answers: Mapping[type, Answerer] = field(default_factory=dict)
