"""What of an executed notebook goes on the page? Titles, numbered claims, pictures as files."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape

from nbformat import NotebookNode, from_dict

from sbpanalysis.errors import BuildError
from sbpanalysis.publish.flow import trace
from sbpanalysis.publish.words import as_markdown, taken
from sbpanalysis.report.explained import COUNTING, PAGES

_PICTURE = re.compile(r'src="data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)"')
_CSV = re.compile(r'download="([\w.-]+)" href="data:text/csv;base64,([A-Za-z0-9+/=]*)"')
_EMPTY = "pass"  # a cell without source would be left out, its outputs with it
_KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
_LINK = re.compile(r"\]\(([\w./-]+)\.md(?=[#)])")
_OPENS = re.compile(r'<figure class="[^"]*"')
_WARNING = re.compile(r"SbpWarning: (.+)")


@dataclass
class Lifted:
    """A page ready to be rendered, and what it contributes to the site."""

    notebook: NotebookNode
    page: str
    claims: list[dict] = field(default_factory=list)
    exhibits: list[str] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)  # the ids of the cells whose code it shows
    cards: list[dict] = field(default_factory=list)
    assets: dict[str, bytes] = field(default_factory=dict)
    snapshots: list[str] = field(default_factory=list)
    content: list[dict] = field(default_factory=list)  # the page in order, as plain values
    title: str = ""
    under: str = ""  # the page that leads to it in the contents, if not the front page
    evidence: str = "every-figure"  # the page that lists its claims


def lift(
    executed: NotebookNode,
    page: str,
    title: str,
    section: str = "",
    evidence: str = "every-figure",
) -> Lifted:
    """The render copy of an executed notebook: only what a reader may see, claims numbered.

    `title` is text as it is; `evidence` is the page that lists its claims.
    """
    trace(executed)
    lifted = Lifted(_notebook([]), page, evidence=evidence, title=title)
    anchor = section.replace(".", "-") if section[:1].isdigit() else page.replace("/", "-")
    anchor = anchor.removeprefix("methods-")
    warned = _warnings(executed)
    for number, cell in enumerate(executed.cells):
        if cell.cell_type == "markdown":
            written = taken(cell.source, f"{page}, cell {cell.id}")
            source = f"# {as_markdown(title)}" if number == 0 else written
            if number == 0 and "\n" in written:
                source += "\n" + written.split("\n", 1)[1]
            words = written.partition("\n")[2] if number == 0 else written
            lifted.content.append({"kind": "words", "text": words.strip()})
            source = _LINK.sub(r"](\1.ipynb", source)  # every page is rendered from a notebook
            lifted.notebook.cells.append(_markdown(source, f"cell-{number}"))
            continue
        tags = set(cell.metadata.get("tags", []))
        if cell.cell_type != "code" or tags & {"remove-cell", "parameters", "injected-parameters"}:
            continue  # a raw cell is for other programs than this
        method = "hide-input" in tags
        if "remove-input" not in tags:
            lifted.methods.append(cell.id)
        html = [_output(o, lifted, anchor, warned, section) for o in cell.outputs]
        if "remove-input" not in tags:
            html.insert(0, (_method if method else _code)(cell))
        if any(html):
            lifted.notebook.cells.append(_shown(filter(None, html), f"cell-{number}"))
    lifted.cards = [
        {**card, "claim": _claim_of(card, lifted), "beside": _beside(lifted, card)}
        for card in lifted.cards
    ]
    return lifted


def insert_words(page: Lifted, markdown: str) -> None:
    """Put a passage of Markdown on a page before what is to beware, or at its end."""
    cells, content = page.notebook.cells, page.content
    last = [i for i, cell in enumerate(cells) if cell.source.startswith("## What to beware")]
    cells.insert(last[-1] if last else len(cells), _markdown(markdown, "commentary"))
    words = {"kind": "words", "text": markdown}
    last = [i for i, item in enumerate(content) if "What to beware" in item.get("text", "")]
    content.insert(last[-1] if last else len(content), words)


def same_subject(one: dict, other: dict) -> bool:
    """Whether two of a page's claims, cards or figures are of one measure and one area."""
    return all(one.get(n) and one[n] == other.get(n) for n in ("measure", "area"))


