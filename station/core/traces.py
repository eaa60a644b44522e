"""Words of a recorded session with a printer, which is written in one place and read in another."""

from __future__ import annotations

from typing import Final

#: Ends the head of a trace.
HEAD: Final = "# tag microseconds S|C Bo|Bi status length data; dots of faces are masked"
#: Begins a line about the link itself; others that begin with `#` name a step of the session.
LINK: Final = "#! "
#: Begins what the driver made of a step.
SAID: Final = "# -> "
