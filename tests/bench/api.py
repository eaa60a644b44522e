"""`make bench-api`: create, detail, search and list with a million orders and 20 clients at once.

The station's application, and in turn with it a bare FastAPI route that does the same SQLite work
on a copy of the same journal: see `api_servers`. Each of 20 clients keeps one connection and asks
again as soon as it is answered, so that all of them always wait for something: times are those of a
server that is never idle. On a busy PC the wall times say little; the CPU seconds of each server
beside them do not depend on what else runs. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import psutil

from simulators.child import Process
from tests.bench import journal_million
from tests.bench.api_requests import Request, as_bytes, requests_of
from tests.bench.report import finish, percentile, say

#: Under the project, not in a folder of the system's: that may be memory, where fsync is nothing.
BUILD: Final = Path(__file__).parents[2] / "build"
CLIENTS: Final = 20
MOST_MS: Final = 50.0  #: goal for the 99th percentile of each kind
KINDS: Final = ("create", "detail", "search", "list")


async def ask_all(port: int, queues: Sequence[Sequence[bytes]]) -> list[float]:
    """Send each client's requests one after the other; returns every request's seconds."""
    taken: list[float] = []
    await asyncio.gather(*(_client(port, queue, taken) for queue in queues))
    return taken


async def _client(port: int, queue: Sequence[bytes], taken: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in queue:
        started = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").lower().split("\r\n")
        status = int(lines[0].split()[1])
        (length,) = [int(one[15:]) for one in lines if one.startswith("content-length:")]
        body = await reader.readexactly(length)
        taken.append(time.perf_counter() - started)
        if not 200 <= status < 300:
            raise SystemExit(f"{request!r}: {head.decode()}{body.decode()}")
    writer.close()


def dealt(requests: Sequence[bytes]) -> list[Sequence[bytes]]:
    """Deal requests out to the clients."""
    return [requests[one::CLIENTS] for one in range(CLIENTS)]


class Server:
    """A running server and what it has taken."""

    def __init__(self, *arguments: str, folder: Path) -> None:
        command = [sys.executable, "-m", "tests.bench.api_servers", *arguments]
        self._process = Process(arguments[0], command, folder / f"{arguments[0]}.log", {})
        self.port = int(self._process.ready["port"])
        self.tokens: list[str] = list(self._process.ready.get("tokens", ()))
        self.taken: dict[str, list[float]] = {kind: [] for kind in KINDS}
        self.busy: dict[str, float] = dict.fromkeys(KINDS, 0.0)

    def measure(self, kind: str, queues: Sequence[Sequence[bytes]]) -> None:
        """Have requests of one kind answered."""
        before = self._cpu()
        self.taken[kind] += asyncio.run(ask_all(self.port, queues))
        self.busy[kind] += self._cpu() - before

    def _cpu(self) -> float:
        used = psutil.Process(self._process.pid).cpu_times()
        return float(used.user + used.system)

    def stop(self) -> None:
        """End it."""
        self._process.stop()

    def figures(self) -> dict[str, float]:
        """Return milliseconds of each kind."""
        found: dict[str, float] = {}
        for kind, taken in self.taken.items():
            found[f"{kind}_ms_p50"] = 1000 * percentile(taken, 0.50)
            found[f"{kind}_ms_p99"] = 1000 * percentile(taken, 0.99)
            found[f"{kind}_cpu_ms"] = 1000 * self.busy[kind] / len(taken)
        return found


def prepared(orders: int, count: int) -> Path:
    """Return a folder with two copies of the journal, and the statements of `count` requests."""
    built = journal_million.built(BUILD / "bench-journal", orders)
    folder = BUILD / "bench-api"
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("ours", "bare"):
        place = folder / name
        (place / "window").mkdir(parents=True)
        (place / "orders").write_text(str(orders), encoding="utf-8")
        for file in ("journal.db", "seal.key"):
            shutil.copy(built / file, place / file)
    command = [sys.executable, "-m", "tests.bench.api_servers", "record", str(folder / "ours")]
    Process("record", [*command, str(count)], folder / "record.log", {}).stop()
    return folder


def rounds_of(requests: Sequence[bytes], rounds: int) -> list[Sequence[bytes]]:
    """Divide requests into rounds."""
    size = len(requests) // rounds
    return [requests[one * size : (one + 1) * size] for one in range(rounds)]


def compare(folder: Path, count: int, rounds: int) -> tuple[Server, Server]:
    """Ask both servers in turn, round by round."""
    asked: Mapping[str, Sequence[Request]] = requests_of(folder / "ours", count, "measured")
    ours = Server("ours", str(folder / "ours"), folder=folder)
    statements = str(folder / "ours" / "statements")
    bare = Server("bare", str(folder / "bare"), statements, folder=folder)
    try:
        for kind in KINDS:
            badge = [{"Authorization": f"Bearer {token}"} for token in ours.tokens]
            mine = [as_bytes(one, badge[at % CLIENTS]) for at, one in enumerate(asked[kind])]
            plain = [as_bytes(Request("GET", f"/{kind}/{at}"), {}) for at in range(count)]
            for first, second in zip(
                rounds_of(mine, rounds), rounds_of(plain, rounds), strict=True
            ):
                ours.measure(kind, dealt(first))
                bare.measure(kind, dealt(second))
            say(
                f"{kind:8} {1000 * percentile(ours.taken[kind], 0.5):8.1f} ms p50"
                f" {1000 * percentile(ours.taken[kind], 0.99):8.1f} ms p99,"
                f" bare {1000 * percentile(bare.taken[kind], 0.99):8.1f} ms p99"
            )
    finally:
        ours.stop()
        bare.stop()
    return ours, bare


def main() -> int:
    """Print the figures; slow is not a failure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--requests", type=int, default=2000, help="of each kind")
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    folder = prepared(chosen.orders, chosen.requests)
    ours, bare = compare(folder, chosen.requests, chosen.rounds)
    figures, peers = ours.figures(), bare.figures()
    shutil.rmtree(folder)
    missed = [kind for kind in KINDS if figures[f"{kind}_ms_p99"] > MOST_MS]
    say(f"p99 above {MOST_MS:g} ms: {', '.join(missed) or 'nothing'}")
    finish(
        "api",
        runs=chosen.requests,
        figures={"orders": chosen.orders, "clients": CLIENTS, **figures},
        peers=peers,
        ratios={
            f"{kind}_cpu": figures[f"{kind}_cpu_ms"] / peers[f"{kind}_cpu_ms"] for kind in KINDS
        },
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
