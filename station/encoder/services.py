"""Card services: runs a profile's service scripts through the encoder."""

from __future__ import annotations

from station.core.card_services import BasicInformation, CardVerdict, Protector
from station.core.cards import Authenticator
from station.core.errors import (
    CardMuteError,
    InputError,
    RemoteProtocolError,
    StatusWordError,
    WrongCardError,
)
from station.core.pin_entry import Pin
from station.encoder.card_profile import ServiceScripts
from station.encoder.session import ChipEncoder


class ChipServices:
    """The services of one encoder; never used concurrently with it. Implements `CardServices`."""

    def __init__(self, encoder: ChipEncoder) -> None:
        self._encoder = encoder

    @property
    def _scripts(self) -> ServiceScripts:
        return self._encoder.profile.services

    def read_basic(self, authenticate: Authenticator) -> BasicInformation:
        """See `CardServices.read_basic`."""
        return self._encoder.run(self._scripts.read_basic, authenticate)

    def examine(self, authenticate: Authenticator) -> CardVerdict:
        """See `CardServices.examine`."""
        try:
            found = self.read_basic(authenticate)
        except (CardMuteError, StatusWordError, WrongCardError, RemoteProtocolError) as exc:
            return CardVerdict(is_readable=False, problems=(exc.code,))
        return self._scripts.judge(found)

    def judge(self, found: BasicInformation) -> CardVerdict:
        """See `CardServices.judge`."""
        return self._scripts.judge(found)

    def pin_tries(self, *, card: str = "") -> int:
        """See `CardServices.pin_tries`."""
        scripts = self._scripts
        return self._encoder.run(lambda atr: scripts.pin_tries(atr, card), None)

    def verify_pin(self, pin: Pin | str, *, card: str = "", use_last_try: bool = False) -> None:
        """See `CardServices.verify_pin`."""
        scripts = self._scripts
        self._encoder.run(
            lambda atr: scripts.verify_pin(atr, pin, card=card, use_last_try=use_last_try), None
        )

    def change_pin(
        self, old: Pin | str, new: Pin | str, *, card: str = "", use_last_try: bool = False
    ) -> None:
        """See `CardServices.change_pin`."""
        scripts = self._scripts
        self._encoder.run(
            lambda atr: scripts.change_pin(atr, old, new, card=card, use_last_try=use_last_try),
            None,
        )

    def read_signature_key(self) -> bytes:
        """See `CardServices.read_signature_key`."""
        return self._encoder.run(self._scripts.read_signature_key, None)

    def unblock_pin(
        self,
        authenticate: Authenticator,
        protect: Protector,
        *,
        card: str = "",
        use_last_try: bool = False,
    ) -> None:
        """See `CardServices.unblock_pin`."""
        self._reset("", authenticate, protect, card, use_last_try=use_last_try)

    def reload_pin(
        self,
        new: Pin | str,
        authenticate: Authenticator,
        protect: Protector,
        *,
        card: str = "",
        use_last_try: bool = False,
    ) -> None:
        """See `CardServices.reload_pin`."""
        if not new:
            raise InputError("a new PIN is needed")
        self._reset(new, authenticate, protect, card, use_last_try=use_last_try)

    def _reset(
        self,
        new: Pin | str,
        authenticate: Authenticator,
        protect: Protector,
        card: str,
        *,
        use_last_try: bool,
    ) -> None:
        scripts = self._scripts
        self._encoder.run(
            lambda atr: scripts.reset_pin(atr, new, card=card),
            authenticate,
            protect,
            use_last_try=use_last_try,
        )
