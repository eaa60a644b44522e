"""The peer: the same rows written by steps of a DBOS workflow on SQLite, in a process of its own.

One workflow with a transactional step for each transition: what starting and ending a workflow
costs is spread over all of them, which favours the peer. Its datasource writes the order row, the
events and the outbox row and its checkpoint in one transaction, beside the system database's own.
"""

from __future__ import annotations

import time
from pathlib import Path

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig
from dbos import SQLAlchemyDatasource as Datasource

from tests.bench.journal_transitions import Transitions

DURABLE = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")


def run(database: Path, transitions: Transitions, *, same_pragmas: bool) -> float:
    """Write the transitions into `database`; returns the seconds they took.

    Without `same_pragmas` both databases are as the peer sets them up: a rollback journal.
    """
    source_engine, system_engine = (
        _engine(file, same_pragmas=same_pragmas)
        for file in (database, database.with_suffix(".dbos"))
    )
    config: DBOSConfig = {
        "name": "bench",
        "system_database_url": str(system_engine.url),
        "system_database_engine": system_engine,
        "log_level": "ERROR",
    }
    DBOS(config=config)
    source = Datasource.create(str(source_engine.url), engine=source_engine)

    @source.transaction
    def change(number: int) -> None:
        connection = source.sql_session().connection()
        for statement, values in transitions[number]:
            connection.exec_driver_sql(statement, values)

    @DBOS.workflow()
    def life() -> float:
        started = time.perf_counter()
        for number in range(len(transitions)):
            change(number)
        return time.perf_counter() - started

    DBOS.launch()
    try:
        return life()
    finally:
        DBOS.destroy()
        for engine in (source_engine, system_engine):
            engine.dispose()


def _engine(file: Path, *, same_pragmas: bool) -> sa.Engine:
    engine = sa.create_engine(f"sqlite:///{file}")

    @sa.event.listens_for(engine, "connect")
    def _set_up(connection: sa.engine.interfaces.DBAPIConnection, record: object) -> None:
        del record
        # What the peer's own engines set; then the journal's pragmas, or SQLite's defaults.
        connection.isolation_level = "IMMEDIATE"
        ours = DURABLE if same_pragmas else ("journal_mode=DELETE", *DURABLE[1:])
        for pragma in (*ours, "busy_timeout=30000"):
            connection.cursor().execute(f"PRAGMA {pragma}")

    return engine
