"""What every body of a request is made of."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Sent(BaseModel):
    """A body of a request, or a part of one. A field that it does not have is refused.

    What checks it is built at the start, unlike that of `Shown`: FastAPI names the parameter of a
    body, and a later build warns of the name.
    """

    model_config = ConfigDict(extra="forbid")
