"""Days without the province, and then a bad network."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from simulators.province import codes
from station.core.orders import WriteBackState
from station.gateways.kit.client import READ_TRIES
from station.production.life.breaker import BreakerState
from tests.unit.production.outage import (
    HOW,
    LONGEST,
    OUTAGE,
    PEOPLE,
    SEED,
    Outage,
    Owed,
    cut_off_window,
    held_by,
    people,
)

#: What is in effect at the end. A success report that had not arrived is withdrawn: the province
#: is asked first, and the card is spoiled.
EXPECTED = {
    Owed.SPOILED: ["spoiled"],
    Owed.BOTH: ["spoiled"],
    Owed.BOTH_ONE_ARRIVED: ["issued", "spoiled"],
}


@pytest.fixture
def outage() -> Iterator[Outage]:
    with cut_off_window() as made:
        yield made


@pytest.mark.field_case("A2", "C3")
def test_after_three_days_each_report_arrives_once_and_in_order(outage: Outage) -> None:
    print(f"seed {SEED}")  # noqa: T201 - seen when it fails
    kinds = dict(zip(people(), itertools.cycle(Owed), strict=False))
    orders = {
        outage.owe(n, person, owed): (person, owed)
        for n, (person, owed) in enumerate(kinds.items(), 1)
    }
    assert outage.owed() == 200

    outage.network.down = True
    before = outage.network.asked
    outage.live(OUTAGE)
    tries = outage.network.asked - before
    assert outage.owed() == 200
    assert outage.engine.link.state(outage.clock.monotonic()) is not BreakerState.CLOSED
    # One probe for each rest, and not one try for each report. A probe begins with a question,
    # which only reads and is asked up to `READ_TRIES` times.
    assert OUTAGE / (1.2 * LONGEST) <= tries <= READ_TRIES * OUTAGE / LONGEST + 20

    outage.network.down, outage.network.bad = False, 0.3
    outage.live(12 * 3600.0, until_done=True)
    assert outage.owed() == 0
    assert all(outage.network.went_wrong[how] for how in HOW)

    with outage.store.transaction() as records:
        arrived = {order: records.write_backs(p.id_number) for order, (p, _) in orders.items()}
        effects = records.effects()
    for order, told in arrived.items():
        rows = outage.journal.outbox.of(order)
        done = [row.outcome for row in rows if row.state is WriteBackState.DONE]
        assert [row["outcome"] for row in told] == done == EXPECTED[orders[order][1]], order
        assert {row["card_id"] for row in told} == {f"{codes.REGION}{int(order, 16):026X}"}
        assert outage.journal.orders.one(order).hold is None
    assert effects["reports_accepted"] == effects["reports_revoked"] == PEOPLE // 3
    assert effects["reports_spoiled"] == PEOPLE
    unclear = {"province-answer-unlisted", "province-answer-garbled"}
    assert held_by(outage) == {"province-unavailable", "province-link-resting"} | unclear
    assert outage.journal.history.verify_chain() == outage.journal.last_seq
