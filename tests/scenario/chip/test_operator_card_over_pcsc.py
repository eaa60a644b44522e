"""An operator's card over the real PC/SC service: bound, checked and removed by the commands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from simulators.operator_cards import PivCard, make_card
from simulators.operator_cards.maker import PIN
from simulators.pcsc_service import PcscService
from station.access import open_doors
from station.cli import app
from station.cli.daemon import CARD_SECRET
from station.core.people import Role
from tests.rigs.doors import CHEAP, let_in
from tests.rigs.vpcd_card import CardInSlot

CONFIG = """
[station]
state_dir = "{folder}"
[access]
card_reader = "{reader}"
[desk_reader]
card_wait = 20.0
[chip]
link = "pcsc:Virtual PCD 00 00"
[province]
url = "http://127.0.0.1:1"
user = "window"
region = "410700"
[banks.95533]
name = "中国建设银行"
bins = ["622700"]
"""
SECOND = "pcsc:Virtual PCD 00 01"

Said = tuple[int, str]


@pytest.fixture
def station(tmp_path: Path) -> Callable[..., Said]:
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    doors = open_doors(state, hasher=CHEAP)
    let_in(doors, "li.na", {Role.OPERATOR})
    doors.close()

    def run(*words: str, pin: str = PIN, reader: str = SECOND) -> Said:
        file = tmp_path / "station.toml"
        file.write_text(CONFIG.format(folder=state, reader=reader), encoding="utf-8")
        done = CliRunner().invoke(
            app, ["operators", *words, "--config", str(file)], env={CARD_SECRET: pin}
        )
        return done.exit_code, done.output

    return run


@pytest.mark.stack
@pytest.mark.parametrize(
    "card",
    [
        pytest.param(make_card("li.na", kind="p-384", compressed=True), id="P-384, T=1"),
        pytest.param(make_card("li.na", kind="rsa-2048", t0=True), id="RSA 2048, T=0"),
    ],
)
def test_a_card_is_bound_checked_and_removed(
    pcsc: PcscService, station: Callable[..., Said], card: PivCard
) -> None:
    del pcsc
    with CardInSlot(card, slot=1):
        status, said = station("card", "li.na")
        assert (status, "已登记：li.na" in said) == (0, True), said
        status, said = station("card-check")
        assert (status, "li.na" in said) == (0, True), said
        status, said = station("card-check", pin="135791")
        assert (status, "operator-card-pin-wrong" in said) == (1, True), said
        assert card.tries == 2
        fingerprint = station("cards", "--json")[1].partition('"fingerprint": "')[2][:12]
        status, said = station("card-remove", fingerprint)
        assert (status, "已停用：li.na" in said) == (0, True), said
        status, said = station("card-check")
        assert (status, "operator-card-unknown" in said) == (1, True), said
    assert PIN not in said


@pytest.mark.stack
def test_the_machines_reader_is_never_used_for_a_login(
    pcsc: PcscService, station: Callable[..., Said]
) -> None:
    del pcsc
    card = make_card("li.na")
    with CardInSlot(card, slot=0) as inserted:
        status, said = station("card-check", reader="pcsc:Virtual PCD 00 00")
        assert (status, "chip.link" in said) == (2, True), said
        status, said = station("card-check", reader="pcsc:PCD 00 00")  # the same by another name
        assert (status, "operator-card-absent" in said) == (1, True), said
    assert inserted.sent == []
