"""`station face`: the technician's test card as a picture, and checks of templates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from station.cli.options import CONFIG_DEFAULT, Config, config_wrong, explained, read_settings
from station.core.errors import ConfigError
from station.face.template.model import SideTemplate, load_template
from station.words import spoken, text

face = typer.Typer(no_args_is_help=True, help="Card faces.")


@face.command("test-card")
def draw_technicians_card(
    out: Annotated[Path, typer.Option("--out", help="Where the picture goes (PNG).")],
    template: Annotated[
        Path | None, typer.Option(help="A test card's template; else the one of the settings.")
    ] = None,
    config: Config = CONFIG_DEFAULT,
) -> None:
    """Draw the technician's test card as the site's printer would print it. Prints nothing."""
    from station.bootstrap import draw_technicians_card, printer_model

    with explained():
        settings = read_settings(config)
        card = draw_technicians_card(settings, printer_model(settings).geometry, template)
        try:
            out.write_bytes(card.front.preview_png)
        except OSError as exc:
            raise typer.BadParameter(f"{out}: {exc.strerror}") from exc
    typer.echo(f"{out}  sha256 {card.sha256}")


@face.command("check")
def check(
    files: Annotated[list[Path], typer.Argument(help="Templates (TOML)")],
) -> None:
    """Read templates and print their content; wrong ones are reported with line and reason."""
    wrong = False
    for file in files:
        try:
            template = load_template(file)
        except ConfigError as exc:
            typer.echo(config_wrong(exc), err=True)
            wrong = True
            continue
        typer.echo(f"{file}: {template.title}")
        typer.echo("   " + text("face-command.front", printed=_printed(template.front)))
        if template.back is not None:
            typer.echo("   " + text("face-command.back", printed=_printed(template.back)))
        for fact in template.unverified:
            typer.echo(f"   unverified: {fact}")
    if wrong:
        raise typer.Exit(2)


def _printed(side: SideTemplate) -> str:
    photo = [text("face-command.photo")] if side.photo else []
    parts = text("command.and").join(photo + [spoken(field.title) for field in side.text])
    return text("face-command.side", panels=side.panels, parts=parts)
