"""`station serve`: the daemon."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from station.cli import startup
from station.cli.options import CONFIG_DEFAULT, Config, explained
from station.core.errors import StationHeldError
from station.given_settings import count_attempt, read_given
from station.local_socket import listen_at
from station.service_manager import ServiceManager
from station.settings import load_own_settings, load_settings
from station.state_folder import held, make_new_files_private
from station.words import text

if TYPE_CHECKING:
    from station.bootstrap import Station
    from station.production.views.orders import StationView

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
    manager = ServiceManager()
    with explained():
        anew = _serve_in_folder(config, log_level, manager)
    if anew:
        _begin_anew()


def _serve_or_explain(config: Path, log_level: str) -> None:
    """Serve; where the start fails, serve the page of the safe mode, and then begin anew."""
    manager = ServiceManager()
    try:
        anew = _serve_in_folder(config, log_level, manager)
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
        return
    if anew:
        _begin_anew()


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
    _begin_anew()


def _begin_anew() -> None:
    """Become a new program, so that nothing of this start is left over. Does not return."""
    os.execv(sys.executable, [sys.executable, "-m", "station", *sys.argv[1:]])  # noqa: S606


def _serve_in_folder(config: Path, log_level: str, manager: ServiceManager) -> bool:
    """Serve until the end; returns whether to begin anew, because of settings from central."""
    state = load_own_settings(config).station.state_dir
    with held(state, "station serve"):
        try:
            return _serve(state, config, log_level, manager)
        except typer.Exit:
            raise  # the port is taken, and was said
        except Exception:  # a library's too: any start that ended with one was not good
            if read_given(state).trial is None or manager.has_reported_its_end:
                raise
            # The next start counts; after the last attempt the earlier settings are there again.
            log.exception("no start with these settings", extra={"action": "settings-trial"})
            manager.hand_on()
            return True


def _serve(state: Path, config: Path, log_level: str, manager: ServiceManager) -> bool:
    """Serve until the end; returns whether it is to begin anew, with other settings."""
    startup.collect_no_more()
    startup.give_memory_back()
    from station.bootstrap import build_station, start_metrics
    from station.logs import set_up_logging

    set_up_logging(log_level)
    count_attempt(state)
    settings = load_settings(config)
    settings.server.require_closed()
    settings.server.require_usable_certificates()
    # What a start that fails has opened is closed: the page of the safe mode needs the port.
    with contextlib.ExitStack() as opened:
        listener = listen(settings.server.host, settings.server.port)
        opened.callback(listener.close)
        station = build_station(settings)
        opened.callback(station.give_back)
        local = listen_at(settings.socket_file)
        opened.callback(local.close)
        ending = contextlib.ExitStack()
        opened.callback(ending.close)
        ending.callback(start_metrics(station))
        return _run(station, (listener, local), manager, opened, ending)


def _run(
    station: Station,
    sockets: tuple[socket.socket, socket.socket],
    manager: ServiceManager,
    opened: contextlib.ExitStack,
    ending: contextlib.ExitStack,
) -> bool:
    """Run the server, on the port and the command line's socket; see `_serve`.

    `opened` is what the application takes over; `ending` is ended when the station stops.
    """
    from station.api.server import StationServer, Tls, server_config
    from station.bootstrap import build_app

    server = station.settings.server
    tls = None
    if server.certificate is not None and server.key is not None:
        tls = Tls(server.certificate, server.key, server.client_ca)
    listener, local = sockets
    scheme = "http" if tls is None else "https"
    address = f"{scheme}://{server.host}:{listener.getsockname()[1]}"
    anew = threading.Event()

    def begin_anew() -> None:
        anew.set()
        running.should_exit = True

    def started() -> None:
        _announce(address)
        manager.ready(lambda: station.engine.heartbeat.silent_for)
        ending.callback(_watch_trial(station, begin_anew))

    def stopped() -> None:
        if anew.is_set():
            manager.hand_on()
        else:
            manager.stopping()
        ending.close()
        opened.pop_all()  # the application gives the rest back

    app = build_app(station, on_started=started, on_stopped=stopped, begin_anew=begin_anew)
    running = StationServer(server_config(app, tls), local)
    running.run(sockets=[listener])
    return anew.is_set()


def _watch_trial(station: Station, begin_anew: Callable[[], None]) -> Callable[[], None]:
    """Watch the start of what is on trial; returns what ends the watch."""
    from station.update.trial import LOOK_PATIENCE, watch

    def look() -> StationView:
        return station.service.machine.check_now(LOOK_PATIENCE)

    return watch(station.settings.station.state_dir, look, begin_anew)


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
