"""Values to headers of JSON and back. What the picture process answers is checked."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from station.core.cards import ChipData
from station.core.errors import (
    ConfigError,
    DefectError,
    FaceChangedError,
    InputError,
    NameNotEncodableError,
    PhotoError,
    RemoteProtocolError,
    StationError,
)
from station.core.faces import Panel, PrintGeometry
from station.core.gateways import ProductionData
from station.core.lists import Column, ListOfRows, PersonForm
from station.core.photos import PhotoFinding, PhotoReport, PhotoRule
from station.core.slips import PaperSize, Slip
from station.face.photo.profile import PhotoProfile
from station.face.template.model import FaceTemplate

Header = dict[str, object]
_T = TypeVar("_T")

#: The errors that decoding and drawing raise on purpose; any other one is a defect there.
ERRORS: Final[Mapping[str, type[StationError]]] = {
    error.__name__: error
    for error in (
        ConfigError,
        DefectError,
        FaceChangedError,
        InputError,
        NameNotEncodableError,
        PhotoError,
    )
}
#: What of a person a face shows. Nothing else goes to the picture process.
_SHOWN: Final = ("AAC002", "AAC003", "AAZ500", "AAZ503", "valid_until")
_LONGEST_TEXT: Final = 4096


@dataclass(frozen=True, slots=True)
class Setup:
    """What a picture process works with, read and checked by the daemon when it starts.

    Attributes:
        fonts: The site's chain of fonts.
        template: None where nothing is printed.
        profile: The rules of portraits; None where nothing is printed.
        uses_photo: Whether a portrait is decoded though nothing is printed.
    """

    fonts: tuple[Path, ...]
    template: FaceTemplate | None = None
    profile: PhotoProfile | None = None
    uses_photo: bool = False


def encode_setup(setup: Setup) -> Header:
    """Return the header of the first frame. Files are named by their whole path."""
    template, profile = setup.template, setup.profile
    return {
        "fonts": [str(file.absolute()) for file in setup.fonts],
        "template": None if template is None else template.model_dump_json(),
        "profile": None if profile is None else profile.model_dump_json(),
        "uses_photo": setup.uses_photo,
    }


def decode_setup(header: Header) -> Setup:
    """Return what `encode_setup` was given."""
    template, profile = header["template"], header["profile"]
    return Setup(
        tuple(Path(file) for file in texts(header, "fonts")),
        None if template is None else decode_template(text(header, "template")),
        None if profile is None else PhotoProfile.model_validate_json(text(header, "profile")),
        field(header, "uses_photo", bool),
    )


def decode_template(json_text: str) -> FaceTemplate:
    """Return a template from its JSON."""
    return FaceTemplate.model_validate_json(json_text)


def encode_geometry(geometry: PrintGeometry) -> Header:
    """Return a printer's geometry for a header."""
    return dataclasses.asdict(geometry)


def decode_geometry(header: Header) -> PrintGeometry:
    """Return the geometry that a header names."""
    return PrintGeometry(**field(header, "geometry", dict))


def encode_person(data: ProductionData) -> Header:
    """Return what of a person's data a face shows, and no more."""
    shown: Header = {name: getattr(data.chip, name) for name in _SHOWN}
    return shown | {
        "issuer": data.issuer,
        "bank_name": data.bank_name,
        "AAB301": data.AAB301,
    }


def decode_person(header: Header) -> ProductionData:
    """Return production data for drawing; what a face does not show is empty."""
    person = field(header, "person", dict)
    hidden = dict.fromkeys(("AAC004", "AAC005", "AAC025", "AAC006"), "")
    chip = ChipData(**hidden, **{name: text(person, name) for name in _SHOWN})
    return ProductionData(
        chip=chip,
        batch="",
        AAE008="",
        bank_name=text(person, "bank_name"),
        AAB301=text(person, "AAB301"),
        issuer=text(person, "issuer"),
        photo_jpeg=b"",
    )


def encode_report(report: PhotoReport) -> Header:
    """Return what a check found."""
    return {
        "profile": report.profile,
        "findings": [[f.rule, f.found, f.allowed, f.is_soft] for f in report.findings],
        "measured": [[rule, value] for rule, value in report.measured],
        "unchecked": report.unchecked,
    }


def decode_report(header: Header) -> PhotoReport:
    """Return what a check found.

    Raises:
        RemoteProtocolError: Not what `encode_report` makes.
    """
    report = field(header, "report", dict)
    return PhotoReport(
        text(report, "profile"),
        tuple(_finding(one) for one in field(report, "findings", list)),
        tuple(_measured(one) for one in field(report, "measured", list)),
        text(report, "unchecked"),
    )


def _finding(one: object) -> PhotoFinding:
    match one:
        case [str(rule), str(found), str(allowed), bool(is_soft)]:
            return PhotoFinding(_rule(rule), _short(found), _short(allowed), is_soft)
    raise _not_as_agreed("a finding")


def _measured(one: object) -> tuple[PhotoRule, str]:
    match one:
        case [str(rule), str(value)]:
            return _rule(rule), _short(value)
    raise _not_as_agreed("a measure")


def _rule(value: str) -> PhotoRule:
    try:
        return PhotoRule(value)
    except ValueError as exc:
        raise _not_as_agreed("a rule") from exc


