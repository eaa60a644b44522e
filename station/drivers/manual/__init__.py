"""A person as the machine: puts each card into a plain chip reader and takes it out again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from station.core.errors import ConfigError
from station.core.links import BulkLink, CardSlot
from station.core.printing import PrinterFamily
from station.drivers.manual.driver import Manual
from station.drivers.manual.model import load_models

_MODELS: Final = load_models()


def _open(open_link: Callable[[], BulkLink], model_name: str) -> Manual:
    del open_link, model_name
    raise ConfigError("the manual family has no wire of its own: set printer.link to reader:")


def _open_at_reader(slot: CardSlot, model_name: str) -> Manual:
    if model_name not in _MODELS:
        known = ", ".join(_MODELS)
        raise ConfigError(f"unknown manual model {model_name!r}; known: {known}")
    return Manual(slot, _MODELS[model_name])


FAMILY: Final = PrinterFamily(
    name="manual", models=_MODELS, open=_open, open_at_reader=_open_at_reader
)
