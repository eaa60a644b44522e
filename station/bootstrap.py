"""The one module that knows every concrete part: reads the settings and wires the station."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fastapi import FastAPI

from station.access import Doors, open_doors
from station.api import create_app
from station.core.cards import BlankRule, IssuerData
from station.core.errors import ConfigError
from station.core.faces import FaceRenderer
from station.core.gateways import GatewaySettings
from station.core.links import CardSlot
from station.core.offline import ParcelOffice
from station.core.printing import CardPrinter, PrinterFamily
from station.drivers import load_family
from station.encoder import KeyTries, ProfileOptions, load_profile, open_encoder
from station.face import NoFace, default_font_files, load_renderer
from station.face.photo.for_chip import portrait_for_chip
from station.face.technician_card import draw_test_card
from station.face.template.model import load_template
from station.face.text.fonts import FontChain
from station.gateways import load_gateway
from station.journal import Journal, open_journal, read_journal
from station.paper.slips import print_slip
from station.production.bell import Bell
from station.production.effects import Workbench
from station.production.engine import Engine
from station.production.equipment import Equipment, RetryPolicy
from station.production.kept_faces import KeptFaces
from station.production.service import ProductionService
from station.settings import Settings, read_transport_values
from station.transport.chip_link import open_chip_link
from station.transport.printer_link import open_printer_link
from station.ui import install_pages

SEAL_KEY: Final = "seal.key"


@dataclass(frozen=True, slots=True)
class Station:
    """A wired station; nothing runs yet."""

    settings: Settings
    journal: Journal
    equipment: Equipment
    service: ProductionService
    doors: Doors

    def give_back(self) -> None:
        """Release every device and the journal; the service has stopped."""
        self.equipment.printer.close()
        self.equipment.encoder.close()
        self.equipment.province.close()
        self.doors.close()
        self.journal.close()


def build_station(settings: Settings) -> Station:
    """Wire everything. Touches no device yet; makes the state folder and the journal.

    Raises:
        ConfigError: A name in the settings leads nowhere, or a file is wrong.
        JournalError: The journal can't be used.
    """
    equipment = build_equipment(settings)
    journal = build_journal(settings)
    bell = Bell()
    journal.on_change(bell.ring)
    engine = Engine(Workbench(journal, equipment), bell, random.Random())  # noqa: S311 - jitter only
    service = ProductionService(journal, equipment, engine, bell)
    doors = open_doors(settings.station.state_dir, idle_lock=settings.access.idle_lock)
    return Station(settings, journal, equipment, service, doors)


def build_app(station: Station, *, on_started: Callable[[], None] = lambda: None) -> FastAPI:
    """Return the HTTP application: API and pages. Its start-up starts the station's threads."""
    return create_app(
        station.service,
        doors=station.doors,
        allowed_hosts=station.settings.server.allowed_hosts,
        paired_origins=station.settings.server.paired_origins,
        install_pages=lambda app: install_pages(app, window=station.settings.station.name),
        on_started=on_started,
        on_stopped=station.give_back,
    )


def build_journal(settings: Settings) -> Journal:
    """Open the journal of these settings; made or migrated if needed. The state folder is there."""
    return open_journal(_journal_url(settings), settings.station.state_dir / SEAL_KEY)


def look_at_journal(settings: Settings) -> Journal:
    """Open the journal of these settings only to read it; see `read_journal`."""
    return read_journal(_journal_url(settings), settings.station.state_dir / SEAL_KEY)


def _journal_url(settings: Settings) -> str:
    return settings.station.journal or f"sqlite:///{settings.station.state_dir / 'journal.db'}"


def build_equipment(settings: Settings) -> Equipment:
    """Make every driver; none of them opens its device yet."""
    fonts = paper_fonts(settings)
    gateway = load_gateway(settings.province.gateway)
    chip_link = open_chip_link(settings.chip.link, card_wait=settings.chip.card_wait)
    province = gateway.open(
        GatewaySettings(
            url=settings.province.url,
            user=settings.province.user,
            password=settings.province_password(),
            region=settings.province.region,
            timeout=settings.province.timeout,
            ca_file=settings.province.ca_file,
            qualified=settings.province.qualified_arguments,
        )
    )
    return Equipment(
        machine=settings.station.name,
        printer=_open_printer(settings, chip_link),
        encoder=open_encoder(
            chip_link,
            settings.chip.profile,
            _profile_options(settings),
            fit_photo=portrait_for_chip,
            certify=province.certify,
            key_tries=KeyTries(settings.key_tries_file),
        ),
        province=province,
        faces=_faces(settings),
        blanks={
            code: BlankRule(bank.bins, frozenset(settings.chip.versions), bank.luhn)
            for code, bank in settings.banks.items()
        },
        retry=RetryPolicy(settings.province.retry_first, settings.province.retry_longest),
        policies=settings.policies,
        test_face=lambda geometry: draw_test_card(
            load_template(settings.face.test_card), geometry, FontChain(fonts)
        ),
        office=build_office(settings),
        print_slip=lambda slip: print_slip(slip, fonts),
        unverified={
            "reader": load_profile(settings.chip.profile).unverified,
            "province": gateway.unverified,
        },
    )


def _faces(settings: Settings) -> FaceRenderer:
    face = settings.face
    if not face.prints:
        return NoFace()
    return KeptFaces(
        load_renderer(
            face.template,
            face.photo_profile,
            paper_fonts(settings),
            region=settings.province.region,
            versions=settings.chip.versions,
        )
    )


def _open_printer(settings: Settings, reader: CardSlot) -> CardPrinter:
    family, model = _family(settings), settings.printer.model
    link = family.link_address(settings.printer.link)
    kinds = family.models[model].links
    if link.partition(":")[0] not in kinds:
        known = ", ".join(f"{kind}:" for kind in kinds)
        raise ConfigError(f"printer.link {link!r}: {family.name} {model} is reached by {known}")
    if family.open_at_reader is not None:
        return family.open_at_reader(reader, model)
    return family.open(lambda: open_printer_link(link), model)


def _profile_options(settings: Settings) -> ProfileOptions:
    chip = settings.chip
    return ProfileOptions(
        versions=frozenset(chip.versions),
        issuer_tags=chip.issuer_tags,
        issuer=IssuerData(initialiser=chip.initialiser),
        photo=chip.photo,
        transport=read_transport_values(chip.transport_file) if chip.transport_file else None,
    )


def paper_fonts(settings: Settings) -> tuple[Path, ...]:
    """Return the fonts of these settings, for what is printed on paper."""
    return tuple(settings.face.fonts or default_font_files())


def build_office(settings: Settings) -> ParcelOffice | None:
    """Return what seals files for the data centre; None when the site has not set it up."""
    if settings.data_centre.keys is None:
        return None
    from station.offline import SealedOffice  # here, not above: few windows ever need it

    key_file = settings.station.state_dir / "export.key"
    return SealedOffice(settings.station.name, key_file, settings.data_centre.keys)


def _family(settings: Settings) -> PrinterFamily:
    family = load_family(settings.printer.family)
    if settings.printer.model not in family.models:
        known = ", ".join(sorted(family.models))
        raise ConfigError(f"printer.model {settings.printer.model!r} is unknown; known: {known}")
    return family
