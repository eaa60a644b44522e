"""One deliberate break of a rule, as a value, and the ways to break one."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable
from unittest import mock

from station.core.orders import EffectKind
from station.production.life import workflow

Patch = contextlib.AbstractContextManager[object]


@dataclasses.dataclass(frozen=True)
class Mutation:
    """One rule broken.

    Attributes:
        name: The rule, as it is broken.
        apply: Patches the station.
        cases: Names of the cases that are tried, first without and then with power cuts.
        cuts: What the name of a power cut must hold to be tried.
        in_writes: Cut the power in the journal's writes, not between the station's doings.
    """

    name: str
    apply: Callable[[], Patch]
    cases: tuple[str, ...]
    cuts: str = "killed"
    in_writes: bool = False


def replaced(target: object, name: str, new: object) -> Callable[[], Patch]:
    """Have this name of a module or class be something else."""
    return lambda: mock.patch.object(target, name, new)


def with_proof(kind: EffectKind, settle: workflow.Settle) -> Callable[[], Patch]:
    """Have the outcome of this kind of effect found out in another way."""
    return lambda: mock.patch.dict(workflow.PROOFS, {kind: settle})
