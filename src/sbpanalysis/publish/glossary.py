"""Where is a word explained? Terms of the glossary become links where a page first uses them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape
from html.parser import HTMLParser
from itertools import accumulate
from pathlib import Path

from sbpanalysis.publish.assessment import slug

_TERM = re.compile(
    r"<dt(?: id=\"[^\"]*\")?>(.*?)</dt>", re.DOTALL
)  # as Sphinx writes what book/glossary.md defines
_TAG = re.compile(r"<[^>]+>")
# running text is in these, and never in those: links, headings, claims and figures stay as made
_RUNNING = {"p", "li", "dd"}
_KEPT = {"a", "button", "code", "dt", "figure", "label", "nav", "pre", "summary", "svg", "table"}
_KEPT |= {f"h{level}" for level in range(1, 7)}
_KEPT_CLASSES = {"claim", "data-line", "note", "found"}


def link_terms(site: Path, pages: Iterable[str] | None = None) -> None:
    """Give each term of `glossary.html` an id, and link its first use on every other page, or on
    these `pages`."""
    path = site / "glossary.html"
    if not path.is_file():
        return
    html = path.read_text("utf-8")
    terms = {}
    for text in _TERM.findall(html):
        term = unescape(_TAG.sub("", text)).strip()
        terms |= {words.strip().lower(): f"term-{slug(term)}" for words in term.split(",")}
    html = _TERM.sub(
        lambda m: f'<dt id="term-{slug(unescape(_TAG.sub("", m[1])))}">{m[1]}</dt>', html
    )
    path.write_text(html, "utf-8")
    named = sorted(site.rglob("*.html")) if pages is None else [site / f"{p}.html" for p in pages]
    for page in named:
        if page == path or not terms:
            continue
        up = "../" * (len(page.relative_to(site).parts) - 1)
        html = page.read_text("utf-8")
        page.write_text(
            linked(html, {t: f"{up}glossary.html#{i}" for t, i in terms.items()}), "utf-8"
        )


def linked(html: str, terms: dict[str, str]) -> str:
    """`html` with each target of `terms` (words -> address) linked once, in running text of main.

    >>> linked("<main><h1>Rate</h1><p>A <b>rate</b>, rates.</p></main>", {"rate": "g#rate"})
    '<main><h1>Rate</h1><p>A <b><a class="term" href="g#rate">rate</a></b>, rates.</p></main>'
    """
    longest = sorted(map(re.escape, terms), key=len, reverse=True)
    wanted = re.compile(rf"(?<![\w-])({'|'.join(longest)})(s?)(?![\w-])", re.IGNORECASE)
    start, end = html.find("<main"), html.find("</main>")
    if start < 0 or not terms:
        return html
    used = set()

    def link(match: re.Match) -> str:
        target = terms[match[1].lower()]
        if target in used:
            return match[0]
        used.add(target)
        return f'<a class="term" href="{target}">{match[0]}</a>'

    out, done = [html[:start]], start
    for at, text in _RunningText(html[start:end]).pieces:
        out += [html[done : start + at], wanted.sub(link, text)]
        done = start + at + len(text)
    return "".join(out) + html[done:]


class _RunningText(HTMLParser):
    """The pieces of running text in HTML: where each begins, and its text as it is written."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.pieces: list[tuple[int, str]] = []
        self._open: list[tuple[str, bool]] = []
        self._lines = [0, *accumulate(len(line) + 1 for line in html.split("\n"))]
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list) -> None:
        first = (dict(attrs).get("class") or "").split(" ")[0]
        keep = tag in _KEPT or first in _KEPT_CLASSES
        if keep or tag in _RUNNING:
            self._open.append((tag, keep))

    def handle_endtag(self, tag: str) -> None:
        while any(tag == name for name, _ in self._open) and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open and not any(keep for _, keep in self._open):
            line, column = self.getpos()
            self.pieces.append((self._lines[line - 1] + column, data))
