"""Central's own keys: a file that only its account can read."""

from __future__ import annotations

import hmac
import os
from pathlib import Path
from typing import Final

from station.core.errors import ConfigError, FleetMessageError
from station.signing import Identity

FILE: Final = "central.key"


def load_identity(folder: Path) -> Identity:
    """Return the keys of a state folder; they are made at the first start.

    Raises:
        ConfigError: The file can't be read or made, or is damaged.
    """
    file = folder / FILE
    try:
        if not file.exists():
            made = Identity.new()
            new = file.with_suffix(".new")
            with os.fdopen(os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as out:
                out.write(made.to_bytes())
                out.flush()
                os.fsync(out.fileno())
            new.replace(file)
        return Identity.from_bytes(file.read_bytes())
    except OSError as exc:
        raise ConfigError(f"{file}: {exc.strerror}") from exc
    except FleetMessageError as exc:
        raise ConfigError(f"{file} is damaged: put its copy back") from exc


def carrier_password(identity: Identity, station: str, signing_key: str) -> str:
    """Return the password of a station at the carrier.

    It is computed and never stored, so that an enrolment that is asked for again gets the same
    answer, and the carrier's file can be written anew at any time.
    """
    text = f"central.carrier-password:{station}:{signing_key}"
    return hmac.digest(identity.to_bytes(), text.encode(), "sha256").hex()
