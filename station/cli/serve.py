"""`station serve`: the daemon."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from station.cli import startup
from station.cli.options import CONFIG_DEFAULT, Config, explained, read_settings
from station.service_manager import ServiceManager
from station.state_folder import held, make_new_files_private
from station.words import text


def serve(
    config: Config = CONFIG_DEFAULT,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "info",
) -> None:
    """Serve the pages and the HTTP API, and own the machine, until SIGTERM or Ctrl-C.

    Prints one JSON line with the address once it answers.
    """
    settings = read_settings(config)
    make_new_files_private()
    with explained(), held(settings.station.state_dir, "station serve"):
        _serve(settings.server.host, settings.server.port, config, log_level)


def _serve(host: str, port: int, config: Path, log_level: str) -> None:
    startup.collect_no_more()
    startup.give_memory_back()
    startup.no_client_command_line()
    import uvicorn

    with startup.models_built_later():
        import fastapi  # noqa: F401 - before the first module that has models of its own

    from station.api.server import server_config
    from station.bootstrap import build_app, build_station, start_metrics
    from station.logs import set_up_logging

    set_up_logging(log_level)
    listener = listen(host, port)
    station = build_station(read_settings(config))
    address = f"http://{host}:{listener.getsockname()[1]}"
    manager = ServiceManager()
    end_metrics = start_metrics(station)

    def started() -> None:
        _announce(address)
        manager.ready(lambda: station.engine.heartbeat.silent_for)

    def stopped() -> None:
        manager.stopping()
        end_metrics()

    app = build_app(station, on_started=started, on_stopped=stopped)
    server = uvicorn.Server(server_config(app))
    server.run(sockets=[listener])


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
