"""Acme A1: an invented printer, written by following docs/how-to/add-a-printer-family.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from station.core.links import BulkLink
from station.core.printing import PrinterFamily
from station.drivers.kit.model_file import pick_model

from .codec import is_harmless_to_show
from .driver import Acme
from .model import load_models

_MODELS: Final = load_models()


def _open(open_link: Callable[[], BulkLink], model_name: str) -> Acme:
    return Acme(open_link, pick_model(_MODELS, "acme", model_name))


FAMILY: Final = PrinterFamily(
    name="acme",
    models={name: model.facts() for name, model in _MODELS.items()},
    open=_open,
    may_show=is_harmless_to_show,
)
