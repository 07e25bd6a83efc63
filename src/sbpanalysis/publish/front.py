"""What does a reader with two minutes see first?

The answer as the title; when and by whom it was published; what to know before comparing; four
boxes; every kind of crime in one table; what else was counted; the wards; what to ask first.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from sbpanalysis.publish.assessment import Section
from sbpanalysis.publish.document import tally
from sbpanalysis.publish.downloads import offered
from sbpanalysis.publish.lift import Page, page_of
from sbpanalysis.publish.missing import PAGE as MISSING
from sbpanalysis.publish.news import since_last, to_heed, until
from sbpanalysis.publish.overview import changes_of, kinds_of, table_of
from sbpanalysis.report import highlights, prose
from sbpanalysis.report.change_words import card_words
from sbpanalysis.report.edition import Edition
from sbpanalysis.report.html import Place, brief_figure_html, card_html
from sbpanalysis.report.wards import MOVED

MOST_CARDS = 10  # that a reader with two minutes takes in


def front(
    edition: Edition,
    cards: list[tuple[Section, dict]],
    sections: list[Section],
    kinds: list[Page] = (),
    wards: list[Page] = (),
    bare: Iterable[str] = (),
) -> Page:
    """The front page.

    `cards`: those of all sections; `kinds`: the page of every kind of crime, if there is one;
    `wards`: the ward pages, that of all wards first; `bare`: the pages of sections without figures.
    """
    priority = set(edition.priorities)
    cards = sorted(cards, key=lambda card: card[0].number not in priority)
    parts = [("html", _dates(edition)), ("html", _before_comparing(edition))]
    title, asked = edition.title, []
    for page in kinds:
        rows = kinds_of(page, edition)
        title, asked = highlights.answer(rows), highlights.questions(rows)
        parts.append(("html", _boxes(highlights.boxes(rows), page, edition)))
        parts.append(("markdown", "## Every kind of recorded crime, largest first"))
        parts.append(("html", table_of(page, sections, edition)))
    told = {measure for page in kinds for measure in changes_of(page, edition)}
    if others := [(section, card) for section, card in cards if card["measure"] not in told]:
        heading = "## Offences with a flag, and other counts" if kinds else "## What changed"
        parts += [("markdown", heading), ("html", _what_changed(edition, others))]
    if wards:
        parts += [("markdown", "## Where?"), ("html", _where(wards))]
    if asked:
        parts += [("markdown", "## What the partnership may want to ask first")]
        parts += [("html", _questions(asked))]
    if edition.follows:
        news = since_last(edition, [card for _, card in cards])
        parts += [("markdown", "## What is new since the last edition"), ("html", news)]
    parts.append(
        ("html", f'<details class="sections"><summary>Downloads</summary>{offered()}</details>')
    )
    parts += [("html", _how_sure(sections, bare))]
    return Page(page_of(title, [part for part in parts if part[1]]), "index")


def _dates(edition: Edition) -> str:
    """The period, the days of this and the next publication, and what else says the same."""
    published = f"published {edition.published}" if edition.published else "draft, not published"
    following = f"next edition {edition.next_release}" if edition.next_release else ""
    facts = [f"{edition.area}, up to {until(edition)}", published, following]
    links = (
        '<a href="downloads/brief.pdf">Two-page brief (PDF)</a>',
        '<a href="downloads/assessment.xlsx">spreadsheet</a>',
    )
    told = " · ".join([*map(escape, filter(None, facts)), *links])
    return f'<p class="edition-facts">{told}</p>'


def _before_comparing(edition: Edition) -> str:
    """The breaks within the two years that are compared; nothing if there are none."""
    notes = to_heed(edition)
    if not notes:
        return ""
    told = " ".join(map(escape, notes))
    end = "Part of a change since may be recording, not crime."
    return f'<p class="beware"><strong>Before you compare.</strong> {told} {end}</p>'


def _boxes(boxes: list[highlights.Box], page: Page, edition: Edition) -> str:
    """The boxes, each with a link to the evidence of the change that it tells."""
    place = Place("index", page.evidence)
    rows = {}
    for measure, claim in changes_of(page, edition).items():
        kind = edition.measure_title(measure)
        rows[kind] = place.to_evidence(claim["id"], f"{kind}, in short")
    items = "".join(
        f'<li><p class="question">{escape(box.question)}</p>'
        f'<p class="answer">{escape(box.answer)}</p>'
        f"<p>{escape(box.words)}{rows.get(box.kind, '')}</p></li>"
        for box in boxes
    )
    return f'<ul class="boxes">{items}</ul>'


def _questions(asked: list[str]) -> str:
    items = "".join(f"<li>{escape(question)}</li>" for question in asked)
    note = (
        "These are questions that the figures raise, not priorities: harm, and what residents and "
        "partners know, belong beside them."
    )
    return f'<ol>{items}</ol><p class="note">{note}</p>'


def _what_changed(edition: Edition, cards: list[tuple[Section, dict]]) -> str:
    """The cards that the edition names, or the first ten; what else was compared in one line."""
    names = edition.cards or [card["measure"] for _, card in cards[:MOST_CARDS]]
    shown = [pair for pair in cards if pair[1]["measure"] in names]
    items = "".join(
        card_html(card, f"{section.page}.html", section.number in edition.priorities)
        for section, card in shown
    )
    said = [card_words(card) for _, card in cards]
    rest = "".join(
        f'<li><a href="{escape(section.page)}.html">{escape(card["title"])}</a>: '
        f"{escape(words['value'])}. {escape(words['verdict'])}</li>"
        for (section, card), words in zip(cards, said, strict=True)
        if (section, card) not in shown
    )
    note = (
        '<p class="note">Each verdict compares the 12 months that its card names with the 12 '
        "before. Small charts: 12-month totals.</p>"
    )
    more = f'<p>Also compared:</p><ul class="listing">{rest}</ul>' if rest else ""
    verdicts = tally([card for _, card in cards])
    return f'<p>{escape(verdicts)}</p><ul class="cards">{items}</ul>{more}{note}'


def _where(wards: list[Page]) -> str:
    """The map of the page of all wards, and a link to the page of each."""
    whole, *each = wards
    links = [f'<a href="{escape(page.page)}.html">{escape(page.title)}</a>' for page in each]
    maps = [figure for figure in whole.figures if figure["kind"] in ("map", "dots")]
    place, words = Place("index", whole.evidence), "The numbers by ward"
    drawn = "".join(brief_figure_html(figure, whole.page, words, place) for figure in maps[:1])
    drawn += "".join(_moved(f, place) for f in whole.figures if f["headline"].startswith(MOVED))
    listed = "".join(f"<li>{link}</li>" for link in links)
    return (
        f'{drawn}<p>Each ward has a page; <a href="{escape(whole.page)}.html">'
        f"{escape(whole.title)}</a> sets all beside each other.</p>"
        f'<details class="sections"><summary>The pages of {len(each)} wards</summary>'
        f'<ul class="wards">{listed}</ul></details>'
    )


def _moved(figure: dict, place: Place) -> str:
    """The wards that changed otherwise than the rest, as `moved_table` lists them."""
    rows = [
        f"{prose.lower_first(row[1])} in {row[0]} ({row[3]:,} to {row[2]:,})"
        for row in figure["table"]["rows"]
    ]
    row = place.to_evidence(f"evidence-{figure['name']}", "the wards that changed otherwise")
    named = escape(prose.first_of(rows, 6))
    return f"<p><strong>{escape(figure['headline'])}:</strong> {named}.{row}</p>"


def _how_sure(sections: list[Section], bare: Iterable[str]) -> str:
    """Where it is told how to read all this, and every section, folded."""
    missing = f'<a href="{MISSING}.html">What this edition does not hold, and who has it</a>.'
    reading = (
        '<p><a href="reading.html">How to read this assessment</a> says where the figures come '
        f"from, what the words mean and how sure they are. {missing}</p>"
    )
    every = f"<summary>All sections</summary>{_listing(sections, bare)}"
    return f'{reading}<details class="sections">{every}</details>'


def _listing(sections: list[Section], bare: Iterable[str]) -> str:
    out, part = [], None
    for s in sections:
        if s.part != part:
            out.append(f"{'</ul>' if part else ''}<h3>{escape(s.part)}</h3><ul class='listing'>")
            part = s.part
        wait = " (no figures held)" if s.page in bare else ""
        label = escape(f"{s.number} {s.title}")
        out.append(f'<li><a href="{escape(s.page)}.html">{label}</a>{wait}</li>')
    return "".join(out) + "</ul>"
