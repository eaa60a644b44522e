"""Every change has its writer, and is a value."""

from __future__ import annotations

import dataclasses
import typing

import pytest

from station.core.changes import Change
from station.journal.transaction import WRITERS


def test_every_change_has_a_writer() -> None:
    assert set(WRITERS) == set(typing.get_args(Change))


@pytest.mark.parametrize("change", WRITERS)
def test_a_change_is_a_frozen_value(change: type) -> None:
    assert change.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert change.__dataclass_params__.eq  # type: ignore[attr-defined]
    assert dataclasses.fields(change)
