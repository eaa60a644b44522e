"""`python -m simulators desk`: an ID-card reader and a PIN pad as a process, with a control API."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from simulators import stopping
from simulators.desk.hands import CannotDoError, Hands, Line
from simulators.desk.lines import PtyLine, TcpLine, UsbIpLine
from simulators.desk.pin_pads import FramedPad, KeysPad
from simulators.desk.sam_module import SamModule
from simulators.machine.control import ControlServer
from simulators.machine.page import render_page
from simulators.machine.server import address

PADS: Final[dict[str, type[FramedPad] | type[KeysPad]]] = {"framed": FramedPad, "keys": KeysPad}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--folder", type=Path, default=Path("var/desk"), help="for the ports")
    parser.add_argument(
        "--id-line", choices=("pty", "tcp", "usbip"), default="pty", help="of the ID-card reader"
    )
    parser.add_argument("--pad", choices=sorted(PADS), default="framed", help="kind of PIN pad")
    parser.add_argument("--control", default="http://127.0.0.1:8472", help="listen here")
    parser.add_argument("--seed", type=int, default=1, help="of all chance (%(default)s)")
    stopping.add_option(parser)


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit status."""
    asked = stopping.Stopping(with_parent=args.exit_with_parent)
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
    asked.wait()
    control.stop()
    id_line.unplug()
    pad_line.unplug()
    return 0


def _line(kind: str, module: SamModule, folder: Path) -> Line:
    if kind == "pty":
        return PtyLine(module, folder / "id-reader")
    return TcpLine(module) if kind == "tcp" else UsbIpLine(module)


def create_app(hands: Hands) -> Starlette:
    """Return the control API and its page: lists the actions, and performs them."""

    def page(_: Request) -> Response:
        return HTMLResponse(render_page("simulators.desk"))

    def actions(_: Request) -> Response:
        return JSONResponse({"actions": [one.listed() for one in hands.actions.values()]})

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
