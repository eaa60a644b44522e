"""What gateways share. It is the one sub-package here that is not a gateway."""

from __future__ import annotations

from typing import Final

MAX_ANSWER_SIZE: Final = 4 << 20  # a portrait is at most 100 KB; anything longer is no answer
