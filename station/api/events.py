"""The history as Server-Sent Events; `Last-Event-ID` resumes without a gap."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import AsyncIterator
from typing import Annotated, Final

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Query
from sse_starlette import EventSourceResponse, ServerSentEvent

from station.api.caller import Service
from station.api.problem import PROBLEMS
from station.core.orders import EventRecord
from station.production.service import ProductionService

router = APIRouter(tags=["events"], responses=PROBLEMS)

QUIET: Final = 15.0  #: seconds without news after which a comment keeps the line open
MAX_LISTENERS: Final = 64

# Each listener holds a thread while it waits; they must not take the threads that answer requests.
_listeners = anyio.CapacityLimiter(MAX_LISTENERS)


@router.get("/events", summary="History as it happens", response_class=EventSourceResponse)
async def stream_events(
    service: Service,
    after: Annotated[int | None, Query(ge=0, description="Begin after this event.")] = None,
    last_event_id: Annotated[int | None, Header(ge=0)] = None,
) -> EventSourceResponse:
    """Begins with what comes next, or after `Last-Event-ID` (or `after`)."""
    start = last_event_id if last_event_id is not None else after
    begin = service.last_seq if start is None else start
    return EventSourceResponse(_follow(service, begin), ping=int(QUIET))


async def _follow(service: ProductionService, seq: int) -> AsyncIterator[ServerSentEvent]:
    while not service.bell.silenced:
        heard = service.bell.count
        for event in await run_sync(service.events_after, seq):
            seq = event.seq
            yield ServerSentEvent(id=str(seq), event=event.kind, data=_as_json(event))
        await run_sync(service.bell.wait, heard, QUIET, abandon_on_cancel=True, limiter=_listeners)


def _as_json(event: EventRecord) -> str:
    fields = dataclasses.asdict(event) | {"at": event.at.isoformat()}
    return json.dumps(fields, ensure_ascii=False)
