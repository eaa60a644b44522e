"""The permanent memory of a card as plain JSON values: for the observer, and to keep cards."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from simulators.cards.ssc.bank import BankAccount
from simulators.cards.ssc.chip import Chip
from simulators.cards.ssc.files import (
    BinaryFile,
    Directory,
    ElementaryFile,
    RecordFile,
    is_unwritten,
)
from simulators.cards.ssc.layout import load_layout
from simulators.cards.ssc.personality import Personality, build_chip, encode_atr
from simulators.cards.ssc.quirks import Quirks
from simulators.cards.ssc.tlv import encode_record

#: Values by record tag, or the content of a transparent file; hex digits.
FileImage = dict[str, str] | str


class CardImage(BaseModel):
    """Everything that survives power. Keys are not in it: they follow from region and ATR.

    Attributes:
        card_id: 卡识别码 as the card left its maker: EF05 may have been rewritten since.
        historical: The 13 historical bytes, 卡复位信息.
        region: 发卡地 as it left its maker; the keys belong to it.
        blank: Whether nothing of any person is on it. Told, not read back.
        files: File name -> record tag -> value; a transparent file without its trailing zeros.
            The bank's records are whole templates by number; told, not read back.
        tries_left: By key name, and `PIN`.
        pin_verifier: One-way value of the PIN.
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
    seed: str
    challenges_given: int
    counts: dict[str, int]
    quirks: Quirks


def take_image(who: Personality, chip: Chip) -> CardImage:
    """Return what `chip` holds now."""
    tries_left = {key.name: key.tries_left for key in chip.keys.values()}
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
        tries_left=tries_left | {"PIN": chip.pin.tries_left},
        pin_verifier=_hex(chip.pin.verifier),
        seed=_hex(chip.seed),
        challenges_given=chip.challenges_given,
        counts=dict(chip.counts),
        quirks=chip.quirks,
    )


def restore_chip(image: CardImage) -> tuple[Personality, Chip]:
    """Return the card of `image`, without power.

    Raises:
        ValueError: The image fits no card of its version.
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
    _load_directory(chip.application, image.files)
    if set(image.tries_left) != {"PIN", *(key.name for key in chip.keys.values())}:
        raise ValueError("image of a card with other keys")
    for key in chip.keys.values():
        key.tries_left = image.tries_left[key.name]
    chip.pin.tries_left = image.tries_left["PIN"]
    chip.pin.verifier = bytes.fromhex(image.pin_verifier)
    chip.challenges_given = image.challenges_given
    chip.counts.update(image.counts)
    return who, chip


def _record_values(image: CardImage) -> dict[str, dict[int, bytes]]:
    return {
        path.rpartition("/")[2]: {int(tag, 16): bytes.fromhex(value) for tag, value in file.items()}
        for path, file in image.files.items()
        if isinstance(file, dict)
    }


def _is_blank(who: Personality, chip: Chip) -> bool:
    layout = load_layout(who.version)
    pairs = zip(chip.application.files, layout.file, strict=True)
    return all(is_unwritten(file, entry) for file, entry in pairs)


def _file_images(directories: tuple[Directory, ...]) -> dict[str, FileImage]:
    return {
        f"{directory.title}/{file.name}": _file_image(file)
        for directory in directories
        for file in directory.files
    }


def _file_image(file: ElementaryFile) -> FileImage:
    if isinstance(file, BinaryFile):
        return _hex(bytes(file.content).rstrip(b"\x00"))
    if file.file_id is None:
        return {f"{number:02X}": _hex(record) for number, record in enumerate(file.records, 1)}
    return {f"{record[0]:02X}": _hex(record[2:]) for record in file.records}


def _load_directory(directory: Directory, files: dict[str, FileImage]) -> None:
    for file in directory.files:
        content = files.get(f"{directory.title}/{file.name}", "")
        if isinstance(file, RecordFile) == isinstance(content, str):
            raise ValueError(f"image without a fitting {directory.title}/{file.name}")
        _load_file(file, content)


def _load_file(file: ElementaryFile, content: FileImage) -> None:
    if isinstance(content, dict) and isinstance(file, RecordFile):
        pairs = [(int(tag, 16), bytes.fromhex(value)) for tag, value in content.items()]
        file.records = [encode_record(tag, value) for tag, value in pairs]
    elif isinstance(content, str) and isinstance(file, BinaryFile):
        data = bytes.fromhex(content)
        if len(data) > len(file.content):
            raise ValueError(f"image of {file.name} larger than the file")
        file.content[: len(data)] = data


def _hex(data: bytes) -> str:
    return data.hex().upper()
