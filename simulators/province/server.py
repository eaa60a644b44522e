"""Assembles the province: database, desk, faults, pages, and two addresses.

The first address is the province as the window sees it, and can be shut down on request. The second
one stays open, so that pages and control API are always reachable.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from starlette.applications import Starlette
from starlette.routing import Route

from simulators.master_keys import load_test_keys
from simulators.province.actions import Controls
from simulators.province.control import ControlApi
from simulators.province.exchange import CardService
from simulators.province.faults import FaultPlan
from simulators.province.hsm import Hsm
from simulators.province.network import CardServiceEndpoint, Listener
from simulators.province.operations import Desk, china_now
from simulators.province.pages import ClerkPages
from simulators.province.people import generate_people
from simulators.province.store import Store
from simulators.province.wire import Wire


@dataclass(frozen=True, slots=True)
class ProvinceSettings:
    """Settings of a province.

    Attributes:
        host: Address of both listeners.
        port: Port of the province; 0 for any free one.
        page_port: Port of pages and control API; 0 for any free one.
        database: File; None for a temporary one.
        people: Number of people, at least the named cases; used for a new file only.
        seed: Determines people and portraits; used for a new file only.
        charset: Charset of the answers: `utf-8`, `gbk` or `gb18030`.
        user: The window's login name. The default is for demonstrations only.
        password: The window's password. The default is for demonstrations only.
    """

    host: str = "127.0.0.1"
    port: int = 0
    page_port: int = 0
    database: Path | None = None
    people: int = 200
    seed: int = 1
    charset: str = "utf-8"
    user: str = "window-1"
    password: str = field(default="window-1-demo", repr=False)


class ProvinceServer:
    """A running province; a context manager."""

    def __init__(self, settings: ProvinceSettings, wire: Wire) -> None:
        """Open the database; nothing is served yet.

        Args:
            settings: The settings.
            wire: The dialect.

        Raises:
            DatabaseFileError: The file is not a province's database.
        """
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        path = settings.database
        if path is None:
            self._folder = tempfile.TemporaryDirectory(prefix="province-")
            path = Path(self._folder.name) / "province.db"
        inhabitants = generate_people(settings.people, settings.seed)
        self._store = Store(path, inhabitants, settings.seed)
        with self._store.transaction() as records:
            self.seed = int(records.meta("seed"))
        self.faults = FaultPlan()
        self.desk = Desk(
            store=self._store,
            hsm=Hsm(load_test_keys()),
            user=settings.user,
            password=settings.password,
            clock=china_now,
            seed=self.seed,
        )
        self._wire = wire
        self._listen(settings)

    def _listen(self, settings: ProvinceSettings) -> None:
        app = Starlette()
        self._province = Listener(app, settings.host, settings.port)
        self._page = Listener(app, settings.host, settings.page_port)
        service = CardService(self.desk, self.faults, settings.charset, self._wire)
        app.router.routes.append(Route(self._wire.path, CardServiceEndpoint(service)))
        app.router.routes.extend(
            ControlApi(Controls(self.desk, self.faults, self._province)).routes()
        )
        app.router.routes.extend(ClerkPages(self.desk).routes())

    @property
    def province_url(self) -> str:
        """URL for the calls of windows."""
        return self._province.url + self._wire.path

    @property
    def page_url(self) -> str:
        """URL of the clerk's pages and the control API."""
        return self._page.url + "/"

    def __enter__(self) -> Self:
        """Listen on both addresses.

        Raises:
            OSError: An address is taken.
        """
        self._province.open()
        self._page.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening and close the database; delayed calls are cut short."""
        self.faults.clear()
        self._province.shut()
        self._page.shut()
        self._province.close()
        self._page.close()
        self._store.close()
        if self._folder is not None:
            self._folder.cleanup()
