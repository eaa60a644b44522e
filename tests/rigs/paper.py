"""Papers made in this process, and PDFs read back by a program that is not ours."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

from station.core.lists import ListOfRows
from station.face import default_font_files
from station.paper import print_list
from station.production.life.equipment import NoPapers

FONTS: Final = default_font_files()


class Lists(NoPapers):
    """Makes PDFs of lists."""

    def document(self, listed: ListOfRows) -> bytes:
        """See `ListPapers.document`."""
        return print_list(listed, FONTS)


def text_of(pdf: bytes, tmp_path: Path) -> str:
    """Return the text of a PDF with its layout."""
    file = tmp_path / "list.pdf"
    file.write_bytes(pdf)
    reader = shutil.which("pdftotext")
    assert reader, "run `make setup`: poppler-utils is missing"
    done = subprocess.run(
        [reader, "-layout", str(file), "-"], capture_output=True, check=True, text=True
    )
    return done.stdout
