"""The tables of procrastinate, which runs central's jobs, as the installed version makes them."""

from __future__ import annotations

from typing import Any, cast

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make them. The text has per cent signs, so it goes to the driver without parameters."""
    driver = cast("Any", op.get_bind().connection)
    with driver.cursor() as cursor:
        cursor.execute(SchemaManager.get_schema())
