"""The history as Server-Sent Events; `Last-Event-ID` resumes without a gap."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Annotated, Final

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Query, Response
from sse_starlette import EventSourceResponse, ServerSentEvent

from station.api.caller import Service
from station.api.models.events import EventRecord
from station.api.problem import PROBLEMS, problem_response
from station.core.limits import LARGEST_ID
from station.production.services.service import ProductionService

router = APIRouter(tags=["events"], responses=PROBLEMS)

QUIET: Final = 15.0  #: seconds without news after which a comment keeps the line open
MAX_LISTENERS: Final = 64
RETRY_AFTER: Final = 5  #: seconds until a listener for whom there is no room asks again
MISSED: Final = "events-missed"

# Each listener holds a thread while it waits; they must not take the threads that answer requests.
_listeners = anyio.CapacityLimiter(MAX_LISTENERS)
_listening: set[object] = set()


@router.get(
    "/events",
    summary="History as it happens",
    response_class=EventSourceResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def stream_events(
    service: Service,
    after: Annotated[
        int | None, Query(ge=0, le=LARGEST_ID, description="Begin after this event.")
    ] = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> Response:
    """Begins with what comes next, or after `Last-Event-ID` (or `after`).

    A number that this history does not have (it was restored from a backup, or is another one)
    cannot be resumed: the stream goes on from now, and its first event is `events-missed`, with
    `last_seq` in its data. Read `/orders` again then. An empty or unreadable `Last-Event-ID` is
    treated alike. With 64 listeners one more is answered 503.
    """
    if len(_listening) >= MAX_LISTENERS:
        return problem_response("too-many-listeners", 503, retry_after=RETRY_AFTER)
    newest = service.last_seq
    start = _known(last_event_id, newest) if last_event_id is not None else after
    missed = start is None and last_event_id is not None
    if start is not None and start > newest:
        start, missed = None, True
    begin = newest if start is None else start
    return EventSourceResponse(_follow(service, begin, missed=missed), ping=int(QUIET))


def _known(last_event_id: str, newest: int) -> int | None:
    """Return the number of an event that this history has; None when it names none."""
    text = last_event_id.strip()
    if not (text.isascii() and text.isdecimal()) or len(text) > len(str(newest)):
        return None
    return int(text)


async def _follow(
    service: ProductionService, seq: int, *, missed: bool
) -> AsyncIterator[ServerSentEvent]:
    me = object()
    _listening.add(me)
    try:
        if missed:
            told = json.dumps({"last_seq": seq})
            yield ServerSentEvent(id=str(seq), event=MISSED, data=told)
        while not service.notifier.silenced:
            heard = service.notifier.count
            for event in await run_sync(service.events_after, seq):
                seq = event.seq
                yield ServerSentEvent(
                    id=str(seq), event=event.kind, data=_as_json(EventRecord.of(event))
                )
            await run_sync(
                service.notifier.wait, heard, QUIET, abandon_on_cancel=True, limiter=_listeners
            )
    finally:
        _listening.discard(me)


def _as_json(event: EventRecord) -> str:
    fields = event.model_dump() | {"at": event.at.isoformat()}
    return json.dumps(fields, ensure_ascii=False)
