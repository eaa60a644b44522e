"""The use cases about units and their collectors."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Collection
from typing import Final

from station.core.batch_changes import PutUnit
from station.core.errors import BankNotConfiguredError, BatchNotFoundError, UnitFixedError
from station.core.identity import parse_id_number
from station.core.units import Unit
from station.journal import Journal

MOST_UNITS: Final = 1000  #: of a list


class UnitService:
    """Keeps units. Thread-safe; every call is safe to make twice."""

    def __init__(self, journal: Journal, banks: Collection[str]) -> None:
        self._journal = journal
        self._banks = frozenset(banks)
        self._changing = threading.Lock()

    def all(self) -> list[Unit]:
        """Return the units by their numbers."""
        return self._journal.units.all(MOST_UNITS)

    def name(self, number: str) -> str:
        """Return the name of a unit; empty where it is not known."""
        return self._journal.units.name(number)

    def one(self, number: str) -> Unit:
        """Return one unit.

        Raises:
            BatchNotFoundError: There is none with this number.
        """
        found = self._journal.units.one(number)
        if found is None:
            raise BatchNotFoundError(f"no unit {number}")
        return found

    def put(self, unit: Unit, actor: str) -> Unit:
        """Add a unit, or change it; once `fixed`, its bank and branch keep their values.

        Raises:
            UnitFixedError: Bank or branch were confirmed and would change.
            BankNotConfiguredError: The window has no blanks of this bank.
            IdNumberError: A collector's number is wrong.
        """
        if unit.AAE008 and unit.AAE008 not in self._banks:
            raise BankNotConfiguredError("no such bank", details={"bank": unit.AAE008})
        collectors = tuple(
            dataclasses.replace(one, number=parse_id_number(one.number)) for one in unit.collectors
        )
        with self._changing:
            known = self._journal.units.one(unit.number)
            if known is not None and known.fixed:
                if _bank(unit) != _bank(known):
                    raise UnitFixedError("bank and branch were confirmed")
                unit = dataclasses.replace(unit, fixed=True)
            unit = dataclasses.replace(unit, collectors=collectors)
            if unit != known:
                with self._journal.transaction(actor) as change:
                    change.apply(PutUnit(unit))
        return self.one(unit.number)


def _bank(unit: Unit) -> tuple[str, str, str]:
    return unit.AAE008, unit.branch, unit.branch_name
