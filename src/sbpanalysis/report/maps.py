"""Where? A map of areas from boundaries, or of one square an area where there are none."""

from __future__ import annotations

import math
from textwrap import fill

import numpy as np
import pandas as pd

from sbpanalysis.errors import DataError
from sbpanalysis.report import bars, disclosure, prose
from sbpanalysis.report.drawing import breadth, regions
from sbpanalysis.report.figure import (
    Chart,
    alt_text,
    canvas,
    check_drawable,
    check_highlight,
    heading,
    svg_of,
)
from sbpanalysis.report.house import PINK, WIDTH
from sbpanalysis.stats.ranking import LEAST_PLACES, order, sides

# neighbours differ in lightness, so they survive a photocopier
SCALE = ("#E8EEF4", "#B7CADC", "#7FA1C0", "#42739F", "#12436D")  # of five steps
SIDES = {  # of the mean of all: colour and words
    "below": ("#F6EBC8", "Clearly below the mean"),
    "not told apart": ("#B9BEC3", "Not told apart from it"),
    "above": ("#12436D", "Clearly above"),
}
EDGE = "#3B4650"
MAP_HEIGHT = 4.3  # inches
KEY, NUMBER = 40, 8  # points: the height of a key, the type of an area's number
DARK = (*SCALE[3:], SIDES["above"][0])  # under white letters
ALIKE = "Chance does not let any area be told apart from the mean of all: they are drawn alike."


def ward_map(
    values: pd.Series,
    shapes: pd.DataFrame | None,
    headline=None,
    subtitle=None,
    highlight=None,
    side: pd.Series | None = None,
) -> Chart:
    """A map of one value an area, which each says.

    Counts of events have three classes: clearly above the mean of all, clearly below it, and those
    that chance does not let one tell apart from it (see `sides`). Other values, such as residents,
    have five steps, darker is more.

    `values`: index area names, ``attrs["codes"]`` name -> area code, ``attrs["vintage"]`` the
    boundaries they were counted in. `shapes`: what `Edition.shapes` gives: polygons (`geometry`)
    or squares (`row`, `column`), with `area_code`; None draws squares in alphabetical order and
    says that they are not where the areas lie. `highlight`: a name that gets a strong outline.
    `side`: of each area, as `sides` gives it, for the classes of a rate.

    Raises `DataError` if values and shapes are of different boundary vintages or areas.
    """
    check_drawable("ward_map", values, pd.Series)
    attrs = dict(values.attrs)
    if not attrs.get("codes"):
        raise DataError(
            "ward_map: values without the codes of their areas, expected what edition.totals or "
            "edition.snapshot gives; what you work out of it needs its attrs too."
        )
    check_highlight("ward_map", highlight, values.index)
    placed = shapes is not None
    shapes = _alphabetical(values) if shapes is None else shapes
    _same_areas(values, shapes)
    named = shapes.set_index("area_code")
    codes = [attrs["codes"][name] for name in values.index]
    named = named.loc[codes].assign(value=values.to_numpy(float), name=values.index)
    known = values.dropna()
    digits = bars.decimals(known, attrs)
    # what is hidden is drawn as none is: nothing of a picture may give it back
    drawn = values.fillna(0)
    side = _sides(drawn, attrs) if side is None else side
    fills, key = (
        _of_sides(side, attrs) if side is not None else _steps(drawn.to_numpy(float), digits)
    )
    named["fill"] = fills
    named["edge"] = np.where(named["name"] == highlight, PINK, EDGE)
    tiles = "geometry" not in named
    named["told"] = [disclosure.text_of(v, digits) for v in named["value"]]
    named = named if tiles else _coarser(named)
    figure, axes = canvas(height=_tall(named) if tiles else MAP_HEIGHT)
    (_tiles if tiles else _polygons)(axes, named)
    axes.set_axis_off()
    axes.set_aspect("equal")
    _key(figure, key)
    place = order(values).sort_values(ascending=False, kind="stable").index
    ordered = values.loc[place]
    what = subtitle or attrs.get("caption") or bars.title(attrs)
    shape = figure.get_figheight() / figure.get_figwidth()
    svg = svg_of(figure)  # lays the picture out: where its areas are is known from here on
    number = lambda value: disclosure.text_of(value, digits)  # noqa: E731
    top, low = bars.extremes(ordered, attrs, number)
    second = known[known < known.max()].max()
    follow = f"next {bars.level(known, second)}, {number(second)}" if pd.notna(second) else ""
    marked = f"{highlight}: {number(values[highlight])}" if highlight else ""
    form = "Tile map, one square an area" if tiles else "Map"
    notes = [ALIKE] if side is not None and not (side != "not told apart").any() else []
    if attrs.get("persons"):
        notes.append(f"{disclosure.NOTE} Wards with a hidden number are drawn as pale as none.")
    if not placed:
        notes.append("No boundaries are held: squares stand in alphabetical order, not in place.")
    return Chart(
        kind="map",
        headline=heading(headline, bars.most_of(ordered, attrs, top)),
        subtitle=what,
        alt=alt_text(f"{form}: {what}", top, follow, low, bars.hidden_words(values), marked),
        table=_table(ordered, attrs, digits, side),
        svg=svg,
        source=tuple(attrs.get("source", ())) + tuple(shapes.attrs.get("source", ())),
        notes=tuple(notes),
        attrs=attrs,
        regions=regions(shape, _outlines(axes, named), values, attrs, digits),
    )


