"""Where is a word explained? Terms of the glossary become links where a page first uses them."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

from sbpanalysis.publish.assessment import slug

_TERM = re.compile(r"<dt>(.*?)</dt>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
# a figure or table is one piece, for nothing in it is running text
_PIECE = re.compile(r"(<!--.*?-->|<figure\b.*?</figure>|<table\b.*?</table>|<[^>]+>)", re.DOTALL)
_NAME = re.compile(r"</?([a-zA-Z0-9]+)")
# running text is in these, and never in those: links, headings, claims and figures stay as made
_RUNNING = {"p", "li", "dd"}
_KEPT = {
    "a",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "summary",
    "figure",
    "table",
    "pre",
    "code",
    "button",
    "label",
    "nav",
    "svg",
    "dt",
}
_FOLLOWED = _RUNNING | _KEPT | {"ul", "div", "span"}
_KEPT_CLASSES = re.compile(r'class="(?:claim|data-line|note|found)\b')


def link_terms(site: Path) -> None:
    """Give each term of `glossary.html` an id, and link its first use on every other page."""
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
    for page in sorted(site.rglob("*.html")):
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
    open_, kept, used = [], 0, set()

    def link(match: re.Match) -> str:
        target = terms[match[1].lower()]
        if target in used:
            return match[0]
        used.add(target)
        return f'<a class="term" href="{target}">{match[0]}</a>'

    out = []
    for piece in _PIECE.split(html[start:end]):
        if piece.startswith("<"):
            kept += _step(piece, open_)
        elif not kept and any(name in _RUNNING for name, _ in open_):
            piece = wanted.sub(link, piece)
        out.append(piece)
    return html[:start] + "".join(out) + html[end:]


def _step(tag: str, open_: list[tuple[str, bool]]) -> int:
    """Follow a tag in `open_`; how many more elements that are kept as made it is inside of."""
    name = _NAME.match(tag)
    if not name or name[1] not in _FOLLOWED or tag.endswith(f"</{name[1]}>", 1):
        return 0
    if not tag.startswith("</"):
        keep = name[1] in _KEPT or bool(_KEPT_CLASSES.search(tag))
        open_.append((name[1], keep))
        return int(keep)
    while open_:
        other, keep = open_.pop()
        if other == name[1]:
            return -int(keep)
    return 0
