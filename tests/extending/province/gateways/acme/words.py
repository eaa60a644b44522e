"""The invented province's words: reads `words.toml`."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from station.core.errors import ConfigError, RejectionReason
from station.core.gateways import FailedStep

FILE: Final = Path(__file__).with_name("words.toml")


@dataclass(frozen=True, slots=True)
class Words:
    """`words.toml`, checked. Its comments say what each table is."""

    title: str
    unverified: tuple[str, ...]
    success: frozenset[str]
    already_reported: frozenset[str]
    already_active: frozenset[str]
    batch_exists: frozenset[str]
    failed_steps: Mapping[str, str]
    states: Mapping[str, str]
    refusals: Mapping[str, RejectionReason]
    codes: Mapping[str, frozenset[str]]

    def refusal_of(self, text: str) -> RejectionReason | None:
        """Return what a listed refusal means; None for any other text."""
        return next((why for start, why in self.refusals.items() if text.startswith(start)), None)


@functools.cache
def read_words() -> Words:
    """Read the file beside this module, once.

    Raises:
        ConfigError: The file is wrong.
    """
    table = tomllib.loads(FILE.read_text(encoding="utf-8"))
    try:
        return Words(
            title=table["title"],
            unverified=tuple(table["unverified"]),
            failed_steps={step: table["failed_steps"][step] for step in FailedStep},
            states={state: table["states"][state] for state in ("none", "issued", "spoiled")},
            refusals={text: RejectionReason(why) for text, why in table["refusal"].items()},
            codes={key: frozenset(values) for key, values in table["codes"].items()},
            **{key: frozenset(texts) for key, texts in table["reply"].items()},
        )
    except (KeyError, TypeError, ValueError) as exc:
        raise ConfigError(f"{FILE.name}: {exc}") from exc
