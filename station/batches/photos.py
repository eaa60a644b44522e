"""The pictures of a batch: matched by their names, checked by the site's rules, chosen by people.

Source: documents 001 (the file is named by the number, 18 or 15 digits), 003 (number and name; JPG,
14 to 100 KB) and 000 (照片回执码).

Pictures are checked in processes of their own (`station.picture_process.many`), a few at a time: no
card at the window waits for them.
"""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from station.batches.checks import check_row
from station.core.batch_changes import (
    AddBatchPhotos,
    NotePhotoVerdicts,
    PhotoVerdict,
    PlaceBatchPhoto,
    SentPhoto,
)
from station.core.batches import (
    CORRECTABLE,
    PhotoNaming,
    PhotoRecord,
    PhotoState,
    RowField,
    RowHead,
    RowRecord,
    RowState,
)
from station.core.characters import plain_text
from station.core.errors import (
    BatchFileError,
    BatchFileFault,
    PictureWorkError,
    StepNotAllowedError,
)
from station.core.faces import PhotoChecks
from station.core.photos import PhotoReport
from station.journal import Journal
from station.production.life.effects import ACTOR

PHOTOS_AT_ONCE: Final = 20  #: stored in one transaction
CHECKED_AT_ONCE: Final = 40  #: checked in one transaction, by all processes together
MOST_PHOTO_BYTES: Final = 2_000_000
MOST_PHOTOS: Final = 20_000  #: in one file
ENDINGS: Final = (".jpg", ".jpeg")
#: Rows that need a picture.
_WANTS_PHOTO: Final = frozenset({RowState.FAULTY, RowState.READY, RowState.CONFIRMED})
_BREAKS: Final = frozenset({PhotoState.SOFT, PhotoState.BAD})
#: Between the parts of a file's name.
_DIVIDERS: Final = str.maketrans("", "", " _-+.,()")


@dataclass(frozen=True, slots=True)
class PhotosTaken:
    """What a file with pictures has brought.

    Attributes:
        added: Pictures that are new.
        known: Pictures that were here already.
        matched: Of all that were sent, those whose name fits a row.
        refused: Names of files that are not pictures, or too large; personal.
    """

    added: int
    known: int
    matched: int
    refused: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class PhotosNow:
    """What is known of a batch's pictures.

    Attributes:
        counts: Pictures in each state; `new` ones wait for their check.
        missing: 序号 of rows without a picture.
        doubled: 序号 of rows that several pictures fit: a person chooses.
        unmatched: Pictures that fit no row.
        broken: 序号 -> the row's own picture that breaks a rule.
    """

    counts: Mapping[PhotoState, int]
    missing: tuple[int, ...]
    doubled: tuple[int, ...]
    unmatched: tuple[PhotoRecord, ...]
    broken: Mapping[int, PhotoRecord]


def photos_in(content: bytes) -> Iterator[tuple[str, bytes | None]]:
    """Yield name and bytes of each file in a zip; None for one that is not a picture of ours.

    Raises:
        BatchFileError: It is not a zip, or holds too many files.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            files = [one for one in packed.infolist() if not _is_beside(one)]
            if len(files) > MOST_PHOTOS:
                raise BatchFileError(
                    BatchFileFault.TOO_LARGE, "too many pictures", allowed=str(MOST_PHOTOS)
                )
            for one in files:
                name = PurePosixPath(written_name(one).replace("\\", "/")).name
                fits = name.lower().endswith(ENDINGS) and one.file_size <= MOST_PHOTO_BYTES
                yield name, packed.read(one) if fits else None
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as exc:
        # Of zipfile: broken, cut off, with impossible numbers, or packed in a way it does not know.
        raise BatchFileError(BatchFileFault.NOT_A_PACKAGE, "not a zip of pictures") from exc
    except RuntimeError as exc:  # of zipfile: it is encrypted
        raise BatchFileError(BatchFileFault.NOT_A_PACKAGE, "an encrypted zip") from exc


def pictures_of(files: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, bytes | None]]:
    """Yield name and bytes of each picture of files that a person has chosen: zips and pictures.

    Raises:
        BatchFileError: A zip can't be read, or holds too many files.
    """
    for name, content in files:
        plain = PurePosixPath(name.replace("\\", "/")).name
        if plain.lower().endswith(".zip"):
            yield from photos_in(content)
            continue
        fits = plain.lower().endswith(ENDINGS) and len(content) <= MOST_PHOTO_BYTES
        yield plain, content if fits else None


def _is_beside(file: zipfile.ZipInfo) -> bool:
    """Whether a file is not the unit's: a folder, or what a system puts beside pictures."""
    name = PurePosixPath(file.filename)
    return file.is_dir() or "__MACOSX" in name.parts or name.name in (".DS_Store", "Thumbs.db")


