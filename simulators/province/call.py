"""One call being served: its fields, the records, and the checks that many operations share."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from simulators.province import codes, rules
from simulators.province.certificate_authority import CertificateAuthority
from simulators.province.hsm import Hsm
from simulators.province.records import Records
from simulators.province.rules import RefusedError
from simulators.province.views import Overview

Reply = dict[str, str]

_HEX: Final = re.compile(r"[0-9A-Fa-f]*", re.ASCII)


def ok(**fields: str) -> Reply:
    """Return an answer that agrees, with its fields."""
    return {"ERR": "OK", **fields}


@dataclass(frozen=True, slots=True)
class Call:
    """The context of a handler. Valid during the transaction around it.

    Attributes:
        fields: The operation's fields; required ones are present and not empty.
        user: The window's login name.
        region: The window's city.
        now: The province's time.
        records: The transaction.
        hsm: The encryption machine.
        authority: The CA.
        portrait: Draws a person's portrait.
    """

    fields: Mapping[str, str]
    user: str
    region: str
    now: dt.datetime
    records: Records
    hsm: Hsm
    authority: CertificateAuthority
    portrait: Callable[[Overview], bytes]

    @property
    def timestamp(self) -> str:
        """The province's time as it is stored."""
        return self.now.strftime("%Y%m%dT%H%M%S")

    def person(self, id_number: str) -> Overview:
        """Return a person of this window's city.

        Raises:
            RefusedError: The number does not exist, or the person is of another city.
        """
        person = self.records.overview(id_number.upper())
        if person is None or person.region != self.region:
            raise RefusedError(rules.UNKNOWN_PERSON)
        return person

    def ready_person(self, id_number: str) -> Overview:
        """Return a person whose card may be made at this window now.

        Raises:
            RefusedError: A precondition is missing; the text names the first one.
        """
        person = self.person(id_number)
        missing = rules.first_missing(person.standing(self.region, self.user))
        if missing:
            raise RefusedError(missing)
        return person

    def check_name(self, person: Overview, name: str) -> None:
        """Refuse a name that is not the person's."""
        if name != person.name:
            raise RefusedError("姓名与社会保障号码不符")

    def check_city(self, city: str) -> None:
        """Refuse a city that is not this window's, given as a code or a name."""
        if city not in {self.region, *codes.CITY_NAMES[self.region]}:
            raise RefusedError(rules.UNKNOWN_PERSON)

    def rows(self, columns: int) -> list[list[str]]:
        """Return the lines of DATA; commas in the last column are kept.

        Raises:
            RefusedError: A line has another number of columns, or there is none.
        """
        lines = [line.strip() for line in self.fields["DATA"].splitlines() if line.strip()]
        rows = [[cell.strip() for cell in line.split(",", columns - 1)] for line in lines]
        wrong = [number for number, row in enumerate(rows, 1) if len(row) != columns]
        if wrong or not rows:
            raise RefusedError(f"数据格式错误: 应为 {columns} 列 (第 {wrong or [0]} 行)")
        return rows


def hex_bytes(text: str, size: int, what: str) -> bytes:
    """Return `size` bytes written in hex.

    Raises:
        RefusedError: They are not.
    """
    if len(text) != 2 * size or not _HEX.fullmatch(text):
        raise RefusedError(f"{what}应为 {2 * size} 位十六进制")
    return bytes.fromhex(text)
