"""`station serve`: the daemon."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from station.cli import startup
from station.cli.options import CONFIG_DEFAULT, Config, explained, read_settings
from station.core.errors import StationHeldError
from station.local_socket import listen_at
from station.service_manager import ServiceManager
from station.settings import load_settings
from station.state_folder import held, make_new_files_private
from station.words import text

if TYPE_CHECKING:
    from station.bootstrap import Station
    from station.production.views.orders import StationView

log = logging.getLogger(__name__)
LOOK_PATIENCE: Final = 10.0  #: seconds for a look at machine and province


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
        _serve(settings.server.host, settings.server.port, config, log_level, ServiceManager())


def _serve_or_explain(config: Path, log_level: str) -> None:
    """Serve; where the start fails, serve the page of the safe mode, and then begin anew."""
    manager = ServiceManager()
    try:
        settings = load_settings(config)
        with held(settings.station.state_dir, "station serve"):
            _serve(settings.server.host, settings.server.port, config, log_level, manager)
    except StationHeldError as exc:
        # The other program is the station, or about to end.
        with explained():
            raise exc from None
    except Exception as exc:
        if manager.has_reported_its_end:
            # A page would be ended too: systemd starts the service anew.
            log.exception("the station ended with an error", extra={"action": "ended"})
            raise typer.Exit(1) from exc
        log.exception("the station did not start", extra={"action": "safe-mode"})
        _explain(exc, config, manager)


def _explain(failed: Exception, config: Path, manager: ServiceManager) -> None:
    from station.safe_mode import find_trouble, serve_trouble

    trouble = find_trouble(failed, config)

    def announce(address: str) -> None:
        typer.echo(text("safe-mode.address", code=trouble.code, address=address), err=True)
        line = {"ready": False, "safe_mode": trouble.code, "address": address}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
        manager.ready(lambda: 0.0)  # no machine's thread, which could hang

    with explained():
        serve_trouble(trouble, announce)
    manager.hand_on()
    # A new program, so that nothing of the failed start is left over.
    os.execv(sys.executable, [sys.executable, "-m", "station", *sys.argv[1:]])  # noqa: S606


def _serve(host: str, port: int, config: Path, log_level: str, manager: ServiceManager) -> None:
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
    server.require_usable_certificates()
    tls = None
    if server.certificate is not None and server.key is not None:
        tls = Tls(server.certificate, server.key, server.client_ca)
    # What a start that fails has opened is closed: the page of the safe mode needs the port.
    with contextlib.ExitStack() as opened:
        listener = listen(host, port)
        opened.callback(listener.close)
        station = build_station(settings)
        opened.callback(station.give_back)
        local = listen_at(settings.socket_file)
        opened.callback(local.close)
        ending = contextlib.ExitStack()
        opened.callback(ending.close)
        ending.callback(start_metrics(station))
        scheme = "http" if tls is None else "https"
        address = f"{scheme}://{host}:{listener.getsockname()[1]}"

        def started() -> None:
            _announce(address)
            manager.ready(lambda: station.engine.heartbeat.silent_for)
            ending.callback(_watch_trial(station))

        def stopped() -> None:
            manager.stopping()
            ending.close()
            opened.pop_all()  # the application gives the rest back

        app = build_app(station, on_started=started, on_stopped=stopped)
        StationServer(server_config(app, tls), local).run(sockets=[listener])


def _watch_trial(station: Station) -> Callable[[], None]:
    """Watch the start of a version on trial; returns what ends the watch."""
    from station.update.trial import watch

    def look() -> StationView:
        return station.service.machine.check_now(LOOK_PATIENCE)

    return watch(station.settings.station.state_dir, look)


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
