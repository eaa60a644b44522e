"""The dialect as data: reads `mapping.toml` and interprets reply texts.

Source: docs/explanations/dialect-henan.md.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from station.core.characters import plain_text
from station.core.errors import ConfigError, RejectionReason
from station.core.gateways import FailedStep

FILE: Final = Path(__file__).with_name("mapping.toml")


@dataclass(frozen=True, slots=True)
class Operation:
    """One 操作.

    Attributes:
        name: The province's name for it.
        send: Our key -> tag of the request.
        receive: Our key -> tag of the answer.
        columns_sent: Our keys, in the order of the CSV columns of the request's DATA.
        columns_received: The same for the answer.
        constants: Our key -> a constant value.
        states: Our word -> the province's word, for an answer that is a state.
    """

    name: str
    send: Mapping[str, str]
    receive: Mapping[str, str] = field(default_factory=dict)
    columns_sent: tuple[str, ...] = ()
    columns_received: tuple[str, ...] = ()
    constants: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The meaning of one reply text.

    Attributes:
        text: The text, as `plain_text` returns it.
        match: `exact` or `prefix`.
        reason: Our word.
        operation: The only operation where it has this meaning; empty for all.
        meaning: Added for people when the text is a bare code.
    """

    text: str
    match: str
    reason: RejectionReason
    operation: str = ""
    meaning: str = ""

    def fits(self, operation: str, text: str) -> bool:
        """Whether a plain text of that operation is this refusal."""
        if self.operation not in ("", operation):
            return False
        return text.startswith(self.text) if self.match == "prefix" else text == self.text


@dataclass(frozen=True, slots=True)
class Dialect:
    """The validated content of `mapping.toml`."""

    operations: Mapping[str, Operation]
    success: frozenset[str]
    batch_exists: frozenset[str]
    already_reported: frozenset[str]
    already_active: frozenset[str]
    not_marked: frozenset[str]
    applied: frozenset[str]
    collected: frozenset[str]
    refusals: tuple[Refusal, ...]  #: longest first, exact before prefix
    codes: Mapping[str, frozenset[str]]
    login: Mapping[str, str]  #: our key -> tag
    failed_steps: Mapping[str, str]  #: `FailedStep` -> the province's term
    title: str
    unverified: tuple[str, ...]

    @property
    def tags(self) -> frozenset[str]:
        """Every tag of a request or an answer."""
        by_operation = (
            {*one.send.values(), *one.receive.values()} for one in self.operations.values()
        )
        return frozenset(self.login.values()).union(*by_operation)

    def refusal(self, operation: str, text: str) -> Refusal | None:
        """Return the refusal that a reply text is listed as.

        None for any other text: it is neither a success nor a refusal. A province may commit the
        request and then answer that it is busy.
        """
        normal = plain_text(text)
        return next((each for each in self.refusals if each.fits(operation, normal)), None)


@functools.cache
def read_dialect() -> Dialect:
    """Read the file beside this module, once.

    Raises:
        ConfigError: The file is wrong.
    """
    return parse_dialect(FILE.read_text(encoding="utf-8"))


def parse_dialect(text: str) -> Dialect:
    """Return the dialect that a TOML text describes.

    Raises:
        ConfigError: Not TOML, an unknown or missing key, or an unknown reason or match.
    """
    try:
        table = tomllib.loads(text)
        sentences = tuple(_take_unverified(table))
        return Dialect(
            operations={key: _operation(entry) for key, entry in table.pop("operation").items()},
            refusals=_refusals(table.pop("refusal")),
            codes={key: frozenset(values) for key, values in table.pop("codes").items()},
            login={key: table["login"].pop(key) for key in ("operation", "user", "password")},
            failed_steps={step: table["failed_steps"].pop(step) for step in FailedStep},
            title=table.pop("title"),
            unverified=sentences,
            **{key: frozenset(map(plain_text, texts)) for key, texts in table.pop("reply").items()},
            **{key: entry for key, entry in table.items() if entry},
        )
    except (TypeError, ValueError, KeyError, AttributeError) as exc:
        raise ConfigError(f"station/gateways/henan/{FILE.name}: {exc}") from exc


def _take_unverified(table: dict[str, Any]) -> Iterator[str]:
    """Remove every `unverified` from a nested table and yield its sentence."""
    if (sentence := table.pop("unverified", None)) is not None:
        yield sentence
    for value in table.values():
        children = value if isinstance(value, list) else [value]
        for child in children:
            if isinstance(child, dict):
                yield from _take_unverified(child)


def _operation(entry: dict[str, Any]) -> Operation:
    for key in ("columns_sent", "columns_received"):
        if key in entry:
            entry[key] = tuple(entry[key])
    return Operation(**entry)


def _refusals(entries: list[dict[str, Any]]) -> tuple[Refusal, ...]:
    found = []
    for entry in entries:
        if entry["match"] not in ("exact", "prefix"):
            raise ValueError(f"match must be exact or prefix, not {entry['match']!r}")
        reason = RejectionReason(entry["reason"])
        found.append(Refusal(**entry | {"reason": reason, "text": plain_text(entry["text"])}))
    return tuple(sorted(found, key=lambda each: (-len(each.text), each.match != "exact")))