def _outlines(axes, named: pd.DataFrame) -> dict[str, list]:
    """The outline of each area as fractions of the picture, coarser than it is drawn."""
    place = (axes.transData + axes.figure.transFigure.inverted()).transform
    if "geometry" not in named:
        squares = zip(named["name"], named["column"], -named["row"], strict=True)
        corners = ((0, 0), (0.96, 0), (0.96, 0.96), (0, 0.96))
        return {n: [place([(x + a, y + b) for a, b in corners])] for n, x, y in squares}
    squeeze = _squeeze(named)
    low, high = axes.get_ylim()
    outlines = {}
    for name, shape in zip(named["name"], named.geometry.simplify((high - low) / 150), strict=True):
        rings = [p.exterior.coords for p in getattr(shape, "geoms", [shape])]
        outlines[name] = [place(np.asarray(ring)[:-1, :2] * [squeeze, 1]) for ring in rings]
    return outlines


def _coarser(named: pd.DataFrame) -> pd.DataFrame:
    """Borders without the detail that no reader could see; neighbours keep theirs in common."""
    low, high = named.geometry.total_bounds[[1, 3]]
    return named.set_geometry(named.geometry.simplify_coverage((high - low) / 500))


def _squeeze(named: pd.DataFrame) -> float:
    """A degree of longitude is shorter than one of latitude, by this factor."""
    return math.cos(math.radians(named.geometry.total_bounds[[1, 3]].mean()))


