"""What changed, in one glance? The cards of the front page."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sbpanalysis.absent import Absent
from sbpanalysis.report import prose
from sbpanalysis.report.claims import IDENTITY, Claim, Claims, say
from sbpanalysis.report.display import record
from sbpanalysis.report.drawing import circle, picture, stroke
from sbpanalysis.report.figure import shape
from sbpanalysis.report.house import BLUE, PALE

_WIDE, _TALL, _EDGE = 173, 36, 4  # points of the sparkline


def card(change, counts: pd.Series, question: str = "") -> Claim | Claims | Absent:
    """Tell a change, as `say` does, and record a card of it for the front page.

    The card has a sparkline of `counts`; its evidence is the claim of the change, which is given
    back. Of what is absent there is none. `question`: as in `say`.
    """
    shown = say(change, question=question)
    if not isinstance(shown, Claim):
        return shown
    known = shown.as_dict()
    rolling = counts.rolling(12).sum().dropna()
    content = {
        "title": change.attrs["title"],
        "measure": change.attrs["measure"],
        "area": change.attrs["area"],
        "unit": change.attrs.get("unit", "offences"),
        "before": change.before,
        "after": change.after,
        "whole": change.attrs.get("whole"),
        "percent": [change.percent, change.percent_lower, change.percent_upper],
        "verdict": shown.verdict,
        "claim": {name: known[name] for name in IDENTITY},
        "span": prose.span(change.after_start, change.after_end),
        "before_span": prose.span(change.before_start, change.before_end),
        "sparkline": _sparkline(rolling),
        "alt": _sparkline_alt(rolling),
    }
    record("card", content)
    return shown


def _sparkline(rolling: pd.Series) -> str:
    """The totals as a line without axes, its end marked, and their mean."""
    values = rolling.to_numpy(float)
    low, high = 0.8 * values.min(), 1.05 * values.max() or 1
    x = np.linspace(_EDGE, _WIDE - _EDGE, max(len(values), 2))[-len(values) :]
    shares = (np.array([*values, values.mean()]) - low) / (high - low)
    y = _TALL - _EDGE - shares * (_TALL - 2 * _EDGE)
    path = "L".join(f"{a:.2f} {b:.2f}" for a, b in zip(x, y[:-1], strict=True))
    mean = stroke(f"M{_EDGE} {y[-1]:.2f}H{_WIDE - _EDGE}", PALE, 0.8)
    line = stroke(f"M{path}", BLUE, 1.5, stroke_linejoin="round")
    return picture((mean, line, circle(x[-1], y[-2], 2, BLUE)), _TALL, _WIDE)


def _sparkline_alt(rolling: pd.Series) -> str:
    first, last = rolling.index[0], rolling.index[-1]
    return (
        f"12-month totals from {prose.number(rolling.iloc[0])} ({prose.in_words(first)}) to "
        f"{prose.number(rolling.iloc[-1])} ({prose.in_words(last)})"
        f"{f'; {form}' if (form := shape(rolling)) else ''}"
    )
