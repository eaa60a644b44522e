"""The text of a simulated ID card fills its 256 bytes, whatever the layout and the name."""

from __future__ import annotations

import pytest

from simulators.desk.id_cards import Card


@pytest.mark.parametrize("kind", ["", "J", "I", "Y"])
@pytest.mark.parametrize("name", ["王建国", "𠮷" * 40, ""])
def test_every_layout_is_256_bytes(kind: str, name: str) -> None:
    assert len(Card("110101199003070038", name, kind=kind).text()) == 256
