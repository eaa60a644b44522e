"""The connection to the PC/SC service: made anew when the service restarts, and never for long.

Source: PC/SC part 5 (SCardEstablishContext, return codes).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from smartcard import scard

from station.core.errors import ReaderNotConnectedError

OK: Final[int] = scard.SCARD_S_SUCCESS
REFUSALS: Final = 6  # in a row until the account counts as refused
ASK_AGAIN: Final = 0.2  # seconds between them
#: The service was lost, or restarted and does not know our context: a fresh context helps.
STALE_CONTEXT: Final = frozenset(
    {
        scard.SCARD_E_NO_SERVICE,
        scard.SCARD_E_SERVICE_STOPPED,
        scard.SCARD_E_INVALID_HANDLE,
        scard.SCARD_F_COMM_ERROR,
        scard.SCARD_F_INTERNAL_ERROR,
    }
)
#: The service does not let this account in. One such answer proves nothing, see `PcscService`.
REFUSED: Final = frozenset({scard.SCARD_W_SECURITY_VIOLATION, scard.SCARD_E_NO_ACCESS})


class PcscService:
    """Calls functions of the PC/SC service with a context of this process. One caller at a time.

    A service that is about to end answers for a moment that it refuses this account, and then it is
    gone (seen with pcscd 1.9.9 when the cable of its only reader is pulled). Taken for a missing
    permission, a pulled cable would send a technician to the rules of polkit. A refusal therefore
    counts when it is given several times in a row. That is waited for once: until an answer
    differs, the next refusal counts at once.
    """

    def __init__(self, pause: Callable[[float], None]) -> None:
        """Prepare it; nothing is opened. `pause` waits so many seconds."""
        self._pause = pause
        self._context: int | None = None
        self._refused = False

    def call(self, function: Callable[..., list[Any]], *arguments: object) -> list[Any]:
        """Call a function that takes a context; once more with a fresh one when ours is stale.

        Returns what the function returns, its return code first.

        Raises:
            ReaderNotConnectedError: The service does not answer, or gives this account no context.
        """
        result = self._doubted(lambda: function(self._fresh_context(), *arguments))
        if result[0] in STALE_CONTEXT:
            self.drop_context()
            result = self._doubted(lambda: function(self._fresh_context(), *arguments))
        return result

    def drop_context(self) -> None:
        """Release the context; the next call establishes another one."""
        if self._context is not None:
            # A context of a lost service can't be released; it is useless in any case.
            scard.SCardReleaseContext(self._context)
            self._context = None

    def _fresh_context(self) -> int:
        if self._context is None:
            code, context = self._doubted(
                lambda: scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
            )
            if code in REFUSED:
                raise no_permission(code)
            if code != OK:
                raise ReaderNotConnectedError(
                    f"the PC/SC service does not answer: {text_of(code)}",
                    details={"cause": "no-service"},
                )
            self._context = context
        return self._context

    def _doubted(self, ask: Callable[[], list[Any]]) -> list[Any]:
        result = ask()
        for _again in range(0 if self._refused else REFUSALS - 1):
            if result[0] not in REFUSED:
                break
            self.drop_context()
            self._pause(ASK_AGAIN)
            result = ask()
        self._refused = result[0] in REFUSED
        return result


def text_of(code: int) -> str:
    """Return a return code in words, with its number."""
    return f"{scard.SCardGetErrorMessage(code)} [{code & 0xFFFFFFFF:08X}]"


def no_permission(code: int) -> ReaderNotConnectedError:
    """Return the error for a service that refuses this account."""
    return ReaderNotConnectedError(
        f"the PC/SC service refuses this account: {text_of(code)}", code="reader-no-permission"
    )
