"""The permanent memory of a card as plain JSON values: for the observer, and to keep cards."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from simulators.cards.ssc.bank import BankAccount
from simulators.cards.ssc.chip import Chip
from simulators.cards.ssc.files import (
    BinaryFile,
    CyclicFile,
    Directory,
    ElementaryFile,
    RecordFile,
    is_unwritten,
)
from simulators.cards.ssc.layout import file_layouts, load_layout
from simulators.cards.ssc.personality import Personality, build_chip, encode_atr
from simulators.cards.ssc.quirks import Quirks
from simulators.cards.ssc.tlv import encode_record

#: The bank's directories: built from the account, never loaded.
TOLD: Final = frozenset({"PSE", "BANK"})

#: Values by record tag, or the content of a transparent file; hex digits.
FileImage = dict[str, str] | str


class CardImage(BaseModel):
    """Everything that survives power. Keys are not in it: they follow from region and ATR.

    Attributes:
        card_id: 卡识别码 as the card left its maker: EF05 may have been rewritten since.
        historical: The 13 historical bytes, 卡复位信息.
        region: 发卡地 as it left its maker; the keys belong to it.
        blank: Whether it holds no person's data. Output only, not read back.
        files: File name -> record tag -> value; the second of two equal tags is `TAG.2`. A cyclic
            file by record number; a transparent one without its trailing zeros. The bank's records
            are whole templates by number; output only, not read back.
        tries_left: By name of the key or PIN.
        pin_verifier: One-way value of the PIN.
        sealed: Keys and PINs of the certificate application, obscured with the seed.
        blocked: Applications that were blocked, or the whole `CARD`.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Literal["ssc"] = "ssc"
    version: str
    card_id: str
    atr: str
    historical: str
    region: str
    blank: bool
    bank_number: str
    account: BankAccount
    files: dict[str, FileImage]
    tries_left: dict[str, int]
    pin_verifier: str
    sealed: dict[str, str] = {}
    blocked: list[str] = []
    seed: str
    challenges_given: int
    counts: dict[str, int]
    quirks: Quirks


def take_image(who: Personality, chip: Chip) -> CardImage:
    """Return the present content of `chip`."""
    certificates = chip.certificates
    return CardImage(
        version=who.version,
        card_id=_hex(who.card_id),
        atr=_hex(encode_atr(who.historical, chip.quirks.atr_form)),
        historical=_hex(who.historical),
        region=who.region,
        blank=_is_blank(who, chip),
        bank_number=who.account.number,
        account=who.account,
        files=_file_images(chip.directories),
        tries_left={secret.name: secret.tries_left for secret in chip.secrets()},
        pin_verifier=_hex(chip.pin.value),
        sealed={} if certificates is None else certificates.sealed(chip.seed),
        blocked=sorted(chip.blocked),
        seed=_hex(chip.seed),
        challenges_given=chip.challenges_given,
        counts=dict(chip.counts),
        quirks=chip.quirks,
    )


def restore_chip(image: CardImage) -> tuple[Personality, Chip]:
    """Return the card of `image`, without power.

    Raises:
        ValueError: The image does not fit a card of its version.
    """
    who = Personality(
        image.version,
        image.region,
        bytes.fromhex(image.card_id),
        bytes.fromhex(image.historical),
        image.account,
        bytes.fromhex(image.seed),
        _record_values(image),
    )
    chip = build_chip(who, image.quirks)
    for directory in chip.directories:
        if directory.title not in TOLD:
            _load_directory(directory, image.files)
    _load_secrets(chip, image)
    chip.blocked = set(image.blocked)
    chip.challenges_given = image.challenges_given
    chip.counts.update(image.counts)
    return who, chip


def _load_secrets(chip: Chip, image: CardImage) -> None:
    if set(image.tries_left) != {secret.name for secret in chip.secrets()}:
        raise ValueError("image of a card with other keys")
    for secret in chip.secrets():
        secret.tries_left = image.tries_left[secret.name]
    chip.pin.value = bytes.fromhex(image.pin_verifier)
    if chip.certificates is not None:
        chip.certificates.unseal(chip.seed, image.sealed)


def _record_values(image: CardImage) -> dict[str, dict[int, bytes]]:
    """The maker's values in the record files of the application itself."""
    own = f"{load_layout(image.version).directory.title}/"
    return {
        path.removeprefix(own): dict(_pairs(file))
        for path, file in image.files.items()
        if isinstance(file, dict) and path.startswith(own)
    }


def _pairs(file: dict[str, str]) -> list[tuple[int, bytes]]:
    return [(int(tag[:2], 16), bytes.fromhex(value)) for tag, value in file.items()]


def _is_blank(who: Personality, chip: Chip) -> bool:
    layouts = file_layouts(who.version)
    return all(
        is_unwritten(file, entry)
        for directory in chip.directories
        for file, entry in zip(directory.files, layouts.get(directory.title, ()), strict=False)
    )


def _file_images(directories: tuple[Directory, ...]) -> dict[str, FileImage]:
    return {
        f"{directory.title}/{file.name}": _file_image(file)
        for directory in directories
        for file in directory.files
    }


def _file_image(file: ElementaryFile) -> FileImage:
    if isinstance(file, BinaryFile):
        return _hex(bytes(file.content).rstrip(b"\x00"))
    if isinstance(file, CyclicFile) or file.file_id is None:
        return {f"{number:02X}": _hex(record) for number, record in enumerate(file.records, 1)}
    image: dict[str, str] = {}
    for record in file.records:
        image[_free_name(image, f"{record[0]:02X}")] = _hex(record[2:])
    return image


def _free_name(image: dict[str, str], tag: str) -> str:
    seen = sum(name[:2] == tag for name in image)
    return f"{tag}.{seen + 1}" if seen else tag


def _load_directory(directory: Directory, files: dict[str, FileImage]) -> None:
    for file in directory.files:
        content = files.get(f"{directory.title}/{file.name}", "")
        if isinstance(file, BinaryFile) != isinstance(content, str):
            raise ValueError(f"image without a fitting {directory.title}/{file.name}")
        _load_file(file, content)


def _load_file(file: ElementaryFile, content: FileImage) -> None:
    if isinstance(content, dict):
        if isinstance(file, RecordFile):
            file.records = [encode_record(tag, value) for tag, value in _pairs(content)]
        elif isinstance(file, CyclicFile):
            file.records = [value for _, value in _pairs(content)]
    elif isinstance(file, BinaryFile):
        data = bytes.fromhex(content)
        if len(data) > len(file.content):
            raise ValueError(f"image of {file.name} larger than the file")
        file.content[: len(data)] = data


def _hex(data: bytes) -> str:
    return data.hex().upper()
