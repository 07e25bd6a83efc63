"""What does the house look like? Colours, fonts, width, and matplotlib's settings for them."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache

# Government Analysis Function palette, in the order it asks for
BLUE, TURQUOISE, PINK, ORANGE = "#12436D", "#28A197", "#801650", "#F46A25"
COLOURS = (BLUE, TURQUOISE, PINK, ORANGE)
LAID_OUT, READ = "DejaVu Sans", "Arial, Helvetica, sans-serif"  # fonts: measured with; a reader's
GREY, PALE = "#6B7280", "#BFC5CC"
WIDTH = 5.2  # inches: at 320 px a 10-point label is still 8 px high
HOUSE = {  # also of `theme`, report/own.py
    "font.family": LAID_OUT,
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": "#E3E6EA",
    "grid.linewidth": 0.8,
    "xtick.color": "#333333",
    "ytick.color": "#333333",
    "ytick.major.size": 0,
    "svg.fonttype": "none",
    "svg.hashsalt": "sbpanalysis",
    "text.parse_math": False,  # a dollar sign in a name is a dollar sign
}
# The settings of matplotlib that decide how a picture looks
_LOOKS = (
    "axes errorbar font grid hatch legend lines markers mathtext patch path scatter text "
    "xaxis xtick yaxis ytick"
)


@contextmanager
def house_style():
    """The settings above while drawing, whatever a notebook has set (matplotlib's own context
    would copy all 300 deeply)."""
    from matplotlib import rcParams

    style = _checked()
    before = {key: rcParams[key] for key in style}
    dict.update(rcParams, style)
    try:
        yield
    finally:
        dict.update(rcParams, before)


@cache
def _checked() -> dict:
    """The settings above, and matplotlib's own for the rest, as it keeps them: checked once."""
    from matplotlib import RcParams, rcParamsDefault

    looks = tuple(f"{name}." for name in _LOOKS.split())
    rest = {key: value for key, value in rcParamsDefault.items() if key.startswith(looks)}
    return rest | dict(RcParams(HOUSE))
