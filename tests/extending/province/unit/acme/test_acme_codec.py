"""Literal messages of the invented province: tests/vectors/acme/messages.toml."""

from __future__ import annotations

import tomllib
from importlib import import_module

import pytest

from station.core.errors import AnswerProblem, GatewayAnswerError
from tests.rigs.vectors import FOLDERS

codec = import_module("station.gateways.acme.codec")
VECTORS = tomllib.loads((FOLDERS[0] / "acme/messages.toml").read_text(encoding="utf-8"))


def test_requests() -> None:
    for row in VECTORS["request"]:
        parts = {key: row[key] for key in ("user", "password", "data")}
        assert codec.encode_request(row["call"], **parts).decode() == row["body"]


def test_answers() -> None:
    for row in VECTORS["answer"]:
        reply = codec.decode_answer(row["body"].encode(), "application/json; charset=utf-8")
        assert (reply.result, reply.data) == (row["result"], row["data"])


def test_what_is_no_message_is_garbled() -> None:
    for row in VECTORS["garbled"]:
        with pytest.raises(GatewayAnswerError) as caught:
            codec.decode_answer(row["body"].encode(), "")
        assert caught.value.problem is AnswerProblem.GARBLED
