"""Takes settings from central into this window: checked, while nobody is served, and on trial.

Before a document is taken, what a start with it would need is looked at: its form together with the
window's own file, what only a start would find, and the province, where its address changes. Then
the daemon begins anew; `station.update.trial` says whether that start was good.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from station import given_settings
from station.core.errors import ConfigError, FleetMessageError, StationError
from station.core.fleet import Applied, Desired
from station.core.life import Lane
from station.core.shared_settings import merged, read_shared
from station.given_settings import Document
from station.journal import Journal
from station.production.machine.engine import Engine
from station.production.services.service import ProductionService
from station.settings import Settings, read_values, settings_with
from station.update.trial import LOOK_PATIENCE

if TYPE_CHECKING:
    from station.production.views.orders import StationView

log = logging.getLogger(__name__)

ACTOR: Final = "central"


class TakenSettings:
    """See `station.fleet.configuring.SiteSettings`."""

    def __init__(
        self,
        settings: Settings,
        journal: Journal,
        engine: Engine,
        service: ProductionService,
        begin_anew: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._state = settings.station.state_dir
        self._journal = journal
        self._engine = engine
        self._service = service
        self._begin_anew = begin_anew
        self._newest_event = journal.last_seq

    @property
    def newest(self) -> int:
        """See `SiteSettings`."""
        return given_settings.read_given(self._state).newest

    @property
    def outcome(self) -> Applied | None:
        """See `SiteSettings`."""
        given = given_settings.read_given(self._state)
        return given.outcome if given.trial is None else None

    def take(self, desired: Desired) -> bool:
        """See `SiteSettings`."""
        if given_settings.read_given(self._state).trial is not None:
            return False  # first it is seen whether the start with the last ones was good
        document = Document(desired.revision, desired.document)
        try:
            self._check(document.text)
        except (ConfigError, FleetMessageError) as exc:
            reason = str(exc)
            given_settings.refuse(self._state, document, reason)
            self._service.note(ACTOR, "settings-refused", _told(document))
            log.warning("settings refused: %s", reason, extra={"action": "settings-refused"})
            return True
        if self._is_in_use():
            return False
        silent = _silent(self._service.machine.check_now(LOOK_PATIENCE))
        self._service.note(ACTOR, "settings-taken", _told(document))
        given_settings.take_on_trial(self._state, document, silent)
        log.info("beginning anew with central's settings", extra={"action": "settings-taken"})
        self._begin_anew()
        return True

    def _check(self, text: str) -> None:
        """Look at what a start with a document would need.

        Raises:
            ConfigError, FleetMessageError: What does not fit this window, by its setting.
        """
        from station.settings_check import new_problems  # imported here: needed once in months

        file = self._settings.source_file
        if file is None:
            raise ConfigError("the settings of this window are in no file")
        own = read_values(file)
        for found in new_problems(own, merged(own, read_shared(text))):
            raise ConfigError(f"{found.key}: {found.problem}; {found.right}")
        wanted = settings_with(file, text)
        if wanted.province != self._settings.province:
            _look_at_province(wanted)

    def _is_in_use(self) -> bool:
        """Whether somebody is served: at the machine, at the desk, or a moment ago.

        A holder may take a minute to type a PIN, in which nothing is written.
        """
        before, self._newest_event = self._newest_event, self._journal.last_seq
        return (
            before != self._newest_event
            or any(self._engine.at_work(lane) is not None for lane in Lane)
            or self._service.desk.in_use()
            or bool(self._journal.cards.in_machine())
        )


def _look_at_province(settings: Settings) -> None:
    """Ask the province for a sign of life, with other settings than the running ones.

    Raises:
        ConfigError: It does not answer so.
    """
    from station.bootstrap import open_province

    province = open_province(settings)
    try:
        province.check_link()
    except StationError as exc:
        raise ConfigError(f"province: {exc.code}") from exc
    finally:
        province.close()


def _told(document: Document) -> Mapping[str, str]:
    return {"revision": str(document.revision)}


def _silent(view: StationView) -> tuple[str, ...]:
    return tuple(sorted(device.name for device in view.devices if not device.ok))
