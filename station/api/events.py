"""The history as Server-Sent Events; `Last-Event-ID` resumes without a gap."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Final

from fastapi import Header, Query, Request, Response
from sse_starlette import EventSourceResponse, ServerSentEvent

from station.api.caller import Service, TheCaller
from station.api.models.events import EventRecord
from station.api.routing import OperationRouter
from station.core.limits import LARGEST_ID
from station.listeners import Listening, Stream
from station.production.services.service import ProductionService
from station.web import doors_of

router = OperationRouter("events")

#: Each event of a stream, whose media type is a sequence of them.
ONE_OF_THE_STREAM: Final = {
    "type": "object",
    "description": "Each event; comments keep the line open.",
    "required": ["id", "event", "data"],
    "properties": {
        "id": {"type": "string", "description": "`seq` of the event."},
        "event": {"type": "string", "description": "`kind` of the event, or `events-missed`."},
        "data": {"type": "string", "description": "JSON."},
    },
}
QUIET: Final = 15.0  #: seconds without news after which a comment keeps the line open
MISSED: Final = "events-missed"


@router.get(
    "/events",
    summary="History as it happens",
    response_class=EventSourceResponse,
    responses={200: {"content": {"text/event-stream": {"schema": ONE_OF_THE_STREAM}}}},
)
async def stream_events(
    request: Request,
    service: Service,
    caller: TheCaller,
    after: Annotated[
        int | None, Query(ge=0, le=LARGEST_ID, description="Begin after this event.")
    ] = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> Response:
    """Begins with what comes next, or after `Last-Event-ID` (or `after`).

    A number that this history does not have (it was restored from a backup, or is another one)
    cannot be resumed: the stream goes on from now, and its first event is `events-missed`, with
    `last_seq` in its data. Read `/orders` again then. An empty or unreadable `Last-Event-ID` is
    treated alike. A caller may have 8 streams at a time, and all together 64; one more is answered
    503. The stream ends when the caller's credential does.
    """
    listening: Listening = request.app.state.listening
    newest = service.last_seq
    start = _known(last_event_id, newest) if last_event_id is not None else after
    missed = start is None and last_event_id is not None
    if start is not None and start > newest:
        start, missed = None, True
    begin = newest if start is None else start
    listening.programs.take(caller.name)
    still_in = doors_of(request).still_in
    lines = _follow(service, listening, begin, missed=missed, is_open=lambda: still_in(caller))
    return Stream(lines, listening.programs, caller.name, ping=int(QUIET))


def _known(last_event_id: str, newest: int) -> int | None:
    """Return the number of an event that this history has; None when it names none."""
    text = last_event_id.strip()
    if not (text.isascii() and text.isdecimal()) or len(text) > len(str(newest)):
        return None
    return int(text)


async def _follow(
    service: ProductionService,
    listening: Listening,
    seq: int,
    *,
    missed: bool,
    is_open: Callable[[], bool],
) -> AsyncIterator[ServerSentEvent]:
    if missed:
        told = json.dumps({"last_seq": seq})
        yield ServerSentEvent(id=str(seq), event=MISSED, data=told)
    while not service.notifier.silenced and is_open():
        heard = service.notifier.count
        while lines := await listening.after(seq):
            for line in lines:
                seq = line.seq
                yield ServerSentEvent(id=str(seq), event=line.kind, data=line.text)
        await listening.wait(heard, QUIET)


def event_as_json(event: object) -> str:
    """Return an event as it is sent."""
    shown = EventRecord.of(event)
    fields = shown.model_dump() | {"at": shown.at.isoformat()}
    return json.dumps(fields, ensure_ascii=False)
