"""I8: no bank number, person or key in any log, error, event, exchange or page of a technician.

Everything is put onto the chip that a site can switch on: portrait, certificates, all of EF05.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from simulators.master_keys import load_transport_values
from simulators.world import PASSWORD, World, WorldOptions, running
from tests.scenario.conftest import SETTINGS, Window

_VALUES = load_transport_values()
TRANSPORT = {
    "user_pin": _VALUES.user_pin,
    "admin_pin": _VALUES.admin_pin,
    "application_key": _VALUES.adf_master_key.hex().upper(),
    "directory_key": _VALUES.ddf_master_key.hex().upper(),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("secrets")
    transport = folder / "transport.toml"
    transport.write_text("".join(f'{name} = "{value}"\n' for name, value in TRANSPORT.items()))
    chip = {
        "issuer_tags": ["01", "02", "03", "04", "05", "06", "07"],
        "initialiser": "915600000241070041070001",
        "photo": True,
        "transport_file": str(transport),
    }
    options = WorldOptions(
        folder=folder / "world",
        speed=0.0,
        log_level="debug",
        station_settings={**SETTINGS, "chip": chip},
    )
    with running(options) as made:
        yield made


def test_a_whole_order_at_debug_leaves_no_secret_anywhere(world: World) -> None:
    window = Window(world, world.person("ready")["id_number"])
    window.accept()
    window.press("data-ready", "approved", "fed")
    world.province("go down")
    window.press("encoded")
    world.province("come back")
    view = window.run_to_release()
    assert view["step"] == "released"
    refused = world.api("POST", "/orders", json={"id_number": "123456789012345678"})

    card = next(
        card for card in world.observer()["cards"] if card["card_id"] == view["chip"]["AAZ501"]
    )
    files = card["chip"]["files"]
    assert bytes.fromhex(files["SSSE/EF08"]).startswith(b"\xff\xd8")
    for file in ("CERT/0018", "CERT/0019"):
        assert view["holder"]["AAC002"].encode() in bytes.fromhex(files[file])
    assert files["SSSE/EF05"]["04"] == "915600000241070041070001"
    assert card["chip"]["tries_left"]["MASTER-CERT"] == 3

    secrets = {
        "administrator PIN": TRANSPORT["admin_pin"],
        "application key": TRANSPORT["application_key"],
        "directory key": TRANSPORT["directory_key"],
        "bank number": card["chip"]["bank_number"],
        "id number": view["holder"]["AAC002"],
        "name": view["holder"]["AAC003"],
        "password": PASSWORD,
    }
    technician = world.api("GET", "/station?check=true").text
    places = {
        "log": (world.folder / "station.log").read_text(encoding="utf-8"),
        "history": world.api("GET", f"/orders/{window.order}/events").text,
        "list of orders": world.api("GET", "/orders").text,
        "station state": technician,
        "write-backs": world.api("GET", "/write-backs").text,
        "refusal": refused.text,
        "settings": world.config.read_text(encoding="utf-8"),
    }
    # A page has 200 rows: each kind by itself has all that is kept of a card.
    for kind in ("printer", "chip", "province", "desk", "log"):
        places[f"wire trace, {kind}"] = world.page(f"/diagnostics/trace?kind={kind}")
    assert "verify" in places["wire trace, chip"].lower()
    assert "社会保障号码[18]" in places["wire trace, province"]
    places["configuration"] = world.page("/diagnostics/configuration")
    assert "transport_file" in places["configuration"]
    spoken = dict(secrets)
    for what, secret in spoken.items():  # bytes are shown in hex, two digits each
        secrets[f"{what} in hex"] = secret.encode().hex(" ").upper()
        if re.fullmatch("[0-9A-F]{8,}", secret):
            secrets[f"{what} as bytes"] = " ".join(re.findall("..", secret))
    assert "held" in places["log"], "the log must have seen the fault"
    for place, text in places.items():
        for what, secret in secrets.items():
            assert secret not in text, f"{what} in {place}"
    journal = b"".join(path.read_bytes() for path in (world.folder / "state").glob("journal.db*"))
    for what, secret in secrets.items():
        assert secret.encode() not in journal, f"{what} in the journal's file"
    assert card["chip"]["bank_number"] not in world.api("GET", f"/orders/{window.order}").text
