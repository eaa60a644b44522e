"""`station setup --page`: the same questions as one form, for a browser of this PC.

The address carries a code, because whoever sees the form could set the window up.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import jinja2

from station.cli.doctor import Finding, examine, finding_line
from station.core.errors import ConfigError, StationError
from station.first_start import proofs
from station.first_start.answers import (
    Answers,
    answers_of,
    bank_line,
    parse_bank,
    settings_of,
    tables_of,
)
from station.first_start.files import as_owner_of, tables_there, write_settings
from station.first_start.found import (
    faces,
    found_printers,
    found_readers,
    models_at,
    photo_rules,
    provinces,
)
from station.plain_server import Answer, Asked, PlainServer
from station.settings import Settings
from station.words import spoken, text

NO_FACE: Final = "-"
_PROVE_CARD: Final = "prove-card"
_SAVE: Final = "save"
#: Field of the form -> its label.
LABELS: Final = {
    "name": "setup.name",
    "printer": "setup-page.printer",
    "model": "setup-page.model",
    "reader": "setup-page.reader",
    "gateway": "setup-page.gateway",
    "url": "setup.url",
    "user": "setup.user",
    "password": "setup-page.password",
    "region": "setup.region",
    "template": "setup-page.face",
    "photo_profile": "setup-page.photo",
}


def serve_page(file: Path, port: int, announce: Callable[[str], None]) -> None:
    """Serve the form until Ctrl-C.

    Raises:
        ConfigError: The port can't be used.
    """
    server = PlainServer(port, SetupPage(file).answer, with_code=True)
    announce(server.address)
    try:
        server.run()
    except KeyboardInterrupt:
        return


class SetupPage:
    """The form of one settings file: shows it, proves what it says, writes it."""

    def __init__(self, file: Path) -> None:
        self._file = file.absolute()
        self._password = ""  # kept for the next press; never sent back to the page

    def answer(self, asked: Asked) -> Answer:
        """Return the page for one request."""
        tables, _ = tables_there(self._file)
        answers = answers_of(tables)
        if asked.form is None:
            return Answer(self._page(answers))
        form = asked.form
        try:
            answers = self._answers(form, answers)
            if form.get("act") == _SAVE:
                return Answer(self._saved(answers, tables))
            findings = list(self._proven(answers, tables, card=form.get("act") == _PROVE_CARD))
        except ConfigError as exc:
            return Answer(self._page(answers, form=form, wrong=spoken(str(exc))))
        return Answer(self._page(answers, findings))

    def _answers(self, form: Mapping[str, str], before: Answers) -> Answers:
        said = {name: form.get(name, "").strip() for name in LABELS}
        family, _, model = said["model"].partition("/")
        if not model:
            raise ConfigError(f"{text('setup-page.model')}: {said['model']}")
        self._password = said["password"] or self._password
        banks = dict(
            parse_bank(line) for line in form.get("banks", "").splitlines() if line.strip()
        )
        return replace(
            before,
            **{
                name: said[name] for name in ("name", "printer", "reader", "gateway", "url", "user")
            },
            region=said["region"],
            family=family,
            model=model,
            password=self._password,
            template="" if said["template"] == NO_FACE else said["template"],
            photo_profile=said["photo_profile"],
            banks=banks,
        )

    def _proven(
        self, answers: Answers, tables: Mapping[str, Any], *, card: bool
    ) -> Iterable[Finding]:
        settings = settings_of(tables_of(answers, tables, self._file.parent), answers.password)
        proofs_in_order: list[Callable[[Settings], Finding]] = (
            [lambda chosen: proofs.prove_chip(chosen, _not_here)]
            if card
            else [proofs.prove_printer, proofs.prove_reader, proofs.prove_province]
        )
        with as_owner_of(settings.station.state_dir):
            for prove in proofs_in_order:
                yield prove(settings)

    def _saved(self, answers: Answers, tables: Mapping[str, Any]) -> str:
        result = tables_of(answers, tables, self._file.parent)
        write_settings(self._file, result, answers.password)
        with as_owner_of(Path(result["station"].get("state_dir", ""))):
            findings = list(examine(self._file))
        good = all(finding.ok or not finding.needed for finding in findings)
        return self._page(answers, findings, text("setup.green" if good else "setup.not-green"))

    def _page(
        self,
        answers: Answers,
        findings: Iterable[Finding] = (),
        verdict: str = "",
        *,
        form: Mapping[str, str] | None = None,
        wrong: str = "",
    ) -> str:
        banks = "\n".join(bank_line(code, bank) for code, bank in answers.banks.items())
        return _template().render(
            fields=_fields(answers, form),
            banks=banks if form is None else form.get("banks", banks),
            findings=[(finding_line(one), _remedy(one), one.ok) for one in findings],
            verdict=verdict,
            wrong=wrong,
            text=text,
        )


def _remedy(finding: Finding) -> str:
    return "" if finding.ok else finding.remedy


def _fields(
    answers: Answers, form: Mapping[str, str] | None
) -> list[tuple[str, str, str, list[tuple[str, str]]]]:
    values = {name: str(getattr(answers, name)) for name in LABELS}
    values["model"] = f"{answers.family}/{answers.model}"
    values["template"] = answers.template or NO_FACE
    if form is not None:
        values = {name: form.get(name, value) for name, value in values.items()}
    choices = _choices(answers)
    return [
        (name, text(label), "" if name == "password" else values[name], choices.get(name, []))
        for name, label in LABELS.items()
    ]


def _choices(answers: Answers) -> dict[str, list[tuple[str, str]]]:
    try:
        printers = found_printers()
    except StationError:
        printers = []  # the form says which addresses can be typed in
    models = [*printers, *(models_at(answers.printer) if answers.printer else ())]
    readers, _ = found_readers()
    return {
        "printer": list(dict.fromkeys((each.address, each.title) for each in printers)),
        "model": list(dict.fromkeys((f"{m.family}/{m.model}", m.title) for m in models)),
        "reader": [(each, each) for each in readers],
        "gateway": [(each, each) for each in provinces()],
        "template": [(each, each) for each in faces()],
        "photo_profile": [(each, each) for each in photo_rules()],
    }


def _not_here(what: str) -> None:
    # A page can't wait for a person at the reader; the command line can.
    raise ConfigError(what)


@functools.cache
def _template() -> jinja2.Template:
    loader = jinja2.PackageLoader("station.first_start")
    return jinja2.Environment(loader=loader, autoescape=True).get_template("setup.html")
