"""What of an executed notebook goes on the page? Its content in order, as plain values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from nbformat import NotebookNode

from sbpanalysis.data.reading import plain
from sbpanalysis.errors import BuildError
from sbpanalysis.publish.flow import COUNTING, PAGES, trace
from sbpanalysis.publish.markdown import checked_markdown
from sbpanalysis.report.cells import csv_text, frame_of

_WARNING = re.compile(r"SbpWarning: (.+)")  # in what a kernel wrote to stderr
LIMITS = "## What this does not tell"  # the heading that ends a section
_CHANGES = ("change", "two counts", "estimates")
UNSEEN = {"remove-cell", "parameters", "injected-parameters"}  # tags of cells that no page shows
_FRAME = re.compile(r'class="dataframe"|(?:^|, )dtype: [^\n]+\Z', re.MULTILINE)
PICTURE = (
    "a picture that no page would show; write sbp.show(ax, table=frame, headline=...) in the cell "
    "that draws it (ax: its axes, figure or grid; table: the figures it draws)"
)
FRAME = 'a frame that no page would show; write sbp.show(frame, caption="what it shows")'
PRINTED = "print: {}; no page shows it: tell it with sbp.remark(text), or delete the line"
WORDS = "{}; no page shows it: words stand in a Markdown cell or in sbp.remark(text)"
WIDGET = "a widget, which does nothing on a page; delete it, or show its figures with sbp.show"
RESULT = (
    "{}; no page shows it: tell a result with sbp.say(result), show a chart with sbp.show(...), or "
    "end the line with a semicolon"
)


class Item(NamedTuple):
    """One thing on a page, as plain values that the writer of its `kind` knows (report/html.py)."""

    kind: str
    content: Any


class Cell(NamedTuple):
    """One cell of a page, and what it shows in order."""

    name: str
    items: list[Item]


@dataclass
class Page:
    """A page ready to be rendered, and what it contributes to the site."""

    cells: list[Cell]
    page: str
    claims: list[dict] = field(default_factory=list)
    figures: list[dict] = field(default_factory=list)
    exhibits: list[str] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)  # the ids of the cells whose code it shows
    cards: list[dict] = field(default_factory=list)
    assets: dict[str, bytes] = field(default_factory=dict)
    snapshots: list[str] = field(default_factory=list)
    missing: list[dict] = field(default_factory=list)  # what its edition does not hold
    title: str = ""
    under: str = ""  # the page that leads to it in the contents, if not the front page
    evidence: str = ""  # the page that lists its claims and figures, if one does
    finding: str = ""  # what its figures say, in a line

    @property
    def items(self) -> list[Item]:
        """All that the page shows in order."""
        return [item for cell in self.cells for item in cell.items]


def page_of(title: str, parts: list[tuple[str, str]]) -> list[Cell]:
    """The cells of a page made here, not from a notebook: ("markdown" | "html", text) in order."""
    cells = [Cell("title", [Item("words", {"title": title, "text": ""})])]
    for number, (kind, text) in enumerate(parts):
        item = Item("words", {"text": text}) if kind == "markdown" else Item("html", text)
        cells.append(Cell(f"part-{number}", [item]))
    return cells


def lift(
    executed: NotebookNode, page: str, title: str, section: str = "", evidence: str = "every-figure"
) -> Page:
    """The page of an executed notebook: only what a reader may see, claims numbered.

    `title` is text as it is; `evidence` is the page that lists its claims and figures, those of a
    methods page, which is of no section, being listed nowhere.
    """
    trace(executed)
    lifter = _Lifter(executed, page, title, section, evidence if section else "")
    for number, cell in enumerate(executed.cells):
        if items := lifter.items(cell, first=number == 0):
            lifter.page.cells.append(Cell(f"cell-{number}", items))
    lifted = lifter.page
    lifted.cards = [
        {**card, "claim": _claim_of(card, lifted), "beside": _beside(lifted, card)}
        for card in lifted.cards
    ]
    lifted.finding = _finding(lifted)
    return lifted


def _finding(lifted: Page) -> str:
    """The headline of the change that the page's first card tells, else of the first it tells."""
    first = [card["claim"] for card in lifted.cards[:1]]
    changes = [c for c in lifted.claims if c["kind"] in _CHANGES]
    told = [claim for claim in changes if claim["id"] in first] or changes
    return told[0]["headline"] if told else ""


