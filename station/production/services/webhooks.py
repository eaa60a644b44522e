"""Receivers of the history: add and remove them, show what they did not take."""

from __future__ import annotations

import base64
import ipaddress
import re
import secrets
from typing import Final
from urllib.parse import urlsplit

from station.core.errors import CardNotFoundError, InputError
from station.core.webhook_changes import AddWebhook, ChangeLetter, RemoveWebhook
from station.core.webhooks import DeadLetter, LetterState, WebhookRecord
from station.journal import Journal

SECRET_BYTES: Final = 32
PREFIX: Final = "whsec_"  #: Standard Webhooks 1.0, "Signature scheme"
LETTERS_SHOWN: Final = 200
NAME: Final = r"[A-Za-z0-9._-]{1,64}"
MOST_URL: Final = 512
LOCALHOST: Final = "localhost"


class WebhookService:
    """The use cases about webhooks. Thread-safe."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def all(self) -> list[WebhookRecord]:
        """Return every receiver by name."""
        return self._journal.webhooks.all()

    def add(self, name: str, url: str, actor: str) -> str:
        """Add a receiver of what happens from now on; returns the secret that it verifies with.

        Raises:
            InputError: This is not a name, or not an address that events may go to.
            OrderConflictError: The name is taken.
        """
        if not re.fullmatch(NAME, name):
            raise InputError("this is not the name of a webhook")
        require_sendable(url)
        with self._journal.transaction(actor) as change:
            change.apply(AddWebhook(name, url, secrets.token_bytes(SECRET_BYTES)))
        return self.secret(name)

    def one(self, name: str) -> WebhookRecord:
        """Return one receiver.

        Raises:
            CardNotFoundError: There is none of this name (`webhook-unknown`).
        """
        for found in self.all():
            if found.name == name:
                return found
        raise _unknown(name)

    def secret(self, name: str) -> str:
        """Return the secret of a receiver.

        Raises:
            CardNotFoundError: There is none of this name (`webhook-unknown`).
        """
        found = self._journal.webhooks.secret(name)
        if found is None:
            raise _unknown(name)
        return PREFIX + base64.b64encode(found).decode("ascii")

    def remove(self, name: str, actor: str) -> None:
        """Send a receiver nothing more, and forget what it did not take.

        Raises:
            CardNotFoundError: There is none of this name (`webhook-unknown`).
        """
        self.one(name)
        with self._journal.transaction(actor) as change:
            change.apply(RemoveWebhook(name))

    def letters(self) -> list[DeadLetter]:
        """Return the events that were given up, newest first, whatever became of them."""
        return self._journal.webhooks.letters(LETTERS_SHOWN)

    def letter(self, letter: int) -> DeadLetter:
        """Return one of them.

        Raises:
            CardNotFoundError: There is no such letter (`webhook-unknown`).
        """
        found = self._journal.webhooks.letter(letter)
        if found is None:
            raise _unknown(str(letter))
        return found

    def send_again(self, letter: int, actor: str) -> DeadLetter:
        """Have an event sent again that was given up; one that was taken stays as it is.

        Raises:
            CardNotFoundError: There is no such letter (`webhook-unknown`).
        """
        if self.letter(letter).state is LetterState.DEAD:
            with self._journal.transaction(actor) as change:
                change.apply(ChangeLetter(letter, LetterState.AGAIN))
        return self.letter(letter)


def require_sendable(url: str) -> None:
    """Refuse an address that events may not go to: in clear over a network, or with a password.

    Raises:
        InputError: It is one.
    """
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - refuses a port that is not a number
    except ValueError as exc:
        raise InputError("this is no address") from exc
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= MOST_URL
    if not plain or not parts.hostname or parts.username is not None or parts.fragment:
        raise InputError("this is no address that events may go to")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname)):
        raise InputError("over a network, events go by https")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == LOCALHOST


def _unknown(name: str) -> CardNotFoundError:
    return CardNotFoundError(f"no webhook {name}", code="webhook-unknown")
