"""What does a sentence claim, and on what evidence? Every sentence with a number is made here."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from sbpanalysis.absent import Absent
from sbpanalysis.data.documents import load_yaml
from sbpanalysis.errors import DataError
from sbpanalysis.periods import Break, changes_of_meaning, in_words
from sbpanalysis.report import prose
from sbpanalysis.report.display import display, tell_absent
from sbpanalysis.report.sentences import BY_KIND, Parts, parts_of

# what areas and kinds are called is the data's: a ward of Havering is called Rise Park
_NAMES = ("area", "part", "others", "highest", "lowest", "name", "next", "first", "second")
# what tells one claim from another, wherever it stands
IDENTITY = ("kind", "measure", "subject", "area", "period", "value", "lower", "upper", "verdict")
_UNTESTED = ("always", "too few", "hidden", "alone", "one", "none")


@dataclass(frozen=True)
class Claim:
    """One sentence and the evidence behind it; what `claims.json` lists.

    `value`, `lower` and `upper` are unrounded, in `unit`; `verdict` is empty where nothing was
    tested. `period` is a month or first/last month. `explained` names the methods page; `subject`
    is what of the measure is told, where the measure alone does not say it; `answer` is the
    finding in a word or a number, for sentences that answer a question.
    """

    kind: str
    sentence: str
    headline: str
    measure: str
    area: str
    period: str
    value: float | None
    lower: float | None = None
    upper: float | None = None
    unit: str = ""
    verdict: str = ""
    method: str = ""
    explained: str = ""
    subject: str = ""
    answer: str = ""
    sources: tuple[str, ...] = ()
    snapshots: tuple[str, ...] = ()
    breaks: tuple[str, ...] = ()
    section: str = ""
    page: str = ""
    id: str = ""

    def as_dict(self) -> dict:
        """Plain values for JSON; a number that is not finite becomes null."""
        out = asdict(self)
        for key in ("value", "lower", "upper"):
            v = out[key]
            out[key] = float(v) if v is not None and math.isfinite(v) else None
        return out

    def _ipython_display_(self) -> None:
        """Nothing: `say` has shown the sentence; the echo of a cell's last line would repeat it."""


class Claims(list):
    """What `say` gives of several results."""

    def _ipython_display_(self) -> None:
        """Nothing, as of one claim."""


@cache
def templates() -> dict:
    """The sentence templates, kind -> verdict -> headline and sentence."""
    return load_yaml(Path(__file__).with_name("sentences.yml"))


def say(
    result, kind: str | None = None, *more: str, question: str = "", **about
) -> Claim | Claims | Absent:
    """Show one sentence about `result` and record the claim in the notebook's output.

    result: of `change`, `total`, `standing`, `share`, `share_of`, `rate` (with `per` and
    `exposure`), `rate_ratio` and `two_shares` (with `comparator`), `proportion` (with `count` and
    `n`), `two_counts`, `two_rates`, `largest`, `part`, `signals`, `swings` (with `kind`), `season`
    or `thresholds`; or a population; or a list or dict of results. Of a wide one, a row. `kind`
    picks another sentence about the same result: "mean" of a standing, "latest" of counts by
    year, "estimates" of two counts, "rate among" of the rates of areas; of `more` kinds a sentence
    follows each. `question`: what the sentence answers; it then stands in a box, under its answer.
    `about` adds or replaces what the result's `attrs` tell: measure, title, area...

    Returns the first `Claim`, of a list or dict one each; what is `Absent` is called missing and
    given back. Raises `DataError` if the result is of no kind that can be told.
    """
    if isinstance(result, Absent):
        return tell_absent(result)
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, list | tuple):
        return Claims(say(one, kind, *more, question=question, **about) for one in result)
    made = claim(result, kind, **about)
    display("claim", {**made.as_dict(), "question": question}, made.sentence, computed=True)
    if more:
        say(result, *more, **about)
    return made


def claim(result, kind: str | None = None, **about) -> Claim:
    """The `Claim` that `say` shows, without showing it."""
    if kind is not None and kind not in BY_KIND:
        raise DataError(f"say: no sentence of kind {kind!r}; there are {', '.join(BY_KIND)}.")
    attrs = {**getattr(result, "attrs", {}), **about}
    parts = BY_KIND[kind](result, attrs) if kind else parts_of(result, attrs)
    subject = parts.subject or about.get("title", "")
    attrs = {"subject": subject, **attrs, **parts.attrs}
    if attrs.get("title") is None or attrs.get("area") is None:
        raise DataError(
            "say: the result does not know its measure or area (its series was built by hand); "
            "pass title=..., area=..., measure=..."
        )
    return _render(parts, attrs)


def _render(parts: Parts, attrs: dict) -> Claim:
    template = templates()[parts.kind][parts.verdict]
    title, area = prose.lower_first(attrs["title"]), attrs["area"]
    area = f"the {area}" if area == "United Kingdom" else area
    words = {"area": area, "title": title, **parts.words}
    words["Title"] = prose.sentence_case(words["title"])
    tested = parts.verdict if parts.verdict not in _UNTESTED else ""
    unnamed = words | dict.fromkeys(_NAMES, "")
    lines = {}
    for part in ("headline", "sentence", "answer"):
        line = template.get(part, "")
        prose.refuse_direction(line.format(**unnamed), tested)
        lines[part] = prose.sentence_case(line.format(**words))
    return Claim(
        kind=parts.kind,
        measure=attrs.get("measure", ""),
        area=attrs.get("claim_area", attrs["area"]),
        period=_period(parts, attrs),
        value=parts.value,
        lower=parts.lower,
        upper=parts.upper,
        unit=parts.unit or attrs.get("unit", ""),
        verdict=tested,
        method=parts.method,
        explained=parts.explained,
        subject=attrs["subject"],
        sources=tuple(attrs.get("source", ())),
        snapshots=tuple(attrs.get("snapshots", ())),
        breaks=tuple(_breaks(attrs.get("breaks", ()), parts.span)),
        **lines,
    )


def _period(parts: Parts, attrs: dict) -> str:
    if parts.span is None:
        return str(attrs.get("period", ""))
    first, last = parts.span
    return f"{first}" if first == last else f"{first}/{last}"


def _breaks(breaks: tuple[Break, ...], span) -> list[str]:
    """The recorded breaks inside the span, in words."""
    if span is None:
        return []
    inside = [b for b in changes_of_meaning(breaks) if span[0] < b.date <= span[1]]
    return [f"{in_words(b.date)}: {b.note}" for b in inside]
