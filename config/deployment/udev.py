"""The udev rules that give every known printer to the station's account.

Made from the models' USB ids. A reader needs no rule: pcscd owns it.
"""

from __future__ import annotations

from typing import Final

from station.drivers import family_names, load_family

FILE: Final = "60-card-station.rules"
GROUP: Final = "card-station"


def udev_rules() -> str:
    """Return the rules file; a model whose product id is not known gets its maker's whole id."""
    lines = [
        "# Card printers for the group of the station's account, so that it needs no root.",
        "# Made from station/drivers/*/models/*.toml by `make docs`; do not edit.",
    ]
    titles: dict[str, list[str]] = {}
    for family in family_names():
        for model in load_family(family).models.values():
            if model.usb_id:
                titles.setdefault(model.usb_id, []).append(model.title)
    for usb_id in sorted(titles):
        lines += [f"# {', '.join(sorted(titles[usb_id]))}", _rule(usb_id)]
    return "\n".join(lines) + "\n"


def _rule(usb_id: str) -> str:
    vendor, _, product = usb_id.partition(":")
    match = f'ATTR{{idVendor}}=="{vendor}"'
    if product:
        match += f', ATTR{{idProduct}}=="{product}"'
    return (
        f'ACTION!="remove", SUBSYSTEM=="usb", ENV{{DEVTYPE}}=="usb_device", {match}, '
        f'GROUP="{GROUP}", MODE="0660"'
    )
