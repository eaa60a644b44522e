"""Social security card (社会保障卡), version 3.00. Never run on a real card: see `unverified`."""

from __future__ import annotations

from typing import Final

from station.encoder.card_profile import CardProfile
from station.encoder.profiles.ssc.condition import check_blank
from station.encoder.profiles.ssc.facts import load_facts
from station.encoder.profiles.ssc.script import SscScripts
from station.encoder.profiles.ssc.values import check_data

_FACTS: Final = load_facts()
_SCRIPTS: Final = SscScripts(_FACTS)

PROFILE: Final = CardProfile(
    name="ssc",
    title=_FACTS.title,
    check_data=check_data,
    identify=_SCRIPTS.identify,
    check_blank=check_blank,
    personalise=_SCRIPTS.personalise,
    inspect=_SCRIPTS.inspect,
    unverified=_FACTS.unverified,
)
