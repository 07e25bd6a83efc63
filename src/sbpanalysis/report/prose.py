"""How is a number said, and which words may be said at all?"""

from __future__ import annotations

import math
import re

import numpy as np
import pandas as pd

from sbpanalysis.errors import DataError
from sbpanalysis.periods import financial_year, in_words
from sbpanalysis.stats.result import listed

DIRECTIONAL = re.compile(
    r"\b(rose|ris(?:e|es|en|ing)|fell|fall(?:s|en|ing)?|increas\w*|decreas\w*|grew|grow\w*|"
    r"declin\w*|dropp?\w*|climb\w*|surg\w*|soar\w*|plung\w*|plummet\w*|slump\w*|tumbl\w*|"
    r"rocket\w*|jump(?:s|ed|ing)?|spik(?:ed|es|ing)|shr[aiu]nk\w*|dwindl\w*|diminish\w*|"
    r"doubl(?:ed|es|ing)|trebl(?:ed|es|ing)|tripl(?:ed|es|ing)|quadrupl(?:ed|es|ing)|"
    r"halv(?:ed|es|ing)|reduced|reduces|reductions? (?:in|of)|upward\w*|downward\w*|upturns?|"
    r"downturns?|(?:go|goes|going|gone|went|crept|edged|ticked|shot) (?:up|down|higher|lower)|"
    r"(?:is|are|was|were) (?:up|down)|(?:up|down) (?:by )?(?=\d)|worsen\w*|improv\w*|"
    r"deteriorat\w*)\b",
    re.IGNORECASE,
)
DIRECTIONS, PROBABLE = ("up", "down", "rose", "fell"), ("probably rose", "probably fell")
_SINGULAR = {"people": "person", "per 1,000": "per 1,000"}


def rounded(values, digits: int = 0):
    """Numbers, a Series or a frame of them, rounded as everything here that is written or drawn.

    Half goes away from zero; what is a half but for the way a computer keeps it is a half too.

    >>> rounded(17.65, 1), rounded(-0.5), rounded(2.675, 2)
    (17.7, -1.0, 2.68)
    """
    scale = 10**digits
    if isinstance(values, pd.Series | pd.DataFrame):
        return np.sign(values) * np.floor(values.abs() * scale + 0.5 + 1e-9) / scale + 0.0
    return math.copysign(math.floor(abs(values) * scale + 0.5 + 1e-9) / scale, values) or 0.0


def number(value: float, digits: int = 0) -> str:
    """A number as a reader expects it: thousands commas, half away from zero, no minus zero.

    >>> number(22463), number(0.5), number(-0.04, 1)
    ('22,463', '1', '0.0')
    """
    if value is None or not math.isfinite(value):
        return "not available"
    return f"{rounded(value, digits):,.{digits}f}"


def percent(value: float, digits: int = 0) -> str:
    """A percentage without its sign: words carry the direction.

    >>> percent(-12.6)
    '13%'
    """
    return f"{number(abs(value), digits)}%" if math.isfinite(value) else "not available"


def signed(value: float) -> str:
    """A percentage with its sign.

    >>> signed(38.4), signed(-12.6), signed(0.2)
    ('+38%', '−13%', '0%')
    """
    whole = rounded(value)
    return f"{'+' if whole > 0 else '−' if whole < 0 else ''}{percent(value)}"


def difference(value: float) -> str:
    """A number with its sign; none where it rounds to nothing.

    >>> difference(776), difference(-15.2), difference(0.3)
    ('+776', '−15', '0')
    """
    if not math.isfinite(value):
        return "not available"
    text = number(abs(value))
    return text if text == "0" else f"{'+' if value > 0 else '−'}{text}"


def first_of(names: list[str], most: int = 3) -> str:
    """The first names, and how many more there are.

    >>> first_of(["a", "b", "c", "d"]), first_of(["a", "b", "c", "d", "e"])
    ('a, b, c and d', 'a, b, c and 2 more')
    """
    if len(names) > most + 1:  # "and 1 more" is no shorter than its name
        names = [*names[:most], f"{len(names) - most} more"]
    return listed(names)


