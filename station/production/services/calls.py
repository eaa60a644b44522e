"""What was called under which key; see `station.core.calls`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from station.core.calls import Home, KnownCall, NamedCall
from station.core.changes import BeginCall, EndCall, ForgetCall
from station.core.errors import InputError
from station.core.errors.calls import KeyReusedError, RequestInterruptedError
from station.journal import Journal

T = TypeVar("T")


class CallService:
    """Carries named calls out once. Thread-safe.

    Whoever calls sees to it that no two calls of one key are inside at the same time.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def once(
        self,
        call: NamedCall,
        actor: str,
        do: Callable[[], T],
        again: Callable[[str], T],
        *,
        repeatable: bool,
        made: Callable[[T], str],
    ) -> T:
        """Carry out `do`; when the call was carried out before, return what `again` finds now.

        Args:
            call: The call.
            actor: Who makes it.
            do: Carries it out.
            again: Looks at the result as it is now, by the name that `made` gave it.
            repeatable: Whether a call that was cut off may be carried out again.
            made: Returns the name of a result.

        Raises:
            KeyReusedError: The key came with another call.
            RequestInterruptedError: It was cut off, and is not `repeatable`.
        """
        known = self._known(call, Home.CALLS)
        if known is None:
            self._apply(actor, BeginCall(call))
        elif known.ended:
            return again(known.made)
        elif not repeatable:
            raise RequestInterruptedError("this request was cut off")
        try:
            result = do()
        except InputError:  # refused: nothing was changed, and the same key may try again
            self._apply(actor, ForgetCall(call.key))
            raise
        self._apply(actor, EndCall(call.key, made(result)))
        return result

    def is_known(self, call: NamedCall, home: Home) -> bool:
        """Whether the key is kept at this home, which compares the rest.

        Raises:
            KeyReusedError: It is kept elsewhere.
        """
        return self._known(call, home) is not None

    def _known(self, call: NamedCall, home: Home) -> KnownCall | None:
        found = self._journal.calls.known(call)
        if any(one.home is not home or one.fits is False for one in found):
            raise KeyReusedError("this Idempotency-Key came with another request")
        return found[0] if found else None

    def _apply(self, actor: str, change: BeginCall | EndCall | ForgetCall) -> None:
        with self._journal.transaction(actor) as transaction:
            transaction.apply(change)
