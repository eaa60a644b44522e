"""`station setup`: asks what a window needs, proves each device, and writes its settings.

Answers that are there already are offered again, so the command also changes one thing later. A
device that does not answer is asked about at once: looked at again, chosen anew, or left for later.
The settings file is written once, at the end, and the whole window is then checked as
`station doctor` does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import typer

from station.cli.doctor import Finding, examine, finding_line, show_findings
from station.cli.options import CONFIG_DEFAULT, Config, explained
from station.core.errors import ConfigError, StationError
from station.settings import Settings
from station.state_folder import make_new_files_private
from station.words import spoken, text

if TYPE_CHECKING:
    from station.first_start.found import FoundPrinter

T = TypeVar("T")
NO_FACE: Final = "-"
PAGE_PORT: Final = 8471
Page = Annotated[bool, typer.Option("--page", help="Ask in a browser of this PC instead.")]
Port = Annotated[int, typer.Option("--port", help="Port of the page; 0 takes a free one.")]


def setup(config: Config = CONFIG_DEFAULT, page: Page = False, port: Port = PAGE_PORT) -> None:
    """Ask what this window needs, prove each device, write the settings; exit 1 when not ready.

    The daemon must be stopped: it owns the devices. Only the test card that is offered moves
    anything.
    """
    make_new_files_private()
    with explained():
        if page:
            from station.first_start.page import serve_page

            serve_page(
                config, port, lambda address: typer.echo(text("setup.page", address=address))
            )
            return
        good = Dialogue(config).run()
    if not good:
        raise typer.Exit(1)


class Dialogue:
    """One run of the questions on a terminal."""

    def __init__(self, file: Path) -> None:
        from station.first_start.answers import answers_of
        from station.first_start.files import tables_there

        self._file = file.absolute()
        self._tables, self._is_there = tables_there(self._file)
        self._answers = answers_of(self._tables)

    def run(self) -> bool:
        """Ask, prove, write and check; returns whether a card can be made."""
        typer.echo(text("setup.hello", file=self._file))
        if not self._is_there:
            typer.echo(text("setup.from-example"))
        self._set(name=self._ask("setup.name", self._answers.name))
        self._devices()
        self._province()
        self._face()
        self._banks()
        if not typer.confirm(text("setup.write", file=self._file), default=True):
            typer.echo(text("setup.nothing-written"))
            return False
        return self._write_and_check()

    # -- the questions -------------------------------------------------------------------------

    def _devices(self) -> None:
        from station.first_start import proofs

        self._until_good(self._choose_printer, proofs.prove_printer)
        if self._until_good(self._choose_reader, proofs.prove_reader) and typer.confirm(
            text("setup.ask-card"), default=False
        ):
            self._until_good(lambda: None, lambda chosen: proofs.prove_chip(chosen, _ask_person))

    def _choose_printer(self) -> None:
        from station.first_start.found import found_printers, models_at

        try:
            found = found_printers()
        except StationError as exc:
            found = []
            typer.echo(spoken(str(exc)))
        typer.echo(text("setup.printers" if found else "setup.no-printers"))
        titles = [f"{each.title}  {each.address}" for each in found]
        chosen = self._choose("setup.printer", titles, self._answers.printer)
        if isinstance(chosen, int):
            self._take(found[chosen])
            return
        models = models_at(chosen)
        if not models:
            raise ConfigError(chosen)
        self._take(self._pick_model(models))

    def _pick_model(self, models: Sequence[FoundPrinter]) -> FoundPrinter:
        if len(models) == 1:
            return models[0]
        typer.echo(text("setup.models"))
        present = next((m.title for m in models if m.model == self._answers.model), "")
        chosen = self._choose("setup.model", [each.title for each in models], present)
        named = [each for each in models if chosen in (each.title, each.model)]
        if isinstance(chosen, str) and not named:
            raise ConfigError(chosen)
        return models[chosen] if isinstance(chosen, int) else named[0]

    def _take(self, found: FoundPrinter) -> None:
        self._set(family=found.family, model=found.model, printer=found.address)

    def _choose_reader(self) -> None:
        from station.first_start.found import found_readers

        found, problem = found_readers()
        none = text("setup.no-readers", reason=problem or text("command.nothing"))
        typer.echo(text("setup.readers") if found else none)
        chosen = self._choose("setup.reader", found, self._answers.reader)
        self._set(reader=found[chosen] if isinstance(chosen, int) else chosen)

    def _province(self) -> None:
        from station.first_start import proofs
        from station.first_start.found import provinces

        def ask() -> None:
            known, now = provinces(), self._answers
            told = text("setup.gateway", known=text("command.and").join(known))
            self._set(gateway=str(typer.prompt(told, default=now.gateway or known[0])).strip())
            self._set(
                url=self._ask("setup.url", now.url),
                user=self._ask("setup.user", now.user),
                password=str(
                    typer.prompt(
                        text("setup.password"), hide_input=True, default="", show_default=False
                    )
                )
                or now.password,
                region=self._ask("setup.region", now.region),
            )

        self._until_good(ask, proofs.prove_province)

    def _face(self) -> None:
        from station.first_start.found import faces, photo_rules

        typer.echo(text("setup.faces"))
        known = faces()
        chosen = self._choose("setup.face", known, self._answers.template or NO_FACE)
        template = known[chosen] if isinstance(chosen, int) else chosen
        if template == NO_FACE:
            self._set(template="")
            return
        typer.echo(text("setup.photos"))
        known = photo_rules()
        chosen = self._choose("setup.photo", known, self._answers.photo_profile or known[0])
        self._set(
            template=template, photo_profile=known[chosen] if isinstance(chosen, int) else chosen
        )

    def _banks(self) -> None:
        from station.first_start.answers import bank_line, parse_bank

        typer.echo(text("setup.banks"))
        for code, bank in self._answers.banks.items():
            typer.echo(f"  {bank_line(code, bank)}")
        banks: dict[str, dict[str, Any]] = {}
        while line := str(typer.prompt(text("setup.bank"), default="", show_default=False)).strip():
            try:
                code, bank = parse_bank(line)
                banks[code] = bank
            except ConfigError as exc:
                typer.echo(spoken(str(exc)))
        if banks:
            self._set(banks=banks)

    # -- what follows from the answers ---------------------------------------------------------

    def _write_and_check(self) -> bool:
        from station.first_start.answers import tables_of
        from station.first_start.files import as_owner_of, write_settings

        tables = tables_of(self._answers, self._tables, self._file.parent)
        kept = write_settings(self._file, tables, self._answers.password)
        typer.echo(text("setup.written", file=self._file))
        if kept is not None:
            typer.echo(text("setup.kept", file=kept))
        typer.echo(text("setup.check"))
        with as_owner_of(Path(tables["station"].get("state_dir", ""))):
            good = show_findings(examine(self._file))
        typer.echo(text("setup.green" if good else "setup.not-green"))
        return good

    def _until_good(self, ask: Callable[[], None], prove: Callable[[Settings], Finding]) -> bool:
        """Ask and prove until it is good or left for later; returns whether it is good."""
        asked = True
        while True:
            if asked:
                self._right(ask)
            finding = self._proven(prove)
            typer.echo(finding_line(finding))
            if finding.ok:
                return True
            typer.echo("   " + text("doctor-told.remedy", remedy=finding.remedy))
            said = str(typer.prompt(text("setup.again"), default="r")).strip().lower()
            if said == "s":
                return False
            asked = said == "c"

    def _right(self, ask: Callable[[], None]) -> None:
        while True:
            try:
                ask()
            except ConfigError as exc:
                typer.echo(text("setup.wrong", reason=exc))
            else:
                return

    def _proven(self, prove: Callable[[Settings], Finding]) -> Finding:
        from station.first_start.answers import settings_of, tables_of
        from station.first_start.files import as_owner_of

        try:
            settings = settings_of(
                tables_of(self._answers, self._tables, self._file.parent), self._answers.password
            )
            with as_owner_of(settings.station.state_dir):
                return prove(settings)
        except ConfigError as exc:
            return Finding(text("doctor.config"), False, spoken(str(exc)), text("setup.again"))

    def _choose(self, question: str, choices: Sequence[str], present: str) -> int | str:
        """Return the index of a choice, or what was typed instead."""
        for number, choice in enumerate(choices, start=1):
            typer.echo(text("setup.choice", number=number, what=choice))
        said = str(typer.prompt(text(question), default=present or "1")).strip()
        if said.isdecimal() and 1 <= int(said) <= len(choices):
            return int(said) - 1
        return choices.index(said) if said in choices else said

    def _ask(self, question: str, present: str) -> str:
        return str(typer.prompt(text(question), default=present or None)).strip()

    def _set(self, **values: Any) -> None:  # noqa: ANN401 - fields of the answers
        self._answers = replace(self._answers, **values)


def _ask_person(what: str) -> None:
    typer.prompt(
        text("setup.done-person", what=what), default="", show_default=False, prompt_suffix=""
    )
