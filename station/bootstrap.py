"""The one module that knows every concrete part: reads the settings and wires the station."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fastapi import FastAPI

from station.access import Doors, open_doors
from station.api import create_app
from station.batches.service import BatchService
from station.batches.work import BatchWork
from station.clock import monotonic
from station.core.cards import BlankRule, IssuerData
from station.core.errors import ConfigError
from station.core.faces import PictureWork
from station.core.gateways import GatewaySettings, ProvinceGateway
from station.core.links import ApduLink, BulkLink, CardSlot
from station.core.offline import ParcelOffice
from station.core.packages import PackageOffice, ResultOffice
from station.core.printing import CardPrinter, PrinterFamily, PrinterModel
from station.core.traces import LINK
from station.core.wire_trace import WireKind, WireTrace
from station.desk_parts import build_desk, build_rehearsal
from station.drivers import load_family
from station.encoder import (
    ChipEncoder,
    ChipServices,
    FitPhoto,
    KeyTries,
    ProfileOptions,
    load_profile,
    open_encoder,
)
from station.encoder.piv import PivReader
from station.gateways import load_gateway
from station.journal import Journal, open_journal, read_journal
from station.log_shown import shown_log
from station.logs import LAST_LINES
from station.membership import build_member
from station.pc_facts import PcFacts
from station.pictures import build_pictures
from station.production.life.effects import Workbench
from station.production.life.equipment import Equipment, RetryPolicy
from station.production.life.stand_in import leave_out_rehearsals
from station.production.machine.engine import Engine
from station.production.machine.notifier import Notifier
from station.production.services.service import ProductionService
from station.settings import Settings, read_transport_values
from station.settings_shown import shown_settings
from station.transport.captures import Capture, read_capture
from station.transport.chip_link import open_chip_link
from station.transport.printer_link import open_printer_link
from station.transport.replay import ReplayLink
from station.transport.tracing import TracedLink
from station.transport.watching import WatchedLink, WatchedReader, show_nothing
from station.ui import install_pages
from station.ui.technician import TechnicianSources
from station.webhooks import Sender

SEAL_KEY: Final = "seal.key"


@dataclass(frozen=True, slots=True)
class Station:
    """A wired station; nothing runs yet."""

    settings: Settings
    journal: Journal
    equipment: Equipment
    service: ProductionService
    batches: BatchService
    doors: Doors
    engine: Engine

    def give_back(self) -> None:
        """Release every device and the journal; the service has stopped."""
        self.equipment.close()
        self.doors.close()
        self.journal.close()


def build_station(settings: Settings) -> Station:
    """Wire everything. Touches no device yet; makes the state folder and the journal.

    Raises:
        ConfigError: A name in the settings leads nowhere, or a file is wrong.
        JournalError: The journal can't be used.
    """
    with contextlib.ExitStack() as undo:  # what is open when a later part can't be built
        equipment = build_equipment(settings)
        undo.callback(equipment.close)
        journal = build_journal(settings)
        undo.callback(journal.close)
        notifier = Notifier()
        journal.on_change(notifier.ring)
        engine = Engine(Workbench(journal, equipment), notifier, random.Random())  # noqa: S311 - jitter only
        service = ProductionService(journal, equipment, engine, notifier)
        batches = BatchService(
            journal,
            equipment,
            service,
            equipment.papers,
            equipment.photo_checks,
            build_packages(settings),
            build_results(settings),
        )
        doors = open_doors(
            settings.station.state_dir,
            idle_lock=settings.access.idle_lock,
            card_reader=build_card_reader(settings),
        )
        undo.pop_all()
    return Station(settings, journal, equipment, service, batches, doors, engine)


def build_app(
    station: Station,
    *,
    on_started: Callable[[], None] = lambda: None,
    on_stopped: Callable[[], None] = lambda: None,
    begin_anew: Callable[[], None] = lambda: None,
) -> FastAPI:
    """Return the HTTP application: API and pages. Its start-up starts the station's threads.

    `begin_anew` ends the program in good order and starts it again, with other settings.
    """
    work = BatchWork(station.journal, station.batches)
    sender = Sender(station.journal, station.settings.station.name)
    member = build_member(
        station.settings,
        station.journal,
        station.equipment,
        station.engine,
        station.service,
        begin_anew,
    )

    def started() -> None:
        with contextlib.ExitStack() as undo:
            sender.start()
            undo.callback(sender.stop)
            work.start()
            undo.callback(work.stop)
            if member is not None:
                member.start()
                undo.callback(member.stop)
            on_started()
            undo.pop_all()

    def stopped() -> None:
        on_stopped()
        if member is not None:
            member.stop()
        work.stop()
        sender.stop()
        station.give_back()

    return create_app(
        station.service,
        doors=station.doors,
        batch_service=station.batches,
        bundle=lambda: _bundle(station),
        allowed_hosts=station.settings.server.allowed_hosts,
        requests_per_second=station.settings.access.requests_per_second,
        paired_origins=station.settings.server.paired_origins,
        install_pages=lambda app: install_pages(
            app, window=station.settings.station.name, sources=_sources(station)
        ),
        on_started=started,
        on_stopped=stopped,
    )


def _sources(station: Station) -> TechnicianSources:
    return TechnicianSources(
        trace=station.equipment.trace,
        log=lambda: shown_log(LAST_LINES.lines()),
        settings=lambda: shown_settings(station.settings),
        pc=PcFacts(station.settings),
    )


def _bundle(station: Station) -> bytes:
    from station.support_bundle import support_bundle  # imported here: only a bundle needs it

    view = station.service.machine.view()
    return support_bundle(station.settings, station.journal, view, LAST_LINES.lines())


def start_metrics(station: Station) -> Callable[[], None]:
    """Answer `/metrics` where the site wants it; returns what ends that.

    Raises:
        ConfigError: The address can't be used.
    """
    listen = station.settings.metrics.listen
    if not listen:
        return lambda: None
    from station.metrics import StationMetrics, serve_metrics  # few windows are monitored

    metrics = StationMetrics(station.journal, station.engine, station.service.ledger)
    return serve_metrics(metrics, listen)


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
    gateway = load_gateway(settings.province.gateway)
    pictures = build_pictures(settings)
    trace = WireTrace(monotonic)
    province = open_province(settings, trace)
    reader = open_chip_link(settings.chip.link, card_wait=settings.chip.card_wait)
    chip_link = WatchedReader(reader, trace, WireKind.CHIP)
    key_tries = KeyTries(settings.key_tries_file)
    return Equipment(
        machine=settings.station.name,
        printer=_open_printer(settings, chip_link, trace),
        encoder=_open_encoder(settings, chip_link, province, key_tries, pictures.fit_photo),
        province=province,
        faces=pictures.faces,
        blanks={
            code: BlankRule(bank.bins, frozenset(settings.chip.versions), bank.luhn)
            for code, bank in settings.banks.items()
        },
        retry=RetryPolicy(settings.province.retry_first, settings.province.retry_longest),
        policies=settings.policies,
        pictures=pictures,
        test_face=pictures.draw_test_card,
        office=build_office(settings),
        print_slip=pictures.print_slip,
        papers=pictures,
        photo_checks=pictures,
        unverified={
            "reader": load_profile(settings.chip.profile).unverified,
            "province": gateway.unverified,
        },
        desk=build_desk(settings, key_tries, trace),
        bank_names={code: bank.name for code, bank in settings.banks.items()},
        trace=trace,
        rehearsal=build_rehearsal(settings),
    )


def build_card_reader(settings: Settings) -> PivReader | None:
    """Make the reader for operators' cards; None where the site has none. Opens nothing yet.

    Raises:
        ConfigError: An address has a wrong form, or it is the machine's reader.
    """
    link, chip = settings.access.card_reader, settings.chip.link
    if not link:
        return None
    if link == chip:
        raise ConfigError(f"access.card_reader and chip.link are the same reader: {chip}")
    card_wait = settings.desk_reader.card_wait
    return PivReader(open_chip_link(link, card_wait=card_wait, never=chip))


@dataclass(frozen=True, slots=True)
class ChipDesk:
    """The chip reader and the province's HSM, for work with cards that no order is about.

    Attributes:
        encoder: Wired as the station's own.
        services: What a holder may ask of a card.
        province: Its HSM answers for the keys.
        pictures: Fits a photo into the chip, in a process of its own.
    """

    encoder: ChipEncoder
    services: ChipServices
    province: ProvinceGateway
    pictures: PictureWork

    def close(self) -> None:
        """Release the reader and the connection to the province; end what fits photos."""
        self.encoder.close()
        self.province.close()
        self.pictures.close()


def build_chip_desk(settings: Settings) -> ChipDesk:
    """Wire reader and province alone; neither is opened yet.

    Raises:
        ConfigError: A name in the settings leads nowhere, or a choice can't be followed.
    """
    province = open_province(settings)
    link = open_chip_link(settings.chip.link, card_wait=settings.chip.card_wait)
    key_tries, pictures = KeyTries(settings.key_tries_file), build_pictures(settings)
    encoder = _open_encoder(settings, link, province, key_tries, pictures.fit_photo)
    return ChipDesk(encoder, ChipServices(encoder), province, pictures)


def open_traced_printer(settings: Settings, note: Callable[[str], None]) -> CardPrinter:
    """Return a driver of the site's printer whose transfers are given to `note`, dots masked.

    Nothing is opened yet.

    Raises:
        ConfigError: A session with a printer of this family can't be recorded.
    """
    family, model = _family(settings), settings.printer.model
    may_show = family.may_show
    if may_show is None:
        raise ConfigError(f"a session with a printer of {family.name} can't be recorded")

    def open_link() -> BulkLink:
        link = open_printer_link(family.link_address(settings.printer.link))
        describe = getattr(link, "description", None)
        told = describe() if describe else "no descriptors"
        note(f"{LINK}{settings.printer.link}: {told}")
        return TracedLink(link, note, may_show=may_show, clock=monotonic)

    return family.open(open_link, model)


@dataclass(frozen=True, slots=True)
class Replay:
    """A driver at a recorded session instead of a printer.

    Attributes:
        driver: The driver of the site's printer.
        link: Plays the session to it.
        capture: The session.
    """

    driver: CardPrinter
    link: ReplayLink
    capture: Capture


def open_replay(settings: Settings, file: Path, device: str = "") -> Replay:
    """Return a driver of the site's printer that plays a recorded session.

    Nothing is opened, then or later.

    Raises:
        ConfigError: The file holds no session, or the family is not reached by a link.
    """
    family = _family(settings)
    if family.open_at_reader is not None:
        raise ConfigError(f"a session with a printer of {family.name} can't be recorded")
    capture = read_capture(file, device)
    link = ReplayLink(capture, family.link_address(settings.printer.link))
    if family.open_for_replay is not None:
        written = [one.data for step in capture.steps for one in step.transfers if one.sent]
        driver = family.open_for_replay(lambda: link, settings.printer.model, written)
        return Replay(driver, link, capture)
    return Replay(family.open(lambda: link, settings.printer.model), link, capture)


def printer_model(settings: Settings) -> PrinterModel:
    """Return what the maker fixed for the site's printer.

    Raises:
        ConfigError: No such family or model.
    """
    return _family(settings).models[settings.printer.model]


def open_province(settings: Settings, trace: WireTrace | None = None) -> ProvinceGateway:
    """Return the client of the site's province; it connects with its first question.

    Raises:
        ConfigError: There is no such gateway, or one of its files can't be read.
    """
    gateway = load_gateway(settings.province.gateway)
    chosen = settings.province
    return gateway.open(
        GatewaySettings(
            url=chosen.url,
            user=chosen.user,
            password=settings.province_password(),
            region=chosen.region,
            timeout=chosen.timeout,
            ca_file=chosen.ca_file,
            qualified=chosen.qualified_arguments,
            trace=trace,
        )
    )


def _open_encoder(
    settings: Settings,
    link: ApduLink,
    province: ProvinceGateway,
    key_tries: KeyTries,
    fit_photo: FitPhoto,
) -> ChipEncoder:
    return open_encoder(
        link,
        settings.chip.profile,
        _profile_options(settings),
        fit_photo=fit_photo,
        certify=leave_out_rehearsals(province.certify),
        key_tries=key_tries,
    )


def _open_printer(settings: Settings, reader: CardSlot, trace: WireTrace) -> CardPrinter:
    family, model = _family(settings), settings.printer.model
    link = family.link_address(settings.printer.link)
    kinds = family.models[model].links
    if link.partition(":")[0] not in kinds:
        known = ", ".join(f"{kind}:" for kind in kinds)
        raise ConfigError(f"printer.link {link!r}: {family.name} {model} is reached by {known}")
    if family.open_at_reader is not None:
        return family.open_at_reader(reader, model)

    def open_link() -> BulkLink:
        return WatchedLink(
            open_printer_link(link),
            trace,
            WireKind.PRINTER,
            may_show=family.may_watch or show_nothing,
            naming=family.name_request,
        )

    return family.open(open_link, model)


def _profile_options(settings: Settings) -> ProfileOptions:
    chip = settings.chip
    return ProfileOptions(
        versions=frozenset(chip.versions),
        issuer_tags=chip.issuer_tags,
        issuer=IssuerData(initialiser=chip.initialiser),
        photo=chip.photo,
        transport=read_transport_values(chip.transport_file) if chip.transport_file else None,
    )


def build_office(settings: Settings) -> ParcelOffice | None:
    """Return what seals files for the data centre; None when the site has not set it up."""
    if settings.data_centre.keys is None:
        return None
    from station.offline import SealedOffice  # here, not above: few windows ever need it

    key_file = settings.station.state_dir / "export.key"
    return SealedOffice(settings.station.name, key_file, settings.data_centre.keys)


def build_packages(settings: Settings) -> PackageOffice:
    """Return what opens the packages of units; its key is made at its first use."""
    from station.offline.packages import SealedPackages  # here, not above: few windows need it

    return SealedPackages(settings.station.state_dir / "package.key")


def build_results(settings: Settings) -> ResultOffice:
    """Return what seals results of batches for the data centre."""
    from station.offline import SealedOffice  # here, not above: few windows need it
    from station.offline.results import SealedResults

    keys = settings.data_centre.keys
    key_file = settings.station.state_dir / "export.key"
    office = None if keys is None else SealedOffice(settings.station.name, key_file, keys)
    return SealedResults(settings.station.name, office)


def _family(settings: Settings) -> PrinterFamily:
    family = load_family(settings.printer.family)
    if settings.printer.model not in family.models:
        known = ", ".join(sorted(family.models))
        raise ConfigError(f"printer.model {settings.printer.model!r} is unknown; known: {known}")
    return family
