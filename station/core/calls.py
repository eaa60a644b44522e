"""A call of a program that names itself, so that it is carried out once however often it comes.

A network loses answers. Whoever sends the same call again, with the same Idempotency-Key, must get
the result as it is now, and nothing may be done a second time. There are three kinds of calls:

* One that makes something (an order, a line of stock, a closed shift) keeps its key in the very
  transaction that makes it (its `home`), so that a power cut falls before both or after both.
* One that names a goal (take the order to this step, cancel it) may be carried out again: what has
  been reached already is not an error.
* One that rests on what a person saw (the answer to a question about a card, a card put away) must
  not be carried out again after it was cut off: the same words may by then be about another card.
  That it has begun is durable before it begins.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field


class Home(enum.StrEnum):
    """Where the key of a call is kept."""

    CALLS = "calls"  #: a row of its own, written before and after
    ORDERS = "requests"  #: with the order that it made
    STOCK = "stock"  #: with the move of blanks
    SHIFTS = "shifts"  #: with the closed shift
    EXPORTS = "write_backs"  #: the file that left is named after it


@dataclass(frozen=True, slots=True)
class NamedCall:
    """One call of a program.

    Attributes:
        key: The program's own name for it; may be a person's number.
        operation: Method and path of the operation, as a template.
        content: Everything that makes it this call and no other: address and body, no password.
    """

    key: str = field(repr=False)
    operation: str
    content: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class KnownCall:
    """What is known of a key.

    Attributes:
        home: Where it is kept.
        ended: Whether the call was carried out to its end.
        made: The name of what it made; empty for nothing.
        fits: Whether it came with this content; None when its home compares that itself.
    """

    home: Home
    ended: bool
    made: str
    fits: bool | None
