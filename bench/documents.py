"""What a PDF says, as a reader's program shows it."""

from __future__ import annotations

from pathlib import Path

import pypdfium2


def pages(pdf: Path | bytes) -> list[str]:
    """The text of each page of a PDF, lines as they are laid out."""
    with pypdfium2.PdfDocument(pdf) as document:
        texts = [page.get_textpage().get_text_bounded() for page in document]
    return [text.replace("\x02", "-") for text in texts]  # so a hyphen ends a line


def words(pdf: Path | bytes) -> str:
    """All that a PDF says, its words a space apart."""
    return " ".join(" ".join(pages(pdf)).split())
