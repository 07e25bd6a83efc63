"""How does one ward stand? Its table, its place on the map, and all wards beside each other."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sbpanalysis.data.geometry import neighbours
from sbpanalysis.errors import DataError
from sbpanalysis.report import change_words, prose
from sbpanalysis.report.bars import level
from sbpanalysis.report.display import display, record
from sbpanalysis.report.tables import Table
from sbpanalysis.stats.change import FELL, ROSE
from sbpanalysis.stats.profiles import NOT_COMPARED

MOVED = "Changed otherwise than"  # what lists such wards is headed so
_SIDE = 300  # units over the longer side of a locator
_STEPS = {"below": 0, "": 2, "not told apart": 2, "above": 4}  # how dark a cell is
SIDES = {
    "above": "clearly above their mean",
    "below": "clearly below their mean",
    "not told apart": "not told apart from their mean",
}


def page(name: str, code: str) -> None:
    """Begin a page of its own: what the cell displays after this stands on the page of `name`."""
    record("page", [name, str(code)])


def ward_table(profiles, area: str) -> Table:
    """One ward on every measure: three years, change beside the borough's, where it stands.

    profiles: from `sbp.profiles`; area: a ward's name. Raises `DataError` for an unknown ward.
    """
    if area not in profiles.areas:
        raise DataError(f"ward {area!r}: expected one of {', '.join(profiles.areas)}.")
    rows = profiles.of(area)
    titles = _titles(profiles, rows.index)
    shown = pd.DataFrame(
        {
            "Measure": list(titles.values()),
            "Latest 12 months": rows["after"].astype(int).to_numpy(),
            "12 months before": rows["before"].to_numpy(),
            "12 before those": rows["earlier"].to_numpy(),
            "Verdict": [_verdict(r) for r in rows.itertuples()],
            "Range of the underlying change": [_range(r) for r in rows.itertuples()],
            f"{profiles.attrs['area']}'s own change": [_whole(r) for r in rows.itertuples()],
        }
    )
    if "rate" in rows:
        shown["Per 1,000 residents"] = prose.rounded(rows["rate"], 1).to_numpy()
    shown["Beside the other wards"] = [SIDES.get(side, "–") for side in rows["side"]]
    shown[f"Share of {profiles.attrs['area']} (%)"] = prose.rounded(
        100 * rows["share"], 1
    ).to_numpy()
    notes = (
        "Fewer than 50 in both years are too few to compare, and fewer than 100 for percentages. A "
        "ward that stands higher or lower than the year before goes back by a third, on average, "
        "in the year after: see the year before both.",
    )
    sources = [s for m in rows.index for s in profiles.counts[m].attrs["source"]]
    attrs = {"codes": {t: m for m, t in titles.items()}, "notes": notes, "stacked": True}
    last = next(iter(profiles.counts.values())).attrs["period"]
    return Table(
        shown,
        f"{area}: what is recorded, {last}",
        "Counts by the ward where it happened",
        tuple(dict.fromkeys(sources)),
        attrs=attrs,
    )


def heat_table(profiles) -> Table:
    """Every ward on every measure, dark where it is clearly above the mean of all wards."""
    wide = profiles.frame.pivot(index="area", columns="measure", values=["after", "side"])
    measures = list(profiles.counts)
    counts, sides = wide["after"][measures].astype(int), wide["side"][measures]
    steps = sides.map(lambda side: _STEPS.get(side, _STEPS[""])).to_numpy(int)
    titles = _titles(profiles, counts.columns)
    shown = counts.rename(columns=titles).rename_axis("Ward", axis=0).reset_index()
    shown.columns.name = None
    first = profiles.across(measures[0])
    notes = (
        "Dark: clearly above the mean of all wards; white: clearly below; between: not told apart "
        "from it by more than chance.",
    )
    sources = [s for frame in profiles.counts.values() for s in frame.attrs["source"]]
    attrs = {"codes": profiles.attrs["codes"], "steps": steps.tolist(), "notes": notes}
    top = f"As recorded {level(first, first.max())} had the most: {prose.number(first.max())}"
    return Table(
        shown,
        f"{top} ({prose.lower_first(first.attrs['title'])})",
        f"Counts by ward, {profiles.attrs['area']}, {first.attrs['period']}",
        tuple(dict.fromkeys(sources)),
        attrs=attrs,
    )


def moved_table(profiles) -> Table | None:
    """The wards that changed clearly otherwise than the rest of the borough; None if none did."""
    rows = profiles.frame[profiles.frame["moved"] != ""]
    if rows.empty:
        return None
    titles, where = _titles(profiles, rows["measure"].unique()), profiles.attrs["area"]
    shown = pd.DataFrame(
        {
            "Ward": rows["area"].to_numpy(),
            "Measure": rows["measure"].map(titles).to_numpy(),
            "Latest 12 months": rows["after"].astype(int).to_numpy(),
            "12 months before": rows["before"].astype(int).to_numpy(),
            "12 before those": rows["earlier"].to_numpy(),
            f"{where}'s own change": [_whole(r) for r in rows.itertuples()],
        }
    )
    sources = [s for m in titles for s in profiles.counts[m].attrs["source"]]
    last = next(iter(profiles.counts.values())).attrs["period"]
    return Table(
        shown,
        f"{MOVED} {where}",
        f"Counts by ward, {where}, {last}",
        tuple(dict.fromkeys(sources)),
        attrs={"stacked": True},
    )


def locator(shapes: pd.DataFrame | None, code: str, sentence: str = "") -> None:
    """Display where a ward lies in the borough, and links to the wards beside it. Squares are no
    borders: it is said that the neighbours are those on the map of squares.

    shapes: from `edition.shapes("ward")`, None shows nothing; code: the ward's; said: a sentence
    about it for those who hear the picture.
    """
    if shapes is None or not len(shapes):
        return
    names = dict(zip(shapes["area_code"].astype(str), shapes["name"].astype(str), strict=True))
    beside = sorted(neighbours(shapes)[code], key=names.__getitem__)
    paths, width, height = _outlines(shapes)
    listed = ", ".join(names[c] for c in beside)
    squares = "" if "geometry" in shapes else " on the map of squares"
    alt = f"Map of the wards: {names[code]} is marked. {sentence} Beside it{squares}: {listed}."
    content = {
        "code": code,
        "alt": alt,
        "lead": f"Beside {names[code]}{squares}:",
        "beside": [(c, names[c]) for c in beside],
        "shapes": list(paths.items()),
        "size": [width, height],
    }
    display("place", content, alt)


def _outlines(shapes: pd.DataFrame) -> tuple[dict[str, str], int, int]:
    """The outline of each ward as an SVG path, coarse enough for a small map, and its frame."""
    codes = shapes["area_code"].astype(str)
    if "geometry" not in shapes:
        side = _SIDE // (int(shapes["column"].max()) + 1)
        squares = zip(codes, shapes["column"], shapes["row"], strict=True)
        outlines = {
            c: f"M{x * side} {y * side}h{side - 2}v{side - 2}h{2 - side}z" for c, x, y in squares
        }
        wide, high = (side * (int(shapes[n].max()) + 1) for n in ("column", "row"))
        return outlines, wide, high
    low = shapes.geometry.total_bounds
    squeeze = np.cos(np.radians(low[[1, 3]].mean()))
    scale = _SIDE / max((low[2] - low[0]) * squeeze, low[3] - low[1])
    coarse = shapes.geometry.simplify_coverage((low[3] - low[1]) / 200)
    outlines = {}
    for code, shape in zip(codes, coarse, strict=True):
        rings = [p.exterior.coords for p in getattr(shape, "geoms", [shape])]
        place = lambda x, y, *_: f"{(x - low[0]) * squeeze * scale:.0f} {(low[3] - y) * scale:.0f}"  # noqa: E731
        outlines[code] = "".join(f"M{'L'.join(place(*p) for p in ring[:-1])}z" for ring in rings)
    wide, high = (low[2] - low[0]) * squeeze * scale, (low[3] - low[1]) * scale
    return outlines, round(wide), round(high)


def _titles(profiles, measures) -> dict[str, str]:
    """What a page calls each measure; those of another period say which."""
    usual = next(iter(profiles.counts.values())).attrs["period"]
    about = {m: profiles.counts[m].attrs for m in measures}
    return {
        m: a["title"] if a["period"] == usual else f"{a['title']}, {a['period']}"
        for m, a in about.items()
    }


def _verdict(row) -> str:
    if row.word == NOT_COMPARED:
        return "Not compared"
    shown = {ROSE: "▲ Higher than before", FELL: "▼ Lower than before"}.get(row.word)
    return (shown or change_words.shown(row.word)) + change_words.size(row.before, row.after)


def _whole(row) -> str:
    """The change of the whole borough, and whether the ward's is clearly another."""
    if not np.isfinite(row.whole_percent):
        return "–"
    return prose.signed(row.whole_percent) + (f", clearly {row.moved} here" if row.moved else "")


def _range(row) -> str:
    shown = row.word in change_words.SHOWN and change_words.in_percent(row.before, row.after)
    return prose.interval(row.percent_lower, row.percent_upper) if shown else "–"
