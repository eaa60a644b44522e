"""`python -m tests.golden.make`: draws the golden pictures again; look at them before a commit."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from PIL import Image

from tests.golden.cases import golden_sides, observed

FOLDER: Final = Path(__file__).parent / "pictures"
MOST_BYTES: Final = 100_000
#: 252 colours and a palette: a photo's steps are below the tolerance, a file below 100 KB.
COLOURS: Final = 252


def main() -> int:
    """Write every picture; the exit status is 1 when one is too big to keep."""
    FOLDER.mkdir(exist_ok=True)
    too_big = False
    for golden in golden_sides():
        file = FOLDER / f"{golden.name}.png"
        picture = Image.fromarray(observed(golden.side))
        picture.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
        size = file.stat().st_size
        too_big |= size > MOST_BYTES
        sys.stdout.write(f"{file}  {size} bytes\n")
    return int(too_big)


if __name__ == "__main__":
    sys.exit(main())
