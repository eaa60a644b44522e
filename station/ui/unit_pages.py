"""单位: a unit's bank and branch, and who collects its cards (申领信息维护). No script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from station import __version__
from station.batches.service import BatchService
from station.core.characters import has_hidden_characters
from station.core.errors import BatchNotFoundError, InputError, StationError
from station.core.units import MOST_COLLECTORS, Collector, Unit
from station.ui.batch_contents import (
    BatchChoice,
    BatchQuestion,
    CollectorLine,
    UnitLine,
    UnitsPage,
)
from station.ui.batch_forms import UNIT, SentUnit, UnitForm
from station.ui.batch_pages import NOTHING, Said, banks_of, batches_of
from station.ui.batch_panels import unit_line
from station.ui.doors_pages import panels_of
from station.ui.notices import refusal
from station.web import caller_of
from station.words import text

router = APIRouter(prefix="/batches/units", include_in_schema=False)

NOBODY: Final = CollectorLine("", "", "")
NO_UNIT: Final = UnitLine("", "", "", "", "", fixed=False, collectors=())
_CODE: Final = re.compile(r"[0-9A-Za-z]{0,16}")
_PHONE: Final = re.compile(r"[0-9 +-]{3,20}")


@router.get("")
def units_page(request: Request, unit: Annotated[str, Query(max_length=32)] = "") -> HTMLResponse:
    """Every unit, and one of them in the form."""
    try:
        form = unit_line(batches_of(request).units.one(unit), {}, masked=False) if unit else NO_UNIT
    except BatchNotFoundError as exc:
        return _shown(request, NO_UNIT, Said(refusal(exc), status=exc.http_status))
    return _shown(request, form)


@router.post("")
def put_unit(request: Request, sent: SentUnit) -> HTMLResponse:
    """Add a unit or change it; that bank and branch are fixed is asked about first."""
    try:
        wish = _wish(sent)
        if _must_ask(batches_of(request), sent):
            return _shown(request, _typed(sent), Said(question=_question(sent)))
        batches_of(request).units.put(wish, caller_of(request).name)
    except StationError as exc:
        return _shown(request, _typed(sent), Said(refusal(exc), status=exc.http_status))
    return _shown(request, NO_UNIT, Said(done=text("batch-page.unit-saved", unit=sent.number)))


def _must_ask(batches: BatchService, sent: UnitForm) -> bool:
    if sent.fixed != "yes" or sent.confirmed == "yes":
        return False
    return not any(one.fixed for one in batches.units.all() if one.number == sent.number)


def _question(sent: UnitForm) -> BatchQuestion:
    sends = {**sent.model_dump(exclude={"confirmed"})}
    each = ((name, [told] if isinstance(told, str) else told) for name, told in sends.items())
    return BatchQuestion(
        title=text("batch-page.fix-title", unit=sent.number),
        consequence=text("batch-page.fix-consequence"),
        action="/batches/units",
        fields=tuple((name, one) for name, several in each for one in several),
        label=text("batch-page.fix-label"),
        back="/batches/units",
    )


def _wish(sent: UnitForm) -> Unit:
    names = (sent.name.strip(), sent.branch_name.strip())
    codes = _CODE.fullmatch(sent.bank) and _CODE.fullmatch(sent.branch)
    named = sent.number and UNIT.fullmatch(sent.number) and names[0]
    if not codes or not named or any(map(has_hidden_characters, names)):
        raise InputError("number, name, bank or branch can't be used")
    return Unit(
        sent.number,
        names[0],
        sent.bank,
        sent.branch,
        names[1],
        sent.fixed == "yes",
        tuple(_collectors(sent)),
    )


def _rows(sent: UnitForm) -> Iterator[tuple[str, str, str]]:
    columns = (sent.collector_number, sent.collector_name, sent.collector_phone)
    for number, name, phone in zip_longest(*columns, fillvalue=""):
        if (row := (number.strip(), name.strip(), phone.strip())) != ("", "", ""):
            yield row


def _collectors(sent: UnitForm) -> Iterator[Collector]:
    for number, name, phone in _rows(sent):
        fits = 0 < len(name) <= 50 and not has_hidden_characters(name)
        if not fits or not _PHONE.fullmatch(phone):
            raise InputError("a collector has a number, a name and a phone")
        yield Collector(number, name, phone)


def _typed(sent: UnitForm) -> UnitLine:
    return UnitLine(
        number=sent.number,
        name=sent.name,
        bank=sent.bank,
        branch=sent.branch,
        branch_name=sent.branch_name,
        fixed=sent.fixed == "yes",
        collectors=tuple(CollectorLine(*row) for row in _rows(sent)),
    )


def _shown(request: Request, form: UnitLine, said: Said = NOTHING) -> HTMLResponse:
    around, banks = panels_of(request), banks_of(request)
    units = batches_of(request).units.all()
    page = UnitsPage(
        window=around.window,
        version=__version__,
        notice=said.notice,
        done=said.done,
        units=tuple(unit_line(one, banks, masked=True) for one in units),
        banks=tuple(BatchChoice(bank, name) for bank, name in banks.items()),
        shown=form,
        places=(*form.collectors, *([NOBODY] * MOST_COLLECTORS))[:MOST_COLLECTORS],
        question=said.question,
    )
    return HTMLResponse(around.page(page), status_code=said.status)
