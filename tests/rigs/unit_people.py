"""People of a simulated province as a unit lists them, each with the portrait that it holds."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulators.province.portraits import draw_portrait
from simulators.world import World, wait_until
from tests.unit.batches.rig import zip_of

BANK = "95533"  #: of the blanks in a world's feeder
PATIENCE = 120.0  #: seconds for what takes a few on a quiet PC


@dataclass(frozen=True, slots=True)
class Listed:
    """One person whose card can be made now."""

    number: str
    name: str
    seed: int = field(repr=False)

    @property
    def fifteen(self) -> str:
        """The number of a paper from before 2000."""
        return f"{self.number[:6]}{self.number[8:17]}"

    @property
    def sex(self) -> str:
        """Code of GB/T 2261.1."""
        return "1" if int(self.number[16]) % 2 else "2"

    def row(self, line: int) -> list[object]:
        """Return the cells under `tests.unit.batches.lists.HEADINGS`."""
        born = self.number[6:14]
        return [
            str(line), f"G{line:05d}", self.name, "01", self.number, self.sex, born, "01",
            "13800001111",
        ]  # fmt: skip


def portrait(person: Listed) -> bytes:
    """Return the picture that the province has of a person, byte for byte."""
    return draw_portrait(person.seed, person.number, person.sex, person.number[6:14])


def listed_people(world: World) -> Iterator[Listed]:
    """Yield residents whose cards can be made with the world's blanks, those of the last century.

    The first ones are left to other tests.
    """
    ready = world.people("ready")
    for one in itertools.islice(ready, 4, None):
        number = one["id_number"]
        if one["bank"] == BANK and number.startswith("41") and number[6:8] == "19":
            yield Listed(number, one["name"], world.options.seed)


class BatchApi:
    """The operations about one batch, as a program of a unit's service desk uses them."""

    def __init__(self, world: World, batch: str = "") -> None:
        self.world = world
        self.batch = batch

    def ask(self, method: str, path: str, status: int = 200, **body: Any) -> Any:  # noqa: ANN401 - JSON
        """Ask for JSON below the batch, or below /api/v1 with a path that begins with `/`."""
        whole = path if path.startswith("/") else f"/batches/{self.batch}/{path}".rstrip("/")
        answer = self.world.api(method, whole, **({"json": body} if method == "POST" else {}))
        assert answer.status_code == status, (whole, answer.text)
        return answer.json()

    def file(self, path: str) -> bytes:
        """Return a file below the batch."""
        whole = path if path.startswith("/") else f"/batches/{self.batch}/{path}"
        answer = self.world.api("GET", whole)
        assert answer.status_code == 200, answer.text
        return answer.content

    def add(self, content: bytes, **more: str) -> dict[str, Any]:
        """Import a list; the batch is this one from now on."""
        body = {"file": encoded(content), "title": "一车间", **more}
        made: dict[str, Any] = self.ask("POST", "/batches", 201, **body)
        self.batch = made["batch"]["id"]
        return made

    def photos(self, files: Mapping[str, bytes]) -> dict[str, Any]:
        """Send pictures and wait until all are checked; returns what a person must look after."""
        self.ask("POST", "photos", file=encoded(zip_of(files)))
        return self.checked()

    def checked(self) -> dict[str, Any]:
        """Wait until all pictures are checked; returns what a person must look after."""

        def now() -> dict[str, Any] | None:
            found: dict[str, Any] = self.ask("GET", "photos")
            return None if found["counts"]["new"] else found

        return wait_until(now, PATIENCE, "the check of the pictures")

    def states(self) -> dict[int, str]:
        """Return 序号 -> the row's state."""
        return {row["line"]: row["state"] for row in self.rows()}

    def rows(self) -> list[dict[str, Any]]:
        """Return every row of a small batch."""
        return list(self.ask("GET", "rows?limit=200"))

    def confirm(self, *lines: int, **number: str) -> dict[int, str]:
        """Pass rows; returns 序号 -> why it was not taken."""
        rows = [{"line": line, "passed": True, **number} for line in lines]
        answers = self.ask("POST", "decisions", rows=rows)
        return {one["line"]: one["problem"] for one in answers if one["problem"]}

    def wait_for(self, what: str, **counts: int) -> dict[str, Any]:
        """Wait until the progress of the cards has these figures."""

        def now() -> dict[str, Any] | None:
            found: dict[str, Any] = self.ask("GET", "making")
            reached = all(found[name] == count for name, count in counts.items())
            return found if reached else None

        return wait_until(now, PATIENCE, what)


def encoded(content: bytes) -> str:
    """Return a file as a request has it."""
    return base64.b64encode(content).decode()
