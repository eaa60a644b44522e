"""Sends the history to its receivers, in order, each event until it is taken or given up.

The history is the outbox: an event is durable in the transaction that it tells of, and each
receiver has a position in it. A receiver that has taken an event may get it again after a crash of
the station (`webhook-id` stays the same), and never misses one. What is not taken is sent again
after waits that grow; the events behind it wait too, so that their order is kept. An event that is
older than `GIVE_UP` gets its last attempt and becomes a dead letter, which people see.

Source: Standard Webhooks 1.0, "Deliverability and reliability".
"""

from __future__ import annotations

import logging
import ssl
from dataclasses import replace
from typing import Final

from station.core.orders import EventRecord
from station.core.webhook_changes import BuryEvent, ChangeLetter, MoveWebhook
from station.core.webhooks import LetterState, WebhookRecord
from station.journal import Journal
from station.journal.follower import Follower
from station.journal.queries import BACKGROUND_EVENTS
from station.transport.http import HttpExchangeError, post
from station.webhooks import message

log = logging.getLogger(__name__)

ACTOR: Final = "webhooks"
#: Seconds before an event is sent again, by the number of attempts in vain.
WAITS: Final = (5.0, 60.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0)
GIVE_UP: Final = 72 * 3600.0  #: age of an event, seconds of the journal's own age
AT_A_TURN: Final = 50  #: events of one receiver before the next one's turn
TIMEOUT: Final = 10.0  #: seconds of one request
MOST_ANSWER: Final = 65536  #: bytes; an answer is not looked at
GONE: Final = 410


class Sender:
    """A thread that sends. One to a station."""

    def __init__(
        self, journal: Journal, station: str, context: ssl.SSLContext | None = None
    ) -> None:
        """Make it; `context` is for `https` and made at the first need when None."""
        self._journal = journal
        self._station = station
        self._context = context
        self._follower = Follower(journal, "webhooks", self.turn)

    def start(self) -> None:
        """Start the thread."""
        self._follower.start()

    def stop(self, timeout: float = 1.0) -> None:
        """End the thread; a request on its way is not waited for longer than `timeout`."""
        self._follower.stop(timeout)

    def turn(self) -> float | None:
        """Send what is due; returns the seconds until something is due again, None for nothing."""
        found = self._journal.webhooks.all()
        self._send_letters({one.name: one for one in found})
        waits = [self._serve(one) for one in found if not one.gone]
        return min((wait for wait in waits if wait is not None), default=None)

    # -- one receiver --------------------------------------------------------------------------

    def _serve(self, webhook: WebhookRecord) -> float | None:
        """Send a receiver its next events; returns the seconds until its turn comes again."""
        if webhook.attempts and (left := webhook.due_age - self._journal.age()) > 0:
            return left
        was, now = webhook, webhook
        for event in self._journal.history.after(webhook.position, AT_A_TURN):
            if event.order and event.kind not in BACKGROUND_EVENTS:
                error = self._send(now, event)
                if error:
                    now = self._failed(now, event, error)
                    if now.position != event.seq:
                        return self._keep(was, now)
                    was = now
                    continue
            now = replace(now, position=event.seq, attempts=0, last_error="")
        wait = self._keep(was, now)
        return 0.0 if now.position < self._journal.last_seq else wait

    def _failed(self, webhook: WebhookRecord, event: EventRecord, error: str) -> WebhookRecord:
        attempts = webhook.attempts + 1
        if error == f"http-{GONE}":
            return replace(webhook, gone=True, last_error=error)
        if self._journal.history.seconds_since(event.seq) < GIVE_UP:
            wait = WAITS[min(attempts, len(WAITS)) - 1]
            due = self._journal.age() + wait
            return replace(webhook, attempts=attempts, due_age=due, last_error=error)
        buried = replace(webhook, position=event.seq, attempts=0, last_error=error)
        self._write(BuryEvent(webhook.name, event.seq, attempts, error), _moved(buried))
        log.warning("given up", extra={"action": "webhook-given-up", "webhook": webhook.name})
        return buried

    def _keep(self, was: WebhookRecord, now: WebhookRecord) -> float | None:
        if now != was:
            self._write(_moved(now))
        if now.gone or not now.attempts:
            return None
        return max(0.0, now.due_age - self._journal.age())

    def _send_letters(self, webhooks: dict[str, WebhookRecord]) -> None:
        for letter in self._journal.webhooks.to_send_again():
            webhook = webhooks.get(letter.webhook)
            if webhook is None:  # removed in this very moment, and its letters with it
                continue
            event = self._journal.history.after(letter.event - 1, 1)[0]
            error = self._send(webhook, event)
            state = LetterState.DEAD if error else LetterState.SENT
            self._write(ChangeLetter(letter.id, state, letter.attempts + 1, error))

    # -- one request ---------------------------------------------------------------------------

    def _send(self, webhook: WebhookRecord, event: EventRecord) -> str:
        """Send one event; returns why it was not taken, empty when it was."""
        secret = self._journal.webhooks.secret(webhook.name)
        if secret is None:
            return "removed"
        body = message.envelope(self._station, event)
        stamp = int(self._journal.clock.now().timestamp())
        identity = message.delivery_id(self._station, event.seq)
        try:
            answer = post(
                webhook.url,
                body,
                message.headers(secret, identity, stamp, body),
                timeout=TIMEOUT,
                max_size=MOST_ANSWER,
                context=self._trust(webhook.url),
            )
        except HttpExchangeError as exc:
            return exc.failure.value if exc.failure else "no-answer"
        return "" if 200 <= answer.status < 300 else f"http-{answer.status}"

    def _trust(self, url: str) -> ssl.SSLContext | None:
        if url.startswith("https:") and self._context is None:
            from station.transport.http import trust

            self._context = trust(None)
        return self._context

    def _write(self, *made: BuryEvent | ChangeLetter | MoveWebhook) -> None:
        with self._journal.transaction(ACTOR) as change:
            change.apply(*made)


def _moved(webhook: WebhookRecord) -> MoveWebhook:
    return MoveWebhook(
        webhook.name,
        webhook.position,
        webhook.attempts,
        webhook.due_age,
        webhook.last_error,
        webhook.gone,
    )
