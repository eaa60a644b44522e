"""Watches the first minutes of what is on trial: good, or ended so that it is started anew.

On trial is a version of the program (`station.update.versions`), or a document of settings from
central (`station.given_settings`), or both; one good start is good for both.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from station import given_settings
from station.clock import monotonic
from station.core.errors import StationError
from station.production.views.orders import StationView
from station.update.versions import end_trial, read_versions

log = logging.getLogger(__name__)
#: Seconds for a version; a proof of a card that is inside takes a minute at most.
GOOD_WITHIN: Final = 300.0
#: Seconds for settings, which are only taken while no card is inside.
SETTINGS_GOOD_WITHIN: Final = 60.0
AGAIN: Final = 2.0
LOOK_PATIENCE: Final = 10.0  #: seconds for one look at machine and province
WATCHED: Final = frozenset({"printer", "reader", "province", "journal"})


def watch(
    state: Path, look: Callable[[], StationView], begin_anew: Callable[[], None]
) -> Callable[[], None]:
    """Look until the start was good, where something is on trial.

    Args:
        state: The state folder.
        look: Looks at machine and province, and returns what was seen.
        begin_anew: Has the daemon end in good order and start again.

    Returns:
        What ends the watch.
    """
    version, given = read_versions(state).trial, given_settings.read_given(state).trial
    if version is None and given is None:
        return lambda: None
    over = threading.Event()
    silent = frozenset(version.silent if version else ()) | frozenset(given.silent if given else ())

    def good() -> None:
        if version is not None:
            end_trial(state)
        if given is not None:
            given_settings.end_trial(state, given.document.revision)

    # Where a version is on trial, systemd starts `station boot`, which counts the attempt.
    within, end = (SETTINGS_GOOD_WITHIN, begin_anew) if version is None else (GOOD_WITHIN, _end)
    thread = threading.Thread(
        target=_watch, args=(look, silent, within, good, end, over), name="trial", daemon=True
    )
    thread.start()
    return over.set


def _end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)  # in good order


def is_good(view: StationView, silent: frozenset[str]) -> bool:
    """Whether every card was found, and every device that worked before still works."""
    seen = {device.name: device.ok for device in view.devices}
    return view.recovered and all(
        seen.get(name) or (name in silent and seen.get(name) is not None) for name in WATCHED
    )


def _watch(
    look: Callable[[], StationView],
    silent: frozenset[str],
    within: float,
    good: Callable[[], None],
    end: Callable[[], None],
    over: threading.Event,
) -> None:
    until = monotonic() + within
    while not over.is_set():
        try:
            if is_good(look(), silent):
                good()
                log.info("the start was good", extra={"action": "trial-good"})
                return
        except StationError:
            log.exception("the look failed, or its end was not kept", extra={"action": "trial"})
        if monotonic() > until:
            log.error("no good start in time", extra={"action": "trial-not-good"})
            end()
            return
        over.wait(AGAIN)
