"""Evolis card printers: Primacy, Primacy 2, Zenius and KC200."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from station.core.links import BulkLink
from station.core.printing import PrinterFamily
from station.drivers.evolis.codec import is_harmless_to_show
from station.drivers.evolis.driver import Evolis
from station.drivers.evolis.model import load_meanings, load_models
from station.drivers.kit.model_file import pick_model

_MODELS: Final = load_models()
_MEANINGS: Final = load_meanings()


def _open(open_link: Callable[[], BulkLink], model_name: str) -> Evolis:
    return Evolis(open_link, pick_model(_MODELS, "evolis", model_name), _MEANINGS)


FAMILY: Final = PrinterFamily(
    name="evolis",
    models={name: model.facts() for name, model in _MODELS.items()},
    open=_open,
    may_show=is_harmless_to_show,
    older_schemes={"tcp": "tcp-transaction"},
)
