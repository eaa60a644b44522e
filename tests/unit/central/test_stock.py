"""Blanks are booked twice, and what is under way returns to zero."""

from __future__ import annotations

import pytest

from station.central.stock import MISSING, STORE, TRANSIT, balances, station_account
from station.central.wall import read_wall
from station.core.errors.central import FleetEntryNotFoundError, FleetStockError
from station.core.fleet import FleetEvent, LetterKind, Transfer
from station.signing import verify
from tests.rigs.central import PlayedStation, Rig

BANK = "95533"


def there(rig: Rig) -> dict[str, int]:
    with rig.database.transaction() as connection:
        return {account: count for account, _, count in balances(connection)}


def send(rig: Rig, window: PlayedStation, count: int) -> Transfer:
    rig.central.send_blanks(window.name, BANK, count, by="store")
    (letter,) = window.letters()
    assert letter.kind == LetterKind.TRANSFER.value
    return Transfer.from_json(verify(letter, rig.identity.signing_key))


def receive(window: PlayedStation, transfer: Transfer, counted: int) -> None:
    data = {"transfer": transfer.transfer, "bank": BANK, "count": str(counted)}
    window.publish(window.write(FleetEvent.RECEIVED.value, data))
    window.rig.turn()


def test_what_is_sent_is_under_way_until_it_is_counted(rig: Rig, window: PlayedStation) -> None:
    rig.central.take_blanks_in(BANK, 500, by="store")
    transfer = send(rig, window, 200)
    assert (transfer.bank, transfer.count) == (BANK, 200)
    assert there(rig) == {STORE: 300, TRANSIT: 200}
    receive(window, transfer, 200)
    assert there(rig) == {STORE: 300, station_account(window.name): 200}
    receive(window, transfer, 200)
    assert there(rig) == {STORE: 300, station_account(window.name): 200}


@pytest.mark.parametrize("counted", [0, 190, 210])
def test_a_difference_is_an_alarm_and_stays_visible(
    rig: Rig, window: PlayedStation, counted: int
) -> None:
    rig.central.take_blanks_in(BANK, 200, by="store")
    receive(window, send(rig, window, 200), counted)
    found = there(rig)
    assert TRANSIT not in found
    assert found.get(station_account(window.name), 0) == counted
    assert found[MISSING] == 200 - counted
    assert [one.kind for one in read_wall(rig.database).alarms] == ["blanks-differ"]


def test_the_store_is_never_overdrawn(rig: Rig, window: PlayedStation) -> None:
    rig.central.take_blanks_in(BANK, 10, by="store")
    with pytest.raises(FleetStockError):
        rig.central.send_blanks(window.name, BANK, 11, by="store")
    with pytest.raises(FleetEntryNotFoundError):
        rig.central.send_blanks("city.hall.nobody", BANK, 1, by="store")
    assert there(rig) == {STORE: 10}


def test_blanks_that_a_restored_central_has_forgotten_balance_too(
    rig: Rig, window: PlayedStation
) -> None:
    rig.central.take_blanks_in(BANK, 100, by="store")
    receive(window, Transfer("t" * 32, BANK, 40), 40)
    assert there(rig) == {STORE: 60, station_account(window.name): 40}
