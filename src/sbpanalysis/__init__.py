"""Strategic crime assessments that can be checked: `import sbpanalysis as sbp`.

The names below are the whole public face. Each is loaded when first used, so that the
import itself costs little.
"""

from difflib import get_close_matches
from importlib import import_module
from inspect import isfunction

from sbpanalysis.absent import Absent, flows
from sbpanalysis.errors import BreakError, BuildError, DataError, SbpError, SbpWarning

__version__ = "0.1.0"

# name -> module that holds it; one line a module, in the order of the floors
_HOME = {
    name: module
    for module, names in {
        "periods": "Break month months window financial_year between_breaks",
        "data.reference": "wordlist",
        "data.editions": "measures editions",
        "data.classification": "measures_of",
        "stats.change": "rolling_total change Change family",
        "stats.rates": "rate rate_ratio proportion proportion_difference standardised_rate",
        "stats.seasonality": "decompose seasonal_index",
        "stats.trend": "mann_kendall sen_slope change_points",
        "stats.count_model": "count_model",
        "stats.control_chart": "control_chart",
        "stats.early_warning": "early_warning",
        "stats.comparison": "funnel",
        "stats.forecast": "forecast",
        "stats.monthly": "since_break",
        "stats.signals": "signals",
        "stats.swings": "swings thresholds",
        "stats.season": "season",
        "stats.ranking": "rank_chances rank_sets sides",
        "stats.concentration": "concentration moran",
        "stats.harm": "harm",
        "stats.profiles": "profiles",
        "stats.two": "two_counts two_shares two_shares_of two_rates largest part parts_of"
        " percent_of per_hundred",
        "stats.totals": "total share share_of leading standing yearly_totals side_by_side"
        " indexed ranked",
        "report.edition": "Edition",
        "report.claims": "Claim say",
        "report.figure": "Chart",
        "report.own": "show theme",
        "report.tables": "table",
        "report.bars": "bar pyramid",
        "report.dots": "strip ranges",
        "report.charts": "line seasonal_plot control_plot signal_plot",
        "report.funnels": "funnel_plot",
        "report.maps": "ward_map",
        "report.multiples": "small_multiples",
        "report.wards": "page ward_table heat_table moved_table locator",
        "report.cards": "card",
        "report.overview": "overview",
        "report.notes": "data_line caveats provenance remark",
    }.items()
    for name in names.split()
}

_PLACED = "report.maps"  # what is drawn on a second argument, without which there is no picture
# of what a function here draws or tabulates, its first argument are the figures
_DRAWING = (
    "report.bars",
    "report.charts",
    "report.dots",
    "report.funnels",
    "report.maps",
    "report.multiples",
    "report.overview",
    "report.tables",
)

__all__ = ["Absent", "BreakError", "BuildError", "DataError", "SbpError", "SbpWarning", *_HOME]


def __getattr__(name: str):
    if name not in _HOME:
        near = get_close_matches(name, __all__, n=1)
        hint = f"did you mean {near[0]}?" if near else "sbpanalysis.__all__ lists what there is."
        raise AttributeError(f"sbpanalysis has no {name!r}; {hint}")
    home = _HOME[name]
    value = getattr(import_module(f"sbpanalysis.{home}"), name)
    if isfunction(value) and home.startswith(("stats.", *_DRAWING)):
        value = flows(value, drawn=home.startswith("report.") and home != _PLACED)
    globals()[name] = value
    return value


def __dir__():
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
