"""`station printer status`: ask a device directly, without a daemon."""

from __future__ import annotations

import json

import typer

from station.cli.options import CONFIG_DEFAULT, Config, explained, read_settings

printer = typer.Typer(no_args_is_help=True, help="The card printer.")


@printer.command("status")
def printer_status(config: Config = CONFIG_DEFAULT) -> None:
    """Print IPP state, reasons, card position, ribbon and counters as JSON. Moves nothing."""
    from station.bootstrap import build_equipment

    with explained():
        device = build_equipment(read_settings(config)).printer
        status, identity, counters = device.status(), device.identity(), device.counters()
        device.close()
    shown = {
        "model": identity.model,
        "serial": identity.serial,
        "firmware": identity.firmware,
        "printer-state": status.state.name.lower(),
        "printer-state-reasons": [str(reason) for reason in status.reasons] or ["none"],
        "card": status.card.value if status.card else None,
        "ribbon_cards_left": status.ribbon_cards_left,
        "cards_printed": counters.cards_printed,
        "unverified": list(device.model.unverified),
    }
    typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