def written_name(file: zipfile.ZipInfo) -> str:
    """Return a file's name in a zip; names of Chinese systems are in GBK without saying so."""
    if not file.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            return file.filename.encode("cp437").decode("gb18030")
    return file.filename


def name_key(name: str) -> str:
    """Return a file's name as it is compared: no ending, no dividers, half-width capitals."""
    stem = name.rpartition(".")[0] or name
    return plain_text(stem).translate(_DIVIDERS).upper()


def keys_of(row: RowRecord, naming: PhotoNaming) -> frozenset[str]:
    """Return every name that a picture of this row may have; empty where its number is wrong."""
    if naming is PhotoNaming.RECEIPT:
        receipt = row.cell(RowField.RECEIPT)
        return frozenset({name_key(f"{receipt}.")} if receipt else ())
    number = check_row(row.cells, ()).number
    if not number:
        return frozenset()
    numbers = {number, number[:6] + number[8:17]}
    if naming is PhotoNaming.NUMBER:
        return frozenset(numbers)
    name = row.cell(RowField.NAME)
    return frozenset(name_key(f"{one}{name}.") for one in numbers)


class BatchPhotoService:
    """The use cases about pictures of batches. Thread-safe; every call is safe to make twice."""

    def __init__(self, journal: Journal, checks: PhotoChecks) -> None:
        self._journal = journal
        self._checks = checks

    def take(
        self, batch: str, photos: Iterable[tuple[str, bytes | None]], actor: str
    ) -> PhotosTaken:
        """Store pictures and match each with its row by its name.

        Raises:
            BatchNotFoundError: There is no such batch.
            BatchFileError: The file with the pictures ends in something that can't be read; what
                was stored before stays.
        """
        self._journal.batches.kept(batch)
        lines = self._lines(batch)
        found: Counter[str] = Counter()
        refused: list[str] = []
        some: list[SentPhoto] = []
        for name, jpeg in photos:
            if jpeg is None:
                refused.append(name)
                continue
            found["sent"] += 1
            line = lines.get(name_key(name))
            some.append(SentPhoto(name, self._journal.batch_photos.content(jpeg), jpeg, line))
            if len(some) == PHOTOS_AT_ONCE:
                self._store(batch, some, found, actor)
        self._store(batch, some, found, actor)
        known = found["sent"] - found["added"]
        return PhotosTaken(found["added"], known, found["matched"], tuple(refused))

    def _store(self, batch: str, some: list[SentPhoto], found: Counter[str], actor: str) -> None:
        if not some:
            return
        with self._journal.transaction(actor) as change:
            (added,) = change.apply(AddBatchPhotos(batch, tuple(some)))
        found["added"] += added
        found["matched"] += sum(one.line is not None for one in some)
        some.clear()

    def match_again(self, batch: str, actor: str) -> None:
        """Match pictures that fit no row: a corrected list may have their rows now."""
        unmatched = [one for one in self._journal.batch_photos.all(batch) if one.row is None]
        if not unmatched:
            return
        lines = self._lines(batch)
        for photo in unmatched:
            line = lines.get(name_key(photo.name))
            if line is not None:
                with self._journal.transaction(actor) as change:
                    change.apply(PlaceBatchPhoto(batch, line, photo.id, chosen=False))

    def choose(self, batch: str, line: int, photo: int, actor: str) -> None:
        """Give a row another picture of the batch, as a person has chosen.

        Raises:
            BatchNotFoundError: There is no such batch, row or picture.
            StepNotAllowedError: The row was confirmed: it must be withdrawn first.
        """
        self._journal.batches.one(batch)
        for row in self._journal.batches.lines(batch, [line]):
            if row.head.state not in CORRECTABLE:
                raise StepNotAllowedError("the row was confirmed with its picture")
        with self._journal.transaction(actor) as change:
            change.apply(PlaceBatchPhoto(batch, line, photo, chosen=True))

    def jpeg(self, batch: str, photo: int) -> bytes:
        """Return one picture.

        Raises:
            BatchNotFoundError: There is no such picture in the batch.
        """
        return self._journal.batch_photos.jpeg(batch, photo)

    def counts(self, batch: str) -> Mapping[PhotoState, int]:
        """Return how many pictures are in each state.

        Raises:
            BatchNotFoundError: There is no such batch.
        """
        self._journal.batches.one(batch)
        return self._journal.batch_photos.counts(batch)

    def of(self, batch: str, photos: Collection[int]) -> Mapping[int, PhotoRecord]:
        """Return these pictures of a batch, by number; one that does not exist is left out."""
        return {one.id: one for one in self._journal.batch_photos.some(batch, photos)}

    def offered(self, batch: str, row: int) -> list[PhotoRecord]:
        """Return the pictures that a row may have: its own, then those that fit no row.

        Args:
            batch: The batch.
            row: Number of the row in the journal.
        """
        photos = self._journal.batch_photos.all(batch)
        own = [one for one in photos if one.row == row]
        return [*own, *(one for one in photos if one.row is None)]

    def now(self, batch: str) -> PhotosNow:
        """Return what is known of a batch's pictures.

        Raises:
            BatchNotFoundError: There is no such batch.
        """
        self._journal.batches.one(batch)
        heads = {head.id: head for head in self._journal.batches.heads(batch)}
        photos = self._journal.batch_photos.all(batch)
        of_row = Counter(one.row for one in photos)
        waiting = [head for head in heads.values() if head.state in _WANTS_PHOTO]
        return PhotosNow(
            counts=self._journal.batch_photos.counts(batch),
            missing=tuple(head.line for head in waiting if not of_row[head.id]),
            doubled=tuple(head.line for head in waiting if head.photo is None and of_row[head.id]),
            unmatched=tuple(one for one in photos if one.row is None),
            broken=dict(_broken(heads, photos)),
        )

    def check_some(self) -> bool:
        """Check the oldest unchecked pictures; returns whether there were any.

        Raises:
            PictureWorkError: No picture can be decoded at present.
        """
        waiting = self._journal.batch_photos.unchecked(CHECKED_AT_ONCE)
        if not waiting:
            return False
        found = self._checks.check_photos([jpeg for _, jpeg in waiting])
        verdicts = tuple(
            _verdict(photo, one) for (photo, _), one in zip(waiting, found, strict=True)
        )
        with self._journal.transaction(ACTOR) as change:
            change.apply(NotePhotoVerdicts(verdicts))
        return True

    def _lines(self, batch: str) -> Mapping[str, int]:
        """Return the row of each name that a picture may have; one that fits two rows fits none."""
        naming = self._journal.batches.one(batch).naming
        found: dict[str, int] = {}
        doubled: set[str] = set()
        for row in self._journal.batches.rows(batch, tuple(_WANTS_PHOTO)):
            for key in keys_of(row, naming):
                if found.setdefault(key, row.head.line) != row.head.line:
                    doubled.add(key)
        return {key: line for key, line in found.items() if key not in doubled}


def _verdict(photo: int, found: PhotoReport | PictureWorkError) -> PhotoVerdict:
    if isinstance(found, PictureWorkError):
        return PhotoVerdict(photo, PhotoState.BAD, ({"rule": found.code, **found.details},))
    rules = tuple(one.as_details() for one in found.findings)
    if found.hard:
        return PhotoVerdict(photo, PhotoState.BAD, rules)
    return PhotoVerdict(photo, PhotoState.SOFT if rules else PhotoState.FITS, rules)


def _broken(
    heads: Mapping[int, RowHead], photos: Iterable[PhotoRecord]
) -> Iterator[tuple[int, PhotoRecord]]:
    for photo in photos:
        head = heads.get(photo.row) if photo.row is not None else None
        if head is not None and head.photo == photo.id and photo.state in _BREAKS:
            yield head.line, photo
