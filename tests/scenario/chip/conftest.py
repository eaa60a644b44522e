"""pcscd for the chip alone, in this process."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from simulators.cards.ssc import Quirks, SscCard, make_blank
from simulators.pcsc_service import (
    PcscService,
    pcsc_can_run,
    serve_this_process,
    why_pcsc_cannot_run,
)
from tests.rigs.vpcd_card import CardInSlot

BANK_BIN = "622848"


@pytest.fixture(scope="module")
def pcsc() -> Iterator[PcscService]:
    assert pcsc_can_run(), why_pcsc_cannot_run()
    service = serve_this_process()
    try:
        yield service
    finally:
        service.stop()


def blank(serial: int = 1, quirks: Quirks | None = None) -> SscCard:
    return make_blank(random.Random(serial), BANK_BIN, serial, quirks=quirks)


@pytest.fixture
def slot(pcsc: PcscService) -> Iterator[CardInSlot]:
    with CardInSlot(blank()) as inserted:
        yield inserted
