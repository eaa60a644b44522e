"""Social security card (社会保障卡), versions 1.00 to 3.00.

Never run on a real card: see `unverified`.
"""

from __future__ import annotations

from typing import Final

from station.encoder.card_profile import CardProfile, ProfileOptions
from station.encoder.profiles.ssc.facts import load_facts
from station.encoder.profiles.ssc.script import make_profile

PROFILE: Final[CardProfile] = make_profile(load_facts(), ProfileOptions())
