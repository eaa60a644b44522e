"""The chip session beside what is physically needed, and beside a raw replay of the same APDUs.

`python -m tests.bench.chip`. Bytes: one basic 3.00 session on the simulated card, T=0 bytes counted
at its contacts, beside the lower bound of 1001 bytes (ATR, authentications, all records, read back,
bank number; no certificates). The bound holds an internal authentication with its two challenges,
72 bytes, that the session leaves out: `bytes_over_same_scope` compares without it.
Time: that session through the encoder, and its commands once more through plain pyscard, in turn on
one virtual reader at device speed. The card of the timed runs gives recorded answers, so that a
replayed authentication is accepted. The HSM answers at once.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any, Final

from smartcard.CardConnection import CardConnection
from smartcard.ExclusiveConnectCardConnection import ExclusiveConnectCardConnection
from smartcard.scard import SCARD_UNPOWER_CARD
from smartcard.System import readers

from simulators.cards.ssc import make_blank
from simulators.pcsc_service import READER_NAME, pcsc_can_run, serve_this_process
from station.core.cards import AuthenticationRequest, ChipData
from station.encoder import ChipEncoder, open_encoder
from station.transport.chip_link import open_chip_link
from station.transport.tpdu import t0_command
from tests.bench.report import finish, median, say
from tests.rigs.card_in_reader import CardInReader
from tests.rigs.province_hsm import hsm_answer
from tests.rigs.vpcd_card import CardInSlot, device_time, tpdu_bytes

BOUND_BYTES: Final = 1001  # a whole session without the certificate application, added up by hand
BOUND_SECONDS: Final = 1.251
INTERNAL_AUTHENTICATION: Final = 72  # two challenges of 16 bytes, 24 for the command, 16 to fetch
RUNS: Final = 7
DEADLINE: Final = 20.0
PERSON: Final = ChipData(
    AAC002="41070219900307002X",
    AAC003="欧阳·小测试",
    AAC004="2",
    AAC005="03",
    AAC025="410702",
    AAC006="19900307",
    AAZ500="X00000019",
    AAZ503="20261122",
    valid_until="20361122",
)


class Recording:
    """One personalisation: what was sent, what came back, and the HSM's answers."""

    def __init__(self) -> None:
        self.card = make_blank(random.Random(1), "622848", 1)
        self.exchanges: list[tuple[bytes, bytes]] = []
        self.hsm: list[bytes] = []
        link = CardInReader(self.card)
        encoder = open_encoder(link, "ssc")
        self.identity = encoder.identify()
        self._watch(link)
        encoder.personalise(self.identity, PERSON, self._ask)

    def _watch(self, link: CardInReader) -> None:
        answer = link.card.transmit

        def watched(command: bytes) -> bytes:
            said = answer(command)
            self.exchanges.append((t0_command(command), said))
            return said

        link.card.transmit = watched  # type: ignore[method-assign]

    def _ask(self, request: AuthenticationRequest) -> bytes:
        self.hsm.append(hsm_answer(request))
        return self.hsm[-1]

    @property
    def bytes_on_the_line(self) -> int:
        """T=0 bytes with the ATR."""
        return len(self.card.atr) + sum(tpdu_bytes(*exchange) for exchange in self.exchanges)


class RecordedCard:
    """Gives the recorded answers in order, from each power-on anew."""

    def __init__(self, recording: Recording) -> None:
        self.card_id = recording.card.card_id
        self.atr = recording.card.atr
        self.counts: dict[str, int] = {}
        self._exchanges = recording.exchanges
        self._at = 0

    def power_on(self) -> bytes:
        self._at = 0
        return self.atr

    def power_off(self) -> None:
        self._at = 0

    def reset(self) -> bytes:
        return self.power_on()

    def image(self) -> dict[str, object]:
        return {}

    def transmit(self, command: bytes) -> bytes:
        expected, answer = self._exchanges[self._at]
        if command != expected:
            return b"\x6f\x00"
        self._at += 1
        return answer


def main() -> None:
    """Run the comparison and print one JSON line."""
    recording = Recording()
    line_bytes = recording.bytes_on_the_line
    say(f"{len(recording.exchanges)} exchanges, {line_bytes} bytes; bound {BOUND_BYTES} bytes")
    figures = {"bytes": float(line_bytes), "exchanges": float(len(recording.exchanges))}
    peers = {"bound_bytes": float(BOUND_BYTES), "bound_s": BOUND_SECONDS}
    ratios = {
        "bytes_over_bound": line_bytes / BOUND_BYTES,
        "bytes_over_same_scope": line_bytes / (BOUND_BYTES - INTERNAL_AUTHENTICATION),
    }
    if pcsc_can_run():
        ours, replay = _timed(recording)
        figures["wall_s"], peers["replay_s"] = median(ours), median(replay)
        figures["exchange_ms"] = median(ours) / len(recording.exchanges) * 1000
        # Each run beside the replay right after it: a busy machine slows both.
        pairs = [mine / other for mine, other in zip(ours, replay, strict=True)]
        ratios["wall_over_replay"] = median(pairs)
    else:
        say("no PC/SC here: the time is not measured")
    finish("chip", runs=RUNS, figures=figures, peers=peers, ratios=ratios)


def _timed(recording: Recording) -> tuple[list[float], list[float]]:
    service = serve_this_process()
    try:
        card = RecordedCard(recording)
        with CardInSlot(card, wait=device_time):
            encoder = open_encoder(open_chip_link(f"pcsc:{READER_NAME}", card_wait=DEADLINE), "ssc")
            mine, raw = _session(encoder, recording), _replay(recording)
            mine()
            raw()  # both once unmeasured: the service has found the card, modules are loaded
            timed = [(_seconds(mine), _seconds(raw)) for _ in range(RUNS)]
            encoder.close()
    finally:
        service.stop()
    return [ours for ours, _ in timed], [other for _, other in timed]


def _seconds(act: Callable[[], None]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def _session(encoder: ChipEncoder, recording: Recording) -> Callable[[], None]:
    def act() -> None:
        answers = iter(recording.hsm)
        encoder.personalise(recording.identity, PERSON, lambda request: next(answers))

    return act


def _replay(recording: Recording) -> Callable[[], None]:
    reader = next(reader for reader in readers() if str(reader) == READER_NAME)
    commands = [list(command) for command, _ in recording.exchanges]

    def act() -> None:
        connection: Any = ExclusiveConnectCardConnection(reader.createConnection())
        connection.connect(CardConnection.T0_protocol, disposition=SCARD_UNPOWER_CARD)
        try:
            for command in commands:
                connection.transmit(command)
        finally:
            connection.disconnect()

    return act


if __name__ == "__main__":
    main()
