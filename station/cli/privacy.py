"""`station privacy`: what this window keeps about people, where, and for how long."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import typer

from station.cli.options import CONFIG_DEFAULT, AsJson, Config, explained, read_settings
from station.cli.table import print_table, show_json
from station.words import text

if TYPE_CHECKING:
    from station.journal.personal import HeldPersonalData
    from station.settings import Settings

privacy = typer.Typer(no_args_is_help=True, help=text("privacy-command.help"))


@privacy.callback()
def prepare() -> None:
    """Commands about what is kept of people; none of them opens it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One kind of data, as the report lists it.

    Attributes:
        what: Which data.
        whose: About whom.
        where: Where it is.
        protected: How it is kept from others.
        until: For how long.
        count: How much of it is there now; None where it is not counted.
    """

    what: str
    whose: str
    where: str
    protected: str
    until: str
    count: int | None = None


#: The rows of the report; each has its texts in `privacy.toml`.
ROWS: Final = (
    "number", "data", "bank-number", "report", "agent", "service", "custody", "collector",
    "check", "batch-row", "batch-photo", "unit-contact", "batch-contact", "history", "ledger",
    "operators", "programs", "desk", "log", "backups", "offline-files",
)  # fmt: skip


@privacy.command("report")
def report(config: Config = CONFIG_DEFAULT, as_json: AsJson = False) -> None:
    """Say what is stored about whom, and how long. Opens nothing personal, changes nothing."""
    from station.bootstrap import look_at_journal

    settings = read_settings(config)
    with explained():
        journal = look_at_journal(settings)
        try:
            held = journal.personal.held()
        finally:
            journal.close()
    rows = _rows(settings, held)
    if as_json:
        found: dict[str, Any] = {
            "erase_after_days": settings.policies.erase_after_days,
            "held": dataclasses.asdict(held),
            "kept": [dataclasses.asdict(row) for row in rows],
        }
        show_json(found)
        return
    names = ("what", "whose", "where", "protected", "until", "count")
    titles = [text(f"privacy-command.{name}") for name in names]
    print_table([titles, *([_cell(getattr(row, name)) for name in names] for row in rows)])
    oldest = "" if held.oldest is None else held.oldest.astimezone().strftime("%Y-%m-%d")
    typer.echo(
        text(
            "privacy-command.sum",
            orders=held.orders,
            open=held.open,
            erased=held.erased,
            oldest=oldest or text("privacy-command.none"),
            days=settings.policies.erase_after_days,
        )
    )


def _rows(settings: Settings, held: HeldPersonalData) -> list[Kept]:
    counts = {
        "number": held.orders,
        "data": held.with_data,
        "bank-number": held.with_bank_number,
        "report": held.reports,
        "agent": held.agents,
        "service": held.services,
        "custody": held.custody,
        "collector": held.collectors,
        "check": held.checks,
        "batch-row": held.batch_rows,
        "batch-photo": held.batch_photos,
        "unit-contact": held.unit_contacts,
        "batch-contact": held.batch_contacts,
    }
    days = settings.policies.erase_after_days
    folder = settings.station.state_dir

    def told(part: str, row: str) -> str:
        return text(f"privacy-{part}.{row}", days=days, folder=folder)

    return [
        Kept(
            what=told("what", row),
            whose=told("whose", row),
            where=told("where", row),
            protected=told("protected", row),
            until=told("until", row),
            count=counts.get(row),
        )
        for row in ROWS
    ]


def _cell(value: object) -> str:
    return "" if value is None else str(value)
