"""`make bench-listeners`: a card while a thousand listeners flood the station, beside one in peace.

The same window makes cards in turn: one in peace, one while 1,000 connections ask for the stream of
events, as 16 programs that may listen. Whoever is refused asks again as soon as the answer's
`Retry-After` is over. The machine moves as fast as a real one divided by `--speed`, so that a card
has a length that can be compared. The last line is one JSON object; the goal is that a card is
delayed by 5 % at most.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from simulators.world import World, WorldOptions, running
from station.access import open_doors
from station.core.people import Role
from tests.bench.report import finish, median, say
from tests.rigs.doors import CHEAP

LISTENERS: Final = 1000
PROGRAMS: Final = 16
AGAIN: Final = 5.0  #: seconds until a refused listener asks again, as it was told
MOST_DELAY: Final = 0.05


class Flood:
    """Listeners that never give up."""

    def __init__(self, station: str, tokens: list[str]) -> None:
        address = urlsplit(station)
        self._host, self._port = str(address.hostname), int(address.port or 80)
        self._tokens = tokens
        self.seen: Counter[str] = Counter()

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until it is stopped."""
        tasks = [
            asyncio.create_task(self._listen(self._tokens[one % len(self._tokens)]))
            for one in range(LISTENERS)
        ]
        await stop.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self, token: str) -> None:
        head = (
            f"GET /api/v1/events HTTP/1.1\r\nHost: {self._host}\r\n"
            f"Authorization: Bearer {token}\r\n\r\n"
        )
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                reader, writer = await asyncio.open_connection(self._host, self._port)
                try:
                    writer.write(head.encode())
                    answer = await reader.readuntil(b"\r\n")
                    self.seen[answer.split()[1].decode()] += 1
                    while await reader.read(65536):
                        pass
                finally:
                    writer.close()
            await asyncio.sleep(AGAIN)


@contextlib.contextmanager
def flooded(flood: Flood) -> Iterator[None]:
    """Keep the flood up meanwhile."""
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(flood.run(stop),))
    thread.start()
    time.sleep(AGAIN)  # until all of them have asked
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def card_seconds(world: World, person: str) -> float:
    """Make one card; returns its seconds from the order to the outlet."""
    started = time.perf_counter()
    order = world.api("POST", "/orders", json={"id_number": person}).json()["id"]
    path = f"/orders/{order}/run?wait=120"
    answer = world.api("POST", path, json={"approved": True}).json()
    if answer["step"] != "released":
        raise SystemExit(f"a card was not made: {answer['problem']}")
    return time.perf_counter() - started


def main() -> int:
    """Print the figures; slow is not a failure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cards", type=int, default=5, help="of each kind")
    parser.add_argument("--speed", type=float, default=4.0)
    chosen = parser.parse_args()
    peace: list[float] = []
    under: list[float] = []
    with tempfile.TemporaryDirectory() as made:
        options = WorldOptions(
            folder=Path(made), speed=chosen.speed, blanks=2 * chosen.cards + 5, pcsc=False
        )
        with running(options) as world:
            doors = open_doors(world.folder / "state", hasher=CHEAP)
            tokens = [
                doors.clients.add(f"listener-{one}", Role.CENTRAL, by="bench")
                for one in range(PROGRAMS)
            ]
            doors.close()
            people = iter(world.people("ready"))
            flood = Flood(world.station_page, tokens)
            card_seconds(world, next(people)["id_number"])  # warms up
            for _ in range(chosen.cards):
                peace.append(card_seconds(world, next(people)["id_number"]))
                with flooded(flood):
                    under.append(card_seconds(world, next(people)["id_number"]))
                say(f"in peace {peace[-1]:.3f} s, flooded {under[-1]:.3f} s")
    delay = median(under) / median(peace) - 1
    say(f"answers to the flood: {dict(flood.seen)}; goal: delay <= {MOST_DELAY:g}")
    finish(
        "listeners",
        runs=chosen.cards,
        figures={"card_seconds_p50": median(under), "listeners": LISTENERS, "delay": delay},
        peers={"in_peace_card_seconds_p50": median(peace)},
        ratios={"flooded_over_peace": 1 + delay},
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
