"""A person in place of the machine: inserts each card into a plain chip reader and removes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from station.core.errors import ConfigError
from station.core.links import BulkLink, CardSlot
from station.core.printing import PrinterFamily
from station.drivers.kit.model_file import pick_model
from station.drivers.manual.driver import Manual
from station.drivers.manual.model import load_models

_MODELS: Final = load_models()


def _open(open_link: Callable[[], BulkLink], model_name: str) -> Manual:
    del open_link, model_name
    raise ConfigError("the manual family has no wire of its own: set printer.link to reader:")


def _open_at_reader(slot: CardSlot, model_name: str) -> Manual:
    return Manual(slot, pick_model(_MODELS, "manual", model_name))


FAMILY: Final = PrinterFamily(
    name="manual", models=_MODELS, open=_open, open_at_reader=_open_at_reader
)
