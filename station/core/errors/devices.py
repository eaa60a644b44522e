"""Bytes did not move, the wire rules were broken, or the printer refused."""

from __future__ import annotations

from station.core.errors.base import _NOBODY, Automatic, Party, Recovery, StationError


class TransportError(StationError):
    """Bytes could not be moved to or from a device."""

    code = "transport-failed"
    recovery = Recovery.RETRY_STEP
    untouched = frozenset({Party.PRINTER, Party.CHIP})
    http_status = 503


class TransportTimeoutError(TransportError):
    """No byte arrived within the allowed time."""

    code = "transport-timeout"


class TransportClosedError(TransportError):
    """The peer closed the link or the cable was pulled."""

    code = "transport-closed"


class ChipContactLostError(TransportClosedError):
    """The chip stopped answering while its reader is still connected: contacts, not the cable."""

    code = "chip-contact-lost"


class PrinterNotConnectedError(TransportError):
    """The printer's USB cable is disconnected, or the machine is off."""

    code = "printer-not-connected"
    recovery = Recovery.WAIT_FOR_OPERATOR


class ReaderNotConnectedError(TransportError):
    """The reader can't be used; `code` is the reason.

    `reader-not-connected`: its cable is disconnected, or the PC/SC service does not run.
    `reader-no-permission`: the service refuses this account. `reader-ambiguous`: several fit the
    configured name; `details["readers"]` lists them.
    """

    code = "reader-not-connected"
    recovery = Recovery.WAIT_FOR_OPERATOR


class ReaderBusyError(TransportError):
    """Another program holds the reader exclusively."""

    code = "reader-busy"
    recovery = Recovery.WAIT_FOR_OPERATOR


class ProtocolError(StationError):
    """The wire rules were broken. Abstract: raise one of the two subclasses."""

    code = "protocol-error"

    def __init__(self, message: str) -> None:
        if type(self) is ProtocolError:
            raise TypeError("raise LocalProtocolError or RemoteProtocolError")
        super().__init__(message)


class LocalProtocolError(ProtocolError):
    """This program asked for something the protocol forbids: a defect in the station."""

    code = "protocol-misuse"
    untouched = frozenset({Party.PRINTER, Party.PROVINCE})


class RemoteProtocolError(ProtocolError):
    """The peer sent something the protocol forbids."""

    code = "protocol-violation"
    recovery = Recovery.INSPECT


class DeviceError(StationError):
    """The printer understood the command and refused it, or has stopped for a reason.

    Attributes:
        native_code: The device's own error number, kept for the technician.
    """

    code = "device-refused"
    recovery = Recovery.WAIT_FOR_OPERATOR
    untouched = frozenset({Party.PRINTER})
    http_status = 503

    def __init__(self, message: str, *, native_code: int, code: str = "device-refused") -> None:
        super().__init__(
            f"{message} [native code 0x{native_code:06X}]",
            details={"native_code": f"{native_code:06X}"},
        )
        self.native_code = native_code
        self.code = code


class PrinterBusyError(DeviceError):
    """The printer is still processing the job whose outcome is asked for: ask again later."""

    code = "printer-busy"
    recovery = Recovery.INSPECT
    automatic = Automatic.SOON
    untouched = _NOBODY  # still processing: the opposite of a refusal

    def __init__(self, message: str) -> None:
        super().__init__(message, native_code=0, code=PrinterBusyError.code)
