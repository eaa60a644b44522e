"""Central's own jobs go on when the database comes back."""

from __future__ import annotations

from functools import partial

from simulators.engines import running_postgres
from simulators.world import wait_until
from station.central.assigning import Applicant
from station.central.looking import list_batches
from tests.rigs.central import PlayedStation, Rig, make_template, new_database

SECONDS = 60.0


def test_a_batch_is_split_after_the_database_was_away() -> None:
    with running_postgres() as server:
        make_template(server)
        rig = Rig(new_database(server))
        window = PlayedStation(rig, "city.hall.window-1")
        window.enrol()
        central = rig.central
        central.jobs.start()
        try:
            for name in ("before", "after"):
                batch = central.assigning.add_batch(name, [Applicant(name, "1" * 18)], by="clerk")
                central.jobs.split_batch(batch, [window.name], by="clerk")
                wait_until(
                    partial(_is_given, rig, batch),
                    SECONDS,
                    f"the batch {name}",
                )
                server.stop()
                server.start()
        finally:
            central.jobs.stop()
            rig.close()


def _is_given(rig: Rig, batch: str) -> bool:
    return list_batches(rig.database, batch)[0].assigned == 1
