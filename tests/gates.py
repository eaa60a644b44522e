"""The gates of `make check` on the shape of the code, and the counts behind them.

Figures of a file's or a class's size do not make code good; beyond a limit they say that a reader
has to hold too much at once. The other gates keep what a redesign has reached: every error in the
drawn tree, every text for people in one room, every reading of a clock in one module, the kinds of
order tested in their recipes only, panels that are typed to the last field, plain English.

    python -m tests.gates            the gates; exit code 1 when one is broken
    python -m tests.gates --counts   what is counted, as one JSON line
"""

from __future__ import annotations

import argparse
import ast
import functools
import io
import itertools
import json
import re
import sys
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parents[1]
LONGEST_FILE: Final = 500  #: lines
LONGEST_CLASS: Final = 250  #: lines
#: Simulated machines that are longer: each is one device whose parts share all of its state.
LONG_SIMULATORS: Final = frozenset({"HitiCsEngine", "EvolisEngine", "Hands", "Records"})
WORDS: Final = "words"
CLOCK: Final = "clock.py"
#: Where the kinds of an order are told apart.
RECIPES: Final = frozenset({"core/life.py", "core/recipes.py"})
#: Ideographs, their extensions A and B and compatibility forms, CJK punctuation, full-width forms.
CJK: Final = re.compile(
    "[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)
CLOCK_READS: Final = frozenset(
    {
        *(("time", name) for name in ("time", "monotonic", "perf_counter", "clock_gettime")),
        *(("time", name) for name in ("time_ns", "monotonic_ns", "perf_counter_ns")),
        *(("datetime", name) for name in ("now", "utcnow", "today")),
        ("date", "today"),
    }
)
#: Rooms of `station` whose docstrings and comments are in plain technical English, as all
#: simulators' are. A room that is rewritten is added here.
PLAIN_ROOMS: Final = (
    "batches/",
    *("core/", "journal/", "drivers/", "encoder/", "transport/", "gateways/", "offline/"),
    *("paper/", "words/", "desk/", "cli/"),
    *(f"production/{room}/" for room in ("life", "people", "intake", "views", "services", "desk")),
)
#: A module in one of these rooms that is rewritten later.
PLAIN_LATER: Final = ("cli/startup.py",)
#: Phrase, which may be divided at a line's end -> what to write instead.
PHRASES: Final[dict[re.Pattern[str], str]] = {
    re.compile(phrase.replace(" ", r"\s+"), re.IGNORECASE | re.MULTILINE): instead
    for phrase, instead in {
        r"\bfor (?:good|ever)\b": "permanently, indefinitely",
        r"\bby (?:itself|themselves)\b": "automatically, alone",
        r"\b(?:no|some)body's\b": "unowned, another holder's",
        r"(?<!there\s)\b(?:is|are) no (?!longer\b|more\b)\w+": "is not a",
        r"\b(?:is|are) told\b": "receives, is notified",
        r"\b(?:word of|(?:its|their) own word)\b": "state, verdict, report",
        r"\b(?:what|it|which|that|as it) (?:stands|lies)\b": "is",
        r"^[^\S\n]+\w+:\x20(?:Whose|When|Who|Which|Likewise|The same)\.$": "a noun",
    }.items()
}
FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@functools.cache
def modules(package: Path) -> tuple[tuple[str, str, ast.Module], ...]:
    """Return the path inside the package, the text and the tree of each module, read once."""
    sources = [(path, path.read_text(encoding="utf-8")) for path in sorted(package.rglob("*.py"))]
    return tuple(
        (path.relative_to(package).as_posix(), source, ast.parse(source))
        for path, source in sources
    )


#: Made from other sources, which are read instead.
GENERATED: Final = frozenset({"client/models.py", "client/operations.py"})


def long_files(package: Path) -> Iterator[str]:
    """Yield each module of more than `LONGEST_FILE` lines."""
    for name, source, _ in modules(package):
        if name not in GENERATED and (lines := source.count("\n")) > LONGEST_FILE:
            yield f"{package.name}/{name}: {lines} lines, at most {LONGEST_FILE}"


def long_classes(package: Path) -> Iterator[str]:
    """Yield each class of more than `LONGEST_CLASS` lines."""
    for name, _, tree in modules(package):
        for node in ast.walk(tree):
            if not isinstance(node, ast.ClassDef):
                continue
            if package.name == "simulators" and node.name in LONG_SIMULATORS:
                continue
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST_CLASS:
                place = f"{package.name}/{name}:{node.lineno}"
                yield f"{place}: {node.name} has {lines} lines, at most {LONGEST_CLASS}"


def undrawn_errors(package: Path) -> Iterator[str]:
    """Yield each class of `core.errors` that its drawn tree leaves out, and the reverse."""
    found: dict[str, str] = {}
    drawn = ""
    for name, _, tree in modules(package):
        if not name.startswith("core/errors"):
            continue
        drawn += ast.get_docstring(tree) or ""
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and node.name.endswith("Error"):
                found[node.name] = f"{package.name}/{name}:{node.lineno}"
    in_tree = set(re.findall(r"^[|\s]*(?:\+-- )?([A-Z]\w+Error)\b", drawn, re.MULTILINE))
    for error in sorted(set(found) - in_tree):
        yield f"{found[error]}: {error} is not in the drawn tree"
    for error in sorted(in_tree - set(found)):
        yield f"{package.name}/core/errors: {error} is drawn and does not exist"


def is_text(value: str, written: str) -> bool:
    """Whether a constant with a Chinese character is text, however it is written.

    A table of single characters (codes of a character set) is data as long as each of them is
    written as an escape.
    """
    return len(value) > 1 or CJK.search(written) is not None


def chinese_literals(package: Path) -> Iterator[str]:
    """Yield place and value of each Chinese text outside `words`, parts of f-strings included.

    Docstrings and comments may hold the terms of the field.
    """
    for name, source, tree in modules(package):
        if name.split("/")[0] == WORDS:
            continue
        documents = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant) or node in documents:
                continue
            if isinstance(node.value, str) and CJK.search(node.value):
                written = ast.get_source_segment(source, node) or ""
                if is_text(node.value, written):
                    yield f"{package.name}/{name}:{node.lineno}: {node.value}"


