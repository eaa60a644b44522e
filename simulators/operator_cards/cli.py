"""`python -m simulators operator-card`: an operator's card in a slot of vpcd, until it is stopped.

vpcd listens, this end connects: the connection is the inserted card. Source: vsmartcard 3.3.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import socket
import sys
import threading
from typing import Final

from simulators import stopping
from simulators.operator_cards.maker import KINDS, PIN, make_card
from simulators.operator_cards.piv import PivCard

_POWER_OFF, _POWER_ON, _RESET, _GET_ATR = 0, 1, 2, 4
_RETRY_SECONDS: Final = 0.2  #: between two attempts while no reader listens
_CONNECT_SECONDS: Final = 2.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--name", default="li.na", help="in the certificate (%(default)s)")
    parser.add_argument("--pin", default=PIN, help="six to eight digits (%(default)s)")
    parser.add_argument("--kind", choices=KINDS, default=KINDS[0], help="of the key (%(default)s)")
    parser.add_argument("--port", type=int, default=35964, help="of the slot (%(default)s)")
    stopping.add_option(parser)


def run(args: argparse.Namespace) -> int:
    """Keep the card in the reader until SIGTERM or SIGINT; returns the exit status."""
    asked = stopping.Stopping(with_parent=args.exit_with_parent)
    card = make_card(args.name, pin=args.pin, kind=args.kind)
    slot = Slot(card, args.port)
    slot.start()
    sys.stdout.write(json.dumps({"ready": True, "card": card.card_id, "port": args.port}) + "\n")
    sys.stdout.flush()
    asked.wait()
    slot.stop()
    return 0


class Slot:
    """Keeps a card in one slot, also over a restart of pcscd."""

    def __init__(self, card: PivCard, port: int) -> None:
        self._card = card
        self._port = port
        self._stopping = threading.Event()
        self._link: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, name="slot", daemon=True)

    def start(self) -> None:
        """Put the card in."""
        self._thread.start()

    def stop(self) -> None:
        """Pull the card out."""
        self._stopping.set()
        if self._link is not None:
            with contextlib.suppress(OSError):
                self._link.shutdown(socket.SHUT_RDWR)
        self._thread.join(_CONNECT_SECONDS)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._link = socket.create_connection(("127.0.0.1", self._port), _CONNECT_SECONDS)
            except OSError:
                self._stopping.wait(_RETRY_SECONDS)
                continue
            with contextlib.suppress(OSError), self._link:
                self._link.settimeout(None)
                self._serve(self._link)
            self._card.power_off()
            self._stopping.wait(_RETRY_SECONDS)

    def _serve(self, link: socket.socket) -> None:
        stream = link.makefile("rb")
        while len(head := stream.read(2)) == 2 and not self._stopping.is_set():
            message = stream.read(int.from_bytes(head, "big"))
            answer = self._answer(message)
            if answer is not None:
                link.sendall(len(answer).to_bytes(2, "big") + answer)

    def _answer(self, message: bytes) -> bytes | None:
        if len(message) != 1:
            return self._card.transmit(message)
        control = message[0]
        if control == _POWER_OFF:
            self._card.power_off()
        elif control in (_POWER_ON, _RESET):
            self._card.power_on()
        return self._card.atr if control == _GET_ATR else None
