"""Which settings central may give to many windows, and how they replace a window's own."""

from __future__ import annotations

import pytest

from station.core.errors import FleetMessageError
from station.core.shared_settings import MOST_BYTES, SHARED, digest_of, merged, read_shared
from station.settings import Settings


def test_every_shared_table_and_key_is_one_of_the_settings_file() -> None:
    for table, keys in SHARED.items():
        section = Settings.model_fields[table].annotation
        known = set(getattr(section, "model_fields", {}))
        assert keys == {"*"} or keys <= known, table


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ("[server]\nport = 1", "server.port"),
        ('[province]\nuser = "other"\nurl = "http://x"', "province.user"),
        ('[printer]\nlink = "usb://1:2"', "printer.link"),
        ('[fleet]\ncentral = ""', "fleet.central"),
        ("policies = 1", "policies"),
        ("server = 1", "server.server"),
    ],
)
def test_what_is_a_windows_own_is_refused_by_its_name(document: str, named: str) -> None:
    with pytest.raises(FleetMessageError) as refused:
        read_shared(document)
    assert refused.value.code == "settings-own"
    assert refused.value.details == {"settings": named}


@pytest.mark.parametrize("document", ["", "# nothing", "[policies", "x" * (MOST_BYTES + 1)])
def test_what_is_no_document_is_refused(document: str) -> None:
    with pytest.raises(FleetMessageError) as refused:
        read_shared(document)
    assert refused.value.code == "settings-document"


def test_shared_values_replace_the_windows_own_and_leave_the_others() -> None:
    own: dict[str, dict[str, object]] = {
        "policies": {"take_within": 90.0, "hold_owed": 5.0},
        "station": {"name": "w"},
    }
    shared = read_shared('[policies]\ntake_within = 180.0\n[banks.95533]\nname = "B"\nbins = []')
    assert merged(own, shared) == {
        "policies": {"take_within": 180.0, "hold_owed": 5.0},
        "station": {"name": "w"},
        "banks": {"95533": {"name": "B", "bins": []}},
    }
    assert own["policies"]["take_within"] == 90.0


def test_a_shared_bank_replaces_the_whole_bank() -> None:
    own = {"banks": {"95533": {"name": "old", "luhn": False}, "95588": {"name": "other"}}}
    shared = read_shared('[banks.95533]\nname = "new"')
    assert merged(own, shared)["banks"] == {"95533": {"name": "new"}, "95588": {"name": "other"}}


def test_the_digest_is_sha_256() -> None:
    assert digest_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
