"""pcscd for the chip alone: these run before any test that starts a whole window.

A machine has one pcscd; each module gives it back, so that the next one has its turn.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from simulators.cards.ssc import Quirks, SscCard, make_blank
from simulators.pcsc_service import PcscService, pcsc_can_run
from tests.vpcd_card import CardInSlot

BANK_BIN = "622848"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: "scenario" in item.path.parts and "chip" not in item.path.parts)


@pytest.fixture(scope="module")
def pcsc() -> Iterator[PcscService]:
    assert pcsc_can_run(), "run `make setup` as root: these tests need pcscd and vpcd"
    service = PcscService()
    service.start()
    assert service.is_ours, "another pcscd runs: stop it, these tests restart it"
    yield service
    service.stop()


def blank(serial: int = 1, quirks: Quirks | None = None) -> SscCard:
    return make_blank(random.Random(serial), BANK_BIN, serial, quirks=quirks)


@pytest.fixture
def slot(pcsc: PcscService) -> Iterator[CardInSlot]:
    with CardInSlot(blank()) as inserted:
        yield inserted
