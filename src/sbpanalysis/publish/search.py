"""What does the site's search find? Each claim on its own, and the words of each page."""

from __future__ import annotations

import json
from collections.abc import Collection
from html.parser import HTMLParser
from pathlib import Path

from sbpanalysis.publish.lift import Page
from sbpanalysis.publish.missing import PAGE as MISSING

REVIEWERS = "For reviewers"  # a part of the contents: found after the pages that readers want
MOST = 4000  # characters of a page's words
_BLOCKS = {"h1", "h2", "h3", "p", "li", "td", "th", "dd", "figcaption"}
_SKIPPED = {"table", "pre", "details"}
_VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


def write_index(
    site: Path, parts: list[tuple[str, list[Page]]], synonyms: dict[str, list[str]]
) -> None:
    """Write what the search page's script reads: a line for the pages, one for `synonyms`."""
    entries = [
        entry
        | ({"part": caption} if caption else {})
        | ({"last": 1} if caption == REVIEWERS else {})
        for caption, pages in parts
        for page in pages
        if page.page != "find"
        for entry in _entries(site, page)
    ]
    known = {"SBP_SEARCH": entries, "SBP_SYNONYMS": [*synonyms.items()]}
    lines = [
        f"window.{name} = {json.dumps(value, ensure_ascii=False, separators=(',', ':'))};\n"
        for name, value in known.items()
    ]
    (site / "_static" / "search-index.js").write_text("".join(lines), "utf-8")


def _entries(site: Path, page: Page) -> list[dict]:
    html = (site / f"{page.page}.html").read_text("utf-8")
    main = html[html.index("<main") : html.index("</main>")].partition('<nav class="along"')[0]
    # the page of what is missing is a table, and the only one that names it
    heading, *rest = blocks_of(main, _SKIPPED - {"table"} if page.page == MISSING else _SKIPPED)
    title = heading
    if page.finding:  # said after the section's name, which is what people look for
        title = heading.removesuffix(page.finding).strip()
        rest = [page.finding, *rest]
    claims = [
        {"href": f"{c['page']}#claim-{c['id']}", "title": title, "text": c["sentence"], "claim": 1}
        for c in page.claims
    ]
    sentences = {claim["sentence"] for claim in page.claims}
    words = " ".join(text for text in dict.fromkeys(rest) if text not in sentences)[:MOST]
    return [{"href": f"{page.page}.html", "title": title, "text": words}, *claims]


def blocks_of(html: str, skipped: Collection[str] = _SKIPPED) -> list[str]:
    """The running text of HTML, a paragraph, heading or item each; nothing of `skipped` elements.

    >>> blocks_of("<h1>A</h1><p>One <b>two</b><i class='hidden'> x</i></p><pre>no</pre>")
    ['A', 'One two']
    """
    parser = _Parser(skipped)
    parser.feed(html)
    parser.close()
    return parser.blocks


class _Parser(HTMLParser):
    def __init__(self, skipped: Collection[str]) -> None:
        super().__init__()
        self._no = skipped
        self.blocks: list[str] = []
        self._open: list[str] = []
        self._block = self._skipped = 0  # how many elements are open where one begins; 0: none
        self._words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self._words.append(" ")
        if tag in _VOID:
            return
        self._open.append(tag)
        if not self._skipped and (tag in self._no or ("class", "hidden") in attrs):
            self._skipped = len(self._open)
        if not self._block and tag in _BLOCKS:
            self._block, self._words = len(self._open), []

    def handle_endtag(self, tag: str) -> None:
        self._words.append(" ")
        while tag in self._open and len(self._open) > 0:
            if len(self._open) == self._skipped:
                self._skipped = 0
            if len(self._open) == self._block:
                self._end_block()
            if self._open.pop() == tag:
                return

    def handle_data(self, data: str) -> None:
        if self._block and not self._skipped:
            self._words.append(data)

    def _end_block(self) -> None:
        self._block = 0
        if text := " ".join("".join(self._words).split()):
            self.blocks.append(text)
