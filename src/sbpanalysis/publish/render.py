"""How do lifted pages become a static site? The one room that knows Jupyter Book."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Mapping
from html import unescape
from html.parser import HTMLParser
from itertools import accumulate
from pathlib import Path

import yaml

from sbpanalysis.data.documents import load_yaml
from sbpanalysis.errors import BuildError
from sbpanalysis.publish.assessment import slug
from sbpanalysis.publish.brand import COLOUR, Brand, load_brand
from sbpanalysis.publish.lift import Item, Page
from sbpanalysis.publish.markdown import escaped_markdown
from sbpanalysis.publish.renderer import Renderer
from sbpanalysis.publish.search import write_index
from sbpanalysis.report.html import WRITERS, Place

_KEPT_STATIC = {"site.css", "site.js", "icon.svg", "search.js", "search-index.js"}
BEHIND = ("data", "caveats", "code", "provenance")  # what stands folded at a section's end
_EMPTY = "pass"  # a cell without source would be left out, its outputs with it
_KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
_PAGE = re.compile(r"\]\(([\w./-]+)\.md(?=[#)])")  # a link to a page, in words people wrote
_TERM = re.compile(
    r"<dt(?: id=\"[^\"]*\")?>(.*?)</dt>", re.DOTALL
)  # as Sphinx writes what book/glossary.md defines
_TAG = re.compile(r"<[^>]+>")
# running text is in these, and never in those: links, headings, claims and figures stay as made
_RUNNING = {"p", "li", "dd"}
_KEPT = {"a", "button", "code", "dt", "figure", "label", "nav", "pre", "summary", "svg", "table"}
_KEPT |= {f"h{level}" for level in range(1, 7)}
_KEPT_CLASSES = {"claim", "data-line", "note", "found"}


def render(
    root: Path,
    work: Path,
    pages: list[tuple[str, list[Page]]],
    context: dict,
    renderer: Renderer,
    links: Mapping[str, str] | None = None,
) -> Path:
    """Render pages, given as parts of (caption, pages) with the front page first, to HTML.

    `context`: what the templates show (title, area, ...). `links`: the code of a ward, or a
    measure -> the page about it. Works in the empty folder `work`, with
    `renderer` as the process that runs Jupyter Book, and returns the folder of the site. Raises
    `BuildError` with Jupyter Book's own words.
    """
    source, brand = work / "source", load_brand(root)
    begin(root, source, pages, context, links or {})
    site = jupyter_book(source, work / "out", renderer)
    put_assets(site, [lifted for _, group in pages for lifted in group])
    _trim(site, {brand.logo.name} if brand.logo else set())
    (site / ".nojekyll").touch()  # or GitHub Pages leaves out _static and _images
    link_terms(site)
    write_index(site, pages, load_yaml(root / "book" / "search.yml"))
    return site


def begin(
    root: Path,
    source: Path,
    pages: list[tuple[str, list[Page]]],
    context: dict,
    links: Mapping[str, str],
) -> None:
    """Write pages, given as to `render`, as the source of a book that Jupyter Book takes."""
    for name in ("_static", "_templates", "_ext", "docutils.conf"):
        copy = shutil.copytree if (root / "book" / name).is_dir() else shutil.copy
        source.mkdir(parents=True, exist_ok=True)
        copy(root / "book" / name, source / name)
    _put_brand(source / "_static", load_brand(root))
    every = [lifted for _, group in pages for lifted in group]
    for lifted in every:
        write_page(source, lifted, links)
    _write_contents(source, pages)
    write_config(root, source, every, context)


def write_page(source: Path, lifted: Page, links: Mapping[str, str]) -> None:
    """Write a page into the source of a book."""
    path = source / f"{lifted.page}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook_of(lifted, links)), "utf-8")


def write_config(root: Path, source: Path, pages: Iterable[Page], context: dict) -> None:
    """Write the settings of a book: the checkout's, and what its templates show."""
    config = load_yaml(root / "_config.yml")
    config["title"] = context["sbp_title"]
    findings = {page.page: page.finding for page in pages if page.finding}
    config["sphinx"]["config"]["html_context"] = context | {"sbp_findings": findings}
    (source / "_config.yml").write_text(yaml.safe_dump(config, sort_keys=False), "utf-8")


def put_assets(site: Path, pages: Iterable[Page]) -> None:
    """Put the files of pages, pictures and tables, where the pages name them."""
    for lifted in pages:
        for name, content in lifted.assets.items():
            (site / name).parent.mkdir(parents=True, exist_ok=True)
            (site / name).write_bytes(content)


