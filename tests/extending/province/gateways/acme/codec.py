"""Messages of the invented province. Pure: bytes in, bytes out.

{"call": "find-batch", "user": ..., "password": ..., "data": {"AAC002": ...}}
{"result": "done", "data": {...}}      or   {"result": "why not"}      or   {"fault": "..."}
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from station.core.characters import standard_text
from station.core.errors import AnswerProblem, GatewayAnswerError
from station.core.phrases import phrase
from station.gateways.kit import MAX_ANSWER_SIZE

_CHARSET: Final = re.compile(r"charset=([\w-]+)", re.ASCII)
_CODECS: Final = {"utf-8": "utf-8", "gbk": "gb18030", "gb18030": "gb18030"}


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. Personal data: `repr` shows none of it.

    Attributes:
        result: `done`, or why not.
        data: Our key -> text.
    """

    result: str = field(repr=False)
    data: Mapping[str, str] = field(repr=False)


def encode_request(call: str, *, user: str, password: str, data: Mapping[str, str]) -> bytes:
    """Return the body of one POST, UTF-8."""
    message = {"call": call, "user": user, "password": password, "data": dict(data)}
    return json.dumps(message, ensure_ascii=False).encode()


def decode_answer(body: bytes, content_type: str) -> Reply:
    """Return the reply inside the body of one answer.

    Raises:
        GatewayAnswerError: A fault, or not a message of this dialect.
    """
    message = _message(body, content_type)
    if "fault" in message:
        text = standard_text(str(message["fault"]))
        raise GatewayAnswerError(AnswerProblem.FAULT, province_text=text)
    result, data = message.get("result"), message.get("data", {})
    if not isinstance(result, str) or not isinstance(data, dict):
        raise _garbled("acme.no-result")
    texts = {str(key): standard_text(str(value)).strip() for key, value in data.items()}
    return Reply(standard_text(result), texts)


def _message(body: bytes, content_type: str) -> dict[str, object]:
    charset = _CHARSET.search(content_type)
    codec = _CODECS.get(charset[1].lower() if charset else "utf-8")
    if codec is None or len(body) > MAX_ANSWER_SIZE:
        raise _garbled("acme.too-long")
    try:
        message = json.loads(body.decode(codec))
    except ValueError:
        message = None  # the exception holds the whole answer
    if not isinstance(message, dict):
        raise _garbled("acme.not-json")
    return message


def _garbled(code: str) -> GatewayAnswerError:
    return GatewayAnswerError(AnswerProblem.GARBLED, reason=phrase(code))
