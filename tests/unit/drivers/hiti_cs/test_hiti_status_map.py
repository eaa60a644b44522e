import tomllib
from pathlib import Path
from typing import Any

import pytest

from station.core.errors import RemoteProtocolError
from station.core.printing import CardPosition, PrinterState, PrinterStateReason, PrinterStatus
from station.drivers.hiti_cs.model import CsModel, load_models
from station.drivers.hiti_cs.status_map import (
    Reading,
    decode_alerts,
    decode_status,
    lists_to_ask,
)

VECTORS = Path(__file__).parents[3] / "vectors" / "hiti_cs" / "conditions.toml"
CONDITIONS = tomllib.loads(VECTORS.read_text(encoding="utf-8"))["condition"]
MODEL: CsModel = load_models()["cs220e"]


def decode(row: dict[str, Any]) -> PrinterStatus:
    lists = {int(key, 16): bytes.fromhex(data) for key, data in row.get("lists", {}).items()}
    reading = Reading(
        summary=bytes.fromhex(row["status"]),
        inputs=bytes.fromhex(row["inputs"]),
        lists=lists,
        ribbon_left=row.get("ribbon_left"),
    )
    return decode_status(
        reading,
        positions=MODEL.places(),
        meanings=MODEL.alerts,
        ribbon_low_cards=MODEL.ribbon_low_cards,
    )


@pytest.mark.parametrize("row", [pytest.param(row, id=row["name"]) for row in CONDITIONS])
def test_condition(row: dict[str, Any]) -> None:
    status = decode(row)
    assert [str(reason) for reason in status.reasons] == row["reasons"]
    assert status.state is PrinterState[row["state"].upper()]
    assert status.card == row.get("card")
    assert status.native == bytes.fromhex(row["status"] + row["inputs"])
    if "native" in row:
        assert status.reasons[0].native == row["native"]


@pytest.mark.parametrize("row", [pytest.param(row, id=row["name"]) for row in CONDITIONS])
def test_the_lists_that_the_bits_point_to_are_asked_for(row: dict[str, Any]) -> None:
    asked = {f"{command.id:04X}" for command in lists_to_ask(bytes.fromhex(row["status"]))}
    assert asked == set(row.get("lists", {}))


def test_the_alert_number_survives_and_what_is_no_alert_has_none() -> None:
    by_name = {row["name"]: decode(row) for row in CONDITIONS}
    assert by_name["ribbon-chip-not-found"].reasons[0].native_number == 0x0804FE
    assert by_name["ribbon-nearly-used-up"].reasons[0].native_number == 0


def test_every_alert_code_in_the_file_means_a_reason_that_can_be_ranked() -> None:
    assert set(MODEL.alerts.values()) <= set(PrinterStateReason)
    assert len(MODEL.alerts) > 40


def test_every_position_code_of_the_sdk_has_a_place() -> None:
    assert MODEL.places() == {
        1: CardPosition.PRINT_STATION,
        2: CardPosition.UNKNOWN,
        3: CardPosition.UNKNOWN,
        4: CardPosition.CHIP_STATION,
        5: CardPosition.UNKNOWN,
        6: CardPosition.FLIPPER,
        7: CardPosition.JAMMED,
    }


@pytest.mark.parametrize("data", ["05" + "00" * 20, "01 05 00", "02 05 00 01 00"])
def test_a_malformed_alert_list_is_the_peers_fault(data: str) -> None:
    with pytest.raises(RemoteProtocolError, match="alert list"):
        decode_alerts(bytes.fromhex(data))
