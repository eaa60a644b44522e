"""What gateways share. It is the only sub-package here that is not a gateway."""

from __future__ import annotations

from typing import Final

# A portrait is at most 100 KB; anything longer is not a valid answer.
MAX_ANSWER_SIZE: Final = 4 << 20