def decode_size(header: Header) -> tuple[int, int] | None:
    """Return width and height of the decoded pixels; None when nothing was decoded.

    Raises:
        RemoteProtocolError: Not a size.
    """
    match header.get("size"):
        case None:
            return None
        case [int(width), int(height)] if 0 < width < 1 << 16 and 0 < height < 1 << 16:
            return width, height
    raise _not_as_agreed("size")


def decode_panels(header: Header) -> dict[str, tuple[Panel, ...]]:
    """Return the panels of each side, in the order in which their planes are shared.

    Raises:
        RemoteProtocolError: A side or panel that no face has.
    """
    sides = field(header, "panels", dict)
    if "front" not in sides or not set(sides) <= {"front", "back"}:
        raise _not_as_agreed("panels")
    try:
        panels = {
            side: tuple(Panel(letter) for letter in text(sides, side))
            for side in ("front", "back")
            if side in sides
        }
    except ValueError as exc:
        raise _not_as_agreed("panels") from exc
    if any(len(set(of_side)) != len(of_side) for of_side in panels.values()):
        raise _not_as_agreed("panels")
    return panels


def encode_list(listed: ListOfRows) -> bytes:
    """Return a list's words."""
    return json.dumps(dataclasses.asdict(listed), ensure_ascii=False).encode()


def decode_list(body: bytes) -> ListOfRows:
    """Return a list from its words."""
    told = _object(body)
    columns = [Column(text(one, "title"), _number(one, "width")) for one in _list(told, "columns")]
    rows = [[str(cell) for cell in row] for row in field(told, "rows", list)]
    return ListOfRows(text(told, "title"), texts(told, "notes"), columns, rows, texts(told, "foot"))


def encode_forms(forms: Sequence[PersonForm]) -> tuple[Header, bytes]:
    """Return the words of forms, and their portraits one after another."""
    told = [dataclasses.asdict(form) | {"jpeg": len(form.jpeg)} for form in forms]
    return {"forms": told}, b"".join(form.jpeg for form in forms)


def decode_forms(header: Header, body: bytes) -> list[PersonForm]:
    """Return forms from their words and portraits."""
    forms, start = [], 0
    for one in _list(header, "forms"):
        length = field(one, "jpeg", int)
        form = PersonForm(
            text(one, "title"),
            tuple((str(label), str(value)) for label, value in field(one, "lines", list)),
            tuple((str(label), str(value)) for label, value in field(one, "choices", list)),
            texts(one, "notes"),
            texts(one, "signatures"),
            body[start : start + length],
        )
        forms.append(form)
        start += length
    return forms


def _object(body: bytes) -> Header:
    told = json.loads(body)
    if not isinstance(told, dict):
        raise RemoteProtocolError("picture process: a body that is not an object")
    return told


def _list(told: Header, name: str) -> list[Header]:
    return [one for one in field(told, name, list) if isinstance(one, dict)]


def _number(told: Header, name: str) -> float:
    value = told.get(name)
    if not isinstance(value, int | float):
        raise RemoteProtocolError(f"picture process: {name} is not a number")
    return float(value)


def encode_slip(slip: Slip) -> Header:
    """Return a slip's words."""
    return dataclasses.asdict(slip)


def decode_slip(header: Header) -> Slip:
    """Return a slip from its words."""
    slip = field(header, "slip", dict)
    lines = tuple((str(label), str(value)) for label, value in field(slip, "lines", list))
    paper, signatures = PaperSize(text(slip, "paper")), texts(slip, "signatures")
    return Slip(text(slip, "title"), lines, texts(slip, "notes"), paper, signatures)


def encode_error(error: StationError) -> Header:
    """Return an error that decoding or drawing raised on purpose."""
    kind = next(cls.__name__ for cls in type(error).__mro__ if cls.__name__ in ERRORS)
    return {"kind": kind, "code": error.code, "message": str(error), "details": error.details}


def decode_error(header: Header) -> StationError:
    """Return the error that a request ended with.

    Raises:
        RemoteProtocolError: Not one of `ERRORS`.
    """
    error = field(header, "error", dict)
    kind = ERRORS.get(text(error, "kind"))
    if kind is None:
        raise _not_as_agreed("the kind of an error")
    told = field(error, "details", dict)
    details = {_short(str(name)): text(told, name) for name in told}
    return kind(text(error, "message"), details=details, code=text(error, "code"))


def text(header: Mapping[str, object], name: str) -> str:
    """Return a text of a header.

    Raises:
        RemoteProtocolError: It is none.
    """
    value = header.get(name)
    if not isinstance(value, str):
        raise _not_as_agreed(name)
    return value


def texts(header: Mapping[str, object], name: str) -> tuple[str, ...]:
    """Return a list of texts of a header.

    Raises:
        RemoteProtocolError: It is none.
    """
    found = field(header, name, list)
    if not all(isinstance(one, str) for one in found):
        raise _not_as_agreed(name)
    return tuple(found)


def field(header: Mapping[str, object], name: str, kind: type[_T]) -> _T:
    """Return a value of a header.

    Raises:
        RemoteProtocolError: It is missing or of another kind.
    """
    value = header.get(name)
    if not isinstance(value, kind):
        raise _not_as_agreed(name)
    return value


def _short(value: str) -> str:
    if len(value) > _LONGEST_TEXT:
        raise _not_as_agreed("a text")
    return value


def _not_as_agreed(name: str) -> RemoteProtocolError:
    return RemoteProtocolError(f"picture process: {name} is not what it should be")
