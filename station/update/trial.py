"""Watches the first minutes of a version on trial: good, or ended so that it is started anew."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from station.clock import monotonic
from station.core.errors import StationError
from station.production.views.orders import StationView
from station.update.versions import end_trial, read_versions

log = logging.getLogger(__name__)
GOOD_WITHIN: Final = 300.0  #: seconds; a proof of a card that is inside takes a minute at most
AGAIN: Final = 2.0
WATCHED: Final = frozenset({"printer", "reader", "province", "journal"})


def watch(state: Path, look: Callable[[], StationView]) -> Callable[[], None]:
    """Look until the start was good, where a version is on trial.

    Args:
        state: The state folder.
        look: Looks at machine and province, and returns what was seen.

    Returns:
        What ends the watch.
    """
    trial = read_versions(state).trial
    if trial is None:
        return lambda: None
    over = threading.Event()
    silent = frozenset(trial.silent)
    thread = threading.Thread(
        target=_watch, args=(state, look, silent, over), name="trial", daemon=True
    )
    thread.start()
    return over.set


def is_good(view: StationView, silent: frozenset[str]) -> bool:
    """Whether every card was found, and every device that worked before still works."""
    seen = {device.name: device.ok for device in view.devices}
    return view.recovered and all(
        seen.get(name) or (name in silent and seen.get(name) is not None) for name in WATCHED
    )


def _watch(
    state: Path,
    look: Callable[[], StationView],
    silent: frozenset[str],
    over: threading.Event,
) -> None:
    until = monotonic() + GOOD_WITHIN
    while not over.is_set():
        try:
            good = is_good(look(), silent)
        except StationError:
            log.exception("the look failed", extra={"action": "trial"})
            good = False
        if good:
            end_trial(state)
            log.info("the start was good", extra={"action": "version-good"})
            return
        if monotonic() > until:
            log.error("no good start in time", extra={"action": "version-not-good"})
            os.kill(os.getpid(), signal.SIGTERM)  # in good order; the next start counts
            return
        over.wait(AGAIN)
