"""HiTi CS card printers: CS-200e, CS-220e, CS-230e, CS-250e and CS-290e."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from station.core.links import BulkLink
from station.core.printing import PrinterFamily
from station.drivers.hiti_cs.codec import is_one_request
from station.drivers.hiti_cs.commands import name_of_request
from station.drivers.hiti_cs.driver import HitiCs
from station.drivers.hiti_cs.model import load_models
from station.drivers.kit.model_file import pick_model

_MODELS: Final = load_models()


def _open(open_link: Callable[[], BulkLink], model_name: str) -> HitiCs:
    return HitiCs(open_link, pick_model(_MODELS, "hiti_cs", model_name))


FAMILY: Final = PrinterFamily(
    name="hiti_cs",
    models={name: model.facts() for name, model in _MODELS.items()},
    open=_open,
    may_show=is_one_request,
    may_watch=is_one_request,
    name_request=name_of_request,
)
