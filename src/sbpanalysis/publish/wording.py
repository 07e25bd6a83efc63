"""Which words that analysts write do the verdicts of a page support?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from math import inf

from sbpanalysis.data import classification
from sbpanalysis.data.territory import territory
from sbpanalysis.report.prose import DIRECTIONAL

_UP = re.compile(
    r"rose|ris|increas|gr[eo]w|climb|surg|soar|upw|upt|jump|spik|rocket|doubl|trebl|tripl|quadr|"
    r".*\b(?:up|higher)\b",
    re.IGNORECASE,
)
_EITHER = re.compile(r"worsen|improv|deterior", re.IGNORECASE)  # what is better is a judgement
_STEADY = re.compile(
    r"\b(no change|unchanged|stable|steady|stayed (?:the same|level|flat)|"
    r"remain\w* (?:the same|level|flat|constant)|(?:not|n't|hardly|barely) changed?)\b",
    re.IGNORECASE,
)
# such as "fewer than last year"; with a number before it, it is a count and no verdict
_COMPARED = re.compile(
    r"(?<!\d )\b(more|fewer|less|higher|lower)\b[^.;]{0,60}?\bthan "
    r"(?:last|before|in \d{4}|\d{4}|(?:in )?(?:the|a) (?:year|month|previous))",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"(?:\b(?:no|not|never|neither|nor|hardly|without)|n't)\s(?:\w+\s){0,2}$", re.IGNORECASE
)
_YEAR = re.compile(r"\b\d{4}\b")
_CLEARLY = re.compile(r"\bclear", re.IGNORECASE)
# How much a word says, the first that stands there: by how many per cent the number changed,
# either way, at least and at most
_SIZES = {
    r"(?:nearly|almost) doubl": (80, 120),
    r"more than doubl": (100, inf),
    r"\bdoubl": (90, inf),
    r"trebl|tripl": (180, inf),
    r"quadrupl": (290, inf),
    r"halv": (45, 100),
    r"sharpl|steepl|dramatic|huge|massive|soar|surg|rocket|plung|plummet|tumbl": (20, inf),
    r"slight|marginal|a little": (0, 10),
}


def unsupported(text: str, claims: list[dict], area: str) -> Iterator[tuple[str, str]]:
    """Each sentence of a text with a word that no verdict supports: that sentence and word.

    `claims`: of the page it stands on; `area`: that of a sentence which names none.
    """
    for sentence in re.split(r"(?<=[.!?:;])\s+", text):
        verdicts = list(_meant(sentence, claims, area))
        yield from (
            (sentence.strip(), found.group(1).strip())
            for pattern in (DIRECTIONAL, _STEADY, _COMPARED)
            for found in pattern.finditer(sentence)
            if not any(_supports(claim, found, sentence) for claim in verdicts)
        )


def _meant(sentence: str, claims: list[dict], area: str) -> Iterator[dict]:
    """The verdicts that a sentence can rest on: of the areas and measures that it names.

    One that names no measure, such as "it rose", is about that of the page's first verdict.
    """
    known = {c["area"] for c in claims} | set(territory().units.values()) | {territory().name}
    places = _named(sentence, known) or {area}
    measures = _named(sentence, {row["title"] for row in classification.current().rows.values()})
    years = set(_YEAR.findall(sentence))
    for claim in claims:
        if claim["kind"] == "swings" and not years & set(_YEAR.findall(claim["period"])):
            continue  # it is of longer ago than what a sentence without a year is about
        if claim["verdict"] and claim["area"] in places:
            title = classification.about(claim["measure"])["title"]
            measures = measures or {title}
            if title in measures:
                yield claim


def _named(sentence: str, names: Iterable[str]) -> set[str]:
    """The names that stand in a sentence, one or many, but for those within a longer one."""
    named = set()
    for name in sorted(filter(None, names), key=len, reverse=True):
        many = re.sub(r"y$", "(?:y|ies)", re.escape(name))
        sentence, times = re.subn(rf"\b{many}\b", "", sentence, flags=re.IGNORECASE)
        named |= {name} if times else set()
    return named


def _supports(claim: dict, found: re.Match, sentence: str) -> bool:
    """Does a verdict say what a word of a sentence says?"""
    word, verdict = found.group(1), claim["verdict"]
    before = _NEGATED.search(sentence[: found.start()])
    same = verdict == "about the same"
    if found.re is _STEADY:
        return same
    if _EITHER.match(word):
        return False
    up = word.lower() in ("more", "higher") or bool(_UP.match(word))
    sure, probable = (
        (("rose", "up"), "probably rose") if up else (("fell", "down"), "probably fell")
    )
    if before:
        said = verdict in (*sure, probable)
        return not said and (same or bool(_CLEARLY.search(before.group())) or _moved(claim))
    if verdict not in sure and not (verdict == probable and "probably" in sentence):
        return False
    sizes = (size for words, size in _SIZES.items() if re.search(words, sentence, re.IGNORECASE))
    least, most = next(sizes, (0, inf))
    return (least, most) == (0, inf) or (
        claim["unit"] == "percent" and least <= abs(claim["value"]) <= most
    )


def _moved(claim: dict) -> bool:
    """Did it move, one way or the other?"""
    return claim["verdict"].removeprefix("probably ") in ("rose", "fell", "up", "down")