def _claim_of(card: dict, lifted: Lifted) -> str:
    """The id of the claim on this page that says what a card says; a card has no other evidence."""
    wanted = card["claim"]
    for claim in lifted.claims:
        if all(claim[name] == wanted[name] for name in wanted):
            return claim["id"]
    raise BuildError(
        f"{lifted.page}: the card on {card['title']}, {card['area']}, has no sentence on its page "
        "that says the same; tell its change before: sbp.say(change), then sbp.card(change, ...)."
    )


def _beside(lifted: Lifted, card: dict) -> str:
    """Where the area stands among others, by rate or else by number, if a page says so."""
    told = {c["kind"]: c["headline"] for c in lifted.claims if same_subject(c, card)}
    if "rate among" in told:
        return f"{told['rate among'].rpartition(': ')[2]}."
    return f"{told['standing']}." if "standing" in told else ""


def page_of(title: str, parts: list[tuple[str, str]]) -> NotebookNode:
    """A page made here, not from a notebook: ("markdown" | "html", text) in order."""
    cells = [_markdown(f"# {as_markdown(title)}", "title")]
    for number, (kind, text) in enumerate(parts):
        name = f"part-{number}"
        cells.append(_markdown(text, name) if kind == "markdown" else _shown([text], name))
    return _notebook(cells)


# Written out, for nbformat's own makers would check each cell against its schema
def _notebook(cells: list[NotebookNode]) -> NotebookNode:
    return from_dict({"cells": cells, "metadata": _KERNEL, "nbformat": 4, "nbformat_minor": 5})


def _markdown(source: str, name: str) -> NotebookNode:
    return from_dict({"cell_type": "markdown", "id": name, "metadata": {}, "source": source})


def _shown(html: Iterable[str], name: str) -> NotebookNode:
    """A code cell of which only the outputs are shown."""
    outputs = [{"output_type": "display_data", "data": {"text/html": h}, "metadata": {}}
               for h in html]  # fmt: skip
    return from_dict({"cell_type": "code", "id": name, "metadata": {"tags": ["remove-input"]},
                      "execution_count": 1, "outputs": outputs, "source": _EMPTY})  # fmt: skip


def _code(cell: NotebookNode) -> str:
    return (
        f'<pre class="code" id="method-{escape(cell.id)}">'
        f'<code class="language-python">{escape(cell.source)}</code></pre>'
    )


def _method(cell: NotebookNode) -> str:
    """A method cell, folded: the code a reviewer opens and copies."""
    return (
        f'<details class="method" id="method-{escape(cell.id)}">'
        "<summary>Method: the code behind this</summary>"
        f'<pre><code class="language-python">{escape(cell.source)}</code></pre></details>'
    )


def _warnings(executed: NotebookNode) -> list[str]:
    streams = (
        o.text
        for c in executed.cells
        if c.cell_type == "code"
        for o in c.outputs
        if o.output_type == "stream" and o.name == "stderr"
    )
    return list(dict.fromkeys(m for text in streams for m in _WARNING.findall(text)))


