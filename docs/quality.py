"""How far each printer family, card profile and province has come: rules, rated from the tree.

A rule is done when the repository shows it, exempt when `docs/quality.toml` says why it does not
apply, and open otherwise. Bronze: it can be worked on without the thing itself. Silver: what is
known about it is written down and held by tests. Gold: it was proven with the thing itself.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from station.drivers import family_names, load_family
from station.encoder import load_profile, profile_names
from station.gateways import gateway_names, load_gateway

ROOT: Final = Path(__file__).parents[1]
LEVELS: Final = ("bronze", "silver", "gold")
#: In the name of a capture of the thing itself: `tests/captures/hiti_cs-real-first-session.txt`.
REAL: Final = "-real-"

Check = Callable[["Subject"], str]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is rated.

    Attributes:
        kind: `printer`, `card` or `province`.
        name: Name of its folder.
        root: The repository.
        unverified: Facts that were never seen on the thing itself.
        usb: Whether one of its models is a device of USB.
    """

    kind: str
    name: str
    root: Path
    unverified: tuple[str, ...] = ()
    usb: bool = False

    def at(self, *places: str) -> list[Path]:
        """Return what is at these places; `*` stands for any name, `{}` for its own."""
        own = (self.name, self.name.replace("_", "-"), self.name.partition("_")[0])
        found = [
            path
            for place in places
            for name in dict.fromkeys(own)
            for path in self.root.glob(place.format(name))
        ]
        return sorted(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the scale.

    Attributes:
        name: What exemptions call it.
        level: One of `LEVELS`.
        what: For people.
        shown: Returns what shows that it is kept; empty when nothing does.
    """

    name: str
    level: str
    what: str
    shown: Check


def _files(*places: str) -> Check:
    def shown(subject: Subject) -> str:
        found = [path for path in subject.at(*places) if path.is_file() or any(path.iterdir())]
        names = [f"`{path.relative_to(subject.root).as_posix()}`" for path in found]
        return ", ".join(names[:2]) + (f" and {len(names) - 2} more" if len(names) > 2 else "")

    return shown


def _nothing_assumed(subject: Subject) -> str:
    return "" if subject.unverified else "no fact is marked `unverified`"


def _device_rules(subject: Subject) -> str:
    rules = subject.root / "config/deployment/debian/60-card-station.rules"
    return f"`{rules.name}`" if subject.usb and rules.is_file() else ""


def _sessions(real: bool) -> Check:
    def shown(subject: Subject) -> str:
        found = [
            f"`{path.relative_to(subject.root).as_posix()}`"
            for path in subject.at("tests/captures/{}-*")
            if (REAL in path.name) is real
        ]
        return ", ".join(found)

    return shown


_PROVEN: Final = "no fact is only assumed"
RULES: Final[Mapping[str, tuple[Rule, ...]]] = {
    "printer": (
        Rule("simulator", "bronze", "a simulator of its own",
             _files("simulators/printers/{}/__init__.py")),
        Rule("unit-tests", "bronze", "tests of its own", _files("tests/unit/drivers/{}")),
        Rule("contract", "bronze", "the contract suite takes it, through its simulator",
             _files("simulators/printers/{}/__init__.py")),
        Rule("wire-document", "silver", "each fact with its source and how sure it is",
             _files("docs/explanations/wire-{}.md")),
        Rule("codec-tests", "silver", "codec and status tables against literal bytes",
             _files("tests/unit/drivers/{}/test_*_codec.py")),
        Rule("vectors", "silver", "vectors that our own encoder did not make",
             _files("tests/vectors/{}/*.toml")),
        Rule("recorded-session", "silver", "a recorded session that the driver plays",
             _sessions(real=False)),
        Rule("device-rules", "silver", "the package lets the service reach the device",
             _device_rules),
        Rule("real-session", "gold", "a recorded session of a real unit", _sessions(real=True)),
        Rule("verified", "gold", _PROVEN, _nothing_assumed),
    ),
    "card": (
        Rule("simulator", "bronze", "a simulated card of its own",
             _files("simulators/cards/{}/__init__.py")),
        Rule("unit-tests", "bronze", "tests of its own", _files("tests/unit/encoder/profiles/{}")),
        Rule("simulator-tests", "bronze", "tests of the simulated card itself",
             _files("tests/unit/simulators/cards/{}")),
        Rule("facts", "silver", "its facts are a file, each with its source",
             _files("station/encoder/profiles/{}/profile.toml")),
        Rule("vectors", "silver", "whole sessions and their parts as literal bytes",
             _files("tests/vectors/{}/*.toml")),
        Rule("real-card", "gold", "a session with a real card", _sessions(real=True)),
        Rule("verified", "gold", _PROVEN, _nothing_assumed),
    ),
    "province": (
        Rule("simulator", "bronze", "a simulated province of its own",
             _files("simulators/gateways/{}/__init__.py")),
        Rule("unit-tests", "bronze", "tests of its own", _files("tests/unit/gateways/{}")),
        Rule("simulator-tests", "bronze", "tests of the simulated province itself",
             _files("tests/unit/simulators/gateways/{}")),
        Rule("dialect-document", "silver", "its dialect with sources",
             _files("docs/explanations/dialect-{}.md")),
        Rule("mapping", "silver", "its codes and words are a file",
             _files("station/gateways/{}/mapping.toml", "station/gateways/{}/*.toml")),
        Rule("vectors", "silver", "requests and answers as literal text",
             _files("tests/vectors/{}/*.toml")),
        Rule("real-service", "gold", "a session with the province's own service",
             _sessions(real=True)),
        Rule("verified", "gold", _PROVEN, _nothing_assumed),
    ),
}  # fmt: skip
TITLES: Final = {"printer": "Printer families", "card": "Card profiles", "province": "Provinces"}


def subjects(root: Path = ROOT) -> Iterator[Subject]:
    """Yield everything that is rated; found by looking."""
    for name in family_names():
        models = load_family(name).models.values()
        assumed = tuple(dict.fromkeys(fact for model in models for fact in model.unverified))
        yield Subject("printer", name, root, assumed, any(model.usb_id for model in models))
    for name in profile_names():
        yield Subject("card", name, root, tuple(load_profile(name).unverified))
    for name in gateway_names():
        yield Subject("province", name, root, tuple(load_gateway(name).unverified))


def exemptions(root: Path = ROOT) -> dict[str, dict[str, str]]:
    """Return the reason of each exempt rule by subject."""
    return tomllib.loads((root / "docs/quality.toml").read_text(encoding="utf-8"))


def rate(subject: Subject, exempt: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return `done`, `exempt` or `open` of each rule by its name, and what shows it."""
    found = {}
    for rule in RULES[subject.kind]:
        if shown := rule.shown(subject):
            found[rule.name] = ("done", shown)
        elif rule.name in exempt:
            found[rule.name] = ("exempt", exempt[rule.name])
        else:
            found[rule.name] = ("open", _why_open(rule, subject))
    return found


def _why_open(rule: Rule, subject: Subject) -> str:
    if rule.name == "verified":
        return f"{len(subject.unverified)} facts were never seen on the thing itself"
    return "nothing is there"


def level_of(subject: Subject, rated: Mapping[str, tuple[str, str]]) -> str:
    """Return the highest level whose rules, and those below it, are all done or exempt."""
    reached = "none"
    for level in LEVELS:
        rules = [rule.name for rule in RULES[subject.kind] if rule.level == level]
        if any(rated[name][0] == "open" for name in rules):
            break
        reached = level
    return reached


def quality(root: Path = ROOT) -> str:
    """Return the page."""
    exempt = exemptions(root)
    rated = [(one, rate(one, exempt.get(f"{one.kind}/{one.name}", {}))) for one in subjects(root)]
    lines = [
        "# Quality scale",
        "",
        "Made from the tree by `docs/quality.py`; do not edit. Bronze: it can be worked on without",
        "the thing itself. Silver: what is known is written down and held by tests. Gold: proven",
        "with the thing itself. A rule is done, exempt with its reason, or open.",
        "",
        "| | level | done | exempt | open |",
        "|---|---|---|---|---|",
    ]
    for one, found in rated:
        counts = [sum(state == word for state, _ in found.values()) for word in _STATES]
        level = level_of(one, found)
        lines.append(
            f"| {one.kind} `{one.name}` | {level} | " + " | ".join(map(str, counts)) + " |"
        )
    for kind, title in TITLES.items():
        lines += ["", f"## {title}", *_section(kind, rated)]
    return "\n".join(lines) + "\n"


_STATES: Final = ("done", "exempt", "open")


def _section(
    kind: str, rated: Iterable[tuple[Subject, Mapping[str, tuple[str, str]]]]
) -> Iterator[str]:
    for one, found in rated:
        if one.kind == kind:
            yield from (
                "",
                f"### {one.name}",
                "",
                "| level | rule | | shown by |",
                "|---|---|---|---|",
            )
            for rule in RULES[kind]:
                state, shown = found[rule.name]
                yield f"| {rule.level} | {rule.what} | {state} | {shown} |"
            if one.unverified:
                yield from ("", f"Open facts of `{one.name}`:", "")
                yield from (f"- {fact}" for fact in one.unverified)
