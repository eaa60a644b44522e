"""The chip's side: card profiles, discovered on disk, and the encoder that runs them."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Final

from station.core.certificates import Certifier
from station.core.errors import ConfigError
from station.core.links import ApduLink
from station.encoder.at_desk import CardAtDesk
from station.encoder.card_profile import CardProfile, ProfileOptions
from station.encoder.key_tries import KeyTries
from station.encoder.services import ChipServices
from station.encoder.session import ChipEncoder, FitPhoto

__all__ = [
    "CardAtDesk",
    "ChipEncoder",
    "ChipServices",
    "KeyTries",
    "ProfileOptions",
    "load_profile",
    "open_encoder",
    "profile_names",
]

DEFAULT_OPTIONS: Final = ProfileOptions()
_PROFILES: Final = f"{__name__}.profiles"


def profile_names() -> list[str]:
    """Return the name of every card profile on disk."""
    package = importlib.import_module(_PROFILES)
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__) if module.ispkg)


def load_profile(name: str) -> CardProfile:
    """Import one profile by the name used in config/.

    Raises:
        ConfigError: No such profile, it does not export PROFILE, or its facts are wrong.
    """
    if name not in profile_names():
        raise ConfigError(f"unknown card profile {name!r}; known: {', '.join(profile_names())}")
    profile = getattr(importlib.import_module(f"{_PROFILES}.{name}"), "PROFILE", None)
    if not isinstance(profile, CardProfile) or profile.name != name:
        raise ConfigError(f"{_PROFILES}.{name} must export PROFILE named {name!r}")
    return profile


def open_encoder(
    link: ApduLink,
    profile: str,
    options: ProfileOptions = DEFAULT_OPTIONS,
    *,
    fit_photo: FitPhoto | None = None,
    certify: Certifier | None = None,
    key_tries: KeyTries | None = None,
) -> ChipEncoder:
    """Return an encoder for the cards of `profile` at `link`. Accesses neither reader nor card.

    Args:
        link: Link to the reader.
        profile: A name from `profile_names`.
        options: The site's choices.
        fit_photo: Shrinks a portrait to the chip's size; needed when `options.photo` is on.
        certify: Asks the province's CA; needed with `options.transport`.
        key_tries: Store for the tries that keys have left.

    Raises:
        ConfigError: See `load_profile`; or a choice is not possible with this profile.
    """
    if options.photo and fit_photo is None:
        raise ConfigError("a portrait on the chip needs somebody who makes it fit")
    if options.transport is not None and certify is None:
        raise ConfigError("a certificate application needs a province that issues certificates")
    chosen = load_profile(profile).configure(options)
    return ChipEncoder(link, chosen, fit_photo=fit_photo, certify=certify, key_tries=key_tries)
