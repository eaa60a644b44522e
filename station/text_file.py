"""Text files that people write with whatever editor the PC has.

Windows' Notepad puts a byte order mark in front of UTF-8, saves "ANSI" (on a Chinese Windows: GBK)
or "Unicode" (UTF-16). Marks are dropped. A file without one must be UTF-8; otherwise it is refused
with a message that names Notepad's own option, because a guess could change a name.
"""

from __future__ import annotations

import codecs
import os
from pathlib import Path
from typing import Final

from station.core.errors import ConfigError
from station.core.phrases import phrase

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_text_file(file: Path) -> str:
    """Return the text of a file in UTF-8, or in UTF-16 with its mark.

    Raises:
        ConfigError: It can't be read, or is in another encoding; the message holds none of it.
    """
    try:
        content = file.read_bytes()
    except OSError as exc:
        raise ConfigError(f"{file}: {exc.strerror}") from exc
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as exc:
        line = content.count(b"\n", 0, exc.start) + 1
        raise ConfigError(
            f"{file}:{line}: {phrase('file.not-utf-8')}"
        ) from None  # not chained: the error quotes the bytes, and this may be a secret


def write_durably(file: Path, content: str) -> None:
    """Replace a file in one step: after a power cut it has the old content or the new one.

    Raises:
        OSError: It can't be written; the old content is still there.
    """
    part = file.with_name(f"{file.name}.part")
    with part.open("w", encoding="utf-8") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    part.replace(file)
    descriptor = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
