"""In which words is a change told: its word, its size, and the whole territory's beside it?"""

from __future__ import annotations

from sbpanalysis.report import prose
from sbpanalysis.stats.change import CANNOT_TELL, FELL, PROBABLY, ROSE, SAME

FEWEST = 100  # events in either year below which percentages mislead
# word -> how cards and tables show it; "probably" has no sign of a direction
SHOWN = {
    ROSE: "▲ Rose",
    FELL: "▼ Fell",
    PROBABLY[ROSE]: "○ Probably rose",
    PROBABLY[FELL]: "○ Probably fell",
    SAME: "● About the same",
    CANNOT_TELL: "○ Cannot tell",
}
TOO_FEW = "Too few to compare"


def shown(word: str) -> str:
    """A word of `change` as cards and tables show it; that of none is "too few".

    >>> shown("rose"), shown("")
    ('▲ Rose', 'Too few to compare')
    """
    return SHOWN.get(word, TOO_FEW)


def than(before: float, after: float) -> str:
    """By how much a count differs from the one before, ready for the span of that.

    >>> than(424, 587), than(12, 9), than(5, 5)
    ('163 more than in', '3 fewer than in', 'as many as in')
    """
    if before == after:
        return "as many as in"
    return f"{prose.number(abs(after - before))} {'more' if after > before else 'fewer'} than in"


def in_percent(before: float, after: float) -> bool:
    """Are both counts large enough for a percentage?"""
    return min(before, after) >= FEWEST


def size(before: float, after: float) -> str:
    """The difference in percent, in brackets; nothing for small counts.

    >>> size(424, 587), size(240, 205), size(40, 66)
    (' (+38%)', ' (−15%)', '')
    """
    if not in_percent(before, after):
        return ""
    return f" ({prose.signed(100 * (after / before - 1))})"


def moved(before: float, after: float) -> str:
    """The difference in percent, or in number where counts are too small for that.

    >>> moved(424, 587), moved(40, 66), moved(66, 40)
    ('+38%', '+26', '−26')
    """
    if in_percent(before, after):
        return size(before, after).strip(" ()")
    return prose.difference(after - before)


def beside(whole: dict | None) -> str:
    """The change of the whole territory, as `change` noted it; nothing where none is known.

    >>> beside({"area": "London", "before": 20_000, "after": 27_200})
    '; London +36%'
    """
    if not whole or not in_percent(whole["before"], whole["after"]):
        return ""
    return f"; {whole['area']} {prose.signed(100 * (whole['after'] / whole['before'] - 1))}"


def underlying(before: float, after: float, lower: float, upper: float) -> str:
    """The range of the change in the level behind two counts; nothing for small ones.

    >>> underlying(424, 587, 5, 81)
    '; underlying change between 5% and 81% more'
    """
    return (
        f"; underlying change {prose.interval(lower, upper)}" if in_percent(before, after) else ""
    )


def card_words(card: dict) -> dict:
    """What a card says, in words: `value`, `unit`, `period`, `verdict`, `against`, `range`, and
    `beside`: its rank."""
    _, low, high = card["percent"]
    pair = card["before"], card["after"]
    against = f"{than(*pair)} {card['before_span']}{size(*pair)}"
    return {
        "value": prose.number(card["after"]),
        "period": card["span"],
        "range": prose.interval(low, high) if in_percent(*pair) else "",
        "beside": card.get("beside", ""),
        "unit": f"{card['unit']} in {card['span']}",
        "verdict": shown(card["verdict"]),
        "against": against + beside(card["whole"]) + underlying(*pair, low, high),
    }