def _alphabetical(values: pd.Series) -> pd.DataFrame:
    """Squares for areas whose place is not known: six a row, in alphabetical order."""
    names = sorted(values.index)
    shapes = pd.DataFrame({"name": names, "area_code": [values.attrs["codes"][n] for n in names]})
    return shapes.assign(
        row=[i // 6 for i in range(len(names))], column=[i % 6 for i in range(len(names))]
    )


def class_edges(values: np.ndarray) -> np.ndarray:
    """Six edges of five equal steps from zero up to a round number over the largest value."""
    top = float(np.nanmax(values)) if np.isfinite(values).any() else 1.0
    step = max(top, 1e-9) / 5
    unit = 10 ** math.floor(math.log10(step))
    nice = next(m * unit for m in (1, 2, 2.5, 3, 4, 5, 6, 8, 10) if m * unit >= step * (1 - 1e-9))
    if top >= 5:
        nice = math.ceil(nice)
    return np.arange(6) * nice


def _same_areas(values: pd.Series, shapes: pd.DataFrame) -> None:
    mine, theirs = values.attrs.get("vintage"), shapes.attrs.get("vintage")
    if mine and theirs and mine != theirs:
        raise DataError(
            f"ward_map: values counted in {mine} wards, shapes of {theirs} wards; their borders "
            f"differ, so use the {mine} boundaries or a file re-mapped to {theirs} wards."
        )
    codes = values.attrs.get("codes", {})
    missing = [n for n in values.index if codes.get(n) not in set(shapes["area_code"])]
    if missing:
        raise DataError(
            f"ward_map: no shape for {missing[:5]} ({len(missing)} of {len(values)}); add the "
            "boundaries of that vintage to the edition."
        )


def _polygons(axes, named: pd.DataFrame) -> None:
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import PathPatch

    squeeze = _squeeze(named)
    points = _apart(named, squeeze)
    for code, area in named.iterrows():
        patches = [
            PathPatch(_path(p, squeeze)) for p in getattr(area.geometry, "geoms", [area.geometry])
        ]
        look = {"facecolor": area["fill"], "edgecolor": area["edge"]}
        wide = 0.7 if area["edge"] == EDGE else 2.5
        axes.add_collection(PatchCollection(patches, **look, lw=wide))
        # a number may be wider than its area: with the halo of "near" it is read on either side
        _number_on(axes, *points[code], area, color="black", gid=f"near-{code}")
    axes.autoscale_view()


def _apart(named: pd.DataFrame, squeeze: float) -> dict[str, tuple[float, float]]:
    """Where the number of each area stands: inside it, and over no other number where there is
    room. The smallest areas choose first, for they have the least."""
    import shapely

    areas = shapely.transform(named.geometry.to_numpy(), lambda at: at * [squeeze, 1])
    left, low, right, top = shapely.total_bounds(areas)
    spans = (right - left) / (72 * WIDTH), (top - low) / (72 * MAP_HEIGHT - KEY)
    point = 1.1 * max(spans)  # a point of type in degrees, with the margins of the axes
    taken = np.empty((0, 4))
    points = {}
    for at in np.argsort(shapely.area(areas), kind="stable"):
        area, code = areas[at], named.index[at]
        wide = breadth(named["told"].iloc[at], NUMBER, bold=True)
        size = point * np.array([wide + 2, NUMBER + 2])  # with its halo
        usual = area.representative_point()
        place = np.array([usual.x, usual.y])
        if _covered(place[None], size, taken)[0]:
            place = _freest(area, place, size, taken)
        points[code] = tuple(place)
        taken = np.vstack([taken, [*place, *size]])
    return points


def _freest(area, usual: np.ndarray, size: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """The place of an area whose box covers least of others, then lies least outside it, and is
    nearest to the usual one."""
    import shapely

    places = np.vstack([usual, _inside(area)])
    boxes = shapely.box(*(places - size / 2).T, *(places + size / 2).T)
    outside = shapely.area(shapely.difference(boxes, area)).round(9)
    away = np.hypot(*(places - usual).T)
    return places[np.lexsort([away, outside, _covered(places, size, taken)])[0]]


def _covered(places: np.ndarray, size: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """How much of a box of `size` at each of the places lies over boxes (x, y, width, height)."""
    gaps = np.abs(places[:, None] - taken[None, :, :2])
    common = np.clip((size + taken[:, 2:]) / 2 - gaps, 0, None)
    return common.prod(axis=2).sum(axis=1)


def _inside(area) -> np.ndarray:
    """Points of an area: three on each of eleven lines from west to east."""
    import shapely

    west, south, east, north = area.bounds
    heights = np.linspace(south, north, 13)[1:-1]
    lines = shapely.linestrings([[(west, y), (east, y)] for y in heights])
    pieces = [
        max(shapely.get_parts(cut), key=shapely.length)
        for cut in shapely.intersection(area, lines)
        if not cut.is_empty
    ]
    cuts = [(x0, x1, y) for x0, y, x1, _ in shapely.bounds(pieces)]
    return np.array([(x0 + (x1 - x0) * part, y) for x0, x1, y in cuts for part in (0.5, 0.3, 0.7)])


def _path(polygon, squeeze: float):
    from matplotlib.path import Path

    rings = [np.asarray(r.coords)[:, :2] for r in (polygon.exterior, *polygon.interiors)]
    rings = [r * [squeeze, 1] for r in rings]
    return Path.make_compound_path(*[Path(r, closed=True) for r in rings])


def _tiles(axes, named: pd.DataFrame) -> None:
    from matplotlib.patches import Rectangle

    for _, area in named.iterrows():
        x, y = area["column"], -area["row"]
        look = {"facecolor": area["fill"], "edgecolor": area["edge"]}
        axes.add_patch(Rectangle((x, y), 0.96, 0.96, **look, lw=0.6 if area["edge"] == EDGE else 3))
        # in at most three short lines, the rest left to the table
        short = bars.short(area["name"]).replace(" and ", " & ")
        name = fill(short, 12, max_lines=3, placeholder="…")
        colour = "white" if area["fill"] in DARK else "black"
        _middle(axes, x + 0.48, y + 0.64, name, fontsize=6.5, linespacing=0.95, color=colour)
        _number_on(axes, x + 0.48, y + 0.2, area, color=colour)
    axes.set_xlim(named["column"].min() - 0.05, named["column"].max() + 1.05)
    axes.set_ylim(-named["row"].max() - 0.05, -named["row"].min() + 1.05)


def _number_on(axes, x: float, y: float, area, **style) -> None:
    _middle(axes, x, y, area["told"], fontsize=NUMBER, fontweight="bold", **style)


def _middle(axes, x: float, y: float, text: str, **style) -> None:
    axes.text(x, y, text, ha="center", va="center", in_layout=False, **style)


def _tall(named: pd.DataFrame) -> float:
    """Inches that squares and their key need."""
    rows, columns = (int(np.ptp(named[side])) + 1 for side in ("row", "column"))
    return WIDTH * rows / max(columns, 4) + 0.6


def _sides(values: pd.Series, attrs: dict) -> pd.Series | None:
    """On which side of the mean each area lies; None for what is no count of events, or of few."""
    unit = str(attrs.get("unit", ""))
    counts = (values >= 0).all() and (values == values.round()).all()
    if not counts or unit == "percent" or unit.startswith("per ") or len(values) < LEAST_PLACES:
        return None
    if unit == "persons" and not attrs.get("persons"):  # residents, who are no events
        return None
    try:
        return sides(values)["side"]
    except DataError:  # too few events
        return pd.Series("not told apart", values.index)


def _of_sides(side: pd.Series, attrs: dict) -> tuple[list[str], list[tuple[str, str]]]:
    """The colour of each area, and the key, which has the rate of all together if one is known."""
    (pale, below), *others = SIDES.values()
    if "overall" in attrs:
        below = f"Clearly below the {prose.number(attrs['overall'], 1)} of all wards"
    return [SIDES[one][0] for one in side], [(pale, below), *others]


def _steps(values: np.ndarray, digits: int) -> tuple[list[str], list[tuple[str, str]]]:
    """The colour of each area in five equal steps, and the key."""
    edges = class_edges(values)
    step = np.clip(np.searchsorted(edges[1:-1], values, side="right"), 0, 4)
    decimals = 0 if np.allclose(edges, edges.round()) else max(digits, 1)
    said = [prose.number(edge, decimals) for edge in edges]
    key = [(SCALE[i], f"{said[i]} to {said[i + 1]}") for i in range(5)]
    return [SCALE[one] for one in step], key


def _table(ordered: pd.Series, attrs: dict, digits: int, side: pd.Series | None) -> pd.DataFrame:
    table = bars.bar_table(ordered, attrs, digits)
    if side is None:
        return table
    words = [SIDES[one][1] for one in side.loc[ordered.index]]
    return table.drop(columns="Rank").assign(**{"Beside the mean": words})


def _key(figure, key: list[tuple[str, str]]) -> None:
    from matplotlib.patches import Patch

    patches = [Patch(facecolor=fill, edgecolor=EDGE, lw=0.6, label=text) for fill, text in key]
    widest = max(breadth(text, 8) for _, text in key) + 36  # points, with its square and a gap
    columns = max(1, min(3, int(72 * WIDTH // widest)))
    figure.legend(handles=patches, loc="lower center", ncols=columns, frameon=False, fontsize=8)
