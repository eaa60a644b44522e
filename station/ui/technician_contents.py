"""What the templates of the technician's further pages are given; see `station.ui.contents`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from station.ui.machine_contents import Level
from station.ui.notices import Notice


@dataclass(frozen=True, slots=True)
class TraceRow:
    """One exchange, or one line of the log.

    Attributes:
        at: Time of day with milliseconds.
        kind: With whom, in words.
        level: How it is coloured.
        order: The order that was at work; empty for none.
        name: What was asked, or what is said.
        wire: What went over the wire, decoded; what may not be shown is a length.
        outcome: Status or code; empty while none is known.
        took: Milliseconds; empty while it lasts.
    """

    at: str
    kind: str
    level: Level
    order: str
    name: str
    wire: str
    outcome: str
    took: str


@dataclass(frozen=True, slots=True)
class TracePanel:
    """The newest exchanges and log lines that fit the filter.

    Attributes:
        rows: Newest first.
        read_at: When they were read, seconds since 1970: a paused page asks for nothing later.
        most: How many are shown at most.
    """

    template: ClassVar[str] = "_trace.html"
    name: ClassVar[str] = "trace"

    rows: tuple[TraceRow, ...]
    read_at: str
    most: int


@dataclass(frozen=True, slots=True)
class TraceKind:
    """One choice of the filter."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting.

    Attributes:
        key: `section.key`.
        value: As text; masked where it is secret.
        default: As text; empty where there is none.
        changed: Whether it differs from the default.
        source: Where the value comes from: `central`, `file`, `environment` or `default`.
        about: What it means: the sentence of the reference, in English.
    """

    key: str
    value: str
    default: str
    changed: bool
    source: str
    about: str


@dataclass(frozen=True, slots=True)
class SettingSection:
    """One table of the settings file, with its sentence of the reference."""

    name: str
    about: str
    rows: tuple[SettingRow, ...]


@dataclass(frozen=True, slots=True)
class ConfigurationPage:
    """Every setting of the running station.

    Attributes:
        window: Name of the window; may be empty.
        version: Of the program.
        notice: Never one; the frame of the page asks for it.
        file: The file that was read at the start.
        changed: How many settings differ from their defaults.
        only_changed: Whether only those are shown.
        sections: In the order of the reference.
        sources: Name of a source -> its words.
    """

    template: ClassVar[str] = "configuration.html"

    window: str
    version: str
    notice: Notice | None
    file: str
    changed: int
    only_changed: bool
    sections: tuple[SettingSection, ...]
