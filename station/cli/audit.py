"""`station audit`: verifies the hash-chained history and exports it as a list."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Final

import typer

from station.cli.options import CONFIG_DEFAULT, Config, explained, read_settings
from station.cli.papers import Pdf, Xlsx, named, write_list
from station.core.errors import InputError, JournalError
from station.words import text

audit = typer.Typer(no_args_is_help=True, help="The hash-chained history.")

DAY: Final = "%Y-%m-%d"
Since = Annotated[
    dt.datetime | None, typer.Option("--since", formats=[DAY], help="First day, local time.")
]
Until = Annotated[
    dt.datetime | None, typer.Option("--until", formats=[DAY], help="Last day, local time.")
]
OfOrder = Annotated[str | None, typer.Option("--order", help="Of one order only.")]


@audit.command("verify")
def verify(config: Config = CONFIG_DEFAULT) -> None:
    """Check the hash chain of the whole history; report the first wrong event of a broken one."""
    from station.bootstrap import look_at_journal

    with explained():
        journal = look_at_journal(read_settings(config))
        try:
            count = journal.history.verify_chain()
        except JournalError as exc:
            typer.echo(text("audit-command.broken", reason=exc), err=True)
            raise typer.Exit(1) from exc
        finally:
            journal.close()
    typer.echo(text("audit.whole", count=count))


@audit.command("export")
def export(
    config: Config = CONFIG_DEFAULT,
    pdf: Pdf = None,
    xlsx: Xlsx = None,
    since: Since = None,
    until: Until = None,
    order: OfOrder = None,
) -> None:
    """Write the history for an auditor. It contains nothing about a person.

    The chain is checked first; a broken one is exported nevertheless, and reported with exit status
    1.
    """
    from station.bootstrap import look_at_journal
    from station.production.views.history import MOST_ROWS, Range, audit_list

    named(pdf, xlsx)
    settings = read_settings(config)
    with explained():
        chosen = Range(_local(since), _local(until, days=1), order)
        journal = look_at_journal(settings)
        try:
            listed, whole = audit_list(journal, settings.station.name, chosen)
        except InputError as exc:
            typer.echo(text("audit-command.too-many", most=MOST_ROWS), err=True)
            raise typer.Exit(1) from exc
        finally:
            journal.close()
        write_list(listed, settings, pdf, xlsx)
    typer.echo(text("audit-command.exported", count=len(listed.rows), verdict=listed.notes[-1]))
    if not whole:
        raise typer.Exit(1)


def _local(day: dt.datetime | None, days: int = 0) -> dt.datetime | None:
    return None if day is None else (day + dt.timedelta(days=days)).astimezone()
