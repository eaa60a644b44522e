"""`station face`: the technician's test card as a picture, and a look at templates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from station.cli.options import CONFIG_DEFAULT, Config, config_wrong, explained, read_settings
from station.core.errors import ConfigError
from station.face.template.model import SideTemplate, load_template
from station.words import spoken, text

if TYPE_CHECKING:
    from station.core.faces import PrintGeometry
    from station.settings import Settings

face = typer.Typer(no_args_is_help=True, help="Card faces.")
_TEST_CARD = Path("config/faces/test-card.toml")


@face.command("test-card")
def draw_technicians_card(
    out: Annotated[Path, typer.Option("--out", help="Where the picture goes (PNG).")],
    template: Annotated[Path, typer.Option(help="A test card's template.")] = _TEST_CARD,
    config: Config = CONFIG_DEFAULT,
) -> None:
    """Draw the technician's test card as the site's printer would print it. Prints nothing."""
    from station.face import default_font_files
    from station.face.technician_card import draw_test_card
    from station.face.text.fonts import FontChain

    with explained():
        settings = read_settings(config)
        fonts = FontChain(settings.face.fonts or default_font_files())
        card = draw_test_card(load_template(template), _geometry(settings), fonts)
        try:
            out.write_bytes(card.front.preview_png)
        except OSError as exc:
            raise typer.BadParameter(f"{out}: {exc.strerror}") from exc
    typer.echo(f"{out}  sha256 {card.sha256}")


@face.command("check")
def check(
    files: Annotated[list[Path], typer.Argument(help="Templates (TOML)")],
) -> None:
    """Read templates and say what each prints; each wrong one is named with line and reason."""
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
    parts = ([text("face-command.photo")] if side.photo else []) + [
        spoken(field.title) for field in side.text
    ]
    listed = text("command.and").join(parts)
    return text("face-command.side", panels=side.panels, parts=listed)


def _geometry(settings: Settings) -> PrintGeometry:
    from station.drivers import load_family

    models = load_family(settings.printer.family).models
    if settings.printer.model not in models:
        raise ConfigError(f"printer.model {settings.printer.model!r} is unknown")
    return models[settings.printer.model].geometry
