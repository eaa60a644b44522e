"""Writes the documents that are made from the code: `make docs`; `--check` only compares.

The state diagram comes from the table of steps, the API from its routes, the configuration
reference from the settings, so none of them can say something else than the program does.
"""

from __future__ import annotations

import argparse
import enum
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from config.deployment.licences import notices
from config.deployment.udev import udev_rules
from docs.clients import python_calls, python_models, script_operations, script_types
from docs.commands import command_reference
from docs.errors import api_errors
from docs.field_cases import field_cases
from docs.quality import quality
from docs.roles import roles
from docs.services import services
from station.api import create_app
from station.core import life
from station.core.orders import OrderKind, OrderStep
from station.core.recipes import Way
from station.drivers import family_names, load_family
from station.settings import Settings
from station.settings_tables import BankSection

if TYPE_CHECKING:
    from station.access import Doors
    from station.batches.service import BatchService
    from station.production.services.service import ProductionService

DOCS = Path(__file__).parent


#: Every way through the table, by the words of the page.
WAYS = {
    "a card, reported before it is printed": Way(),
    "a card, printed before it is reported": Way(print_first=True),
    "a card, released inactive": Way(inactive=True),
    "补打卡面": Way(OrderKind.FACE_ONLY),
    "重写芯片": Way(OrderKind.CHIP_ONLY),
    "test card": Way(OrderKind.TEST),
}


def _event(way: Way, step: OrderStep) -> str:
    on_the_way, at = set(), OrderStep.ACCEPTED
    while (after := way.next_step(at)) is not None:
        on_the_way.add(at)
        at = after
    event = way.next_event(step)
    return "done" if at is step else f"`{event.value}`" if event and step in on_the_way else "-"


def order_life() -> str:
    """Return the page with the state diagram."""
    effects = "\n".join(
        f"| `{event.value}` | {facts.effect.value} | {life.EFFECTS[facts.effect].party.value} |"
        for event, facts in life.EVENTS.items()
        if facts.effect is not None
    )
    split = [
        step
        for step in OrderStep
        if len({way.next_event(step) for way in WAYS.values() if step in way.walk()}) > 1
    ]
    ways = "\n".join(
        f"| {name} | " + " | ".join(_event(way, step) for step in split) + " |"
        for name, way in WAYS.items()
    )
    return f"""# The life of an order

Drawn from `station/core/life.py`; do not edit.

```mermaid
{life.draw()}```

Where a step has more than one way out, the kind of the order, the site's policies and two
people's word decide (`Way`):

| | {" | ".join(f"`{step.value}`" for step in split)} |
|---|{"---|" * len(split)}
{ways}

An order that cannot go on keeps its step and carries a hold: a code, the operator's text
for it, and the effect whose outcome is not known, if that is why.

| event | effect on the world | by the |
|---|---|---|
{effects}
"""


def openapi() -> str:
    """Return the OpenAPI description of the local API."""
    service, doors = cast("ProductionService", None), cast("Doors", None)  # only described
    batches = cast("BatchService", None)
    app = create_app(service, doors=doors, batch_service=batches, bundle=bytes, allowed_hosts=[])
    return json.dumps(app.openapi(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def configuration() -> str:
    """Return the reference of every setting."""
    lines = [
        "# Configuration reference",
        "",
        "Made from `station/settings_tables.py`; do not edit. The file is `config/station.toml`;",
        "the environment beats it: `STATION_SERVER__PORT=8471` sets `port` in `[server]`. An",
        "unknown key or a wrong value refuses to start. Durations are seconds.",
    ]
    for name, field in Settings.model_fields.items():
        section = BankSection if name == "banks" else field.annotation
        title = "banks.AAE008" if name == "banks" else name
        lines += ["", f"## [{title}]", "", (section.__doc__ or "").strip(), ""]
        lines += ["| key | type | default | what |", "|---|---|---|---|"]
        lines += _rows(section)
        if name == "printer":
            lines += ["", *printer_models()]
    return "\n".join(lines) + "\n"


def printer_models() -> Iterator[str]:
    """Return the table of every printer model and what it declares."""
    yield "| `printer.family` | `printer.model` | | `printer.link` | can |"
    yield "|---|---|---|---|---|"
    for family in family_names():
        for name, model in load_family(family).models.items():
            links = ", ".join(_link(kind, model.usb_id) for kind in model.links)
            can = ", ".join(sorted(model.capabilities))
            yield f"| `{family}` | `{name}` | {model.title} | {links} | {can} |"


def _link(kind: str, usb_id: str) -> str:
    forms = {
        "usb": f"usb://{usb_id or 'VID:PID'}",
        "tcp-transaction": "tcp-transaction://HOST:9100",
        "reader": "reader:",
    }
    return f"`{forms.get(kind, f'{kind}://HOST:PORT')}`"


def _rows(section: Any) -> Iterator[str]:  # noqa: ANN401 - a model class
    if not (isinstance(section, type) and issubclass(section, BaseModel)):
        raise TypeError(f"{section} is not a table of the settings file")
    for key, field in section.model_fields.items():
        yield f"| `{key}` | {_type(field)} | {_default(field)} | {field.description} |"


def _type(field: FieldInfo) -> str:
    if isinstance(field.annotation, type) and issubclass(field.annotation, enum.StrEnum):
        return f"`Literal{[word.value for word in field.annotation]}`"
    text = getattr(field.annotation, "__name__", None) or str(field.annotation)
    if "[" in str(field.annotation) or "|" in str(field.annotation):
        text = str(field.annotation)
    for long, short in (("pathlib._local.", ""), ("pathlib.", ""), ("typing.", "")):
        text = text.replace(long, short)
    if "Annotated" in text:
        text = "set of six-digit BINs"
    return f"`{text}`".replace("|", "\\|")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.default
    if isinstance(value, enum.StrEnum):
        value = value.value
    return f"`{value}`" if isinstance(value, Path) else f"`{value!r}`"


DOCUMENTS = {
    "explanations/order-life.md": order_life,
    "reference/openapi.json": openapi,
    "reference/configuration.md": configuration,
    "reference/field-cases.md": field_cases,
    "reference/quality.md": quality,
    "reference/roles.md": roles,
    "reference/services.md": services,
    "reference/errors.md": api_errors,
    "reference/commands.md": command_reference,
    "../station/client/models.py": python_models,
    "../station/client/operations.py": python_calls,
    "../station/client/js/station.d.ts": script_types,
    "../station/client/js/operations.js": script_operations,
    "../THIRD-PARTY-NOTICES.md": notices,
    "../config/deployment/debian/60-card-station.rules": udev_rules,
}


def main() -> int:
    """Write or check; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    stale = []
    for name, make in DOCUMENTS.items():
        path, text = DOCS / name, make()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for name in stale:
        sys.stdout.write(
            f"docs/{name} {'is out of date: run `make docs`' if check else 'written'}\n"
        )
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
