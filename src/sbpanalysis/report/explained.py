"""Which page of methods explains each statistic? One page a statistic, and it is told there."""

from __future__ import annotations

COUNTING = "counting"
# page -> the statistics of the library that it explains; a dot before what a result is asked for
EXPLAINED = {
    COUNTING: "total standing share share_of yearly_totals side_by_side ranked leading "
    "largest percent_of per_hundred wordlist since_break",
    "rolling-totals": "rolling_total indexed .rolling",
    "change-and-verdicts": "change overview family profiles",
    "rates-and-intervals": "rate rate_ratio proportion proportion_difference standardised_rate "
    "two_counts two_shares two_shares_of two_rates part parts_of",
    "stl": "decompose",
    "seasonal-index": "seasonal_index",
    "trend-tests": "mann_kendall sen_slope",
    "change-points": "change_points",
    "count-model": "count_model",
    "control-charts": "control_chart",
    "early-warning": "early_warning",
    "funnel-plots": "funnel",
    "forecast": "forecast",
    "concentration": "concentration",
    "spatial-clustering": "moran",
    "harm": "harm",
    "signals": "signals",
    "swings": "swings thresholds",
    "season": "season",
    "ranks": "rank_chances rank_sets sides",
}
PAGES = {name: page for page, names in EXPLAINED.items() for name in names.split()}
