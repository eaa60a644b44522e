"""The chip's side: card profiles found by looking, and the encoder that drives them."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Final

from station.core.cards import CardEncoder
from station.core.errors import ConfigError
from station.core.links import ApduLink
from station.encoder.card_profile import CardProfile
from station.encoder.session import ChipEncoder

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


def open_encoder(link: ApduLink, profile: str) -> CardEncoder:
    """Return an encoder for the cards of `profile` at `link`. Touches neither reader nor card.

    Raises:
        ConfigError: See `load_profile`.
    """
    return ChipEncoder(link, load_profile(profile))
