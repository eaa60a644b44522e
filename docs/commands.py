"""The commands as pages: a reference, man pages, and completion for shells, made from the CLI.

Source: man-pages(7) (layout), groff_man(7) (macros). The completion scripts are the library's own.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import typer
from typer.completion import (  # type: ignore[attr-defined]  # no other public place has it
    get_completion_script,
)

from station import __version__
from station.__main__ import COMPLETING as VARIABLE
from station.cli import app

PROGRAM: Final = "station"
#: Shell -> where Debian looks for the completion of one program.
COMPLETIONS: Final = {
    "bash": "usr/share/bash-completion/completions/station",
    "zsh": "usr/share/zsh/vendor-completions/_station",
    "fish": "usr/share/fish/vendor_completions.d/station.fish",
}
#: Files that the pages name.
FILES: Final = (
    ("/etc/card-station/station.toml", "The site's settings, unless --config names another file."),
    ("/var/lib/card-station", "The state folder: journal, keys, operators."),
    ("/usr/share/doc/card-station", "Licences, bill of materials, an example of the settings."),
)
EXITS: Final = (
    ("0", "Done."),
    ("1", "Refused or failed; the reason and its remedy are on standard error."),
    ("2", "The command line or a file of the configuration is wrong."),
)


@dataclass(frozen=True, slots=True)
class Command:
    """One command, or a group of them.

    Attributes:
        words: How it is called: `("station", "orders", "answer")`.
        usage: What follows the words.
        help: Its paragraphs.
        arguments: What stands in fixed places: form and meaning.
        options: Form and meaning.
        commands: Those of a group.
    """

    words: tuple[str, ...]
    usage: str
    help: tuple[str, ...]
    arguments: tuple[tuple[str, str], ...]
    options: tuple[tuple[str, str], ...]
    commands: tuple[Command, ...]

    @property
    def name(self) -> str:
        """The words as they are typed."""
        return " ".join(self.words)

    @property
    def summary(self) -> str:
        """The first sentence or line, without its full stop."""
        text = self.help[0] if self.help else ""
        return re.split(r"(?<=[.。])\s|(?<=。)", text)[0].rstrip(".。")


def commands() -> Command:
    """Return the whole command line as a tree; hidden commands are left out."""
    return _command(typer.main.get_command(app), None, PROGRAM)


def _command(found: Any, parent: Any, name: str) -> Command:  # noqa: ANN401 - typer's own classes
    context = typer.Context(found, info_name=name, parent=parent)
    inside = [
        _command(found.get_command(context, one), context, one)
        for one in (found.list_commands(context) if hasattr(found, "list_commands") else ())
        if not found.get_command(context, one).hidden
    ]
    shown = [one for one in found.params if not getattr(one, "hidden", False)]
    text = inspect.cleandoc(found.help or "").partition("\f")[0]
    return Command(
        words=tuple(context.command_path.split()),
        usage=" ".join(found.collect_usage_pieces(context)),
        help=tuple(" ".join(part.split()) for part in text.split("\n\n") if part.strip()),
        arguments=tuple(_records(shown, "argument", context)),
        options=tuple(_records(shown, "option", context)),
        commands=tuple(inside),
    )


def _records(
    shown: list[Any],
    kind: str,
    context: Any,  # noqa: ANN401 - typer's own class
) -> Iterator[tuple[str, str]]:
    for one in shown:
        record = one.get_help_record(context) if one.param_type_name == kind else None
        if record is not None:
            yield record[0], " ".join(record[1].split())


# -- the reference ---------------------------------------------------------------------------------


def command_reference() -> str:
    """Return the page of every command."""
    lines = ["# Commands", "", "Made from `station/cli`; do not edit. The same text is in"]
    lines += ["`man station`; the package installs completion for bash, zsh and fish."]
    for one in _walk(commands()):
        lines += ["", f"{'#' * (len(one.words) + 1)} {one.name}", "", *_paragraphs(one)]
    return "\n".join(lines) + "\n"


def _paragraphs(one: Command) -> Iterator[str]:
    yield f"    {one.name} {one.usage}"
    for paragraph in one.help:
        yield from ("", paragraph)
    rows = [*one.arguments, *one.options]
    if rows:
        yield from ("", "| | |", "|---|---|")
    for form, meaning in rows:
        yield f"| `{form}` | {meaning} |".replace("\\|", "|")


def _walk(one: Command) -> Iterator[Command]:
    yield one
    for child in one.commands:
        yield from _walk(child)


# -- man pages -------------------------------------------------------------------------------------


def man_pages() -> dict[str, str]:
    """Return the text of each page by its file name: one for the program, one for each command."""
    whole = commands()
    names = [f"station-{one.words[-1]}" for one in whole.commands]
    return {
        f"{'-'.join(one.words)}.1": _man_page(one, names)
        for one in (whole, *whole.commands)
    }  # fmt: skip


def _man_page(one: Command, names: list[str]) -> str:
    title = "-".join(one.words)
    is_whole = len(one.words) == 1
    lines = [f'.TH {title.upper()} 1 "" "card-station {__version__}" "Card station"']
    lines += [".ad l"]  # a line of hanzi has no spaces to stretch
    lines += [".SH NAME", f"{_plain(title)} \\- {_plain(one.summary)}"]
    lines += [".SH SYNOPSIS", *_synopsis(one)]
    if not is_whole:
        for child in one.commands:
            lines += [".br", *_synopsis(child)]
    lines += [".SH DESCRIPTION", *_text(one.help)]
    lines += _table("OPTIONS", (*one.arguments, *one.options))
    if one.commands:
        lines += [".SH COMMANDS"]
    for child in one.commands:
        lines += _brief(child) if is_whole else _whole(child)
    lines += [*_table("FILES", FILES), *_table("EXIT STATUS", EXITS), ".SH SEE ALSO"]
    others = [name for name in ("station", *names) if name != title]
    lines += [f".BR {_plain(name)} (1)," for name in others[:-1]] + [f".BR {others[-1]} (1)"]
    return "\n".join(lines) + "\n"


def _synopsis(one: Command) -> list[str]:
    return [f".B {_plain(one.name)}", _plain(one.usage)] if one.usage else [f".B {one.name}"]


def _brief(child: Command) -> list[str]:
    return [".TP", f".B {_plain(child.words[-1])}", _line(f"{child.summary}.")]


def _whole(child: Command) -> list[str]:
    lines = [f".SS {_plain(child.name)}", *_text(child.help)]
    for form, meaning in (*child.arguments, *child.options):
        lines += [".TP", f".B {_plain(form)}", _line(meaning)]
    return lines


def _table(title: str, rows: tuple[tuple[str, str], ...]) -> list[str]:
    lines = [f".SH {title}"] if rows else []
    for form, meaning in rows:
        lines += [".TP", f".B {_plain(form)}", _line(meaning)]
    return lines


def _text(paragraphs: tuple[str, ...]) -> list[str]:
    lines: list[str] = []
    for paragraph in paragraphs:
        lines += [".PP"] * bool(lines) + [_line(paragraph)]
    return lines


def _plain(text: str) -> str:
    return text.replace("\\", "\\e").replace("-", "\\-")


def _line(text: str) -> str:
    bold = re.sub(r"`([^`]*)`", r"\\fB\1\\fR", _plain(text))
    return f"\\&{bold}" if bold.startswith((".", "'")) else bold


# -- completion ------------------------------------------------------------------------------------


def completion_script(shell: str) -> str:
    """Return what the shell reads to complete the program's commands and options.

    It calls the program with `VARIABLE` set, which then prints the words that fit.
    """
    script = get_completion_script(prog_name=PROGRAM, complete_var=VARIABLE, shell=shell)
    return f"{script.rstrip()}\n"
