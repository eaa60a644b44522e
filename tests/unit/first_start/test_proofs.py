"""The test card is read and put out again whatever its chip says; another card is left alone."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from station.cli.doctor import Finding
from station.core.errors import CardMuteError, PersonNeededError, PersonRequest
from station.core.printing import CardPosition
from station.first_start import proofs
from station.settings import Settings, load_settings

CHIP = SimpleNamespace(AAZ507="00" * 13, AAZ508="3.00", AAB301="410700")


class Machine:
    """A printer and reader that note what they were asked for."""

    def __init__(self, *, card: CardPosition | None = None, mute: bool = False) -> None:
        self.card, self.mute = card, mute
        self.requests = 0
        self.done: list[str] = []

    def status(self) -> Any:  # noqa: ANN401 - a part of a printer's
        return SimpleNamespace(card=self.card)

    def bring_card_to_chip_station(self) -> None:
        if self.requests:
            self.requests -= 1
            raise PersonNeededError(PersonRequest.PUT_IN)
        self.done.append("fed")

    def identify(self) -> Any:  # noqa: ANN401 - a chip
        if self.mute:
            raise CardMuteError("mute", details={"cause": "no-atr"})
        return CHIP

    def present_card(self) -> None:
        self.done.append("put out")

    def close(self) -> None:
        self.done.append("closed")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("STATION_STATION__STATE_DIR", str(tmp_path / "state"))
    return load_settings(Path("config/station.toml"))


def prove(
    settings: Settings, machine: Machine, monkeypatch: pytest.MonkeyPatch, asked: list[str]
) -> Finding:
    nothing = SimpleNamespace(close=lambda: None)
    parts = SimpleNamespace(
        printer=machine,
        encoder=SimpleNamespace(identify=machine.identify, close=nothing.close),
        province=nothing,
        desk=nothing,
        pictures=nothing,
    )
    monkeypatch.setattr(proofs, "build_equipment", lambda _: parts)
    return proofs.prove_chip(settings, asked.append)


def test_a_test_card_goes_in_is_read_and_comes_out(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine()
    finding = prove(settings, machine, monkeypatch, [])
    assert finding.ok
    assert "00" * 13 in finding.said
    assert machine.done == ["fed", "put out", "closed"]


def test_a_mute_chip_is_a_finding_and_its_card_comes_out(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(mute=True)
    finding = prove(settings, machine, monkeypatch, [])
    assert not finding.ok
    assert finding.remedy
    assert machine.done == ["fed", "put out", "closed"]


def test_a_card_that_is_there_already_is_not_moved(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(card=CardPosition.CHIP_STATION)
    finding = prove(settings, machine, monkeypatch, [])
    assert not finding.ok
    assert "card-left-inside" in finding.said
    assert machine.done == ["closed"]


def test_a_person_at_a_plain_reader_is_asked(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine, asked = Machine(), list[str]()
    machine.requests = 2
    assert prove(settings, machine, monkeypatch, asked).ok
    assert len(asked) == 2
    assert machine.done == ["fed", "put out", "closed"]
