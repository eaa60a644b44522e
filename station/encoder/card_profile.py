"""What a card profile is: scripts that say which command comes next, and never send one.

A script is a generator. It yields a `CommandApdu` and is sent the final `ResponseApdu` (61xx and
6Cxx already followed), or yields a request to the province (HSM, certificates) and is sent its
answer. It returns its result. So a whole personalisation can be tested as a list of bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias, TypeVar

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
from station.core.errors import LocalProtocolError, StatusWordError
from station.core.pin_entry import Pin
from station.encoder.apdu import CommandApdu, ResponseApdu
from station.encoder.status_words import describe_sw

NO_ISSUER_DATA: Final = IssuerData()

T = TypeVar("T")
Step: TypeAlias = CommandApdu | AuthenticationRequest | MaintenanceRequest | CertificateRequest
Answer: TypeAlias = ResponseApdu | bytes | CertificateData
Script: TypeAlias = Generator[Step, Answer, T]


def exchange(command: CommandApdu) -> Script[ResponseApdu]:
    """Have `command` sent; returns the answer whatever its status word is."""
    answer = yield command
    if not isinstance(answer, ResponseApdu):
        raise LocalProtocolError(f"{command.name}: the script was sent something else than R-APDU")
    return answer


def exchange_ok(command: CommandApdu) -> Script[bytes]:
    """Have `command` sent and return the data of its 9000.

    Raises:
        StatusWordError: Any other status word.
    """
    answer = yield from exchange(command)
    if not answer.is_ok:
        raise refused(command, answer)
    return answer.data


def refused(command: CommandApdu, answer: ResponseApdu) -> StatusWordError:
    """Return the error for a command that the card refused."""
    return StatusWordError(answer.sw, command.name, meaning=describe_sw(answer.sw))


def ask_hsm(request: AuthenticationRequest) -> Script[bytes]:
    """Have the province's HSM asked; returns its bytes as they came."""
    answer = yield request
    if not isinstance(answer, bytes):
        raise LocalProtocolError("the script was sent something else than the HSM's answer")
    return answer


def ask_protected(request: MaintenanceRequest) -> Script[bytes]:
    """Have the province's HSM build a protected command; returns it as it came."""
    answer = yield request
    if not isinstance(answer, bytes):
        raise LocalProtocolError("the script was sent something else than the HSM's command")
    return answer


def ask_certificates(request: CertificateRequest) -> Script[CertificateData]:
    """Have the province's CA asked; returns what it issued."""
    answer = yield request
    if not isinstance(answer, CertificateData):
        raise LocalProtocolError("the script was sent something else than certificates")
    return answer


class CheckData(Protocol):
    """See `CardEncoder.check_data`."""

    def __call__(self, data: ChipData) -> None:
        """Return when every field has a form on the chip, raise `InputError` otherwise."""
        ...


class IdentifyScript(Protocol):
    """Reads what needs no key; see `CardEncoder.identify`."""

    def __call__(self, atr: bytes) -> Script[ChipIdentity]:
        """Start right after a cold reset that gave `atr`."""
        ...


class CheckBlank(Protocol):
    """See `CardEncoder.check_blank`."""

    def __call__(self, identity: ChipIdentity, rule: BlankRule) -> None:
        """Return when the card may be written, raise `WrongCardError` otherwise."""
        ...


class PersonaliseScript(Protocol):
    """Writes and reads back; see `CardEncoder.personalise`."""

    def __call__(
        self, atr: bytes, identity: ChipIdentity, data: ChipData, photo: bytes
    ) -> Script[ChipIdentity]:
        """Start right after a cold reset that gave `atr`; `photo` fits the chip, or is empty."""
        ...


class InspectScript(Protocol):
    """Reads and judges; see `CardEncoder.inspect`."""

    def __call__(self, atr: bytes, data: ChipData) -> Script[ChipCondition]:
        """Start right after a cold reset that gave `atr`."""
        ...


@dataclass(frozen=True, slots=True)
class ProfileOptions:
    """What a site chooses about its cards. The default is what the profile itself says.

    Attributes:
        versions: AAZ508 values of the blanks in use: a name that none of them can hold is refused
            before a blank is fed. Empty: any version.
        issuer_tags: Records of the issuer's file that are rewritten, two hex digits each, in the
            order of writing. Empty: as the profile says.
        issuer: What those of them get that no order has data for.
        photo: Whether the portrait goes onto the chip.
        transport: Opens the certificate application, which is then filled; None leaves it as it
            came.
    """

    versions: frozenset[str] = frozenset()
    issuer_tags: tuple[str, ...] = ()
    issuer: IssuerData = NO_ISSUER_DATA
    photo: bool = False
    transport: TransportValues | None = field(default=None, repr=False)


class ServiceScripts(Protocol):
    """Scripts for `CardServices`; each starts right after a cold reset that gave `atr`.

    `card` is the id of the card that must be there, empty for any; `use_last_try` allows to send
    what locks a PIN or key when it is wrong.
    """

    def read_basic(self, atr: bytes) -> Script[BasicInformation]:
        """See `CardServices.read_basic`."""
        ...

    def judge(self, found: BasicInformation) -> CardVerdict:
        """Return what a reading says about the card. Pure."""
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


@dataclass(frozen=True, slots=True)
class CardProfile:
    """What a sub-package of station.encoder.profiles exports as PROFILE.

    Attributes:
        name: The folder name; config/ refers to the profile by it.
        title: For people.
        check_data: Rule for `CardEncoder.check_data`.
        identify: Script for `CardEncoder.identify`.
        check_blank: Rule for `CardEncoder.check_blank`.
        personalise: Script for `CardEncoder.personalise`.
        inspect: Script for `CardEncoder.inspect`.
        services: Scripts for `CardServices`.
        photo_size: Most bytes of a portrait on the chip; 0 where none is written.
        configure: Returns this profile with a site's choices.
        unverified: Facts that were never seen on a real card.
    """

    name: str
    title: str
    check_data: CheckData
    identify: IdentifyScript
    check_blank: CheckBlank
    personalise: PersonaliseScript
    inspect: InspectScript
    services: ServiceScripts
    photo_size: int
    configure: Callable[[ProfileOptions], CardProfile]
    unverified: tuple[str, ...] = ()
