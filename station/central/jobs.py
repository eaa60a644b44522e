"""Central's own jobs, run by procrastinate in central's database: nothing is lost with a process.

`split-batch` is deferred by a person's request; the others are periodic. None of them moves an
order from one station to another.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Sequence
from typing import Final

import procrastinate
import psycopg
import sqlalchemy as sa
from procrastinate.exceptions import ProcrastinateException
from procrastinate.types import JSONValue

from station.central.acts import log_act
from station.central.assigning import Assigning
from station.central.database import Database
from station.central.letters import send_again, try_to_send
from station.central.looking import verify_chain
from station.central.pulse import Pulse
from station.central.rings import Rings
from station.central.tables import stations
from station.core.carrier import Carrier
from station.core.errors import FleetLinkError

log = logging.getLogger(__name__)

LETTERS: Final = "send-letters"
RINGS: Final = "settings-rings"
SPLIT: Final = "split-batch"
VERIFY: Final = "verify-chains"
REST: Final = 2.0  #: seconds until the worker starts again after the database was away


class Jobs:
    """The worker, in a thread with its own event loop."""

    def __init__(
        self,
        database: Database,
        carrier: Carrier,
        assigning: Assigning,
        rings: Rings,
        pulse: Pulse,
    ) -> None:
        self._rings = rings
        self._database = database
        self._carrier = carrier
        self._assigning = assigning
        self._pulse = pulse
        self._app = procrastinate.App(
            connector=procrastinate.PsycopgConnector(conninfo=database.url, min_size=1, max_size=3)
        )
        self._deferring = procrastinate.App(
            connector=procrastinate.SyncPsycopgConnector(
                conninfo=database.url, min_size=1, max_size=2
            )
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._worker: asyncio.Task[None] | None = None
        self._started = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="central-jobs", daemon=True)
        self._add_tasks()

    def _add_tasks(self) -> None:
        self._app.periodic(cron="* * * * * */10")(
            self._app.task(name=LETTERS, queueing_lock=LETTERS, pass_context=False)(self._send)
        )
        self._app.periodic(cron="17 2 * * *")(
            self._app.task(name=VERIFY, queueing_lock=VERIFY)(self._verify)
        )
        self._app.periodic(cron="* * * * * */10")(
            self._app.task(name=RINGS, queueing_lock=RINGS, pass_context=False)(self._step_rings)
        )
        self._app.task(name=SPLIT)(self._split)

    def start(self) -> None:
        """Start the worker."""
        self._deferring.open()
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """End the worker; a job that is under way ends first, or runs again at the next start."""
        self._ended.set()
        if self._thread.ident is not None:
            self._started.wait(timeout)
            loop = self._loop
            with contextlib.suppress(RuntimeError):  # the worker has ended by itself
                if loop is not None:
                    loop.call_soon_threadsafe(self._cancel)
            self._thread.join(timeout)
            self._deferring.close()

    def split_batch(self, batch: str, chosen: Sequence[str], *, by: str) -> int:
        """Have a batch split soon; returns the job's number."""
        job = self._deferring.configure_task(SPLIT, lock=f"{SPLIT}:{batch}")
        return job.defer(batch=batch, chosen=list[JSONValue](chosen), by=by)

    def _cancel(self) -> None:
        if self._worker is not None:
            self._worker.cancel()

    def _run(self) -> None:
        # The library ends its worker when the database goes away: it starts again with it.
        while not self._ended.is_set():
            try:
                asyncio.run(self._work())
            except (ProcrastinateException, psycopg.Error, OSError) as exc:
                log.warning(
                    "the jobs wait for the database: %s",
                    type(exc).__name__,
                    extra={"action": "central-jobs-wait"},
                )
            finally:
                self._loop = None
                self._started.set()
            self._ended.wait(REST)

    async def _work(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with self._app.open_async():
            if self._ended.is_set():
                return
            self._worker = asyncio.create_task(
                self._app.run_worker_async(
                    install_signal_handlers=False,
                    delete_jobs="successful",
                    shutdown_graceful_timeout=5.0,
                    listen_notify=True,
                )
            )
            self._started.set()
            try:
                await self._worker
            except asyncio.CancelledError:
                log.info("the jobs have ended", extra={"action": "central-jobs-end"})

    # -- the jobs: procrastinate runs what is not a coroutine in a thread ------------------------

    def _send(self, timestamp: int) -> None:
        del timestamp
        send_again(self._database)
        try_to_send(self._database, self._carrier)

    def _step_rings(self, timestamp: int) -> None:
        del timestamp
        try:
            new = self._rings.step(self._carrier)
        except FleetLinkError as exc:
            log.warning("settings wait: %s", exc, extra={"action": "settings-wait"})
            return
        if new:
            self._pulse.bump()

    def _split(self, batch: str, chosen: list[str], by: str) -> None:
        self._assigning.split_batch(batch, chosen, by=by)
        try_to_send(self._database, self._carrier)
        self._pulse.bump()

    def _verify(self, timestamp: int) -> None:
        del timestamp
        with self._database.transaction() as connection:
            names = connection.execute(sa.select(stations.c.name)).scalars().all()
        for name in names:
            _, wrong = verify_chain(self._database, name)
            if wrong:
                with self._database.transaction() as connection:
                    data = {"seq": str(wrong)}
                    log_act(connection, "chain-broken", data, station=name, alarm=True)
