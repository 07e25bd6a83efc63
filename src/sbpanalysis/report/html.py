"""How does a claim, figure, table or card look in HTML? Written here alone, for notebook and site.

What a notebook displays is one JSON an output; here it becomes HTML. In a notebook an element needs
nothing beside it: picture and CSV are inside. On the site they are files, and it has links.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from html import escape

import pandas as pd

from sbpanalysis.report import change_words
from sbpanalysis.report.cells import csv_text, frame_of, written


@dataclass(frozen=True)
class Place:
    """Where on the site an element stands, and what its links lead to.

    `page`: its page, without ending. `evidence`: the page that lists the page's claims, if one
    does. `links`: the code of a ward, or a measure -> the page about it.
    """

    page: str
    evidence: str = ""
    links: Mapping[str, str] = field(default_factory=dict)

    def address(self, path: str) -> str:
        """A path of the site as seen from this page."""
        return escape("../" * self.page.count("/") + path)

    def link(self, code: str, text: str) -> str:
        """Text as a link to the page about what has this code, if another page is."""
        page = self.links.get(code)
        if not page or page == self.page:
            return escape(text)
        return f'<a href="{self.address(page)}.html">{escape(text)}</a>'

    def to_evidence(self, row: str, of: str) -> str:
        """A link to the row that says what something was made from."""
        if not self.evidence:
            return ""
        to = self.address(f"{self.evidence}.html#{row}")
        return f' <a class="evidence" href="{to}">evidence{_hidden(" for " + of)}</a>'


def _hidden(text: str) -> str:
    return f'<span class="hidden">{escape(text)}</span>'


def _element(tag: str, text: str, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f"<{tag}{named}>{escape(text)}</{tag}>"


def claim_html(claim: dict, place: Place | None = None) -> str:
    """A sentence, under its question and answer if it has them; on the site with its id, and a
    link to its row of evidence."""
    if place is None:
        text = _element("p", claim["sentence"], "claim")
    else:
        evidence = place.to_evidence(claim["id"], claim["headline"])
        text = escape(claim["sentence"]) + evidence
        text = f'<p class="claim" id="claim-{escape(claim["id"])}">{text}</p>'
    if not claim.get("question"):
        return text
    asked = _element("p", claim["question"], "question")
    return f'<div class="fact">{asked}{_element("p", claim["answer"], "answer")}{text}</div>'


def figure_html(figure: dict, place: Place | None = None) -> str:
    """A figure or table with its headline, notes, source and CSV; `figure`: from `facts`."""
    frame, drawn = frame_of(figure["table"]), bool(figure["svg"])
    table = overview_html(figure) if figure["lines"] else _table_of(figure, frame, place)
    if drawn:
        summary = "<summary>Show the figures as a table</summary>"
        table = f'<details class="data">{summary}{table}</details>'
    notes = "".join(_element("p", note, "note") for note in figure["notes"])
    name = figure["name"] if figure["id"] or (place and place.evidence) else ""
    identity = f' id="{escape(name)}"' if name else ""
    finding = _element("p", figure["headline"], "finding")
    return (
        f'<figure class="{_classes(figure)}"{identity}><figcaption>'
        f"{finding}{_element('p', figure['subtitle'], 'subtitle')}</figcaption>"
        f"{_picture(figure, place) if drawn else ''}{notes}{table}"
        f'<p class="source">{_source(figure, frame, place)}</p></figure>'
    )


def brief_figure_html(figure: dict, page: str, words: str, place: Place) -> str:
    """A figure of `page` on another: finding, picture, and `words` that lead to where it stands."""
    link = f'<a href="{place.address(page)}.html#{escape(figure["name"])}">{escape(words)}</a>'
    link += place.to_evidence(f"evidence-{figure['name']}", figure["subtitle"])
    caption = _element("p", figure["headline"], "finding")
    caption += _element("p", figure["subtitle"], "subtitle")
    return (
        f'<figure class="{_classes(figure)}"><figcaption>{caption}</figcaption>'
        f"{_image(figure, place)}"
        f'<p class="source">{link}</p></figure>'
    )


def _classes(figure: dict) -> str:
    """The classes of a figure; one of persons is read again before release."""
    return f"exhibit {escape(figure['kind'])}{' persons' if figure['persons'] else ''}"


def _table_of(figure: dict, frame: pd.DataFrame, place: Place | None) -> str:
    about = {name: figure[name] for name in ("codes", "steps", "stacked")}
    shown = bool(figure["svg"])
    return html_table(frame, figure["headline"], caption_shown=shown, place=place, **about)


def _image(figure: dict, place: Place | None) -> str:
    if place:
        address = place.address(f"_images/{figure['name']}.svg")
    else:
        data = base64.b64encode(figure["svg"].encode()).decode()
        address = f"data:image/svg+xml;base64,{data}"
    return f'<img src="{address}" alt="{escape(figure["alt"])}">'


def _picture(figure: dict, place: Place | None) -> str:
    picture = _image(figure, place)
    if not figure["regions"]:
        return picture
    return f'<div class="drawn">{picture}{_regions(figure["regions"])}</div>'


def _regions(regions: dict) -> str:
    """The layer of areas over a picture, for the pointer and for the site's script.

    Without the site's style sheet, as in JupyterLab, it takes no room and paints nothing.
    """
    areas = "".join(
        f'<path data-code="{escape(code)}" d="{path}">{_element("title", text)}</path>'
        for code, path, text in regions["areas"]
    )
    return (
        f'<svg class="regions" viewBox="0 0 {regions["width"]} {regions["height"]}" '
        'preserveAspectRatio="none" height="0" fill="none" pointer-events="all" '
        f'aria-hidden="true">{areas}</svg>'
    )


def _source(figure: dict, frame: pd.DataFrame, place: Place | None) -> str:
    """Where the numbers come from, the file with them, and on the site their evidence."""
    source = f"Source: {escape('; '.join(figure['source']))}. " if figure["source"] else ""
    name = figure["name"] or "figure"
    if place:
        address = place.address(f"downloads/{name}.csv")
        evidence = place.to_evidence(
            f"evidence-{name}", f"{figure['headline']}, {figure['subtitle']}"
        )
    else:
        data = base64.b64encode(csv_text(frame).encode()).decode()
        address, evidence = f"data:text/csv;base64,{data}", ""
    of = _hidden(f": {figure['headline']}, {figure['subtitle']}")
    link = f'<a download="{escape(name)}.csv" href="{address}">Download these figures (CSV){of}</a>'
    return source + link + evidence


def html_table(
    frame: pd.DataFrame,
    caption: str,
    *,
    caption_shown: bool = True,
    codes: Mapping[str, str] | None = None,
    steps: list[list[int]] | None = None,
    stacked: bool = True,
    place: Place | None = None,
) -> str:
    """`frame` as a table; every text escaped, first column as row headers.

    `codes`: text of a row header -> the code by which the site knows what the row is about;
    `steps`: how dark each cell after the first is, 0 to 4 (the table then scrolls on its own);
    `stacked`: each cell below the other where the page is narrow.
    """
    numeric, rows = written(frame)
    names = [escape(str(column)) for column in frame.columns]
    kinds = [" class=num" if n else "" for n in numeric]
    head = "".join(f'<th scope="col"{kind}>{n}</th>' for n, kind in zip(names, kinds, strict=True))
    labels = [f' data-label="{name}"' if stacked else "" for name in names]
    body = []
    for number, row in enumerate(rows):
        shades = [f' class="num step-{step}"' for step in steps[number]] if steps else kinds[1:]
        cells = "".join(
            f"<td{shade}{label}>{escape(text)}</td>"
            for shade, label, text in zip(shades, labels[1:], row[1:], strict=True)
        )
        body.append(f"<tr>{_row_header(row[0], (codes or {}).get(row[0]), place)}{cells}</tr>")
    table = (
        f"<table{' class=stacked' if stacked else ''}>"
        f"<caption{'' if caption_shown else ' class=hidden'}>{escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"
    )
    if not steps:
        return table
    return f'<div class="scroll" role="region" aria-label="Table" tabindex="0">{table}</div>'


def _row_header(text: str, code: str | None, place: Place | None) -> str:
    if code is None:
        return f'<th scope="row">{escape(text)}</th>'
    shown = place.link(code, text) if place else escape(text)
    return f'<th scope="row" data-code="{escape(code)}">{shown}</th>'


def overview_html(
    figure: dict,
    pages: Mapping[str, str] | None = None,
    evidence: Mapping[str, tuple[str, str]] | None = None,
    priorities: Collection[str] = (),
) -> str:
    """The table of all kinds of crime, a line each, with its small pictures.

    By measure, `pages`: the address of the page about it; `evidence`: that of the row behind its
    change, and the measure's title; `priorities`: those that are marked as local priorities.
    """
    pages, evidence = pages or {}, evidence or {}
    heads = ("Kind", "Number", "Change on the year before", "For its size", "Over the years")
    head = "".join(f'<th scope="col">{h}</th>' for h in heads)
    lines = ((line, line["measure"]) for line in figure["lines"])
    rows = "".join(
        _overview_row(line, pages.get(m), evidence.get(m), m in priorities) for line, m in lines
    )
    return (
        f'<table class="overview"><caption class=hidden>{escape(figure["headline"])}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _overview_row(
    line: dict, page: str | None, evidence: tuple[str, str] | None, priority: bool
) -> str:
    """One kind of crime; its pictures stand beside their words, so that nobody need hear them."""
    kind = f' class="{line["kind"]}"' if line["kind"] else ""
    label = '<p class="label">Local priority</p>' if priority else ""
    title = escape(line["title"])
    title = f'<a href="{escape(page)}">{title}</a>' if page else title
    row = ""
    if evidence:
        address, measure = evidence
        of = _hidden(f": {measure}, change on the year")
        row = f' <a class="evidence" href="{escape(address)}">evidence{of}</a>'
    change, size, years = (
        f"{line[part]['svg']}{_element('p', text) if (text := line[part]['words']) else ''}"
        for part in ("change", "size", "years")
    )
    return (
        f'<tr{kind}><th scope="row">{label}{title}{_element("p", line["word"], "word")}</th>'
        f'<td data-label="Number"><strong>{escape(line["number"])}</strong>'
        f"<p>{escape(line['moved'])}{row}</p></td>"
        f'<td data-label="Change">{change}</td>'
        f'<td data-label="For its size">{size}</td>'
        f'<td data-label="Over the years">{years}</td></tr>'
    )


def card_html(card: dict, href: str, priority: bool) -> str:
    """A card of the front page as a list item; `card["claim"]`: the id of the claim it shows."""
    texts = change_words.card_words(card)
    picture = base64.b64encode(card["sparkline"].encode()).decode()
    row = Place("index", "every-figure").to_evidence(card["claim"], card["title"])
    return (
        f'<li class="{"priority" if priority else "card"}">'
        f"{'<p class=label>Local priority</p>' if priority else ''}"
        f'<h3><a href="{escape(href)}">{escape(card["title"])}</a></h3>'
        f"{_element('p', texts['value'], 'value')}{_element('p', texts['unit'])}"
        f"{_element('p', texts['verdict'], 'verdict')}"
        f"<p>{escape(texts['against'])}{row}</p>"
        f"{_element('p', texts['beside']) if texts['beside'] else ''}"
        f'<img alt="{escape(card["alt"])}" src="data:image/svg+xml;base64,{picture}"></li>'
    )


def data_html(data: dict, place: Place | None = None) -> str:
    """The sources of a page, a line each, and that a sample is one."""
    items = [
        f'<li>{_linked(source, url)} <span class="hash">{escape(snapshot)}</span></li>'
        for source, snapshot, url in data["lines"]
    ]
    if data["sample"]:
        items.insert(0, f"<li>{_element('strong', data['sample'])}</li>")
    return f'<ul class="data-line" aria-label="Data used on this page">{"".join(items)}</ul>'


def _linked(text: str, url: str) -> str:
    return f'<a href="{escape(url)}">{escape(text)}</a>' if url else escape(text)


def caveats_html(caveats: dict, place: Place | None = None) -> str:
    """What tempers a page's conclusions: breaks, stand-ins, and on the site the warnings raised."""
    frame = pd.DataFrame(caveats["breaks"], columns=["From", "What changed", "Comparable across"])
    html = html_table(frame, "Recorded breaks in the series on this page") if len(frame) else ""
    joined = "The figures are from more than one file: "
    html += "".join(_element("p", joined + note) for note in caveats["joined"])
    html = f'<div class="caveats">{html}</div>'
    if not (raised := caveats.get("warned")):
        return html
    items = "".join(_element("li", text) for text in raised)
    return f"{html}<p>Warnings raised while computing:</p><ul>{items}</ul>"


