"""A complete print job: its required content, in the order of the maker's client. Pure.

Source: docs/explanations/wire-evolis.md, "Print job".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.machine.motions import Dots, SidePrint
from simulators.machine.picture import Side
from simulators.printers.evolis import tables
from simulators.printers.evolis.planes import face_from_wire
from simulators.printers.evolis.stream import Token

_HEAD: Final = (
    "Psync;1;0 <HEADER> Psmgr;1 Ppws;[0-9]{10} Pcla;1 Ppmode;0 Pr;(?P<ribbon>[0-9]+);t "
    "Pwres;300;300;(?P=ribbon) Psk;10 Piqla;a;d Pmc;h Peoic;k;D Psync;2 </HEADER> "
    "Psync;12;1 <OPTION_Dpi=300x300> Psync;13;0 </OPTION> "
    "Psync;3;1 <DOC_Duplex=(?P<duplex>[01])> Psync;3;0 Psync;5;1 <CARD> Psync;5;0 Ss Mr;s "
)
_TAIL: Final = "Se Psync;6;1 </CARD> Psync;6;0 Psync;4;1 </DOC> Psync;4;0 "
_BINARY: Final = "<BINARY_Size=[0-9]+> {}</BINARY> "
_GROUPS: Final = "".join(
    f"(?:{_BINARY.format(panels)})?" for panels in ("(?:@y )?(?:@m )?(?:@c )?", "@k ", "@o ")
)
_FACE: Final = (
    "Psync;9;1 <FACE> Psync;9;0 {} Pc;a;=;10 Pl;a;=;10 Pc;k;=;10 Pc;o;=;10 Pc;l;=;10 Pc;f;=;10 "
    "Pl;f;=;10 (?:Pida;[0-9]+;[0-9]+;[0-9]+;[0-9]+ )?" + _GROUPS + "Psync;10;1 </FACE> Psync;10;0 "
)
_JOB: Final = re.compile(_HEAD + _FACE.format("Sr") + f"(?P<back>{_FACE.format('Sv')})?" + _TAIL)
#: Whether the card is kept inside at the end of a job.
_KEEPING: Final = {"Pneab;A;0": True, "Pneab;A;1": False}
_END: Final = ["Pcla;0", "Psync;11;1", "<END>", "Psync;11;0"]


class BadJobError(Exception):
    """A complete job that no printer could print; the message names the defect."""


@dataclass(frozen=True, slots=True)
class Job:
    """The content of one job for one card.

    Attributes:
        ribbon: Type of the ribbon for which it is made.
        panels: Side -> letters and downloads, in printing order.
        keep: Whether the card stays inside; None when the job does not specify it.
        described: Side -> its `Pida`, where it has one.
    """

    ribbon: int
    panels: dict[Side, list[Token]]
    keep: bool | None = None
    described: dict[Side, str] = field(default_factory=dict)

    def letters(self, side: Side) -> str:
        """Return the panels of one side."""
        return "".join(token.text[1:] for token in self.panels[side])

    def is_described(self) -> bool:
        """Whether every side that has a `Pida` has the right one, within one."""
        return all(
            abs(said - right) <= 1
            for side, text in self.described.items()
            for said, right in zip(
                map(int, text.split(";")[1:]), _ink_summary(self.panels[side]), strict=True
            )
        )

    def sides(self) -> list[SidePrint]:
        """Return what the head will print."""
        return [
            SidePrint(
                side,
                [
                    (tables.PANELS[token.text[1:]], _dots(token))
                    for token in tokens
                    if side is Side.FRONT or token.text[1:] != tables.IDLE_BACK_PANEL
                ],
                _seconds(side, self.letters(side)),
            )
            for side, tokens in self.panels.items()
            if tokens
        ]


def without_end(tokens: list[Token]) -> list[Token] | None:
    """Return what follows the end of a job; None when this does not begin with one."""
    begins = [token.text for token in tokens[: len(_END)]] == _END
    return tokens[len(_END) :] if begins else None


def parse_job(tokens: list[Token], model: tables.Model) -> Job:
    """Check a job from its first command to its last.

    Raises:
        BadJobError: A command is missing, wrong or out of order.
    """
    text = "".join(
        token.text.replace(" ", "_") + " " for token in tokens if token.text not in _KEEPING
    )
    found = _JOB.fullmatch(text)
    if found is None:
        raise BadJobError("job out of order")
    has_back = found["back"] is not None
    if has_back != (found["duplex"] == "1"):
        raise BadJobError("Duplex does not say how many faces come")
    if has_back and not model.flipper:
        raise BadJobError("two sides on a printer without flipper")
    _check_sizes(tokens)
    panels: dict[Side, list[Token]] = {Side.FRONT: [], Side.BACK: []}
    described: dict[Side, str] = {}
    side, keep, said = Side.FRONT, None, None
    for token in tokens:
        if token.text == "Sv":
            side = Side.BACK
        elif token.text in _KEEPING:
            said = _KEEPING[token.text]
        elif token.text == "Se":
            keep = said
        elif token.text.startswith("Pida"):
            described[side] = token.text
        elif token.text.startswith("@"):
            _check_levels(token, model)
            panels[side].append(token)
    _check_descriptions(int(found["ribbon"]), sides=1 + has_back, described=len(described))
    return Job(int(found["ribbon"]), panels, keep, described)


def _check_descriptions(ribbon: int, *, sides: int, described: int) -> None:
    if described != (sides if ribbon in tables.COLOUR_RIBBONS else 0):
        raise BadJobError(f"{described} Pida for {sides} sides with ribbon {ribbon}")


def _ink_summary(panels: list[Token]) -> list[int]:
    """Percent of the dots without any colour, and the mean of yellow, magenta and cyan."""
    ink = {token.text[1:]: _dots(token)() for token in panels if token.text[1:] != "k"}
    colours = [ink[letter] for letter in tables.COLOUR_LETTERS if letter in ink]
    if not colours:
        return [100, 0, 0, 0]
    empty = np.logical_and.reduce([plane == 0 for plane in colours])
    means = [float(ink[letter].mean()) if letter in ink else 0.0 for letter in "ymc"]
    return [round(100 * float(empty.mean())), *map(round, means)]


def _check_sizes(tokens: list[Token]) -> None:
    for size, inside in _binaries(tokens):
        if size != sum(token.size for token in inside) or not inside:
            raise BadJobError(f"BINARY Size={size} does not hold {len(inside)} panels")


def _binaries(tokens: list[Token]) -> Iterator[tuple[int, list[Token]]]:
    starts = [at for at, token in enumerate(tokens) if token.text.startswith("<BINARY")]
    for at in starts:
        end = next(n for n in range(at, len(tokens)) if tokens[n].text == "</BINARY>")
        yield int(tokens[at].text[len("<BINARY Size=") : -1]), tokens[at + 1 : end]


def _check_levels(token: Token, model: tables.Model) -> None:
    wanted = model.colour_levels if token.text[1:] in tables.COLOUR_LETTERS else 2
    if token.levels != wanted:
        raise BadJobError(f"panel {token.text} with {token.levels} levels, not {wanted}")


def _dots(token: Token) -> Dots:
    def decode() -> NDArray[np.uint8]:
        return face_from_wire(token.data, token.levels)

    return decode


def _seconds(side: Side, letters: str) -> float:
    if side is Side.BACK:
        return tables.BACK_SECONDS
    return tables.FRONT_SECONDS.get(letters, tables.SECONDS_PER_PANEL * len(letters))
