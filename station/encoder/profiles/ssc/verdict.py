"""验卡: the verdict on a reading of a card. Pure.

Source: GB 11643-1999 (numbers of people); 人社信息函〔2012〕37号 appendix A (card number); card
    specification part 10 (reset information holds the first four digits of the city code).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Final

from station.core.card_services import BasicInformation, CardVerdict
from station.core.errors import IdNumberError
from station.core.identity import parse_id_number
from station.encoder.profiles.ssc.facts import Facts

_CARD_NUMBER: Final = re.compile(r"[A-Z][0-9A-Z]{7}[0-9X]", re.ASCII)
CARD_NUMBER_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
CARD_NUMBER_CHECKS: Final = "0X987654321"  # 11 minus the sum modulo 11; 10 is X, 11 is 0
UNDECODABLE: Final = "\ufffd"
CITY_IN_RESET: Final = slice(14, 18)  # T8 and T9 as hex digits
#: Without these a card has no holder, or no service can use it.
NEEDED: Final = ("AAC002", "AAC003", "AAC006", "AAZ500", "AAZ503")


def judge(facts: Facts, found: BasicInformation) -> CardVerdict:
    """Return the verdict on a reading; it names data elements, and none of their content."""
    return CardVerdict(
        is_readable=True,
        is_personalised=bool(found.AAC002 and found.AAZ500),
        problems=tuple(_problems(facts, found)),
        warnings=tuple(_warnings(found)),
    )


def _problems(facts: Facts, found: BasicInformation) -> Iterator[str]:
    yield from (f"{element}-missing" for element in NEEDED if not getattr(found, element))
    version = facts.for_version(found.AAZ508)
    if version is None:
        yield "version-unknown"
    elif found.algorithm not in version.algorithms:
        yield "algorithm-of-another-version"
    if UNDECODABLE in found.AAC003:
        yield "name-undecodable"
    if found.AAZ500 and not _CARD_NUMBER.fullmatch(found.AAZ500):
        yield "card-number-form"
    if found.AAC002:
        yield from _number_problems(found)
    yield from _date_problems(found)


def _number_problems(found: BasicInformation) -> Iterator[str]:
    """Numbers of foreigners may have any form; one in the citizens' form must be valid."""
    if len(found.AAC002) != 18 or not found.AAC002[:17].isdecimal():
        return
    try:
        parse_id_number(found.AAC002)
    except IdNumberError as exc:
        yield exc.code
    if found.AAC006 and found.AAC002[6:14] != found.AAC006:
        yield "birth-date-differs"


def _date_problems(found: BasicInformation) -> Iterator[str]:
    dates = {"AAC006": found.AAC006, "AAZ503": found.AAZ503, "valid_until": found.valid_until}
    real = {name: text for name, text in dates.items() if _is_date(text)}
    yield from (f"{name}-no-date" for name, text in dates.items() if text and name not in real)
    order = [real[name] for name in dates if name in real]
    if order != sorted(order):
        yield "dates-out-of-order"


def _warnings(found: BasicInformation) -> Iterator[str]:
    """Yield deviations that real usable cards were seen with."""
    if _CARD_NUMBER.fullmatch(found.AAZ500) and not card_number_checks(found.AAZ500):
        yield "card-number-check-digit"
    if found.AAZ507[CITY_IN_RESET] != found.AAB301[:4]:
        yield "reset-information-of-another-city"


def card_number_checks(number: str) -> bool:
    """Whether the ninth character matches the other eight; on some cards in use it does not."""
    values = (int(char, 36) for char in number[:8])
    total = sum(weight * value for weight, value in zip(CARD_NUMBER_WEIGHTS, values, strict=True))
    return CARD_NUMBER_CHECKS[total % 11] == number[8]


def _is_date(text: str) -> bool:
    try:
        dt.datetime.strptime(text, "%Y%m%d")  # noqa: DTZ007 - a date
    except ValueError:
        return False
    return len(text) == 8
