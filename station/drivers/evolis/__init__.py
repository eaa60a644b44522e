"""Evolis card printers: Primacy, Primacy 2, Zenius and KC200."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from station.core.links import BulkLink
from station.core.printing import PrinterFamily
from station.drivers.evolis.codec import is_harmless_to_show, may_watch, name_of_request
from station.drivers.evolis.commands import reserved_number
from station.drivers.evolis.driver import Evolis
from station.drivers.evolis.model import load_meanings, load_models
from station.drivers.kit.model_file import pick_model

_MODELS: Final = load_models()
_MEANINGS: Final = load_meanings()


def _open(open_link: Callable[[], BulkLink], model_name: str) -> Evolis:
    return Evolis(open_link, pick_model(_MODELS, "evolis", model_name), _MEANINGS)


def _open_for_replay(
    open_link: Callable[[], BulkLink], model_name: str, written: Sequence[bytes]
) -> Evolis:
    model = pick_model(_MODELS, "evolis", model_name)
    number = reserved_number(written, model.sessions.printing)
    return Evolis(open_link, model, _MEANINGS, number=number)


FAMILY: Final = PrinterFamily(
    name="evolis",
    models={name: model.facts() for name, model in _MODELS.items()},
    open=_open,
    may_show=is_harmless_to_show,
    may_watch=may_watch,
    name_request=name_of_request,
    open_for_replay=_open_for_replay,
    older_schemes={"tcp": "tcp-transaction"},
)
