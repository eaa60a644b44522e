"""The invented card of the how-to: five files, native commands wrapped in CLA 90."""

from __future__ import annotations

from typing import Final

from station.core.errors import ConfigError
from station.encoder.card_profile import CardProfile, NoServices, ProfileOptions

from .commands import COMMANDS
from .script import (
    check_blank,
    check_data,
    identify,
    inspect,
    personalise,
)


def _configured(options: ProfileOptions) -> CardProfile:
    """Return this profile; the site has nothing to choose.

    Raises:
        ConfigError: It chooses what this card hasn't.
    """
    if options.photo or options.transport is not None or options.issuer_tags:
        raise ConfigError("acme cards hold no photo, no certificates and no issuer's records")
    return PROFILE


PROFILE: Final = CardProfile(
    name="acme",
    title="ACME card",
    commands=COMMANDS,
    check_data=check_data,
    identify=identify,
    check_blank=check_blank,
    personalise=personalise,
    inspect=inspect,
    services=NoServices(),
    photo_size=0,
    configure=_configured,
    unverified=("the card is invented (no card of this kind exists)",),
)