def provenance_html(provenance: dict, place: Place | None = None) -> str:
    """What a page was made from, folded."""
    facts = "".join(
        _element("dt", name) + _element("dd", value) for name, value in provenance["facts"]
    )
    frame = frame_of(provenance["table"])
    table = html_table(frame, "Snapshots read") if len(frame) else ""
    return (
        '<details class="provenance"><summary>How this page was made</summary>'
        f"<dl>{facts}</dl>{table}</details>"
    )


def absent_html(absent: dict, place: Place | None = None) -> str:
    """What an edition does not hold, in a notebook; the site lists it on a page of its own."""
    return f"<p><em>{escape(absent['words'])}</em></p>"


def limits_html(limits: list, place: Place | None = None) -> str:
    """What a page's figures do not tell, and who holds that."""
    items = "".join(
        f"<li>{escape(what)} <span class=soft>Held by: {escape(holder)}.</span></li>"
        for what, holder in limits
    )
    return f"<ul class=limits>{items}</ul>"


def remark_html(text: str, place: Place | None = None) -> str:
    """A remark that somebody wrote."""
    return _element("p", text, "remark")


def locator_html(locator: dict, place: Place | None = None) -> str:
    """Where a ward lies, and links to the wards beside it."""
    wide, high = locator["size"]
    roles = {code: "beside" for code, _ in locator["beside"]} | {locator["code"]: "here"}
    areas = "".join(
        f'<path class="{roles.get(code, "else")}" d="{path}"/>' for code, path in locator["shapes"]
    )
    links = "".join(
        f'<li><span data-code="{escape(code)}">'
        f"{place.link(code, name) if place else escape(name)}</span></li>"
        for code, name in locator["beside"]
    )
    return (
        f'<div class="locator"><svg viewBox="0 0 {wide} {high}" role="img" '
        f'aria-label="{escape(locator["alt"])}">{areas}</svg>'
        f"<div>{_element('p', locator['lead'])}<ul>{links}</ul></div></div>"
    )


def code_html(code: dict, place: Place | None = None) -> str:
    """The code of a cell, which a reviewer opens and copies; folded, or shown at once."""
    source = f'<code class="language-python">{escape(code["source"])}</code></pre>'
    if not code["folded"]:
        return f'<pre class="code" id="method-{escape(code["cell"])}">{source}'
    return (
        f'<details class="method" id="method-{escape(code["cell"])}">'
        f"<summary>Method: the code behind this</summary><pre>{source}</details>"
    )


def result_html(text: str, place: Place | None = None) -> str:
    """What a cell ends with, as text."""
    return _element("pre", text, "result")


# what the JSON of an output, or an item of a page, holds -> who writes it
WRITERS: dict[str, Callable[..., str]] = {
    "html": lambda html, place=None: html,
    "code": code_html,
    "result": result_html,
    "claim": claim_html,
    "exhibit": figure_html,
    "data": data_html,
    "caveats": caveats_html,
    "provenance": provenance_html,
    "absent": absent_html,
    "remark": remark_html,
    "limits": limits_html,
    "place": locator_html,
}
