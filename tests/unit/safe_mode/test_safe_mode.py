"""A start that fails says why on a page, for each kind of damage; no device is opened for it."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import httpx
import pytest
import typer

from station.cli import serve as command
from station.cli import startup
from station.core.changes import AddOrder
from station.core.errors import ConfigError, StationError
from station.core.life import Lane
from station.core.orders import OrderReason
from station.given_settings import MOST_ATTEMPTS, Document, read_given, take_on_trial
from station.journal import open_journal
from station.safe_mode import Trouble, find_trouble, serve_trouble
from station.service_manager import ServiceManager
from station.state_folder import held

ROOT = Path(__file__).parents[3]
PERSON = "110101199003070038"


class Window:
    """A state folder with an order in its journal, and its settings."""

    def __init__(self, folder: Path) -> None:
        self.state, self.config = folder / "state", folder / "station.toml"
        self.face = folder / "face.toml"
        shutil.copy(ROOT / "config/faces/henan-3.toml", self.face)
        text = (ROOT / "config/station.toml").read_text(encoding="utf-8")
        text = text.replace('"var"', f'"{self.state}"').replace("8470", "0")
        text = text.replace('"config/faces/henan-3.toml"', f'"{self.face}"')
        password = f'[province]\npassword_file = "{folder / "password"}"'
        self.config.write_text(text.replace("[province]", password), encoding="utf-8")
        self.password = folder / "password"
        self.password.write_text("secret\n", encoding="utf-8")
        self.state.mkdir(mode=0o700)
        self.journal, self.key = self.state / "journal.db", self.state / "seal.key"
        self.accept()

    def accept(self) -> None:
        journal = open_journal(f"sqlite:///{self.journal}", self.key)
        with journal.transaction("clerk") as change:
            new = AddOrder(
                "o1", machine="m", reason=OrderReason.NEW, id_number=PERSON, previous=None
            )
            change.apply(new)
        journal.close()

    def edit(self, old: str, new: str) -> None:
        text = self.config.read_text(encoding="utf-8")
        assert old in text
        self.config.write_text(text.replace(old, new), encoding="utf-8")

    def save_as_gbk(self) -> None:
        self.config.write_bytes(self.config.read_text(encoding="utf-8").encode("gbk"))

    def damage_pages(self) -> None:
        size = self.journal.stat().st_size
        with self.journal.open("r+b") as file:
            file.seek(4096)
            file.write(os.urandom(size - 4096))

    def newer(self) -> None:
        with sqlite3.connect(self.journal) as journal:
            journal.execute("UPDATE alembic_version SET version_num = '9999'")
        journal.close()

    def other_key(self) -> None:
        other = self.state / "other"
        other.mkdir()
        open_journal(f"sqlite:///{other}/journal.db", other / "seal.key").close()
        (other / "seal.key").replace(self.key)
        shutil.rmtree(other)


@pytest.fixture
def window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Window:
    monkeypatch.setattr(command, "make_new_files_private", lambda: None)  # of the whole process
    return Window(tmp_path)


class StartedAgainError(Exception):
    """In place of a new program."""


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a start change nothing of the process that the tests need."""
    for name in ("collect_no_more", "give_memory_back", "no_client_command_line"):
        monkeypatch.setattr(startup, name, lambda: None)
    monkeypatch.setattr("station.logs.set_up_logging", lambda _: None)


@pytest.fixture
def start(
    monkeypatch: pytest.MonkeyPatch, window: Window, in_this_process: None
) -> Callable[[], Trouble]:
    """Start the service until its page would be served; returns what the page would say."""

    def again(*_: object) -> NoReturn:
        raise StartedAgainError

    monkeypatch.setattr("os.execv", again)
    seen: list[Trouble] = []

    def page(trouble: Trouble, announce: Callable[[str], None]) -> None:
        announce("http://127.0.0.1:1/")
        with held(window.state, "station restore"):  # the remedy works beside the page
            seen.append(trouble)

    monkeypatch.setattr("station.safe_mode.serve_trouble", page)

    def run() -> Trouble:
        with pytest.raises(StartedAgainError):
            command.serve(window.config, "info", safe_mode=True)
        return seen[-1]

    return run