def clock_reads(package: Path) -> Iterator[str]:
    """Yield each reading of a clock outside the clock's module."""
    for name, _, tree in modules(package):
        if name == CLOCK:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                of = node.value
                owner = of.attr if isinstance(of, ast.Attribute) else getattr(of, "id", "")
                if (owner, node.attr) in CLOCK_READS:
                    place = f"{package.name}/{name}:{node.lineno}"
                    yield f"{place}: {owner}.{node.attr} outside the clock's module"
            elif isinstance(node, ast.ImportFrom) and node.module == "time":
                yield f"{package.name}/{name}:{node.lineno}: names of `time` outside the clock's"


def kind_tests(package: Path) -> Iterator[str]:
    """Yield each comparison with a kind of order outside the recipes."""
    for name, _, tree in modules(package):
        if name in RECIPES:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Compare | ast.MatchValue | ast.Dict) and any(
                isinstance(part, ast.Attribute) and getattr(part.value, "id", "") == "OrderKind"
                for part in ast.walk(node)
            ):
                yield f"{package.name}/{name}:{node.lineno}: a kind of order outside its recipe"


def evidence_keys(package: Path) -> Iterator[str]:
    """Yield each key of evidence that production reads by a string."""
    for name, _, tree in modules(package):
        if not name.startswith("production/life/"):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Subscript):
                of, key = node.value, node.slice
            elif (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "get"
                and node.args
            ):
                of, key = node.func.value, node.args[0]
            else:
                continue
            owner = of.attr if isinstance(of, ast.Attribute) else getattr(of, "id", "")
            if owner in {"before", "after", "evidence"} and isinstance(key, ast.Constant):
                yield f"{package.name}/{name}:{node.lineno}: evidence by the key {key.value!r}"


def change_closures(package: Path) -> Iterator[str]:
    """Yield each function in a step that is made to be run later."""
    for name, _, tree in modules(package):
        if not name.startswith("production/life/steps/"):
            continue
        for outer in ast.walk(tree):
            if isinstance(outer, FUNCTIONS):
                for inner in ast.walk(outer):
                    if inner is not outer and isinstance(inner, FUNCTIONS):
                        yield f"{package.name}/{name}:{inner.lineno}: a function made in a step"


def untyped_panels(package: Path) -> Iterator[str]:
    """Yield each `dict[str, Any]` of the pages."""
    for name, source, _ in modules(package):
        if name.startswith("ui/"):
            for number, line in enumerate(source.splitlines(), start=1):
                if "dict[str, Any]" in line or "Mapping[str, Any]" in line:
                    yield f"{package.name}/{name}:{number}: a dictionary of anything"