class _Lifter:
    """Makes the items of a page of a notebook's cells, and notes what else they bring."""

    def __init__(
        self, executed: NotebookNode, page: str, title: str, section: str, evidence: str
    ) -> None:
        self.page = Page([], page, title=title, evidence=evidence)
        self._section = section
        anchor = section.replace(".", "-") if section[:1].isdigit() else page.replace("/", "-")
        self._anchor = anchor.removeprefix("methods-")
        self._warned = _warnings(executed)
        self._makers = {
            "claim": self._claim,
            "exhibit": self._figure,
            "card": self._card,
            "provenance": self._provenance,
            "caveats": self._caveats,
        }

    def items(self, cell: NotebookNode, first: bool) -> list[Item]:
        """What a cell shows; a raw cell is for other programs than this."""
        if cell.cell_type == "markdown":
            return [self._words(cell, first)]
        tags = set(cell.metadata.get("tags", []))
        if cell.cell_type != "code" or tags & UNSEEN:
            return []
        code = []
        if "remove-input" not in tags:
            self.page.methods.append(cell.id)
            folded = "hide-input" in tags
            content = {"cell": cell.id, "source": cell.source, "folded": folded}
            code = [Item("code", content)]
        return code + [item for output in cell.outputs if (item := self._output(output))]

    def _words(self, cell: NotebookNode, first: bool) -> Item:
        text = checked_markdown(cell.source, f"{self.page.page}, cell {cell.id}")
        if not first:
            return Item("words", {"text": text.strip()})
        text = text.partition("\n")[2]
        return Item("words", {"title": self.page.title, "text": text.strip()})

    def _output(self, output: NotebookNode) -> Item | None:
        if output.output_type not in ("display_data", "execute_result"):
            return None
        message = dict(output.metadata.get("sbp", {}))
        origin = message.pop("origin", {"cell": "", "call": ""})
        if not message:  # as methods pages show them: its text, never foreign HTML
            return Item("result", output.data.get("text/plain", ""))
        [(kind, content)] = message.items()
        if maker := self._makers.get(kind):
            return maker(content, origin)
        return Item(kind, content)

    def _claim(self, claim: dict, origin: dict) -> Item:
        page, number = self.page, len(self.page.claims) + 1
        claim = {
            **claim,
            **self._computed(origin),
            "id": f"{self._anchor}-{number}",
            "key": self._key(claim),
            "section": self._section,
            "page": f"{page.page}.html",
        }
        page.claims.append(claim)
        return Item("claim", claim)

    def _key(self, claim: dict) -> str:
        """What a claim is of, in a line that names no place on its page; equals are numbered."""
        names = ("kind", "measure", "subject", "area")
        key = "/".join((self._section, *(claim[name] for name in names)))
        return f"{key}/{sum(c['key'].startswith(f'{key}/') for c in self.page.claims) + 1}"

    def _figure(self, figure: dict, origin: dict) -> Item:
        page = self.page
        name = figure["name"] or f"{self._anchor}-figure-{len(page.assets) + 1}"
        if figure["svg"]:
            page.assets[f"_images/{name}.svg"] = figure["svg"].encode()
        page.assets[f"downloads/{name}.csv"] = csv_text(frame_of(figure["table"])).encode()
        if figure["id"]:
            page.exhibits.append(figure["id"])
        explained = figure["explained"] or PAGES.get(origin["call"], COUNTING)
        figure = {
            **figure,
            **self._computed(origin),
            "name": name,
            "explained": explained,
            "page": f"{page.page}.html",
        }
        page.figures.append(figure)
        return Item("exhibit", figure)

    def _computed(self, origin: dict) -> dict:
        """The cell and call that computed something, and where a reader finds that cell's code."""
        cell = origin["cell"]
        code = f"{self.page.page}.html#method-{cell}" if cell in self.page.methods else ""
        return {"cell": cell, "computed_by": origin["call"], "code": code}

    def _card(self, card: dict, origin: dict) -> None:
        self.page.cards.append(card)

    def _provenance(self, provenance: dict, origin: dict) -> Item:
        self.page.snapshots = list(provenance["snapshots"])
        return Item("provenance", provenance)

    def _caveats(self, caveats: dict, origin: dict) -> Item:
        if self._warned:
            caveats = {**caveats, "warned": self._warned}
        return Item("caveats", caveats)