DAMAGE: dict[str, tuple[Callable[[Window], Any], str, str]] = {
    "settings are no TOML": (
        lambda w: w.edit('name = "window-1"', "name = window"),
        "config-invalid",
        "英文引号",
    ),
    "unknown key": (
        lambda w: w.edit("[chip]", "[chip]\nreder = 1"),
        "config-invalid",
        "chip.reder",
    ),
    "settings in GBK": (Window.save_as_gbk, "config-invalid", "UTF-8"),
    "settings are gone": (lambda w: w.config.unlink(), "config-invalid", "station.toml"),
    "certificate is none": (
        lambda w: w.edit(
            "[server]", f'[server]\ncertificate = "{w.password}"\nkey = "{w.password}"'
        ),
        "config-invalid",
        "server.certificate",
    ),
    "face template is gone": (lambda w: w.face.unlink(), "config-invalid", "face.template"),
    "password file is gone": (
        lambda w: w.password.unlink(),
        "config-invalid",
        "province.password_file",
    ),
    "journal is overwritten": (
        lambda w: w.journal.write_bytes(b"no database" * 999),
        "journal-damaged",
        "备份",
    ),
    "journal has damaged pages": (Window.damage_pages, "journal-damaged", "备份"),
    "journal is newer": (Window.newer, "journal-newer", "新版"),
    "journal is gone": (lambda w: w.journal.unlink(), "journal-gone", "备份"),
    "seal key is gone": (lambda w: w.key.unlink(), "seal-key-missing", "密钥"),
    "seal key of another window": (Window.other_key, "seal-key-wrong", "密钥"),
    "seal key is cut off": (
        lambda w: w.key.write_bytes(w.key.read_bytes()[:5]),
        "seal-key-wrong",
        "密钥",
    ),
    "operators are damaged": (
        lambda w: (w.state / "access.db").write_bytes(b"x" * 9999),
        "config-invalid",
        "access.db",
    ),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_each_kind_of_damage_is_explained_with_its_remedy(
    window: Window, start: Callable[[], Trouble], kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    damage, code, told = DAMAGE[kind]
    damage(window)
    before = {file: file.read_bytes() for file in window.state.glob("*.db")}
    trouble = start()
    assert trouble.code == code
    shown = "\n".join(
        [trouble.told.title, trouble.told.cause, trouble.told.remedy, trouble.message]
        + [f"{one.key} {one.problem} {one.right}" for one in trouble.findings]
    )
    assert told in shown
    assert trouble.remedies
    assert "secret" not in shown
    assert PERSON not in shown
    assert '"safe_mode"' in capsys.readouterr().out
    # Nothing is mended unasked: what a technician needs for the remedy is as it was found.
    for file, content in before.items():
        if file.name != "access.db" or kind == "operators are damaged":
            assert file.read_bytes() == content


def late_failure(*_: object, **__: object) -> NoReturn:
    raise ConfigError("found when everything was built")


@pytest.mark.parametrize("late", [False, True])
def test_to_systemd_a_failed_start_is_a_service_that_goes_on(
    window: Window, start: Callable[[], Trouble], monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    """Not ready, the page would be ended after 120 s; stopping, the next program after 30 s."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(window.state.parent / "notify"))
        systemd.setblocking(False)
        given = {"NOTIFY_SOCKET": systemd.getsockname(), "WATCHDOG_USEC": "60000000"}
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        if late:
            monkeypatch.setattr("station.bootstrap.build_app", late_failure)
        else:
            window.edit("[chip]", "[chip]\nreder = 1")
        start()
        told = [systemd.recv(100), systemd.recv(100)]
        assert told == [b"READY=1", b"WATCHDOG=1"]
        with pytest.raises(BlockingIOError):
            systemd.recv(100)
        # What runs next in this process can report as this one did.
        assert {name: os.environ[name] for name in given} == given


@pytest.mark.parametrize(
    "where",
    [
        "station.bootstrap.build_app",
        "station.production.services.service.ProductionService.start",
        "station.cli.serve._announce",
    ],
)
def test_a_start_that_fails_late_leaves_the_port_to_the_page_and_no_lane_running(
    window: Window, monkeypatch: pytest.MonkeyPatch, in_this_process: None, where: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    running = set(threading.enumerate())
    monkeypatch.setattr(where, late_failure)
    monkeypatch.setenv("STATION_SERVER__PORT", str(port))
    with pytest.raises(ConfigError, match="found when everything was built"):
        command._serve(window.state, window.config, "info", ServiceManager({}))
    socket.create_server(("127.0.0.1", port)).close()
    assert Lane.MACHINE.value not in {one.name for one in set(threading.enumerate()) - running}


@pytest.mark.parametrize("error", [ConfigError("wrong"), ValueError("of a library")])
def test_a_start_with_settings_on_trial_that_fails_is_begun_anew(
    window: Window, monkeypatch: pytest.MonkeyPatch, in_this_process: None, error: Exception
) -> None:
    def fails(*_: object) -> NoReturn:
        raise error

    monkeypatch.setattr("station.bootstrap.build_station", fails)
    take_on_trial(window.state, Document(1, "[policies]\ntake_within = 180.0\n"), ())
    manager = ServiceManager({})
    for _ in range(MOST_ATTEMPTS):
        assert command._serve_in_folder(window.config, "info", manager)
    with pytest.raises(type(error)):
        command._serve_in_folder(window.config, "info", manager)
    assert read_given(window.state).current is None


def test_an_error_after_the_service_has_stopped_leaves_the_rest_to_systemd(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*_: object) -> NoReturn:
        manager = _[-1]
        assert isinstance(manager, ServiceManager)
        manager.stopping()
        raise RuntimeError("while it ended")

    pages: list[object] = []
    monkeypatch.setattr(command, "_serve", run)
    monkeypatch.setattr("station.safe_mode.serve_trouble", lambda *_: pages.append(_))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(window.state.parent / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", systemd.getsockname())
        with pytest.raises(typer.Exit) as ended:
            command.serve(window.config, "info", safe_mode=True)
    assert (ended.value.exit_code, pages) == (1, [])


def test_a_station_in_use_is_no_damage(window: Window) -> None:
    with held(window.state, "station serve"), pytest.raises(typer.Exit):
        command.serve(window.config, "info", safe_mode=True)


def test_without_the_option_a_start_ends_with_the_reason(
    window: Window, capsys: pytest.CaptureFixture[str]
) -> None:
    window.edit("[chip]", "[chip]\nreder = 1")
    with pytest.raises(typer.Exit):
        command.serve(window.config, "info", safe_mode=False)
    assert "reder" in capsys.readouterr().err


def test_backups_are_offered_newest_first(window: Window, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    for number in range(7):
        file = folder / f"card-station-{number}.backup"
        file.touch()
        os.utime(file, (number, number))
    trouble = find_trouble(CodedError("journal-damaged"), window.config, folder)
    restores = [line for _, line in trouble.remedies if line.startswith("station restore")]
    assert len(restores) == 5
    assert restores[0].endswith("card-station-6.backup")


def test_an_older_settings_file_is_offered(window: Window) -> None:
    for stamp in ("20260101T000000.000000Z", "20260102T000000.000000Z"):
        shutil.copy(window.config, f"{window.config}.{stamp}")
    window.edit("[chip]", "[chip]\nreder = 1")
    trouble = find_trouble(ConfigError("x"), window.config)
    wanted = f"cp -p {window.config}.20260102T000000.000000Z {window.config}"
    assert wanted in [line for _, line in trouble.remedies]


def test_an_error_of_unknown_kind_shows_no_data(window: Window) -> None:
    trouble = find_trouble(ValueError(PERSON), window.config)
    assert trouble.message == "ValueError"


class CodedError(StationError):
    """An error with a code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def test_the_page_says_it_to_people_and_programs_until_somebody_tries_again(
    window: Window,
) -> None:
    window.edit("[chip]", '[chip]\nreder = "<b>"')
    trouble = find_trouble(ConfigError("reder <b>"), window.config)
    assert trouble.port == 0
    address: list[str] = []
    there = threading.Event()

    def announce(where: str) -> None:
        address.append(where.rstrip("/"))
        there.set()

    page = threading.Thread(target=serve_trouble, args=(trouble, announce))
    page.start()
    assert there.wait(30)
    with httpx.Client(base_url=address[0], trust_env=False, timeout=30) as http:
        shown = http.get("/")
        assert shown.status_code == 503
        assert "制卡站没有启动" in shown.text
        assert "<b>" not in shown.text
        problem = http.get("/api/v1/health")
        assert (problem.status_code, problem.json()["code"]) == (503, "config-invalid")
        assert http.post("/", data={"act": "again"}).status_code == 403
        assert page.is_alive()
        pressed = http.post("/", data={"act": "again"}, headers={"Origin": address[0]})
        assert "正在再次启动" in pressed.text
    page.join(30)
    assert not page.is_alive()


def test_the_installed_service_starts_in_this_mode() -> None:
    unit = (ROOT / "config/deployment/debian/card-station.service").read_text(encoding="utf-8")
    assert "--safe-mode" in unit
