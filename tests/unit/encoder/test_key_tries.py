"""Tries that keys have left, remembered over restarts."""

from __future__ import annotations

from pathlib import Path

import pytest

from station.core.errors import ConfigError
from station.encoder import KeyTries


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "key-tries.json"


def test_a_refusal_is_known_to_the_next_program(file: Path) -> None:
    KeyTries(file).note("4107", "0094", 2)
    KeyTries(file).note("4107", "0090", 1)
    assert [KeyTries(file).left("4107", key) for key in ("0094", "0090", "004C")] == [2, 1, None]
    assert KeyTries(file).left("4108", "0094") is None


def test_an_accepted_proof_forgets_the_key_and_only_it(file: Path) -> None:
    tries = KeyTries(file)
    tries.note("4107", "0094", 1)
    tries.note("4107", "0090", 2)
    tries.note("4107", "0094", None)
    assert (tries.left("4107", "0094"), tries.left("4107", "0090")) == (None, 2)


def test_nothing_is_written_for_keys_that_never_refused(file: Path) -> None:
    KeyTries(file).note("4107", "0094", None)
    assert not file.exists()
    assert KeyTries().left("4107", "0094") is None


def test_without_a_file_it_is_remembered_as_long_as_the_object_lives() -> None:
    tries = KeyTries()
    tries.note("4107", "0094", 1)
    assert tries.left("4107", "0094") == 1


@pytest.mark.parametrize("text", ["", "[]", '{"4107 0094": "1"}', '{"4107 0094": 99}', "{"])
def test_a_damaged_file_is_named_and_never_taken_for_all_tries(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfigError, match="key-tries"):
        KeyTries(file).left("4107", "0094")
    with pytest.raises(ConfigError, match="key-tries"):
        KeyTries(file).note("4107", "0094", 2)
    assert file.read_text() == text


def test_a_place_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        KeyTries(tmp_path / "nowhere" / "tries.json").note("4107", "0094", 2)
