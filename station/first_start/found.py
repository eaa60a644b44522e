"""What can be chosen from: connected printers and readers, face templates, rules for photos."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from station.core.errors import StationError
from station.drivers import family_names, load_family
from station.gateways import gateway_names
from station.settings_tables import installed_file
from station.transport.connected import ConnectedDevice, connected_devices, connected_readers


@dataclass(frozen=True, slots=True)
class FoundPrinter:
    """A connected printer, and one model that it may be.

    Attributes:
        family: Its family.
        model: The model's name.
        title: The model's name for people.
        address: For the settings.
    """

    family: str
    model: str
    title: str
    address: str


def found_printers(
    connected: Callable[[list[str]], list[ConnectedDevice]] = connected_devices,
) -> list[FoundPrinter]:
    """Return every connected printer, once for each model that has its USB id.

    Raises:
        ConfigError: No USB library on this PC.
    """
    models = [
        (family, model)
        for family in family_names()
        for model in load_family(family).models.values()
        if model.usb_id
    ]
    devices = connected(sorted({model.usb_id for _, model in models}))
    return [
        FoundPrinter(family, model.name, model.title, device.address)
        for device in devices
        for family, model in models
        if model.usb_id == device.usb_id
    ]


def models_at(address: str) -> list[FoundPrinter]:
    """Return the models that are reached under an address of this kind, for an address typed in."""
    found = []
    for name in family_names():
        family = load_family(name)
        kind = family.link_address(address).partition(":")[0]
        found += [
            FoundPrinter(name, model.name, model.title, address)
            for model in family.models.values()
            if kind in model.links
        ]
    return found


def found_readers(
    names: Callable[[], list[str]] = connected_readers,
) -> tuple[list[str], StationError | None]:
    """Return the addresses of the connected readers, and why there are none to be seen."""
    try:
        return [f"pcsc:{name}" for name in names()], None
    except StationError as exc:
        return [], exc


def provinces() -> list[str]:
    """Return the names of the provinces on disk."""
    return gateway_names()


def faces() -> Sequence[str]:
    """Return the known face templates, as paths for the settings; the test card is none."""
    return _files("faces", without=("test-card",))


def photo_rules() -> Sequence[str]:
    """Return the known rules for photos, as paths for the settings."""
    return _files("photos")


def _files(folder: str, without: tuple[str, ...] = ()) -> Sequence[str]:
    place = installed_file(Path("config") / folder)
    names = sorted(file.name for file in place.glob("*.toml") if file.stem not in without)
    return [f"config/{folder}/{name}" for name in names]
