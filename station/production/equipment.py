"""The concrete parts that one window has, behind their interfaces. `bootstrap` fills it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from station.core.cards import BlankRule, CardEncoder
from station.core.errors import BankNotConfiguredError
from station.core.faces import FaceRenderer
from station.core.gateways import ProvinceGateway
from station.core.printing import CardPrinter


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When a report is tried again by itself, in seconds; network only, never a physical effect.

    Attributes:
        first: Wait after the first failure.
        longest: The wait doubles up to this.
        jitter: Up to this share is added at random, so that windows do not march in step.
    """

    first: float = 5.0
    longest: float = 300.0
    jitter: float = 0.2


@dataclass(frozen=True, slots=True)
class Equipment:
    """What the workflow works with.

    Attributes:
        machine: Name of this machine in the journal.
        printer: The card printer.
        encoder: The chip at the chip station.
        province: The province's gateway.
        faces: Draws the face; from several threads.
        blanks: AAE008 -> which blanks fit that bank.
        retry: When reports are tried again.
        unverified: Device name -> what was never seen at a real card or province.
    """

    machine: str
    printer: CardPrinter
    encoder: CardEncoder
    province: ProvinceGateway
    faces: FaceRenderer
    blanks: Mapping[str, BlankRule]
    retry: RetryPolicy
    unverified: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def blank_rule(self, bank: str) -> BlankRule:
        """Return which blanks fit a bank.

        Raises:
            BankNotConfiguredError: The site does not know this bank.
        """
        try:
            return self.blanks[bank]
        except KeyError:
            raise BankNotConfiguredError(
                f"bank {bank} is not in config/", details={"bank": bank}
            ) from None
