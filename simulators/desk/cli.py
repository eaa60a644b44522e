"""`python -m simulators desk`: an ID-card reader and a PIN pad as a process, with a control API."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from simulators.desk.hands import CannotDoError, Hands, Line
from simulators.desk.lines import PtyLine, TcpLine, UsbIpLine
from simulators.desk.pin_pads import FramedPad, KeysPad
from simulators.desk.sam_module import SamModule
from simulators.machine.control import ControlServer
from simulators.machine.server import address

PADS: Final[dict[str, type[FramedPad] | type[KeysPad]]] = {"framed": FramedPad, "keys": KeysPad}
PARENT_LOOK_SECONDS: Final = 0.5
PAGE: Final = """<!doctype html><meta charset="utf-8"><title>desk</title><h1>desk</h1>
<p>For each: <code>POST /do {{"action": WORD, PARAMETER: TEXT}}</code></p><ul>{rows}</ul>"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--folder", type=Path, default=Path("var/desk"), help="for the ports")
    parser.add_argument(
        "--id-line", choices=("pty", "tcp", "usbip"), default="pty", help="of the ID-card reader"
    )
    parser.add_argument("--pad", choices=sorted(PADS), default="framed", help="kind of PIN pad")
    parser.add_argument("--control", default="http://127.0.0.1:8472", help="listen here")
    parser.add_argument("--seed", type=int, default=1, help="of all chance (%(default)s)")
    parser.add_argument(
        "--exit-with-parent", action="store_true", help="stop when the starting process is gone"
    )


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit status."""
    parent = os.getppid() if args.exit_with_parent else None
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    args.folder.mkdir(parents=True, exist_ok=True)
    folder = args.folder.resolve()
    module, pad = SamModule(seed=args.seed), PADS[args.pad]()
    id_line, pad_line = _line(args.id_line, module, folder), PtyLine(pad, folder / "pin-pad")
    id_line.plug()
    pad_line.plug()
    control = ControlServer(create_app(Hands(module, id_line, pad, pad_line, seed=args.seed)))
    host, port = address(args.control, "http")
    port = control.start(host, port)
    line = {
        "ready": True,
        "id_reader": id_line.address,
        "pin_pad": pad_line.address,
        "control": f"http://{host}:{port}",
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
    while not stopping.wait(None if parent is None else PARENT_LOOK_SECONDS):
        if parent is not None and os.getppid() != parent:
            break
    control.stop()
    id_line.unplug()
    pad_line.unplug()
    return 0


def _line(kind: str, module: SamModule, folder: Path) -> Line:
    if kind == "pty":
        return PtyLine(module, folder / "id-reader")
    return TcpLine(module) if kind == "tcp" else UsbIpLine(module)


def create_app(hands: Hands) -> Starlette:
    """Return the control API: lists the actions, and performs them."""

    def page(_: Request) -> Response:
        rows = "".join(
            f"<li>{one.word} {', '.join(one.parameters)}</li>" for one in hands.actions.values()
        )
        return HTMLResponse(PAGE.format(rows=rows))

    def actions(_: Request) -> Response:
        return JSONResponse({one.word: one.parameters for one in hands.actions.values()})

    def state(_: Request) -> Response:
        return JSONResponse(hands.state())

    async def do(request: Request) -> Response:
        try:
            given = json.loads(await request.body())
            word = given.pop("action")
            await run_in_threadpool(hands.do, word, given)
        except (ValueError, AttributeError, KeyError, TypeError, CannotDoError) as exc:
            return JSONResponse({"error": str(exc)}, status_code=422)
        return JSONResponse({"done": word, "state": hands.state()})

    return Starlette(
        routes=[
            Route("/", page),
            Route("/actions", actions),
            Route("/state", state),
            Route("/do", do, methods=["POST"]),
        ]
    )
