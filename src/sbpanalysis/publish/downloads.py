"""What can a reader take away: documents, workbook, claims, and the whole site as one file?"""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from importlib import import_module
from pathlib import Path

from sbpanalysis.publish.assessment import Section
from sbpanalysis.publish.document import compose, write_documents
from sbpanalysis.publish.lift import Page
from sbpanalysis.publish.markdown import checked_markdown
from sbpanalysis.publish.processes import in_background
from sbpanalysis.publish.release import zip_site
from sbpanalysis.publish.workbook import write_workbook

WHOLE = "downloads/site.zip"
_OFFERED = {
    "downloads/assessment.pdf": "The whole assessment, to print or to put in an agenda pack (PDF)",
    "downloads/brief.pdf": "A brief of two pages (PDF)",
    "downloads/assessment.xlsx": "All tables and sentences as a workbook (Excel)",
    "claims.json": "Every sentence with a number and its evidence, for programs (JSON)",
    WHOLE: "This website as one file, to unpack and open without a connection (ZIP)",
}
_SIZE = "<!-- size of {} -->"  # where the front page says how large a download is
_FROM, _TO = "<!-- whole -->", "<!-- /whole -->"  # around what the site in the archive leaves out


def offered() -> str:
    """The list of downloads for the front page; `finish` puts the sizes in."""
    items = [
        f'<li><a href="{name}">{escape(words)}</a>, {_SIZE.format(name)}</li>'
        for name, words in _OFFERED.items()
    ]
    return f'<ul class="downloads">{"".join(items[:-1])}{_FROM}{items[-1]}{_TO}</ul>'


def ready() -> None:
    """Import what writes them: once, for all copies of this process that will."""
    for name in ("gptables", "typst"):
        import_module(name)
    gc.freeze()  # no copy need look through what it came with


@contextmanager
def writing(
    root: Path, folder: Path, edition, document: list[tuple[Section, Page]], cards, context: dict
) -> Iterator[Callable[[], dict]]:
    """Begin to write both documents and the workbook into `folder`; the call that is given waits
    for them, and returns the values that the documents are set from.

    `document`: the sections that they hold, with their pages.
    """
    folder.mkdir()
    path, held = folder / "assessment.xlsx", [page for _, page in document]
    with (
        in_background(write_workbook, path, held, context) as workbook,
        in_background(_documents, root, folder, edition, document, cards, context) as documents,
    ):

        def written() -> dict:
            workbook()
            return documents()

        yield written


def _documents(root: Path, folder: Path, edition, document, cards, context: dict) -> dict:
    words = checked_markdown((root / "book" / "reading.md").read_text("utf-8"), "book/reading.md")
    sections = [section for section, _ in document]
    lifted = {section.page: page for section, page in document}
    content = compose(edition, sections, lifted, cards, words)
    pictures = {
        Path(name).name: svg
        for _, page in document
        for name, svg in page.assets.items()
        if name.endswith(".svg")
    }
    return write_documents(root, folder, context | content, pictures)


def finish(site: Path, downloads: Path, manifest: Callable[[], None]) -> None:
    """Put `downloads` into the rendered site, their sizes on its front page, and its zip.

    The site inside the zip offers no zip, and has its own manifest: `manifest` is called for
    each of the two.
    """
    for path in downloads.iterdir():
        shutil.move(path, site / "downloads" / path.name)
    front = site / "index.html"
    html = front.read_text("utf-8")
    before, _, rest = html.partition(_FROM)
    front.write_text(_with_sizes(before + rest.partition(_TO)[2], site), "utf-8")
    manifest()
    zip_site(site, downloads / "site.zip").rename(site / WHOLE)
    front.write_text(_with_sizes(html, site), "utf-8")
    manifest()


def _with_sizes(html: str, site: Path) -> str:
    for name in _OFFERED:
        if (place := _SIZE.format(name)) in html:
            html = html.replace(place, size((site / name).stat().st_size))
    return html


def size(count: int) -> str:
    """A file's size as a reader expects it.

    >>> size(1_240), size(79_580), size(1_530_000)
    ('1 kB', '80 kB', '1.5 MB')
    """
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} kB"
