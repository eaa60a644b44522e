"""`station printer status` and `station chip read`: ask a device directly, without a daemon."""

from __future__ import annotations

import json

import typer

from station.cli.options import CONFIG_DEFAULT, Config, explained, read_settings

printer = typer.Typer(no_args_is_help=True, help="The card printer.")
chip = typer.Typer(no_args_is_help=True, help="The chip at the chip station.")


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


@chip.command("read")
def chip_read(config: Config = CONFIG_DEFAULT) -> None:
    """Print what can be read from the card at the chip station without a key. Writes nothing."""
    from station.bootstrap import build_equipment

    with explained():
        encoder = build_equipment(read_settings(config)).encoder
        found = encoder.identify()
        encoder.close()
    shown = {
        "AAZ501": found.AAZ501,
        "AAZ507": found.AAZ507,
        "AAZ508": found.AAZ508,
        "AAB301": found.AAB301,
        "AAZ500": found.AAZ500,
        "bank_number_masked": found.bank_number.masked if found.bank_number else None,
    }
    typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