def _warnings(executed: NotebookNode) -> list[str]:
    streams = (
        output.text
        for cell in executed.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "stream" and output.name == "stderr"
    )
    return list(dict.fromkeys(m for text in streams for m in _WARNING.findall(text)))


def insert_words(page: Page, markdown: str) -> None:
    """Put a passage of Markdown on a page before what it does not tell, or at its end."""
    begins = [i.content["text"] if i.kind == "words" else "" for _, (i, *_) in page.cells]
    at = [n for n, text in enumerate(begins) if text.startswith(LIMITS)]
    cell = Cell("commentary", [Item("words", {"text": markdown})])
    page.cells.insert(at[-1] if at else len(page.cells), cell)


def same_subject(one: dict, other: dict) -> bool:
    """Whether two of a page's claims, cards or figures are of one measure and one area."""
    return all(one.get(n) and one[n] == other.get(n) for n in ("measure", "area"))


def _claim_of(card: dict, lifted: Page) -> str:
    """The id of the claim on this page that says what a card says; a card has no other evidence."""
    wanted = card["claim"]
    for claim in lifted.claims:
        if all(claim[name] == wanted[name] for name in wanted):
            return claim["id"]
    raise BuildError(
        f"{lifted.page}: the card on {card['title']}, {card['area']}, has no sentence on its page "
        "that says the same; sbp.card(change, counts) tells it: keep both of its outputs."
    )


def _beside(lifted: Page, card: dict) -> str:
    """Where the area stands among others, by rate or else by number, if a page says so."""
    headlines = {c["kind"]: c["headline"] for c in lifted.claims if same_subject(c, card)}
    if "rate among" in headlines:
        return f"{headlines['rate among']}."
    return f"{headlines['standing']}." if "standing" in headlines else ""


def unshown_outputs(notebook: NotebookNode) -> Iterator[str]:
    """What of an executed notebook no `show` or `say` carried: cell, what it is, what to write.

    Cells are counted as they were written. Warnings on stderr are no output.
    """
    written = [c for c in notebook.cells if "injected-parameters" not in c.metadata.get("tags", [])]
    for number, cell in enumerate(written, 1):
        if cell.cell_type == "code" and not UNSEEN & set(cell.metadata.get("tags", [])):
            found = [what for output in cell.outputs if (what := _bare(output))]
            if PICTURE in found:  # `<Axes: >` beside it is a part of it
                found = [what for what in found if "<Axes" not in what and "<Figure" not in what]
            yield from (f"cell {number}: {what}" for what in dict.fromkeys(found))


def _bare(output: NotebookNode) -> str:
    """What an output is that no page shows, and the line to write; empty for what has a place."""
    if output.output_type == "stream":
        lost = output.name == "stdout" and output.text.strip()
        return PRINTED.format(_short(output.text)) if lost else ""
    if output.output_type not in ("display_data", "execute_result") or output.metadata.get("sbp"):
        return ""
    data = output.data
    text = data.get("text/plain", "")
    if "application/vnd.jupyter.widget-view+json" in data:
        return WIDGET
    if any(kind.startswith("image/") for kind in data):
        return PICTURE
    if 'class="dataframe sbp-result"' in data.get("text/html", ""):
        return RESULT.format(_short(text))
    if _FRAME.search(data.get("text/html", "")) or _FRAME.search(text):
        return FRAME
    if {"text/markdown", "text/html", "text/latex", "application/javascript"} & set(data):
        return WORDS.format(_short(text))
    return RESULT.format(_short(text))


def _short(text: str) -> str:
    return plain(" ".join(text.split()), 60)
