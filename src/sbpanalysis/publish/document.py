"""How does the assessment become one PDF for a committee's agenda, and two pages for a councillor?

Both are made by Typst from one file of plain values: text from data is never pasted into markup.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from dataclasses import asdict
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from sbpanalysis.errors import BuildError
from sbpanalysis.publish.assessment import KINDS, Section
from sbpanalysis.publish.brand import COLOUR
from sbpanalysis.publish.lift import Page, same_subject
from sbpanalysis.publish.markdown import blocks_of, printable
from sbpanalysis.publish.news import breaks, to_heed
from sbpanalysis.publish.overview import figure_of, kinds_of
from sbpanalysis.report import highlights, prose
from sbpanalysis.report.cells import frame_of, written
from sbpanalysis.report.change_words import FELL, ROSE, SAME, TOO_FEW, card_words
from sbpanalysis.report.edition import Edition
from sbpanalysis.report.highlights import Kinds
from sbpanalysis.report.house import LAID_OUT, READ

WHOLE = 36  # rows of a table that is shown whole: the London boroughs and a mean
FIRST = 12  # rows that are shown of a longer one
_TIME = re.compile(r"\d{4}[-/]\d\d")
BRIEF_CARDS, BRIEF_FIGURES, BRIEF_TITLE = 10, 2, 70


def compose(edition, sections: list[Section], lifted: dict[str, Page], cards, words: str) -> dict:
    """All that the documents say, as plain values in order.

    `lifted`: page -> its lifted notebook; `cards`: (section, card) of the front page; `words`:
    how to read it, in Markdown.
    """
    parts: dict[str, list[dict]] = {}
    for section in sections:
        parts.setdefault(section.part, []).append(_section(section, lifted[section.page]))
    all_cards = _cards(edition, cards)
    kinds = [kinds_of(lifted[KINDS], edition)] if KINDS in lifted else []
    moved = [title for rows in kinds for title in rows.moved(ROSE, FELL)["Kind"]]
    named = [s for s in sections if s.number in edition.priorities] or sections
    own = {section.number: card for section, card in reversed(cards)}
    first = [(lifted[s.page], own[s.number]) for s in named if s.number in own]
    most = {card["title"]: (lifted[s.page], card) for s, card in reversed(cards)}
    first = list(
        {
            card["title"]: (page, card)
            for page, card in [*(most[title] for title in moved if title in most), *first]
        }.values()
    )
    snapshots = sorted({s for page in lifted.values() for s in page.snapshots})
    held = edition.snapshot_table(snapshots)
    return {
        "parts": [{"title": title, "sections": inside} for title, inside in parts.items()],
        "cards": all_cards,
        "brief_cards": [{**c, "title": shortened(c["title"])} for c in all_cards[:BRIEF_CARDS]],
        "tally": tally([card for _, card in cards]),
        "short": [t for pair in first for t in _claims(*pair)[:1]][:BRIEF_FIGURES],
        "at_a_glance": [
            _at_a_glance(rows, figure_of(lifted[KINDS])["lines"], edition, all_cards)
            for rows in kinds
        ],
        "figures_title": "What moved, and the local priorities"
        if edition.priorities
        else "Over time",
        "figures": _for_the_brief(first),
        "unknown": _unknown(first),
        "where": [
            {**_figure(figure), "told": []}
            for page in lifted.values()
            if page.page == "wards"
            for figure in page.figures
            if figure["kind"] in ("map", "dots")
        ][:1],
        "words": blocks_of(words),
        "breaks": [
            [str(b.date), b.kind, b.note, "yes, with care" if b.comparable else "no"]
            for b in breaks(edition)
        ],
        "snapshots": held.astype(str).to_dict("records") if len(held) else [],
    }


def _at_a_glance(kinds: Kinds, lines: list[dict], edition: Edition, cards: list[dict]) -> dict:
    """What the first page of the brief says where all of recorded crime is held.

    `lines`: of the table of all kinds, in the words that the front page has, a row of it each.
    """
    table = kinds.table
    columns = ["Kind", "Number", "Change", kinds.region, "Per 1,000", "In words"]
    rows = [
        [
            line["title"],
            line["number"],
            line["moved"],
            prose.signed(row["Whole region"]) if pd.notna(row["Whole region"]) else "",
            prose.number(row["Per 1,000"], 1) if pd.notna(row["Per 1,000"]) else "",
            line["word"],
        ]
        for line, row in zip(lines, table.to_dict("records"), strict=True)
    ]
    others = [card for card in cards if card["title"] not in set(table["Kind"])]
    return {
        "answer": highlights.answer(kinds),
        "beware": to_heed(edition),
        "boxes": [asdict(box) for box in highlights.boxes(kinds)],
        "columns": columns,
        "rows": rows,
        "others": [[c["title"], f"{c['value']} {c['unit']}", c["verdict"]] for c in others],
        "questions": highlights.questions(kinds),
    }


def _section(section: Section, page: Page) -> dict:
    blocks = [b for item in page.items for b in _blocks(*item)]
    if section.waits_for:
        blocks = [{"kind": "waits", **section.waits_for}]
    question = section.question
    if not question and blocks and blocks[0]["kind"] == "paragraph":
        question = "".join(run["text"] for run in blocks.pop(0)["runs"])
    return {
        "number": section.number,
        "title": section.title,
        "question": question,
        "finding": page.finding,
        "owner": section.owner,
        "blocks": blocks,
    }


def _blocks(kind: str, content) -> list[dict]:
    """An item of a page as the blocks that a document sets; it shows no code."""
    if kind == "words":
        return blocks_of(content["text"])
    if kind == "exhibit":
        return [_figure(content)]
    if kind == "claim":
        return [{"kind": "sentence", "text": content["sentence"]}]
    if kind == "data":
        return [{"kind": "data", "data": [line[:2] for line in content["lines"]]}]
    return [{"kind": kind, kind: content}] if kind in ("remark", "caveats", "limits") else []


def _figure(item: dict) -> dict:
    frame = frame_of(item["table"])
    # beside a picture a table would be squeezed: its file is named
    most = (WHOLE if len(frame) <= WHOLE else FIRST) if item["kind"] == "table" else 0
    numeric, rows = written(frame) if most else ([], [])
    rows, left = rows[:most], max(0, len(frame) - most)
    return {
        "kind": "figure",
        "number": item["id"] or "",
        "headline": item["headline"],
        "subtitle": item["subtitle"],
        "alt": item["alt"] or item["headline"],
        "notes": item["notes"],
        "source": "; ".join(item["source"]),
        "picture": "" if item["kind"] == "table" else f"{item['name']}.svg",
        "columns": item["table"]["columns"],
        "numeric": numeric,
        "rows": rows,
        "left": left,
        "file": f"{item['name']}.csv",
    }


def _cards(edition, cards) -> list[dict]:
    """The cards in words, priorities first; verdicts as on the front page."""
    cards = sorted(cards, key=lambda card: card[0].number not in edition.priorities)
    return [
        {
            **card_words(card),
            "section": section.number,
            "title": card["title"],
            "priority": section.number in edition.priorities,
            "alt": card["alt"],
            "picture": f"card-{number}.svg",
            "svg": card["sparkline"],
        }
        for number, (section, card) in enumerate(cards)
    ]


def tally(cards: list[dict]) -> str:
    """What rose and what fell among the comparisons, and how many others there are of each kind.

    What only probably changed is counted with what cannot be told.

    >>> verdicts = {"Robbery": "rose", "Burglary": "probably rose", "Arson": "", "Fraud": "rose"}
    >>> tally([{"title": title, "verdict": word} for title, word in verdicts.items()])
    'Of 4 comparisons with the year before: rose: robbery; fraud. Fell: none. About the same: \
none. Not certain: 1. Too few to compare: 1.'
    """
    if not cards:
        return "In this edition nothing can be compared with the year before."
    if len(cards) == 1:
        title, word = (prose.lower_first(cards[0][k] or TOO_FEW) for k in ("title", "verdict"))
        return f"One comparison with the year before: {title}, {word}."
    count = Counter(card["verdict"] for card in cards)
    named = {
        word: "; ".join(prose.lower_first(c["title"]) for c in cards if c["verdict"] == word)
        for word in (ROSE, FELL)
    }
    same, few = count[SAME], count[""]
    rest = len(cards) - count[ROSE] - count[FELL] - same - few
    return (
        f"Of {prose.counted(len(cards), 'comparisons')} with the year before: "
        f"rose: {named[ROSE] or 'none'}. Fell: {named[FELL] or 'none'}. "
        f"About the same: {same or 'none'}. Not certain: {rest or 'none'}."
        + (f" Too few to compare: {few}." if few else "")
    )


def shortened(text: str) -> str:
    """A title that a card of the brief has room for.

    >>> shortened("Robbery"), len(shortened("Robbery " * 20))
    ('Robbery', 70)
    """
    return text if len(text) <= BRIEF_TITLE else f"{text[: BRIEF_TITLE - 1]}…"


def _claims(page: Page, card: dict) -> list[str]:
    """What a page says of a card's own subject: its change, and its place among other areas."""
    own = [c for c in page.claims if same_subject(c, card)]
    change = [c["sentence"] for c in own if c["id"] == card["claim"]]
    return change + [c["sentence"] for c in own if c["kind"] == "standing"][:1]


