"""Magnetic tracks: transferred, written in one pass, read back and compared.

Source: docs/explanations/wire-evolis.md, "Magnetic tracks".
"""

from __future__ import annotations

from typing import Final

from station.core.errors import TrackDataError, TrackError
from station.core.magnetic import Tracks
from station.drivers.evolis import commands
from station.drivers.evolis.codec import Reply
from station.drivers.evolis.commands import Command
from station.drivers.evolis.model import EvolisModel
from station.drivers.evolis.session import Session, raise_refused, sent
from station.drivers.kit.outcomes import outcome_unknown

TRACKS: Final = (1, 2, 3)
BLANK: Final = "ERROR BLANK TRACK"
#: Error text of a stripe that can't be written or read: ERROR MAGN, ERROR MAGN DATA ...
BAD_STRIPE: Final = "ERROR MAGN"


class MagneticHead:
    """The magnetic head of a printer that is reserved and has a card in its path."""

    def __init__(self, printer: Session, model: EvolisModel) -> None:
        self._printer = printer
        self._model = model

    def write(self, tracks: Tracks) -> None:
        """See `MagneticEncoder.write_tracks`."""
        self._set_up()
        for number, data in tracks:
            self._printer.order(commands.track_data(number, data))
        with sent(commands.WRITE_TRACKS.name):
            reply = self._swipe(commands.WRITE_TRACKS)
        self._check(commands.WRITE_TRACKS, reply)
        with outcome_unknown("the tracks were written and not read back"):
            found = dict(self.read())
        wrong = [str(number) for number, data in tracks if found.get(number) != data]
        if wrong:
            raise TrackError(
                f"track {', '.join(wrong)} reads otherwise than written",
                track=", ".join(wrong),
                code="magnetic-read-back-differs",
            )

    def read(self) -> Tracks:
        """See `MagneticEncoder.read_tracks`."""
        self._set_up()
        self._check(commands.READ_TRACKS, self._swipe(commands.READ_TRACKS))
        track1, track2, track3 = map(self._read_one, TRACKS)
        try:
            return Tracks(track1, track2, track3)
        except TrackDataError as exc:
            raise TrackError(f"no ISO data: {exc}", track=exc.details["track"]) from exc

    def _set_up(self) -> None:
        for command in (
            commands.START,
            commands.coercivity(self._model.magnetic.coercivity),
            *commands.TRACK_FORMATS,
        ):
            self._printer.order(command)

    def _swipe(self, command: Command) -> Reply:
        printer, usual = self._printer, self._model.device_seconds.magnetic
        reply = printer.line.ask(command, patience=printer.waiting.patience(usual))
        printer.wait_until_idle(usual)
        return reply

    def _check(self, command: Command, reply: Reply) -> None:
        if reply.is_ok:
            return
        self._printer.forget_old_errors()  # errors of this stripe must not block the next card
        if command is commands.READ_TRACKS and reply.text == BLANK:
            return
        if reply.text.startswith(BAD_STRIPE) or reply.text == BLANK:
            raise TrackError(f"{command.shown}: {reply.text}", track="")
        raise_refused(command, reply, self._printer.status())

    def _read_one(self, number: int) -> str | None:
        text = self._printer.answer(commands.read_track(number))
        if text == BLANK:
            return None
        if text.startswith("ERROR"):
            raise TrackError(f"track {number}: {text}", track=str(number))
        return text
