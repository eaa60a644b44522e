"""The use cases of batches, as the API, the pages and the command line call them."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from station.batches.bank_checks import BankChecks, with_lists
from station.batches.confirming import Confirming
from station.batches.intake import Intake, Taken
from station.batches.lists import faults_list, photos_list, template_list
from station.batches.making import BatchMaking
from station.batches.packages import PackageTaken, list_of, photos_of
from station.batches.papers import BatchPapers
from station.batches.photos import BatchPhotoService
from station.batches.reading import listed_row, read_rows
from station.batches.results import BatchResults
from station.batches.units import UnitService
from station.core.batch_changes import AddBatch
from station.core.batches import (
    BatchRecord,
    BatchSource,
    ListRecord,
    PhotoNaming,
    RowRecord,
    RowState,
)
from station.core.errors import BatchNotFoundError, InputError
from station.core.faces import PhotoChecks
from station.core.lists import ListPapers
from station.core.packages import PackageOffice, ResultOffice
from station.journal import Journal
from station.production.life.equipment import Equipment
from station.production.services.service import ProductionService
from station.words import explain

MOST_BATCHES: Final = 200  #: of a list


@dataclass(frozen=True, slots=True)
class NewBatch:
    """A file with a list of people.

    Attributes:
        content: The file; personal.
        title: For people.
        unit: 单位编号; empty for none.
        naming: How pictures are matched with rows.
        source: How it came.
        key: The caller's own name for this request, if any: the same one makes the same batch.
    """

    content: bytes = field(repr=False)
    title: str
    unit: str = ""
    naming: PhotoNaming = PhotoNaming.NUMBER
    source: BatchSource = BatchSource.FILE
    key: str | None = None


@dataclass(frozen=True, slots=True)
class ProvinceList:
    """A batch whose list the province has.

    Attributes:
        number: 批次号.
        title: For people; empty for the number.
        unit: 单位编号; empty for none.
        naming: How pictures are matched with rows.
    """

    number: str
    title: str = ""
    unit: str = ""
    naming: PhotoNaming = PhotoNaming.NUMBER


@dataclass(frozen=True, slots=True)
class BatchNow:
    """A batch and how many of its rows are in which state."""

    batch: BatchRecord
    counts: Mapping[RowState, int]

    @property
    def rows(self) -> int:
        """Number of rows."""
        return sum(self.counts.values())


class BatchService:
    """The use cases about batches. Thread-safe; every call is safe to make twice.

    Attributes:
        photos: Pictures: take, match, check, choose.
        making: Their cards, as orders of the window's queue.
        results: What leaves for the data centre, in parts, and its receipts.
        confirming: What people decide about rows.
        units: Units and their collectors.
        papers: 确认表, 明细清单, 制卡异常数据.
        banks: 银行校验, where the province has it.
    """

    def __init__(
        self,
        journal: Journal,
        equipment: Equipment,
        production: ProductionService,
        papers: ListPapers,
        photo_checks: PhotoChecks,
        packages: PackageOffice,
        results: ResultOffice,
    ) -> None:
        self._journal = journal
        self._papers = papers
        self._packages = packages
        self._intake = Intake(journal, equipment.blanks)
        self._province = equipment.province
        self.banks: Final = BankChecks(journal, equipment.province)
        self.photos: Final = BatchPhotoService(journal, photo_checks)
        self.making: Final = BatchMaking(journal, production)
        self.results: Final = BatchResults(journal, results, self._card_of)
        self.confirming: Final = Confirming(journal)
        self.units: Final = UnitService(journal, equipment.blanks)
        self.papers: Final = BatchPapers(journal, papers, self._why_held, self._card_of)
        self._reading = threading.Lock()  # one file is taken over at a time

    def add(self, wish: NewBatch, actor: str) -> tuple[str, Taken]:
        """Make a batch of a file; returns its id, and what was taken over.

        A call that was cut off goes on under the same key.

        Raises:
            BatchFileError: The file can't be used; no batch was made.
            JournalError: It can't be written.
        """
        batch = self._id(wish.key)
        rows = list(read_rows(wish.content))  # refused before anything is made
        with self._reading:
            with self._journal.transaction(actor) as change:
                change.apply(
                    AddBatch(batch, wish.unit, wish.source, wish.title, naming=wish.naming)
                )
            return batch, self._intake.take(batch, rows, actor)

    def fetch(self, wish: ProvinceList, actor: str) -> tuple[str, Taken]:
        """按批次号取名单: make a batch of the province's list, or take over what differs in it.

        Returns its id, and what was taken over. The same number is always the same batch.

        Raises:
            ServiceNotThereError: The province's dialect has no lists of a batch.
            GatewayError: The province gives no list; nothing was changed.
            InputError: The list is empty.
            JournalError: It can't be written; what was taken over stays.
        """
        people = with_lists(self._province).fetch_batch_list(wish.number)
        if not people:
            raise InputError("the province's list is empty")
        rows = [listed_row(place, one) for place, one in enumerate(people, 1)]
        batch = self._id(f"province {wish.number}")
        added = AddBatch(
            batch,
            wish.unit,
            BatchSource.PROVINCE,
            wish.title or wish.number,
            number=wish.number,
            naming=wish.naming,
        )
        with self._reading:
            with self._journal.transaction(actor) as change:
                change.apply(added)
            taken = self._intake.take(batch, rows, actor)
        self.photos.match_again(batch, actor)
        return batch, taken

    def take_package(self, content: bytes, actor: str) -> PackageTaken:
        """Take a unit's package over, or those of its parts that came; safe to repeat.

        Raises:
            PackageError: It can't be opened; nothing was changed.
            BatchFileError: Its list or pictures can't be used.
            JournalError: It can't be written; what was taken over stays.
        """
        package = self._packages.open_package(content)
        sent = list_of(package)
        rows = None if sent is None else list(read_rows(sent))
        photos = photos_of(package)
        batch = self._id(f"package {package.unit} {package.id}")
        with self._reading:
            with self._journal.transaction(actor) as change:
                added = AddBatch(
                    batch, package.unit, BatchSource.PACKAGE, package.title, naming=package.naming
                )
                change.apply(added)
            taken = None if rows is None else self._intake.take(batch, rows, actor)
        if taken is not None:
            self.photos.match_again(batch, actor)
        return PackageTaken(batch, taken, self.photos.take(batch, photos, actor), package.missing)

    def correct(self, batch: str, content: bytes, actor: str) -> Taken:
        """Take a corrected or further list of a batch over; only what differs is changed.

        Raises:
            BatchNotFoundError: There is no such batch.
            BatchFileError: The file can't be used; nothing was changed.
            JournalError: It can't be written; what was taken over stays.
        """
        self._journal.batches.kept(batch)
        with self._reading:
            taken = self._intake.take(batch, read_rows(content), actor)
        self.photos.match_again(batch, actor)
        return taken

    def one(self, batch: str) -> BatchNow:
        """Return one batch.

        Raises:
            BatchNotFoundError: There is none with this id.
        """
        return self._now(self._journal.batches.one(batch))

    def newest(self, limit: int = MOST_BATCHES) -> list[BatchNow]:
        """Return the last batches, newest first."""
        return [self._now(one) for one in self._journal.batches.newest(limit)]

    def rows(
        self, batch: str, after: int, limit: int, states: Collection[RowState] = ()
    ) -> list[RowRecord]:
        """Return rows behind a 序号, of some states only when these are named.

        Raises:
            BatchNotFoundError: There is no such batch.
        """
        self._journal.batches.one(batch)
        return self._journal.batches.page(batch, after, limit, states)

    def some_rows(self, batch: str, lines: Collection[int]) -> list[RowRecord]:
        """Return the rows with these 序号; one that does not exist is left out.

        Raises:
            BatchNotFoundError: There is no such batch.
        """
        self._journal.batches.one(batch)
        return self._journal.batches.lines(batch, lines) if lines else []

    def row(self, batch: str, line: int) -> RowRecord:
        """Return one row.

        Raises:
            BatchNotFoundError: There is no such batch or row.
        """
        self._journal.batches.one(batch)
        found = self._journal.batches.lines(batch, [line])
        if not found:
            raise BatchNotFoundError(f"no row {line}")
        return found[0]

    def printed(self, number: int) -> ListRecord:
        """Return one printed list.

        Raises:
            BatchNotFoundError: There is no such list.
        """
        return self._journal.batches.printed(number)

    def all_printed(self, batch: str) -> list[ListRecord]:
        """Return the printed lists of a batch, oldest first.

        Raises:
            BatchNotFoundError: There is no such batch.
        """
        self._journal.batches.one(batch)
        return self._journal.batches.all_printed(batch)

    def faults(self, batch: str) -> bytes:
        """Return a spreadsheet of the faulty rows with their reasons; it can be sent corrected.

        Raises:
            BatchNotFoundError: There is no such batch.
        """
        record = self._journal.batches.kept(batch)
        return self._papers.sheet(faults_list(record, self._faulty(batch)))

    def photo_problems(self, batch: str) -> bytes:
        """Return a spreadsheet of the pictures that are missing, doubled, unmatched or unfit.

        Raises:
            BatchNotFoundError: There is no such batch.
        """
        record, now = self._journal.batches.kept(batch), self.photos.now(batch)
        lines = {*now.missing, *now.doubled, *now.broken}
        rows = {row.head.line: row for row in self._journal.batches.lines(batch, lines)}
        return self._papers.sheet(photos_list(record, now, rows))

    def template(self) -> bytes:
        """Return the empty list that a unit fills in, as a spreadsheet."""
        return self._papers.sheet(template_list())

    def _why_held(self, row: RowRecord) -> str:
        if row.head.order is None:
            return ""
        hold = self._journal.orders.head(row.head.order).hold
        return "" if hold is None else explain(hold.code, hold.details).title

    def _card_of(self, row: RowRecord) -> str:
        if row.head.order is None:
            return ""
        data = self._journal.orders.one(row.head.order).data
        return "" if data is None else data.chip.AAZ500

    def _faulty(self, batch: str) -> Iterator[RowRecord]:
        return self._journal.batches.rows(batch, (RowState.FAULTY,))

    def _now(self, batch: BatchRecord) -> BatchNow:
        return BatchNow(batch, self._journal.batches.counts(batch.id))

    def _id(self, key: str | None) -> str:
        if key is None:
            return secrets.token_hex(16)
        return self._journal.digest("batch", key)[:32]
