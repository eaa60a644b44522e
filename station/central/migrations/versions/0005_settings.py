"""Settings that central gives to its windows, ring by ring."""

from __future__ import annotations

from typing import Final

from alembic import op

revision = "0005"
down_revision = "0004"

STATEMENTS: Final = (
    """
ALTER TABLE stations ADD COLUMN ring SMALLINT DEFAULT '3' NOT NULL
    """,
    """
ALTER TABLE stations ADD CONSTRAINT ck_stations_ring CHECK (ring BETWEEN 1 AND 4)
    """,
    """
CREATE TABLE given_settings (
    revision BIGINT NOT NULL,
    title TEXT NOT NULL,
    document TEXT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    made_by TEXT NOT NULL,
    agreed_by TEXT NOT NULL,
    ring SMALLINT DEFAULT '1' NOT NULL,
    accepted SMALLINT DEFAULT '0' NOT NULL,
    enough SMALLINT NOT NULL,
    most_failed SMALLINT NOT NULL,
    state TEXT NOT NULL,
    CONSTRAINT pk_given_settings PRIMARY KEY (revision),
    CONSTRAINT ck_given_settings_state
        CHECK (state IN ('rolling', 'stopped', 'done', 'replaced')),
    CONSTRAINT ck_given_settings_ring CHECK (ring BETWEEN 1 AND 4),
    CONSTRAINT ck_given_settings_enough CHECK (enough BETWEEN 1 AND 100),
    CONSTRAINT ck_given_settings_most_failed CHECK (most_failed BETWEEN 0 AND 100)
)
    """,
    """
CREATE UNIQUE INDEX uq_given_settings_live ON given_settings ((true)) WHERE state <> 'replaced'
    """,
    """
CREATE TABLE settings_answers (
    revision BIGINT NOT NULL,
    station TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT DEFAULT '' NOT NULL,
    given_at TIMESTAMP WITH TIME ZONE NOT NULL,
    answered_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_settings_answers PRIMARY KEY (revision, station),
    CONSTRAINT fk_settings_answers_revision_given_settings
        FOREIGN KEY(revision) REFERENCES given_settings (revision),
    CONSTRAINT fk_settings_answers_station_stations FOREIGN KEY(station) REFERENCES stations (name),
    CONSTRAINT ck_settings_answers_outcome
        CHECK (outcome IN ('given', 'applied', 'refused', 'returned'))
)
    """,
    """
CREATE INDEX ix_settings_answers_open ON settings_answers (station) WHERE outcome = 'given'
    """,
)


def upgrade() -> None:
    """Make them."""
    for statement in STATEMENTS:
        op.execute(statement)
