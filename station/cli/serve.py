"""`station serve`: the daemon."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from station.cli import startup
from station.cli.options import CONFIG_DEFAULT, Config, explained, read_settings
from station.core.errors import StationError, StationHeldError
from station.local_socket import listen_at
from station.service_manager import ServiceManager
from station.settings import load_settings
from station.state_folder import held, make_new_files_private
from station.words import text

log = logging.getLogger(__name__)


def serve(
    config: Config = CONFIG_DEFAULT,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "info",
    safe_mode: Annotated[
        bool,
        typer.Option("--safe-mode", help="When the start fails, serve a page that says why."),
    ] = False,
) -> None:
    """Serve the pages and the HTTP API, and own the machine, until SIGTERM or Ctrl-C.

    Prints one JSON line with the address once it answers.
    """
    make_new_files_private()
    if safe_mode:
        _serve_or_explain(config, log_level)
        return
    settings = read_settings(config)
    with explained(), held(settings.station.state_dir, "station serve"):
        _serve(settings.server.host, settings.server.port, config, log_level)


def _serve_or_explain(config: Path, log_level: str) -> None:
    """Serve; where the start fails, serve the page of the safe mode, and then begin anew."""
    try:
        settings = load_settings(config)
        with held(settings.station.state_dir, "station serve"):
            _serve(settings.server.host, settings.server.port, config, log_level)
    except StationHeldError as exc:
        # The other program is the station, or about to end.
        with explained():
            raise exc from None
    except Exception as exc:
        log.exception("the station did not start", extra={"action": "safe-mode"})
        _explain(exc, config)


def _explain(failed: Exception, config: Path) -> None:
    from station.safe_mode import find_trouble, serve_trouble

    trouble = find_trouble(failed, config)
    manager = ServiceManager()

    def announce(address: str) -> None:
        typer.echo(text("safe-mode.address", code=trouble.code, address=address), err=True)
        line = {"ready": False, "safe_mode": trouble.code, "address": address}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
        manager.ready(lambda: 0.0)  # no machine's thread, which could hang

    with explained():
        serve_trouble(trouble, announce)
    manager.stopping()
    # A new program, so that nothing of the failed start is left over.
    os.execv(sys.executable, [sys.executable, "-m", "station", *sys.argv[1:]])  # noqa: S606


def _serve(host: str, port: int, config: Path, log_level: str) -> None:
    startup.collect_no_more()
    startup.give_memory_back()
    startup.no_client_command_line()
    from station.api.server import StationServer, Tls, server_config
    from station.bootstrap import build_app, build_station, start_metrics
    from station.logs import set_up_logging

    set_up_logging(log_level)
    settings = load_settings(config)
    server = settings.server
    server.require_closed()
    tls = None
    if server.certificate is not None and server.key is not None:
        tls = Tls(server.certificate, server.key, server.client_ca)
    listener = listen(host, port)
    with contextlib.ExitStack() as undo:
        undo.callback(listener.close)
        station = build_station(settings)
        undo.callback(station.give_back)
        local = listen_at(settings.socket_file)
        undo.callback(local.close)
        end_metrics = start_metrics(station)
        undo.pop_all()
    scheme = "http" if tls is None else "https"
    address = f"{scheme}://{host}:{listener.getsockname()[1]}"
    manager = ServiceManager()

    def started() -> None:
        _announce(address)
        manager.ready(lambda: station.engine.heartbeat.silent_for)

    def stopped() -> None:
        manager.stopping()
        end_metrics()

    app = build_app(station, on_started=started, on_stopped=stopped)
    running = StationServer(server_config(app, tls), local)
    running.run(sockets=[listener])
    if running.lifespan.should_exit and not running.started:
        raise StationError("the start failed; the log says why")


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket, or end with the reason and exit status 2.

    asyncio disables Nagle's algorithm only where it recognises the protocol as TCP: otherwise a
    kept connection waits 40 ms for every answer.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as exc:
        listener.close()
        typer.echo(
            text("serve-command.address", address=f"{host}:{port}", reason=exc.strerror), err=True
        )
        raise typer.Exit(2) from exc
    listener.listen()
    return listener


def _announce(address: str) -> None:
    startup.collect_again()
    sys.stdout.write(json.dumps({"ready": True, "address": address}) + "\n")
    sys.stdout.flush()