def _output(output, lifted: Lifted, anchor: str, warned: list[str], section: str) -> str:
    if output.output_type not in ("display_data", "execute_result"):
        return ""
    told = output.metadata.get("sbp", {})
    if not told:  # a plain result, as methods pages show them: its text, never foreign HTML
        return f'<pre class="result">{escape(output.data.get("text/plain", ""))}</pre>'
    html = output.data.get("text/html", "")
    if "card" in told:
        lifted.cards.append(told["card"])
        return ""
    if "claim" in told:
        return _claim(told["claim"] | _computed(told, lifted), lifted, anchor, section)
    if "exhibit" in told:
        name = told["exhibit"]["name"] or f"{anchor}-figure-{len(lifted.assets) + 1}"
        html = _pictures_to_files(html, lifted, name)
        if section:
            html = _led_to_evidence(html, lifted, name)
        place = {"page": f"{lifted.page}.html", **_computed(told, lifted)}
        explained = told["exhibit"]["explained"] or PAGES.get(place["computed_by"], COUNTING)
        lifted.content.append({**told["exhibit"], "of": told["exhibit"]["kind"], "name": name,
                               "kind": "figure", "explained": explained, **place})  # fmt: skip
        if told["exhibit"]["id"]:
            lifted.exhibits.append(told["exhibit"]["id"])
    for kind in ("data", "remark", "waits", "caveats"):
        if kind in told:
            lifted.content.append({"kind": kind, kind: told[kind]})
    if "provenance" in told:
        lifted.snapshots = list(told["provenance"])
    if told.get("caveats") and warned:
        items = "".join(f"<li>{escape(w)}</li>" for w in warned)
        html = f"{html}<p>Warnings raised while computing:</p><ul>{items}</ul>"
        lifted.content[-1]["warned"] = warned
    return html


def _claim(claim: dict, lifted: Lifted, anchor: str, section: str) -> str:
    number = len(lifted.claims) + 1
    identity = f"{anchor}-{number}"
    place = {"id": identity, "key": _key(claim, section, lifted), "section": section,
             "page": f"{lifted.page}.html"}  # fmt: skip
    claim = {**claim, **place}
    lifted.claims.append(claim)
    lifted.content.append({"kind": "sentence", "text": claim["sentence"], "id": identity})
    up = "../" * lifted.page.count("/")
    return (
        f'<p class="claim" id="claim-{identity}">{escape(claim["sentence"])} '
        f'<a class="evidence" href="{up}{lifted.evidence}.html#{identity}">'
        f'evidence<span class="hidden"> for sentence {escape(anchor)}, {number}</span></a></p>'
    )


def _key(claim: dict, section: str, lifted: Lifted) -> str:
    """What a claim is about, in one line that names no place on its page; equals are numbered."""
    about = "/".join((section, *(claim[n] for n in ("kind", "measure", "subject", "area"))))
    return f"{about}/{sum(c['key'].startswith(f'{about}/') for c in lifted.claims) + 1}"


def _computed(told: dict, lifted: Lifted) -> dict:
    """The cell and call that computed something, and where a reader finds that cell's code."""
    origin = told.get("origin", {"cell": "", "call": ""})
    cell = origin["cell"]
    code = f"{lifted.page}.html#method-{cell}" if cell in lifted.methods else ""
    return {"cell": cell, "computed_by": origin["call"], "code": code}


def _led_to_evidence(html: str, lifted: Lifted, name: str) -> str:
    """A figure with an anchor, and a link to the row that says what it was made from."""
    up = "../" * lifted.page.count("/")
    link = (
        f' <a class="evidence" href="{up}{lifted.evidence}.html#evidence-{name}">evidence'
        f'<span class="hidden"> for figure {name}</span></a></p></figure>'
    )
    if f' id="{name}"' not in html:
        html = _OPENS.sub(rf'\g<0> id="{name}"', html, count=1)
    return link.join(html.rsplit("</p></figure>", 1))


def _pictures_to_files(html: str, lifted: Lifted, name: str) -> str:
    """Pictures and CSV that the notebook carries inside become files of the site."""
    up = "../" * lifted.page.count("/")

    def picture(match: re.Match) -> str:
        lifted.assets[f"_images/{name}.svg"] = base64.b64decode(match[1])
        return f'src="{up}_images/{name}.svg"'

    def csv(match: re.Match) -> str:
        lifted.assets[f"downloads/{name}.csv"] = base64.b64decode(match[2])
        return f'download="{name}.csv" href="{up}downloads/{name}.csv"'

    return _CSV.sub(csv, _PICTURE.sub(picture, html))