def _over_time(figure: dict) -> bool:
    """Does the first column hold months or financial years?"""
    return bool(_TIME.fullmatch(str(figure["table"]["rows"][0][0])))


def _for_the_brief(first: list[tuple[Page, dict]]) -> list[dict]:
    """Of each of the first cards, the chart over time of the same subject, and its claims."""
    figures = []
    for page, card in first:
        charts = [f for f in page.figures if f["kind"] == "line" and _over_time(f)]
        own = [chart for chart in charts if same_subject(chart, card)]
        figures += [{**_figure(chart), "told": _claims(page, card)} for chart in own[:1]]
    return figures[:BRIEF_FIGURES]


def _unknown(first: list[tuple[Page, dict]]) -> list[list[str]]:
    """What the pages of the first cards do not tell, and who holds that, each once."""
    limits = [
        limit
        for page, _ in first[:BRIEF_FIGURES]
        for item in page.items
        if item.kind == "limits"
        for limit in item.content
    ]
    return list({what: [what, holder] for what, holder in limits}.values())


def write_documents(root: Path, folder: Path, content: dict, pictures: dict[str, bytes]) -> dict:
    """Write `assessment.pdf` and `brief.pdf` into `folder`: tagged, as PDF/UA-1, reproducible.

    Returns all that they say, as it is printed, without the pictures.

    `content`: from `compose`, with what the site's templates show besides. `pictures`: name of an
    SVG -> its bytes. Raises `BuildError` with Typst's own words.
    """
    import typst

    folder.mkdir(parents=True, exist_ok=True)
    templates = root / "book" / "_templates"
    drawn = {name: svg.decode() for name, svg in pictures.items()}
    drawn |= {card["picture"]: card.pop("svg") for card in content["cards"]}
    said = printable(content)
    given = said | {"pictures": {name: _with_font(svg) for name, svg in drawn.items()}}
    inputs = {"content": json.dumps(given), "colour": said.get("sbp_colour", COLOUR)}
    for document in ("assessment", "brief"):
        try:
            typst.compile(
                templates / f"{document}.typ",
                output=folder / f"{document}.pdf",
                root=templates,
                sys_inputs=inputs,
                font_paths=_fonts(),
                ignore_system_fonts=True,
                pdf_standards="ua-1",
            )
        except typst.TypstError as error:
            words = "; ".join([error.message, *error.hints]).replace(str(templates), "book")
            raise BuildError(f"{document}.pdf could not be made: {words}") from error
    return said


def _with_font(svg: str) -> str:
    """The picture with the font it was laid out for, which the page's own reader may not have."""
    composed = unicodedata.normalize("NFC", svg.replace(READ, f"'{LAID_OUT}'"))
    unfit = [c for c in set(composed) - {"\n"} if unicodedata.category(c)[0] in "CM"]
    return composed.translate(dict.fromkeys(map(ord, unfit)))


@cache
def _fonts():
    """The fonts that come with matplotlib: the pictures were laid out with them."""
    import typst

    folder = Path(find_spec("matplotlib").origin).parent / "mpl-data" / "fonts" / "ttf"
    return typst.Fonts(include_system_fonts=False, font_paths=[folder])
