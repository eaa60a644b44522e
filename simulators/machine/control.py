"""The control API: the operator's actions and the observer's record over HTTP."""

from __future__ import annotations

import json
import socket
import threading
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from simulators.machine.actions import (
    ACTIONS,
    ParameterError,
    UnknownActionError,
    perform,
)
from simulators.machine.hands import CannotDoError, Hands
from simulators.machine.model import Machine
from simulators.machine.observer import Observer
from simulators.machine.page import render_page
from simulators.machine.picture import Side

_STOP_SECONDS: Final = 1.5
_NOT_UNDERSTOOD: Final = 422
_NO_CACHE: Final = {"Cache-Control": "no-store"}


def create_app(machine: Machine, hands: Hands, observer: Observer) -> Starlette:
    """Return the application; every handler except `do` is read-only."""
    faces = _Faces(machine)

    def actions(_: Request) -> Response:
        return JSONResponse({"actions": list_actions()})

    def state(_: Request) -> Response:
        return JSONResponse(observer.state(), headers=_NO_CACHE)

    def record(_: Request) -> Response:
        return JSONResponse(observer.record(), headers=_NO_CACHE)

    def reset_clock(_: Request) -> Response:
        observer.reset_clock()
        return JSONResponse(observer.time())

    def page(_: Request) -> Response:
        return HTMLResponse(render_page("simulators.machine"), headers=_NO_CACHE)

    async def do(request: Request) -> Response:
        body = await request.body()
        return await run_in_threadpool(_do, hands, observer, body)

    return Starlette(
        routes=[
            Route("/", page),
            Route("/actions", actions),
            Route("/do", do, methods=["POST"]),
            Route("/state", state),
            Route("/observer", record),
            Route("/observer/reset-clock", reset_clock, methods=["POST"]),
            Route("/observer/cards/{card_id}/{side}.png", faces.png),
        ]
    )


def list_actions() -> list[dict[str, object]]:
    """Return every action with its parameters."""
    return [
        {
            "action": action.word,
            "chinese": action.chinese,
            "group": action.group,
            "explanation": action.explanation,
            "parameters": [
                {
                    "name": parameter.name,
                    "kind": parameter.kind,
                    "required": parameter.default is None,
                    "default": parameter.default,
                }
                for parameter in action.parameters
            ],
        }
        for action in ACTIONS.values()
    ]


def _do(hands: Hands, observer: Observer, body: bytes) -> Response:
    try:
        given = json.loads(body)
        word = given.pop("action")
    except (ValueError, AttributeError, KeyError, TypeError):
        return _refuse(_NOT_UNDERSTOOD, 'a JSON object with "action" is needed')
    try:
        card = perform(hands, word, given)
    except UnknownActionError:
        return _refuse(_NOT_UNDERSTOOD, f"unknown action {word!r}")
    except ParameterError as exc:
        return _refuse(_NOT_UNDERSTOOD, str(exc))
    except CannotDoError as exc:
        return _refuse(409, str(exc))
    done: dict[str, object] = {"done": word, "state": observer.state()}
    if card is not None:
        done["card_id"] = card.card_id
    return JSONResponse(done)


def _refuse(status: int, reason: str) -> Response:
    content: dict[str, object] = {"error": reason}
    if status == _NOT_UNDERSTOOD:
        content["actions"] = sorted(ACTIONS)
    return JSONResponse(content, status_code=status)


class _Faces:
    """Pictures of the printed sides."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def png(self, request: Request) -> Response:
        """The side as it looks now: white when nothing was printed on it."""
        card = self._machine.cards.get(request.path_params["card_id"])
        side = request.path_params["side"]
        if card is None or side not in list(Side):
            return _refuse(404, "no such card or side")
        content = card.faces[Side(side)].png()
        return Response(content, media_type="image/png", headers=_NO_CACHE)


class ControlServer:
    """Serves the application on loopback in a thread of its own."""

    def __init__(self, app: Starlette) -> None:
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread: threading.Thread | None = None

    def start(self, host: str, port: int) -> int:
        """Listen; returns the port (useful when `port` is 0)."""
        listener = socket.create_server((host, port))
        # Inherited by accepted sockets; asyncio sets it only on sockets that it created itself.
        # Without it each answer waits 40 ms for the client's delayed ACK.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="control", daemon=True
        )
        self._thread.start()
        return int(listener.getsockname()[1])

    def stop(self) -> None:
        """Stop serving."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(_STOP_SECONDS)