def notebook_of(lifted: Page, links: Mapping[str, str]) -> dict:
    """A page as the notebook that Jupyter Book renders; cells that show nothing are left out."""
    place = Place(lifted.page, lifted.evidence, links)
    behind = BEHIND if lifted.evidence else ()
    written = lambda i: WRITERS[i.kind](i.content, place)  # noqa: E731
    cells = []
    for name, items in lifted.cells:
        if items[0].kind == "words":
            cells.append(_markdown(items[0].content, name, answered=bool(lifted.finding)))
        elif html := [text for i in items if i.kind not in behind and (text := written(i))]:
            cells.append(_shown(html, name))
    folded = [i for kind in behind for i in lifted.items if i.kind == kind]
    if html := "".join(map(written, _sources_once(folded))):
        summary = "<summary>Method, code and sources of this page</summary>"
        cells.append(_shown([f'<details class="behind">{summary}{html}</details>'], "behind"))
    return {"cells": cells, "metadata": _KERNEL, "nbformat": 4, "nbformat_minor": 5}


def _sources_once(folded: list[Item]) -> list[Item]:
    """What is folded, with all sources as one list, each once."""
    data = [i.content for i in folded if i.kind == "data"]
    if not data:
        return folded
    lines = {tuple(line): line for one in data for line in one["lines"]}
    joined = {**data[0], "lines": list(lines.values())}
    return [Item("data", joined), *(i for i in folded if i.kind != "data")]


def _markdown(words: dict, name: str, answered: bool = False) -> dict:
    """A cell of words; the question under a title that answers it goes."""
    title = f"# {escaped_markdown(words['title'])}\n\n" if "title" in words else ""
    text = words["text"].partition("\n\n")[2] if title and answered else words["text"]
    source = title + _PAGE.sub(r"](\1.ipynb", text)
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": source}


def _shown(html: list[str], name: str) -> dict:
    """A code cell of which only the outputs are shown."""
    outputs = [
        {"output_type": "display_data", "data": {"text/html": h}, "metadata": {}} for h in html
    ]
    return {
        "cell_type": "code",
        "id": name,
        "metadata": {"tags": ["remove-input"]},
        "execution_count": 1,
        "outputs": outputs,
        "source": _EMPTY,
    }


def _write_contents(source: Path, pages: list[tuple[str, list[Page]]]) -> None:
    (_, [front]), *parts = pages
    contents = {
        "format": "jb-book",
        "root": front.page,
        "parts": [
            {"caption": caption, "chapters": [_chapter(p, group) for p in group if not p.under]}
            for caption, group in parts
            if group
        ],
    }
    (source / "_toc.yml").write_text(yaml.safe_dump(contents, sort_keys=False), "utf-8")


def _chapter(page: Page, group: list[Page]) -> dict:
    """A page in the contents, with those under it."""
    below = [{"file": p.page} for p in group if p.under == page.page]
    return {"file": page.page} | ({"sections": below} if below else {})


def jupyter_book(source: Path, out: Path, renderer: Renderer) -> Path:
    """The pages that Jupyter Book makes of a source, in `out`: those that changed since the last
    time. Raises `BuildError` with its own words."""
    code, output = renderer.render(source, out)
    site = out / "_build" / "html"
    if code or not (site / "index.html").is_file():
        words = [x for x in re.sub(r"\x1b\[[0-9;]*m", "", output).splitlines() if x.strip()]
        lines = [x for x in words if re.search(r"warning|error", x, re.IGNORECASE)] or words
        lines = "\n".join(lines[:12] or ["the renderer ended; build again"])
        raise BuildError(f"rendering stopped: {lines}".replace(str(source), "book"))
    return site


def _put_brand(static: Path, brand: Brand) -> None:
    """The logo beside the other static files, the colour in place of the house's."""
    if brand.logo:
        shutil.copy(brand.logo, static / brand.logo.name)
    if brand.colour.lower() != COLOUR:
        css = (static / "site.css").read_text("utf-8")
        (static / "site.css").write_text(f"{css}:root {{ --blue: {brand.colour}; }}\n", "utf-8")


def _trim(site: Path, logo: set[str]) -> None:
    """Only what the pages use stays; nothing of the sources is published."""
    for path in (site / "_static").iterdir():
        if path.name not in _KEPT_STATIC | logo:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for name in ("search.html", "searchindex.js", "objects.inv", ".buildinfo", "_sources"):
        path = site / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


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
