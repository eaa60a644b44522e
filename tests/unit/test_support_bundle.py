"""Known names, numbers, PINs and keys are put everywhere; none of them is in the support bundle."""

from __future__ import annotations

import dataclasses
import io
import json
import logging
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import BaseModel, SecretStr

from station import __version__
from station.core.people import Role
from station.logs import KEPT_LINES, LastLines
from station.settings import Settings, load_settings
from station.support_bundle import NAMES_OF_PARTS, support_bundle
from tests.rigs.command_line import CommandLine
from tests.rigs.doors import OPERATOR, Signed, let_in
from tests.unit.api.conftest import Served, serving
from tests.unit.production.doubles import ID_NUMBER

CONFIG = Path(__file__).parents[2] / "config" / "station.toml"
TEXT = "canary-in-a-text"
PIN = "271828"
KEY = "00112233445566778899AABBCCDDEEFF"
NAME = "张三丰"
ADDRESS = "/api/v1/station/support-bundle.zip"

Obtain = Callable[[Served, Path, pytest.MonkeyPatch], bytes]


def salted(model: BaseModel, path: str = "") -> BaseModel:
    """Return settings whose every text is the canary, also where it is a key or in a list."""
    changed: dict[str, Any] = {}
    for name in type(model).model_fields:
        value, place = getattr(model, name), f"{path}{name}"
        if place not in NAMES_OF_PARTS:
            changed[name] = salt(value, place)
    return model.model_copy(update=changed)


def salt(value: object, place: str) -> object:
    match value:
        case BaseModel():
            salty: object = salted(value, f"{place}.")
        case SecretStr():
            salty = SecretStr(TEXT)
        case Path() | None:
            salty = Path(TEXT)
        case str():
            salty = TEXT
        case tuple() | list():
            salty = (TEXT, *value)
        case dict():
            salty = {TEXT: TEXT}
        case _:
            salty = value
    return salty


def unread() -> None:
    raise ValueError(f"{NAME} {ID_NUMBER} {KEY}")


def logged() -> LastLines:
    """Lines of our own logger with the canaries as values, in the text and in an exception."""
    kept, logger = LastLines(), logging.getLogger("station.canaries")
    logger.addHandler(kept)
    try:
        told = {"person": NAME, "number": ID_NUMBER, "pin": PIN, "pin_number": int(PIN), "key": KEY}
        logger.warning("a step failed", extra={**told, "code": "no-card", "tries": 3})
        logger.warning("a card of %s", NAME)
        try:
            unread()
        except ValueError:
            logger.exception("an answer was not read")
    finally:
        logger.removeHandler(kept)
    return kept


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as served:
        yield served


def parts_of(bundle: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(bundle)) as made:
        return {name: made.read(name).decode() for name in made.namelist()}


def salted_bundle(window: Served, folder: Path) -> bytes:
    settings = salted(load_settings(CONFIG))
    assert isinstance(settings, Settings)
    section = settings.station.model_copy(update={"state_dir": folder})
    settings = settings.model_copy(update={"station": section})
    view = window.service.machine.view()
    devices = tuple(
        dataclasses.replace(
            one,
            address=TEXT,
            facts={**one.facts, "serial": NAME, "native": ID_NUMBER, "module": KEY},
            exchanges=(f"read {ID_NUMBER}", f"write {KEY}", "read status -> 50, 3.9 ms"),
            unverified=(TEXT,),
        )
        for one in view.devices
    )
    view = dataclasses.replace(view, devices=devices)
    return support_bundle(settings, window.bench.journal, view, logged().lines())


def from_the_page(window: Served, folder: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Return what the link of the diagnostics page downloads."""
    del folder, monkeypatch
    assert f'href="{ADDRESS}"' in window.client.get("/diagnostics").text
    answer = window.client.get(ADDRESS)
    assert answer.headers["content-type"] == "application/zip"
    assert "attachment" in answer.headers["content-disposition"]
    return answer.content


def from_the_command(window: Served, folder: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Return the file that the command wrote."""
    file = folder / "bundle.zip"
    assert str(file) in CommandLine(window.client, monkeypatch).run("bundle", str(file))
    return file.read_bytes()


@pytest.mark.parametrize("obtain", [from_the_page, from_the_command])
def test_no_canary_leaves_and_what_helps_does(
    window: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, obtain: Obtain
) -> None:
    order = window.client.post("/api/v1/orders", json={"id_number": ID_NUMBER}).json()["id"]
    path = f"/api/v1/orders/{order}/run?wait=30"
    assert window.client.post(path, json={"approved": True}).json()["step"] == "released"
    holder = window.service.orders.one(order).holder
    assert holder is not None
    window.app.state.bundle = lambda: salted_bundle(window, tmp_path)
    parts = parts_of(obtain(window, tmp_path, monkeypatch))
    whole = "\n".join(parts.values())
    canaries = (TEXT, PIN, KEY, NAME, ID_NUMBER, holder.AAC003, OPERATOR, order, str(tmp_path))
    assert [one for one in canaries if one in whole] == []
    for number in (ID_NUMBER, KEY):  # nor a part that would be enough
        assert number[:9] not in whole
    assert json.loads(parts["versions.json"])["program"] == __version__
    assert "read status -> 50, 3.9 ms" in json.loads(parts["exchanges.json"])["printer"]
    first, _, third = json.loads(parts["log.json"])
    assert (first["event"], first["code"], first["tries"]) == ("a step failed", "no-card", 3)
    assert third["event"] == "an answer was not read (ValueError)"
    assert json.loads(parts["journal.json"])["kinds_of_newest"]["card-released"] == 1
    settings = json.loads(parts["configuration.json"])
    assert settings["province.url"] == "***"
    assert settings["province.password"].endswith("***")
    assert {one["name"] for one in json.loads(parts["health.json"])["devices"]} >= {"printer"}


def test_the_settings_that_are_as_delivered_are_not_listed(window: Served, tmp_path: Path) -> None:
    settings = load_settings(CONFIG)
    section = settings.station.model_copy(update={"state_dir": tmp_path})
    policies = settings.policies.model_copy(update={"take_within": 77})
    settings = settings.model_copy(update={"station": section, "policies": policies})
    bundle = support_bundle(settings, window.bench.journal, window.service.machine.view(), ())
    told = json.loads(parts_of(bundle)["configuration.json"])
    assert told["policies.take_within"] == 77
    assert "policies.hold_owed" not in told


def test_only_the_last_lines_are_kept() -> None:
    kept = LastLines()
    for number in range(KEPT_LINES + 5):
        kept.emit(logging.makeLogRecord({"msg": f"line {number}", "levelname": "INFO"}))
    lines = kept.lines()
    assert (len(lines), lines[0].event) == (KEPT_LINES, "line 5")


def test_an_auditor_gets_no_bundle(window: Served) -> None:
    let_in(window.doors, "auditor", {Role.AUDITOR})
    with Signed(window.doors, "auditor", base_url=window.client.base_url) as client:
        assert client.get(ADDRESS).status_code == httpx.codes.FORBIDDEN
        assert ADDRESS not in client.get("/diagnostics").text


def test_a_system_without_load_and_memory_figures_gets_a_bundle(
    window: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("os.getloadavg")  # as on Windows
    told = json.loads(parts_of(salted_bundle(window, tmp_path))["pc.json"])
    assert "load" not in told
    assert told["processors"] > 0
