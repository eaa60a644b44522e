"""How the changes of remembered calls are written. They add no event: nothing has changed."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from station.core import changes
from station.journal import tables
from station.journal.writing import Writing

CALL_KEY: Final = "calls.key"  #: kind of the keyed digest of a key
CALL_CONTENT: Final = "calls.content"  #: and of what came with it

_THE_CALL: Final = tables.calls.c.key == sa.bindparam("which")
_END: Final = (
    tables.calls.update().where(_THE_CALL).values(ended=True, made=sa.bindparam("is_made"))
)
_FORGET: Final = tables.calls.delete().where(_THE_CALL)


def begin_call(to: Writing, change: changes.BeginCall) -> None:
    """See `BeginCall`."""
    call = change.call
    to.add(
        "calls",
        key=to.sealer.digest(CALL_KEY, call.key),
        operation=call.operation,
        content=to.sealer.digest(CALL_CONTENT, call.content),
        ended=False,
        made="",
        created_at=to.at,
    )


def end_call(to: Writing, change: changes.EndCall) -> None:
    """See `EndCall`."""
    to.connection.execute(
        _END, {"which": to.sealer.digest(CALL_KEY, change.key), "is_made": change.made}
    )


def forget_call(to: Writing, change: changes.ForgetCall) -> None:
    """See `ForgetCall`."""
    to.connection.execute(_FORGET, {"which": to.sealer.digest(CALL_KEY, change.key)})
