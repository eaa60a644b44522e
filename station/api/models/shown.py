"""What every answer of the API is made of."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict


class Shown(BaseModel):
    """A part of an answer. Its fields are the API's promise; it is made of a record inside."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    @classmethod
    def of(cls, record: object) -> Self:
        """Return what is shown of a record: the fields of the same names, and nothing else."""
        return cls.model_validate(record)
