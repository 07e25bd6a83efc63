"""What does a reader with two minutes see first?"""

from __future__ import annotations

from html import escape

from sbpanalysis.publish.assessment import Section
from sbpanalysis.publish.document import tally
from sbpanalysis.publish.downloads import offered
from sbpanalysis.publish.lift import Lifted, page_of
from sbpanalysis.publish.news import since_last, until
from sbpanalysis.publish.overview import measures_of, table_of, title_of
from sbpanalysis.report.html import card_html
from sbpanalysis.report.words import card_words

MOST_CARDS = 10  # that a reader with two minutes takes in


def front(
    edition,
    cards: list[tuple[Section, dict]],
    sections: list[Section],
    words: str,
    kinds=(),
    wards=(),
) -> Lifted:
    """The front page: what changed, what is new, how to read it (`words`), and all pages.

    `cards`: those of all sections; `kinds`: the page of every kind of crime, if there is one;
    `wards`: the ward pages, that of all wards first.
    """
    priority = set(edition.priorities)
    cards = sorted(cards, key=lambda card: card[0].number not in priority)
    where = f"{escape(edition.area)}, up to {escape(until(edition))}"
    lead = (
        f"<p>What the data say about crime and community safety in {where}: what changed, compared "
        "with whom, and how sure that is. A sentence says that something rose or fell only where "
        "a test supports it.</p>"
    )
    parts = [("html", lead)]
    for page in kinds:
        parts.append(("markdown", "## Every kind of recorded crime, largest first"))
        parts.append(("html", table_of(page, sections, edition)))
    told = {measure for page in kinds for measure in measures_of(page, edition)}
    if others := [(section, card) for section, card in cards if card["measure"] not in told]:
        heading = "## Offences with a flag, and other counts" if kinds else "## What changed"
        parts += [("markdown", heading), ("html", _what_changed(edition, others))]
    news = since_last(edition, [card for _, card in cards])
    parts += [("markdown", "## What is new since the last edition")] if edition.follows else []
    parts.append(("html", news))
    if wards:
        parts += [("markdown", "## Your ward"), ("html", _wards(wards))]
    parts += [("markdown", "## Downloads"), ("html", offered())]
    parts += [("markdown", words), ("markdown", "## All sections"), ("html", _listing(sections))]
    title = next((title_of(page, edition) for page in kinds), edition.title)
    return Lifted(page_of(title, parts), "index")


def _what_changed(edition, cards: list[tuple[Section, dict]]) -> str:
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


def _wards(wards: list[Lifted]) -> str:
    every, *each = (
        f'<a href="{escape(page.page)}.html">{escape(page.title)}</a>' for page in wards
    )
    listed = "".join(f"<li>{link}</li>" for link in each)
    lead = f"<p>Each ward has a page; {every} sets all beside each other.</p>"
    return f'{lead}<ul class="wards">{listed}</ul>'


def _listing(sections: list[Section]) -> str:
    out, part = [], None
    for s in sections:
        if s.part != part:
            out.append(f"{'</ul>' if part else ''}<h3>{escape(s.part)}</h3><ul class='listing'>")
            part = s.part
        wait = " (waits for data)" if s.waits_for else ""
        label = escape(f"{s.number} {s.title}")
        out.append(f'<li><a href="{escape(s.page)}.html">{label}</a>{wait}</li>')
    return "".join(out) + "</ul>"
