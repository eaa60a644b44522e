"""What a site chooses about its chips, from the settings to the encoder."""

from __future__ import annotations

import contextlib
import io
import random
from pathlib import Path
from typing import Any

import psutil
import pytest
from PIL import Image

import station.bootstrap
from simulators.cards.ssc import SscCard, make_blank
from simulators.master_keys import load_transport_values
from station.bootstrap import build_chip_desk, build_equipment
from station.core.cards import ChipCondition, ChipData
from station.core.certificates import CertificateData, CertificateRequest
from station.core.errors import ConfigError, KeyLastTryError, StatusWordError
from station.face.photo.decoding import decoded_portrait
from station.settings import Settings, load_settings, read_transport_values
from tests.rigs.card_in_reader import CardInReader
from tests.rigs.province_ca import TRANSPORT, certify
from tests.rigs.province_hsm import hsm_answer, wrong_hsm

CONFIG = Path(__file__).parents[2] / "config" / "station.toml"
PERSON = ChipData(
    AAC002="41070219900307002X",
    AAC003="欧阳·小测试",
    AAC004="2",
    AAC005="03",
    AAC025="410702",
    AAC006="19900307",
    AAZ500="X00000019",
    AAZ503="20261122",
    valid_until="20361122",
)


def settings_with(**chip: object) -> Settings:
    settings = load_settings(CONFIG)
    return settings.model_copy(update={"chip": settings.chip.model_copy(update=chip)})


@pytest.fixture
def transport_file(tmp_path: Path) -> Path:
    values = load_transport_values()
    file = tmp_path / "transport.toml"
    file.write_text(
        f'user_pin = "{values.user_pin}"\nadmin_pin = "{values.admin_pin}"\n'
        f'application_key = "{values.adf_master_key.hex()}"\n'
        f'directory_key = "{values.ddf_master_key.hex()}"\n'
    )
    return file


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> SscCard:
    """A blank in the reader that the wired station opens, and a province that certifies."""
    made = make_blank(random.Random(9), "622848", 9)
    monkeypatch.setattr(station.bootstrap, "open_chip_link", lambda *_, **__: CardInReader(made))

    class Province:
        def certify(self, request: CertificateRequest) -> CertificateData:
            return certify(request)

        def close(self) -> None: ...

    class Gateway:
        unverified = ()

        def open(self, _: object) -> Province:
            return Province()

    monkeypatch.setattr(station.bootstrap, "load_gateway", lambda _: Gateway())
    return made


@pytest.fixture
def chip_portrait() -> bytes:
    """A JPEG that is too large for the chip as it is."""
    stream = io.BytesIO()
    Image.effect_noise((358, 441), 40).convert("RGB").save(stream, "JPEG", quality=90)
    return stream.getvalue()


def written(card: SscCard, settings: Settings, photo: bytes) -> set[str]:
    """Return which files the station of these settings has written."""
    portrait = decoded_portrait(photo, "none")
    with contextlib.closing(build_equipment(settings)) as equipment:
        encoder = equipment.encoder
        encoder.personalise(encoder.identify(), PERSON, hsm_answer, portrait)
        assert encoder.inspect(PERSON, hsm_answer) is ChipCondition.THIS_DATA
    return {place.split()[1].rpartition("/")[0] for place in card.counts if "writes " in place}


def test_by_default_only_the_records_are_written(card: SscCard, chip_portrait: bytes) -> None:
    assert written(card, load_settings(CONFIG), chip_portrait) == {"SSSE/EF05", "SSSE/EF06"}
    assert {place[-2:] for place in card.counts if "writes SSSE/EF05" in place} == {
        "05",
        "06",
        "07",
    }


def test_a_site_switches_on_all_there_is(
    card: SscCard, chip_portrait: bytes, transport_file: Path
) -> None:
    settings = settings_with(
        issuer_tags=("01", "02", "03", "04", "05", "06", "07"),
        initialiser="915600000241070041070001",
        photo=True,
        transport_file=transport_file,
    )
    places = written(card, settings, chip_portrait)
    assert places >= {"SSSE/EF05", "SSSE/EF06", "SSSE", "CERT", "PKI"}
    assert card.counts["writes SSSE/EF08"] > 1
    assert card.counts["writes SSSE/EF05/04"] == card.counts["writes PKI/MASTER"] == 1
    files = card.image()["files"]
    assert isinstance(files, dict)
    assert bytes.fromhex(files["SSSE/EF08"]).startswith(b"\xff\xd8")


@pytest.mark.parametrize(
    "chip",
    [{"issuer_tags": ("07", "05")}, {"issuer_tags": ("04", "07")}, {"issuer_tags": ("99", "07")}],
    ids=["order", "no-initialiser", "no-such-tag"],
)
def test_a_choice_no_card_can_follow_refuses_to_start(card: SscCard, chip: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        build_equipment(settings_with(**chip))


def test_the_commands_at_the_reader_follow_the_same_choices(
    card: SscCard, chip_portrait: bytes
) -> None:
    settings = settings_with(issuer_tags=("05", "07"), photo=True)
    before = picture_processes()
    with contextlib.closing(build_chip_desk(settings)) as desk:
        assert desk.encoder.writes_photo
        portrait = decoded_portrait(chip_portrait, "none")
        desk.encoder.personalise(desk.encoder.identify(), PERSON, hsm_answer, portrait)
        assert picture_processes() > before
    assert picture_processes() == before
    assert card.counts["writes SSSE/EF08"] > 1
    assert "writes SSSE/EF05/06" not in card.counts
    with pytest.raises(ConfigError):
        build_chip_desk(settings_with(issuer_tags=("07", "05")))


def picture_processes() -> set[int]:
    """Return the picture processes that run for this one."""
    children = psutil.Process().children()
    return {one.pid for one in children if "station.picture_process.worker" in one.cmdline()}


def test_a_key_that_refused_is_known_to_the_next_daemon(card: SscCard, tmp_path: Path) -> None:
    settings = load_settings(CONFIG)
    kept = settings.station.model_copy(update={"state_dir": tmp_path})
    settings = settings.model_copy(update={"station": kept})
    for _ in range(3):
        encoder = build_equipment(settings).encoder
        identity = encoder.identify()
        with pytest.raises(StatusWordError) as refused:
            encoder.personalise(identity, PERSON, wrong_hsm)
    assert isinstance(refused.value, KeyLastTryError)
    assert card.counts["authentication_failures"] == 2


def test_the_transport_values_are_read(transport_file: Path) -> None:
    assert read_transport_values(transport_file) == TRANSPORT


@pytest.mark.parametrize(
    "text",
    [
        "",
        'user_pin = "135791"',
        'user_pin = "135791"\nadmin_pin = "1"\napplication_key = "135791x"\ndirectory_key = "00"',
        'user_pin = "135791"\nadmin_pin = "1"\napplication_key = 135791\ndirectory_key = "00"',
        'user_pin = "135791',
    ],
)
def test_a_wrong_file_is_named_and_its_values_are_not(tmp_path: Path, text: str) -> None:
    file = tmp_path / "transport.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"transport\.toml") as refused:
        read_transport_values(file)
    assert "135791" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        read_transport_values(tmp_path / "nowhere.toml")