def prose(package: Path) -> Iterator[str]:
    """Yield each phrase of a docstring or comment that has a plain technical form."""
    for name, source, tree in modules(package):
        is_plain = package.name == "simulators" or name.startswith(PLAIN_ROOMS)
        if not is_plain or name in PLAIN_LATER:
            continue
        for line, text in sorted([*docstrings(tree), *comments(source)]):
            for phrase, instead in PHRASES.items():
                for found in phrase.finditer(text):
                    place = f"{package.name}/{name}:{line + text.count(chr(10), 0, found.start())}"
                    yield f"{place}: {' '.join(found.group().split())!r}: write {instead}"


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and text of each docstring."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            match node.body:
                case [ast.Expr(value=ast.Constant(value=str(text), lineno=line)), *_]:
                    yield line, text


def comments(source: str) -> Iterator[tuple[int, str]]:
    """Yield first line and text of each comment; consecutive lines of comments are one."""
    block: list[str] = []
    last = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        text, line = token.string.lstrip("#: "), token.start[0]
        if block and line == last + 1:
            block.append(text)
        else:
            if block:
                yield last - len(block) + 1, "\n".join(block)
            block = [text]
        last = line
    if block:
        yield last - len(block) + 1, "\n".join(block)


#: Name of the gate -> what breaks it in a package.
GATES: Final[dict[str, Callable[[Path], Iterator[str]]]] = {
    "long_files": long_files,
    "long_classes": long_classes,
    "undrawn_errors": undrawn_errors,
    "chinese_literals": chinese_literals,
    "clock_reads": clock_reads,
    "kind_tests": kind_tests,
    "evidence_keys": evidence_keys,
    "change_closures": change_closures,
    "untyped_panels": untyped_panels,
    "prose": prose,
}
#: Simulators draw Chinese faces, keep a time of their own and answer in a province's words.
OF_SIMULATORS: Final = ("long_files", "long_classes", "prose")

#: Fewer equal lines in a row than this are the language's, not the author's.
RUN: Final = 4
NO_CODE: Final = re.compile(r"#|\"\"\"|from |import |.?$|\w+,$")


def code_lines(path: Path) -> list[str]:
    """The lines of a file but imports, lone names of lists, comments and lone brackets."""
    stripped = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in stripped if not NO_CODE.match(line)]


def copied(one: list[str], other: list[str]) -> int:
    """How many lines of `one` stand in a run of equal lines that `other` has too."""
    runs = {tuple(other[at : at + RUN]) for at in range(len(other) - RUN + 1)}
    found: set[int] = set()
    for at in range(len(one) - RUN + 1):
        if tuple(one[at : at + RUN]) in runs:
            found.update(range(at, at + RUN))
    return len(found)


def copied_between(one: Path, other: Path) -> int:
    """The sum over all files of two printer families."""
    theirs = [code_lines(path) for path in sorted(other.glob("*.py"))]
    return sum(
        max(copied(code_lines(path), lines) for lines in theirs)
        for path in sorted(one.glob("*.py"))
    )


def counts(root: Path) -> dict[str, int]:
    """Count what breaks each gate, and the lines that two printer families share by copying."""
    found = {name: len(list(gate(root / "station"))) for name, gate in GATES.items()}
    drivers = root / "station" / "drivers"
    families = sorted(path for path in drivers.iterdir() if (path / "driver.py").is_file())
    pairs = itertools.combinations(families, 2)
    return found | {
        "copied_lines": max((copied_between(one, two) for one, two in pairs), default=0)
    }


def broken(root: Path) -> Iterator[str]:
    """Yield everything that breaks a gate."""
    for gate in GATES.values():
        yield from gate(root / "station")
    for name in OF_SIMULATORS:
        yield from GATES[name](root / "simulators")


def main() -> int:
    """Print what is asked for."""
    parser = argparse.ArgumentParser(prog="tests.gates", description=__doc__)
    parser.add_argument("--counts", action="store_true", help="one JSON line of what is counted")
    if parser.parse_args().counts:
        sys.stdout.write(json.dumps(counts(ROOT)) + "\n")
        return 0
    lines = list(broken(ROOT))
    told = lines or [f"Gates: {len(GATES)} kept, 0 broken."]
    sys.stdout.write("\n".join(told) + "\n")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