def counted(value: float, unit: str, digits: int = 0) -> str:
    """A number with its unit, singular where it is one.

    >>> counted(1, "offences"), counted(1234, "offences"), counted(0, "people")
    ('1 offence', '1,234 offences', 'no people')
    >>> counted(16.5, "percent", 1)
    '16.5%'
    """
    if unit == "percent":
        return f"{number(value, digits)}%"
    if value == 0:
        return f"no {unit}"
    one = value == 1
    word = _SINGULAR.get(unit, re.sub(r"s$", "", unit)) if one else unit
    return f"{number(value, digits)} {word}"


def interval(
    lower: float, upper: float, digits: int = 0, words: tuple[str, str] = ("more", "fewer")
) -> str:
    """A range of percentage changes in words; a limit next to 0 is never told as 0.

    >>> interval(-13.2, 7.1), interval(3.4, 12), interval(-20, -3)
    ('between 13% fewer and 7% more', 'between 3% and 12% more', 'between 3% and 20% fewer')
    >>> interval(35, float("inf")), interval(2, 8, words=("higher", "lower"))
    ('at least 35% more', 'between 2% and 8% higher')
    >>> interval(0.31, 12.9), interval(-0.2, 13.1)
    ('between 0.3% and 12.9% more', 'between no change and 13% more')
    >>> interval(-8, 0), interval(-0.2, 0.4)
    ('between no change and 8% fewer', 'within 0.4% of no change')
    """
    more, fewer = words
    near = min(abs(lower), abs(upper))
    while lower * upper > 0 and digits < 3 and near < 0.5 * 10**-digits:
        digits += 1
    if lower >= 0 and upper == math.inf:
        return f"at least {percent(lower, digits)} {more}"
    if not (math.isfinite(lower) and math.isfinite(upper)):
        return "not measurable"
    ends = [rounded(end, digits) for end in (lower, upper)]
    low, high = (percent(end, digits) for end in ends)
    if not any(ends):
        far = max(abs(lower), abs(upper))
        return f"within {number(far, digits + 1)}% of no change"
    if 0 in ends:
        return f"between no change and {f'{high} {more}' if ends[1] else f'{low} {fewer}'}"
    if lower > 0:
        return f"between {low} and {high} {more}"
    if upper < 0:
        return f"between {high} and {low} {fewer}"
    return f"between {low} {fewer} and {high} {more}"


def span(start: pd.Period, end: pd.Period) -> str:
    """A window of months in words.

    >>> import pandas as pd
    >>> M = lambda t: pd.Period(t, "M")
    >>> span(M("2017-04"), M("2018-03"))
    'the financial year 2017/18'
    >>> span(M("2017-06"), M("2018-05"))
    'the 12 months to May 2018'
    >>> span(M("2018-05"), M("2018-05"))
    'May 2018'
    """
    if start == end:
        return in_words(end)
    if (end - start).n == 11:
        if end.month == 3:
            return f"the financial year {financial_year(end)}"
        return f"the 12 months to {in_words(end)}"
    return f"{in_words(start)} to {in_words(end)}"


def ordinal(rank: int) -> str:
    """A rank in words.

    >>> ordinal(1), ordinal(2), ordinal(11), ordinal(23)
    ('1st', '2nd', '11th', '23rd')
    """
    ending = "th" if rank % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10)
    return f"{rank:,}{ending or 'th'}"


def sentence_case(text: str) -> str:
    """`text` with a capital first letter, the rest untouched."""
    return text[:1].upper() + text[1:]


def lower_first(text: str) -> str:
    """`text` ready to stand inside a sentence: first letter small unless a name or acronym.

    >>> lower_first("Robbery"), lower_first("LFB incidents")
    ('robbery', 'LFB incidents')
    """
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def refuse_direction(text: str, verdict: str | None) -> str:
    """`text`, unless it says that something rose or fell and no test says so.

    Raises `DataError` naming the word, also for a direction that is only probable but is told as
    a finding, or the other way round.

    >>> refuse_direction("Robbery rose", "up"), refuse_direction("Robbery rose", "rose")
    ('Robbery rose', 'Robbery rose')
    """
    if verdict in PROBABLE:
        words = re.sub(rf"\b{verdict}\b", "", text)
        return refuse_direction(words, None) and text
    match = DIRECTIONAL.search(text)
    if match and verdict not in DIRECTIONS:
        raise DataError(
            f"sentence {text!r}: the word {match.group()!r} needs a verdict of up or down, found "
            f"{verdict or 'none'}; say it with the result of sbp.change()."
        )
    return text
