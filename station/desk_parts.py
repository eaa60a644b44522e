"""Makes the drivers of the clerk's desk, and what a window rehearses with, from the settings."""

from __future__ import annotations

from station.core.cards import BlankRule
from station.core.errors import ConfigError
from station.core.links import BulkLink
from station.core.rehearsal import Rehearsal, invented_person
from station.core.wire_trace import WireKind, WireTrace
from station.desk.id_reader import UNVERIFIED as ID_READER_UNVERIFIED
from station.desk.id_reader import SamReader
from station.desk.pin_pad import SerialPinPad, load_pad_facts
from station.encoder import CardAtDesk, KeyTries, load_profile, open_encoder
from station.production.life.desk_equipment import DeskEquipment
from station.settings import Settings
from station.transport.chip_link import open_chip_link
from station.transport.desk_link import check_desk_address, open_desk_link
from station.transport.watching import WatchedLink, WatchedReader
from station.words import text


def build_desk(settings: Settings, key_tries: KeyTries, trace: WireTrace) -> DeskEquipment:
    """Make the drivers of the clerk's desk; none of them opens its device yet.

    Raises:
        ConfigError: An address has a wrong form, a make of PIN pad is unknown, or the desk's reader
            is the machine's.
    """
    id_reader, pad = settings.id_reader, settings.pin_pad
    return DeskEquipment(
        id_reader=_id_reader(id_reader.link, trace) if id_reader.link else None,
        poll=id_reader.poll,
        keep=id_reader.keep,
        card_reader=_desk_reader(settings, key_tries, trace) if settings.desk_reader.link else None,
        pin_pad=_pin_pad(pad.link, pad.model, trace) if pad.link else None,
        pin_length=pad.length,
        pin_timeout=pad.timeout,
        keyboard=pad.keyboard,
        temporary_blanks=BlankRule(
            frozenset(), frozenset(settings.chip.versions), luhn=False, bankless=True
        ),
        unverified={
            "id-reader": ID_READER_UNVERIFIED,
            "pin-pad": load_pad_facts(pad.model).unverified,
            "desk-reader": load_profile(settings.chip.profile).unverified,
        },
    )


def _id_reader(link: str, trace: WireTrace) -> SamReader:
    check_desk_address(link, "id_reader.link")
    return SamReader(link, lambda: _desk_link(link, "id_reader.link", "id-reader", trace))


def _pin_pad(link: str, model: str, trace: WireTrace) -> SerialPinPad:
    check_desk_address(link, "pin_pad.link")
    return SerialPinPad(
        link,
        load_pad_facts(model),
        lambda: _desk_link(link, "pin_pad.link", "pin-pad", trace),
    )


def _desk_link(link: str, setting: str, device: str, trace: WireTrace) -> BulkLink:
    opened = open_desk_link(link, setting=setting, not_connected=f"{device}-not-connected")
    return WatchedLink(opened, trace, WireKind.DESK, name=device)


def _desk_reader(settings: Settings, key_tries: KeyTries, trace: WireTrace) -> CardAtDesk:
    desk, chip = settings.desk_reader, settings.chip
    if desk.link == chip.link:
        raise ConfigError(f"desk_reader.link and chip.link are the same reader: {chip.link}")
    reader = open_chip_link(desk.link, card_wait=desk.card_wait, never=chip.link)
    link = WatchedReader(reader, trace, WireKind.DESK)
    # No certificates, no photo: temporary cards have neither. unverified
    return CardAtDesk(open_encoder(link, chip.profile, key_tries=key_tries))


def build_rehearsal(settings: Settings) -> Rehearsal | None:
    """Return what the site rehearses with; None where it has marked no test card.

    Raises:
        ConfigError: The bank is none of the window's, or the picture can't be read.
    """
    chosen = settings.rehearsal
    if not chosen.cards:
        return None
    bank = chosen.bank or next(iter(sorted(settings.banks)), "")
    if bank not in settings.banks:
        raise ConfigError(f"rehearsal.bank {bank!r} is none of the banks in the settings")
    try:
        photo = chosen.photo.read_bytes()
    except OSError as exc:
        raise ConfigError(f"rehearsal.photo {chosen.photo}: {exc.strerror}") from exc
    person = invented_person(
        name=text("rehearsal.name"),
        issuer=text("rehearsal.issuer"),
        region=settings.province.region,
        bank=bank,
        bank_name=settings.banks[bank].name,
        photo_jpeg=photo,
    )
    return Rehearsal(person, chosen.cards)
