"""Runs a card profile's scripts over a link: the chip at the chip station.

Source: ISO/IEC 7816-3:2006, 12.2 (61xx and 6Cxx of T=0); ISO/IEC 7816-4:2013, 7.6.1 (GET RESPONSE).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeAlias

from station.clock import monotonic
from station.core.card_services import MaintenanceRequest, Protector
from station.core.cards import (
    AuthenticationRequest,
    Authenticator,
    BlankRule,
    ChipCondition,
    ChipData,
    ChipIdentity,
)
from station.core.certificates import CertificateData, CertificateRequest, Certifier
from station.core.errors import (
    CardMuteError,
    KeyLastTryError,
    LocalProtocolError,
    OutcomeUnknownError,
    RemoteProtocolError,
    TransportError,
)
from station.core.links import ApduLink
from station.core.photos import Portrait
from station.encoder.apdu import INS_GET_RESPONSE, MAX_LE, CommandApdu, ResponseApdu
from station.encoder.card_profile import Answer, Answerer, CardProfile, Script, Step, T
from station.encoder.key_tries import KeyTries
from station.encoder.status_words import (
    LAST_TRY,
    MORE_DATA,
    SW1_MASK,
    TRIES_LEFT,
    TRIES_MASK,
    WRONG_LE,
)

REMEMBERED_EXCHANGES: Final = 50
MAX_PIECES: Final = 32  # consecutive GET RESPONSE: 8 KiB, more than any file of the profile's cards

#: Returns a portrait as a JPEG of at most so many bytes. Raises `PhotoError`.
FitPhoto: TypeAlias = Callable[[Portrait, int], bytes]


class ChipEncoder:
    """One reader and one card profile. One caller at a time. Implements `CardEncoder`."""

    def __init__(
        self,
        link: ApduLink,
        profile: CardProfile,
        *,
        fit_photo: FitPhoto | None = None,
        certify: Certifier | None = None,
        key_tries: KeyTries | None = None,
    ) -> None:
        """Store the parts; nothing is opened.

        Args:
            link: Link to the reader.
            profile: The profile of its cards.
            fit_photo: Shrinks a portrait to the chip's size; for profiles that write one.
            certify: Asks the province's CA; for profiles that fill a certificate application.
            key_tries: Store for the tries that keys have left; None forgets them with this object.
        """
        self._link = link
        self._profile = profile
        self._fit_photo = fit_photo
        self._certify = certify
        self._exchanges: deque[str] = deque(maxlen=REMEMBERED_EXCHANGES)
        self._key_tries = key_tries or KeyTries()

    @property
    def address(self) -> str:
        """See `CardEncoder.address`."""
        return self._link.address

    @property
    def profile(self) -> CardProfile:
        """The profile of the cards in this reader."""
        return self._profile

    def reader_present(self) -> bool:
        """See `CardEncoder.reader_present`."""
        return self._link.reader_present()

    def check_reader(self) -> None:
        """See `CardEncoder.check_reader`."""
        self._link.check_reader()

    @property
    def writes_photo(self) -> bool:
        """See `CardEncoder.writes_photo`."""
        return self._profile.photo_size > 0

    def check_data(self, data: ChipData) -> None:
        """See `CardEncoder.check_data`."""
        self._profile.check_data(data)

    def identify(self) -> ChipIdentity:
        """See `CardEncoder.identify`."""
        return self.run(self._profile.identify, None)

    def check_blank(self, identity: ChipIdentity, rule: BlankRule) -> None:
        """See `CardEncoder.check_blank`."""
        self._profile.check_blank(identity, rule)

    def personalise(
        self,
        identity: ChipIdentity,
        data: ChipData,
        authenticate: Authenticator,
        photo: Portrait | None = None,
    ) -> ChipIdentity:
        """See `CardEncoder.personalise`."""
        fitted = self._fitted(photo)
        return self.run(
            lambda atr: self._profile.personalise(atr, identity, data, fitted), authenticate
        )

    def _fitted(self, photo: Portrait | None) -> bytes:
        """Shrink the portrait before the chip gets power; empty where none is needed."""
        if self._fit_photo is None or photo is None or not self.writes_photo:
            return b""
        return self._fit_photo(photo, self._profile.photo_size)

    def inspect(self, data: ChipData, authenticate: Authenticator) -> ChipCondition:
        """See `CardEncoder.inspect`."""
        return self.run(lambda atr: self._profile.inspect(atr, data), authenticate)

    def recent_exchanges(self) -> list[str]:
        """See `CardEncoder.recent_exchanges`."""
        return list(self._exchanges)

    def close(self) -> None:
        """See `CardEncoder.close`."""
        self._link.close()

    def run(
        self,
        make_script: Callable[[bytes], Script[T]],
        authenticate: Authenticator | None,
        protect: Protector | None = None,
        *,
        use_last_try: bool = False,
    ) -> T:
        """Power the chip, run the script that `make_script` returns for the ATR, power it down.

        Args:
            make_script: Function of the profile.
            authenticate: Asks the province's HSM; None for scripts that need none.
            protect: Asks it for protected commands; None for scripts that need none.
            use_last_try: Whether a key that is known to have one try left may be used.

        Raises:
            StationError: What the script and the link raise.
            OutcomeUnknownError: The card or reader was lost after a writing command was sent.
        """
        with self._powered() as atr:
            province = _Province(authenticate, protect, self._certify, use_last_try)
            run = _Run(self._transmit, self._profile, province, self._key_tries, atr.hex())
            try:
                return run.drive(make_script(atr))
            except (TransportError, CardMuteError, RemoteProtocolError) as exc:
                if run.has_written:
                    raise OutcomeUnknownError(
                        f"{run.last_command}: no usable answer after writing had begun",
                        details={"command": run.last_command},
                    ) from exc
                raise

    @contextmanager
    def _powered(self) -> Iterator[bytes]:
        """Cold-reset the chip; power it down afterwards, so that the machine can move the card."""
        started = monotonic()
        atr = self._link.power_on()
        self._remember("power on", f"ATR of {len(atr)} bytes", started)
        try:
            yield atr
        finally:
            self._link.power_off()

    def _transmit(self, command: CommandApdu) -> ResponseApdu:
        started = monotonic()
        outcome = "no answer"
        try:
            answer = ResponseApdu.decode(self._link.transmit(command.encode(), name=command.name))
            outcome = f"{answer.sw:04X}"
        finally:
            self._remember(command.name, outcome, started)
        return answer

    def _remember(self, name: str, outcome: str, started: float) -> None:
        self._exchanges.append(f"{name}: {outcome}, {(monotonic() - started) * 1000:.1f} ms")


@dataclass(frozen=True, slots=True)
class _Province:
    """The answerers for the province in one run."""

    authenticate: Authenticator | None
    protect: Protector | None
    certify: Certifier | None
    use_last_try: bool


class _Run:
    """One script in progress."""

    def __init__(
        self,
        transmit: Callable[[CommandApdu], ResponseApdu],
        profile: CardProfile,
        province: _Province,
        key_tries: KeyTries,
        atr: str,
    ) -> None:
        self._transmit = transmit
        self._commands = profile.commands
        self._province = province
        self._answerers: dict[type, Answerer] = {
            **profile.answers,
            CommandApdu: self._answer_of_card,
            AuthenticationRequest: self._ask_province,
            MaintenanceRequest: self._ask_protected,
            CertificateRequest: self._ask_certificates,
        }
        self._key_tries = key_tries
        self._atr = atr
        self._key: tuple[str, str] | None = None
        self.has_written = False
        self.last_command = ""

    def drive(self, script: Script[T]) -> T:
        """Execute the script's steps until it returns."""
        try:
            step = next(script)
            while True:
                step = script.send(self._answer(step))
        except StopIteration as stop:
            result: T = stop.value
            return result

    def _answer(self, step: Step) -> Answer:
        answerer = self._answerers.get(type(step))
        if answerer is None:
            raise LocalProtocolError(f"a script asked for {type(step).__name__}: not answered here")
        return answerer(step)

    def _answer_of_card(self, command: CommandApdu) -> ResponseApdu:
        if self._commands.is_proof(command):
            return self._authenticate(command)
        return self._exchange(command)

    def _ask_province(self, request: AuthenticationRequest) -> bytes:
        """Ask the HSM, unless one more wrong answer would lock the card."""
        self._key = (request.AAZ501, request.key_address)
        self._keep_last_try(self._key, f"EXTERNAL AUTHENTICATE with HSM key {request.key_address}")
        if self._province.authenticate is None:
            raise LocalProtocolError("a script that needs no key asked the HSM")
        return self._province.authenticate(request)

    def _ask_protected(self, request: MaintenanceRequest) -> bytes:
        if self._province.protect is None:
            raise LocalProtocolError("a script asked for a protected command that nobody builds")
        return self._province.protect(request)

    def _ask_certificates(self, request: CertificateRequest) -> CertificateData:
        if self._province.certify is None:
            raise LocalProtocolError("a script asked for certificates that nobody issues")
        return self._province.certify(request)

    def _authenticate(self, command: CommandApdu) -> ResponseApdu:
        """Send a proof and store how many tries its key has left.

        A key that the province was not asked for is the card's own: identified by ATR and name.
        """
        key, self._key = self._key or (self._atr, command.name), None
        self._keep_last_try(key, command.name)
        answer = self._exchange(command)
        is_refusal = answer.sw & TRIES_MASK == TRIES_LEFT
        self._key_tries.note(*key, answer.sw & 0x0F if is_refusal else None)
        return answer

    def _keep_last_try(self, key: tuple[str, str], name: str) -> None:
        if self._province.use_last_try:
            return
        left = self._key_tries.left(*key)
        if left is not None and left <= LAST_TRY:
            raise KeyLastTryError(TRIES_LEFT | left, name)

    def _exchange(self, command: CommandApdu) -> ResponseApdu:
        """Send `command` and fetch its whole answer; only read-only commands are sent twice."""
        writes = self._commands.is_writing(command)
        answer = self._send(command)
        if answer.sw & SW1_MASK == WRONG_LE and command.le is not None and not writes:
            right = answer.sw & 0xFF or MAX_LE
            answer = self._send(_with_le(command, right))
        return self._fetch_rest(command, answer)

    def _fetch_rest(self, command: CommandApdu, answer: ResponseApdu) -> ResponseApdu:
        data = bytearray(answer.data)
        for _ in range(MAX_PIECES):
            if answer.sw & SW1_MASK != MORE_DATA:
                return ResponseApdu(bytes(data), answer.sw)
            count = answer.sw & 0xFF or MAX_LE
            name = f"GET RESPONSE for {command.name}"
            rest = CommandApdu(name, 0x00, INS_GET_RESPONSE, 0x00, 0x00, le=count)
            answer = self._send(rest)
            data += answer.data
        raise RemoteProtocolError(f"{command.name}: the answer has no end")

    def _send(self, command: CommandApdu) -> ResponseApdu:
        self.last_command = command.name
        self.has_written = self.has_written or self._commands.is_writing(command)
        return self._transmit(command)


def _with_le(command: CommandApdu, le: int) -> CommandApdu:
    return CommandApdu(
        command.name, command.cla, command.ins, command.p1, command.p2, command.data, le
    )
