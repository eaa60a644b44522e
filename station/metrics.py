"""Figures of one window, or of central, for a monitoring system, in Prometheus' text form.

Served by a separate listener (`metrics.listen`), apart from the pages: it can be opened to another
PC without opening them, and it contains nothing personal, only counts and durations. Everything is
read on request; a window without monitoring has no cost.

Gauges show the present state. Counters and durations follow the history from the daemon's start on,
so a restart begins them at 0, as Prometheus expects.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from station import __version__
from station.core.errors import ConfigError, JournalError
from station.core.orders import CardFate, OrderStep, WriteBackState
from station.journal import Journal
from station.journal.figures import AgedEvent
from station.production.life.breaker import BreakerState
from station.production.machine.engine import Engine
from station.production.services.ledger import LedgerService

if TYPE_CHECKING:
    from wsgiref.simple_server import WSGIServer

#: Seconds: from a chip's answer to a printed card; longer steps wait for a person.
STEP_BUCKETS: Final = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 900)
LAST_OPENED: Final = 10_000  #: orders whose last step is kept


class StationMetrics(Collector):
    """Collects the figures of one station on request. Thread-safe."""

    def __init__(self, journal: Journal, engine: Engine, ledger: LedgerService) -> None:
        self._journal = journal
        self._engine = engine
        self._ledger = ledger
        self._seq = journal.last_seq
        self._last_step: dict[str, float] = {}
        self._intents: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()
        self.registry = CollectorRegistry()
        self.registry.register(self)  # first: the values read after it are then brought up to date
        self._steps = Histogram(
            "station_step_seconds",
            "From an order's step before to this one, waiting for people included.",
            ["step"],
            buckets=STEP_BUCKETS,
            registry=self.registry,
        )
        self._effects = Histogram(
            "station_effect_seconds",
            "From the intent of an effect on the world to its outcome.",
            ["effect"],
            buckets=STEP_BUCKETS,
            registry=self.registry,
        )
        self._outcomes = Counter(
            "station_effects",
            "Effects by their outcome.",
            ["effect", "state"],
            registry=self.registry,
        )
        self._errors = Counter(
            "station_errors", "Orders that were held, by code.", ["code"], registry=self.registry
        )

    def collect(self) -> Iterator[Metric]:
        """Return the present figures, after bringing the counters up to date."""
        yield InfoMetricFamily("station_version", "Of the program.", {"version": __version__})
        try:
            self._follow()
            now = [*self._of_the_journal(), *self._of_the_fleet()]
        except JournalError:
            yield _gauge("station_journal_readable", "1 while the journal can be read.", 0)
            return
        yield _gauge("station_journal_readable", "1 while the journal can be read.", 1)
        yield from now
        yield from self._of_the_machine()

    # -- counters ------------------------------------------------------------------------------

    def _follow(self) -> None:
        with self._lock:
            while events := self._journal.figures.events_after(self._seq):
                for event in events:
                    self._count(event)
                self._seq = events[-1].seq

    def _count(self, event: AgedEvent) -> None:
        if event.kind == "order-accepted":
            self._last_step[event.order] = event.age
        elif {"from", "to"} <= set(event.data):
            before = self._last_step.pop(event.order, None)
            if before is not None:
                self._steps.labels(event.data["to"]).observe(max(0.0, event.age - before))
            self._last_step[event.order] = event.age
            if len(self._last_step) > LAST_OPENED:
                self._last_step.pop(next(iter(self._last_step)))
        elif event.kind == "intent":
            self._intents[event.order, event.data["effect"]] = event.age
        elif event.kind == "outcome":
            effect = event.data["effect"]
            self._outcomes.labels(effect, event.data["state"]).inc()
            began = self._intents.pop((event.order, effect), None)
            if began is not None:
                self._effects.labels(effect).observe(max(0.0, event.age - began))
        elif event.kind == "held":
            self._errors.labels(event.data.get("code", "")).inc()

    # -- gauges --------------------------------------------------------------------------------

    def _of_the_journal(self) -> Iterator[Metric]:
        figures = self._journal.figures
        cards = GaugeMetricFamily("station_cards", "Cards of the ledger by fate.", labels=["fate"])
        fates = figures.cards_by_fate()
        for fate in CardFate:
            cards.add_metric([fate.value], fates.get(fate.value, 0))
        yield cards
        queue = GaugeMetricFamily("station_orders", "Open orders by step.", labels=["step"])
        steps = figures.open_orders_by_step()
        for step in OrderStep:
            if step.value in steps:
                queue.add_metric([step.value], steps[step.value])
        yield queue
        held = GaugeMetricFamily(
            "station_orders_held", "Open orders held, by code.", labels=["code"]
        )
        for code, count in sorted(figures.holds_by_code().items()):
            held.add_metric([code], count)
        yield held
        reports = GaugeMetricFamily(
            "station_reports", "Reports the province has not taken, by state.", labels=["state"]
        )
        states = figures.reports_by_state()
        for state in (WriteBackState.OWED, WriteBackState.DEAD):
            reports.add_metric([state.value], states.get(state.value, 0))
        yield reports
        yield _gauge(
            "station_report_oldest_seconds",
            "How long the oldest owed report has been owed.",
            figures.oldest_owed_seconds(),
        )
        yield _gauge(
            "station_journal_writable",
            "1 unless the last write of the journal failed.",
            int(not self._journal.failure),
        )
        yield _gauge(
            "station_blanks_left",
            "Blanks in the feeder by the ledger.",
            self._ledger.shift().feeder,
        )
        yield _gauge(
            "station_feeder_stopped",
            "1 while spoiled blanks have stopped the feeder.",
            int(self._ledger.feeder_stopped()),
        )

    def _of_the_fleet(self) -> Iterator[Metric]:
        known = self._journal.fleet.membership()
        if known is None or not known.is_enrolled:
            return
        yield _gauge(
            "station_fleet_ok",
            "1 while central answers and has this window's history.",
            int(not known.error and not known.fork),
        )
        yield _gauge("station_fleet_fork", "1 while a person must decide.", int(bool(known.fork)))
        yield _gauge(
            "station_fleet_unconfirmed_events",
            "Events that central has not said to have.",
            max(0, self._journal.last_seq - known.confirmed),
        )
        now = self._journal.clock.monotonic()
        yield _gauge(
            "station_fleet_lease_seconds",
            "For how long assigned orders may be fed still.",
            self._engine.bench.equipment.lease.left(now),
        )

    def _of_the_machine(self) -> Iterator[Metric]:
        look = self._engine.last_look
        printer = look.printer if look else None
        yield _gauge(
            "station_printer_ok",
            "1 while the printer answers and reports no error.",
            int(printer is not None and not printer.errors),
        )
        yield _gauge(
            "station_reader_ok",
            "1 while the reader is there.",
            int(look is not None and look.reader),
        )
        if printer is not None and printer.ribbon_cards_left is not None:
            yield _gauge(
                "station_ribbon_cards_left",
                "Cards that the ribbon lasts for.",
                printer.ribbon_cards_left,
            )
        breaker = GaugeMetricFamily(
            "station_province_link", "1 at the state of the reports' breaker.", labels=["state"]
        )
        now = self._engine.link.state(self._journal.clock.monotonic())
        for state in BreakerState:
            breaker.add_metric([state.value], int(state is now))
        yield breaker
        yield _gauge(
            "station_lane_silent_seconds",
            "Since the machine's thread last came round.",
            self._engine.heartbeat.silent_for,
        )


@dataclass(frozen=True, slots=True)
class Figure:
    """A present state, told to a monitoring system.

    Attributes:
        name: Of the figure.
        what: What it says, in a sentence.
        label: Name of the label that tells its values apart; empty for one value alone.
        values: Label -> value; the label of one value alone is empty.
    """

    name: str
    what: str
    label: str
    values: Mapping[str, float]


class ListedMetrics(Collector):
    """Figures that a function lists at each request. Thread-safe where the function is."""

    def __init__(self, read: Callable[[], Iterable[Figure]], readable: str) -> None:
        """`readable` is the name of the figure that is 0 while the function can't read."""
        self._read = read
        self._readable = readable
        self.registry = CollectorRegistry()
        self.registry.register(self)

    def collect(self) -> Iterator[Metric]:
        """Return the present figures."""
        try:
            figures = list(self._read())
        except JournalError:
            yield _gauge(self._readable, "1 while the database can be read.", 0)
            return
        yield _gauge(self._readable, "1 while the database can be read.", 1)
        for one in figures:
            family = GaugeMetricFamily(one.name, one.what, labels=[one.label] if one.label else [])
            for label, value in sorted(one.values.items()):
                family.add_metric([label] if one.label else [], value)
            yield family


def _gauge(name: str, what: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, what, value=value)


def serve_metrics(metrics: StationMetrics | ListedMetrics, listen: str) -> Callable[[], None]:
    """Serve `GET /metrics` at `HOST:PORT` from a separate thread; returns a function that stops it.

    Raises:
        ConfigError: The address can't be used.
    """
    host, _, port = listen.rpartition(":")
    try:
        server, thread = start_http_server(int(port), host.strip("[]"), metrics.registry)
    except OSError as exc:
        raise ConfigError(f"metrics.listen {listen}: {exc.strerror}") from exc

    def end(server: WSGIServer = server) -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return end
