"""What changed, in one glance? The cards of the front page."""

from __future__ import annotations

import base64
from html import escape

import numpy as np
import pandas as pd
from IPython.display import publish_display_data

from sbpanalysis.report import prose
from sbpanalysis.report.claims import claim
from sbpanalysis.report.drawing import circle, picture, stroke
from sbpanalysis.report.figure import BLUE, PALE
from sbpanalysis.stats.change import adjust_verdicts

TESTED = ("before", "after", "inflation", "df", "p", "method")  # what an adjustment needs
_WIDE, _TALL, _EDGE = 173, 36, 4  # points of the sparkline
ARROWS = {"up": "▲ Rose", "down": "▼ Fell", "no clear change": "● No clear change"}


def card(change, counts: pd.Series) -> None:
    """Record a card for the front page: the change, its evidence, and a sparkline of `counts`.

    Shows nothing on the page it is called from.
    """
    told = claim(change)
    rolling = counts.rolling(12).sum().dropna()
    about = {
        "title": change.attrs["title"],
        "measure": change.attrs["measure"],
        "area": change.attrs["area"],
        "unit": change.attrs.get("unit", "offences"),
        "after": change.after,
        "percent": [change.percent, change.percent_lower, change.percent_upper],
        "change": {name: getattr(change, name) for name in TESTED},
        "verdict": told.verdict,
        "span": prose.span(change.after_start, change.after_end),
        "before_span": prose.span(change.before_start, change.before_end),
        "sparkline": _sparkline(rolling),
        "alt": _sparkline_alt(rolling),
    }
    publish_display_data({"text/plain": ""}, metadata={"sbp": {"card": about}})


def adjusted(cards: list[dict], confidence: float) -> list[dict]:
    """The cards with verdicts and intervals that allow for their number.

    A card without a verdict, since its numbers are too small for one, stays without. `alone` is
    the verdict that it has in its section, where that is another.
    """
    tested = pd.DataFrame([c["change"] for c in cards])
    wide = adjust_verdicts(tested, confidence).to_dict("records") if cards else []
    return [
        {
            **c,
            "verdict": c["verdict"] and now["verdict"],
            "alone": c["verdict"] if c["verdict"] not in ("", now["verdict"]) else "",
            "percent": [c["percent"][0], now["percent_lower"], now["percent_upper"]],
        }
        for c, now in zip(cards, wide, strict=True)
    ]


def card_words(about: dict) -> dict:
    """What a card says, in words: `value`, `unit`, `period`, `verdict`, `against`, `range`,
    `alone`: what its section says, if that is something else, and `beside`: its rank."""
    percent, low, high = about["percent"]
    verdict = ARROWS.get(about["verdict"], "Too few to compare")
    alone = {"up": "rose", "down": "fell"}.get(about.get("alone"))
    size = f" by {prose.percent(percent)}" if about["verdict"] in ("up", "down") else ""
    return {
        "value": prose.number(about["after"]),
        "period": about["span"],
        "range": prose.interval(low, high),
        "beside": about.get("beside", ""),
        "alone": f"Compared alone, as in its section, it {alone}." if alone else "",
        "unit": f"{about['unit']} in {about['span']}",
        "verdict": verdict + size,
        "against": f"against {about['before_span']}; the data allow {prose.interval(low, high)}",
    }


def card_html(about: dict, href: str, priority: bool) -> str:
    """One card as a list item, everything from data escaped."""
    words = card_words(about)
    more = "".join(f"<p>{escape(words[w])}</p>" for w in ("alone", "beside") if words[w])
    picture = base64.b64encode(about["sparkline"].encode()).decode()
    return (
        f'<li class="{"priority" if priority else "card"}">'
        f"{'<p class=label>Local priority</p>' if priority else ''}"
        f'<h3><a href="{escape(href)}">{escape(about["title"])}</a></h3>'
        f'<p class="value">{escape(words["value"])}</p>'
        f"<p>{escape(words['unit'])}</p>"
        f'<p class="verdict">{escape(words["verdict"])}</p>'
        f"<p>{escape(words['against'])}{_evidence(about)}</p>"
        f"{more}"
        f'<img alt="{escape(about["alt"])}" src="data:image/svg+xml;base64,{picture}"></li>'
    )


def _evidence(about: dict) -> str:
    """A link to the claim that a card stands on, once it has a place on the site."""
    if not about.get("claim"):
        return ""
    said = f'evidence<span class="hidden"> for {escape(about["title"])}</span>'
    return f' <a class="evidence" href="every-figure.html#{escape(about["claim"])}">{said}</a>'


def _sparkline(rolling: pd.Series) -> str:
    """The totals as a line without axes, its end marked, and their mean."""
    values = rolling.to_numpy(float)
    low, high = 0.8 * values.min(), 1.05 * values.max() or 1
    x = np.linspace(_EDGE, _WIDE - _EDGE, max(len(values), 2))[-len(values) :]
    shares = (np.array([*values, values.mean()]) - low) / (high - low)
    y = _TALL - _EDGE - shares * (_TALL - 2 * _EDGE)
    path = "L".join(f"{a:.2f} {b:.2f}" for a, b in zip(x, y[:-1], strict=True))
    return picture((
        stroke(f"M{_EDGE} {y[-1]:.2f}H{_WIDE - _EDGE}", PALE, 0.8),
        stroke(f"M{path}", BLUE, 1.5, stroke_linejoin="round"),
        circle(x[-1], y[-2], 2, BLUE),
    ), _TALL, _WIDE)  # fmt: skip


def _sparkline_alt(rolling: pd.Series) -> str:
    first, last = rolling.index[0], rolling.index[-1]
    return (
        f"12-month totals from {prose.number(rolling.iloc[0])} ({prose.in_words(first)}) to "
        f"{prose.number(rolling.iloc[-1])} ({prose.in_words(last)})"
    )
