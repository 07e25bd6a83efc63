"""A figure of the site as a reader has it: its words, table and CSV, and what its picture shows."""

from __future__ import annotations

import csv
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import numpy as np

from sbpanalysis.report.drawing import breadth

SVG = "{http://www.w3.org/2000/svg}"
_FIGURE = re.compile(r'<figure class="exhibit ([a-z]+)( persons)?"[^>]*>(.*?)</figure>', re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
PLOT = 42  # points that the largest value of a small panel is drawn high


@dataclass(frozen=True)
class Figure:
    """One figure of a page: kind, alternative text, table as rows of text, CSV, picture."""

    page: str
    kind: str
    subtitle: str
    alt: str
    table: list[list[str]]
    csv: list[list[str]]
    svg: ET.Element | None
    pointed: list[str]
    notes: str

    def column(self, number: int) -> np.ndarray:
        """A column of the table as numbers; what is hidden or missing is nan."""
        return np.array([_value(row[number]) for row in self.table[1:]])

    def digits(self, number: int) -> int:
        """The decimals that a column is written with."""
        cells = [row[number] for row in self.table[1:]]
        return max(len(c.partition(".")[2].rstrip("%")) for c in cells)


def figures_of(site: Path) -> list[Figure]:
    """Every figure of every page."""
    found = []
    for path in sorted(site.rglob("*.html")):
        if path.name == "index.html":  # shows again what stands, with its table, on its own page
            continue
        for kind, _, html in _FIGURE.findall(path.read_text("utf-8")):
            rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
                    for row in re.findall(r"<tr[^>]*>(.*?)</tr>", html, re.DOTALL)]  # fmt: skip
            image = re.search(r'<img src="([^"]+)" alt="([^"]*)"', html)
            file = re.search(r'href="([^"]+\.csv)"', html)
            with (path.parent / file[1]).open(newline="", encoding="utf-8") as lines:
                held = list(csv.reader(lines))
            found.append(Figure(
                path.relative_to(site).as_posix(), kind,
                _text(re.search(r'<p class="subtitle">(.*?)</p>', html, re.DOTALL)[1]),
                unescape(image[2]) if image else "",
                [[_text(cell) for cell in row] for row in rows], held,
                ET.parse(path.parent / image[1]).getroot() if image else None,
                [unescape(t) for t in re.findall(r"<title>([^<]*)</title>", html)],
                " ".join(map(_text, re.findall(r'<p class="note">(.*?)</p>', html, re.DOTALL))),
            ))  # fmt: skip
    return found


def _text(html: str) -> str:
    return unescape(_TAG.sub("", html)).strip()


def _value(cell: str) -> float:
    bare = cell.replace(",", "").removesuffix("%")
    return float(bare) if _NUMBER.fullmatch(bare) else np.nan


def drawn(figure: Figure) -> dict[int, np.ndarray]:
    """What the picture shows, read from its points: column of the table -> values in its order."""
    if figure.kind == "line":
        return _lines(figure)
    kinds = {"bar": _bars, "map": _steps, "multiples": _panels, "pyramid": _sides, "dots": _dots}
    return kinds[figure.kind](figure)


def _points(element: ET.Element) -> np.ndarray:
    path = element if element.tag == f"{SVG}path" else element.find(f".//{SVG}path")
    return np.array(_NUMBER.findall(path.get("d")), float).reshape(-1, 2)


def _group(figure: Figure, identity: str) -> ET.Element | None:
    return next((g for g in figure.svg.iter(f"{SVG}g") if g.get("id") == identity), None)


def _scale(figure: Figure, axis: str = "y"):
    """Place in the picture -> value, from the ticks of an axis and the numbers beside them."""
    places, values = [], []
    for tick in figure.svg.iter(f"{SVG}g"):
        if (tick.get("id") or "").startswith(f"{axis}tick_"):
            mark = tick.find(f".//{SVG}use")
            places.append(_points(tick)[0, 1] if axis == "y" else float(mark.get("x")))
            values.append(_value(tick.find(f".//{SVG}text").text))
    slope, start = np.polyfit(places, values, 1)
    return lambda place: start + slope * np.asarray(place)


def _funnel(figure: Figure) -> dict[int, np.ndarray]:
    """Sizes and rates of the points, and the limits over each."""
    marks = list(_group(figure, "series-0").iter(f"{SVG}use"))
    x, y = (np.array([float(m.get(axis)) for m in marks]) for axis in ("x", "y"))
    found = {1: _scale(figure, "x")(x), 2: _scale(figure)(y)}
    for number, name in enumerate(("lower95", "upper95", "lower998", "upper998"), 3):
        found[number] = _scale(figure)(_points(_group(figure, name))[:, 1])
    return found


def _lines(figure: Figure) -> dict[int, np.ndarray]:
    if _group(figure, "lower998") is not None:
        return _funnel(figure)
    value, heads, found = _scale(figure), [h.lower() for h in figure.table[0]], {}
    for number in range(4):
        group = _group(figure, f"series-{number}")
        if group is not None:
            found[number + 1] = _in_rows(value(_points(group)[:, 1]), figure.column(number + 1))
    for name in ("centre", "lower", "upper"):
        group = _group(figure, name)
        if group is not None:
            found[heads.index(name)] = value(_points(group)[:, 1])
    band = _group(figure, "band")
    if band is not None:
        paths = list(band.iter(f"{SVG}path"))
        moved = [float(use.get("y")) for use in band.iter(f"{SVG}use")]  # from where it is defined
        offset = np.array([0.0, moved[0] if moved else 0.0])
        points = np.concatenate([_points(path) for path in paths]) + offset
        places = {}
        for x, y in points:  # the lower and the upper end at each place
            places.setdefault(round(x, 2), []).append(y)
        ends = [value([max(ys), min(ys)]) for _, ys in sorted(places.items())]
        found[heads.index("lower")], found[heads.index("upper")] = np.array(ends).T
    return found


def _in_rows(read: np.ndarray, told: np.ndarray) -> np.ndarray:
    """Points in the rows that have a number: over a gap, or in months to come, none is drawn."""
    held = ~np.isnan(told)
    if held.all() or held.sum() != len(read):
        return read
    placed = np.full(len(told), np.nan)
    placed[held] = read
    return placed


def _widths(group: ET.Element) -> np.ndarray:
    return np.array([float(bar.get("width")) for bar in group.iter(f"{SVG}rect")])


def _dots(figure: Figure) -> dict[int, np.ndarray]:
    """Rates as dots, and their ranges, on the scale below them; a strip is drawn lowest first."""
    value = _scale(figure, "x")
    read = value([float(dot.get("x")) for dot in _group(figure, "dots").iter(f"{SVG}use")])
    bands = _group(figure, "bands")
    if bands is None:
        return {1: read[::-1]}
    ends = value([_points(band)[:, 0] for band in bands.iter(f"{SVG}path")])
    return {1: read, 2: ends[:, 0], 3: ends[:, 1]}


def _sides(figure: Figure) -> dict[int, np.ndarray]:
    """Both sides of a pyramid, on the scale of its longest bar."""
    widths = {n: _widths(_group(figure, f"side-{side}")) for n, side in ((1, "left"), (2, "right"))}
    longest = max(widths, key=lambda n: widths[n].max())
    scale = np.nanmax(figure.column(longest)) / widths[longest].max()
    return {n: np.where(np.isnan(figure.column(n)), np.nan, w * scale) for n, w in widths.items()}


def _bars(figure: Figure) -> dict[int, np.ndarray]:
    widths = _widths(_group(figure, "bars"))
    table = figure.column(1)
    largest = int(np.nanargmax(np.nan_to_num(table)))
    shown = widths * (table[largest] / widths[largest]) if widths[largest] else widths
    assert not widths[np.isnan(table)].any(), "a hidden bar has a length"
    return {1: np.where(np.isnan(table), np.nan, shown)}


def _steps(figure: Figure) -> dict[int, np.ndarray]:
    """Of a map the five steps: each area's value, if it lies in the step it is drawn in.

    Areas are drawn in an order of their own, then the value (on squares) or rank of each in it.
    """
    texts = list(figure.svg.iter(f"{SVG}text"))
    key = [t.text for t in texts if re.search(r"\d to \d", t.text or "")]
    if not key:
        return _classes(figure, texts)
    edges = [tuple(_value(end) for end in text.split(" to ")) for text in key]
    column = 1 if figure.alt.startswith("Tile map") else 2
    fills = [fill for g in _group(figure, "axes_1") if (fill := _shade(g)) is not None]
    said = [t.text for t in texts if "700" in t.get("style")]
    left, read = list(zip(said, fills, strict=True)), []
    for value, told in zip(figure.column(1), (r[column] for r in figure.table[1:]), strict=True):
        pair = next((p for p in left if p[0] == told), None)
        if pair is None:
            read.append(np.inf)  # no area says so
            continue
        left.remove(pair)
        low, high = edges[pair[1]]
        inside = low <= value <= high or (np.isnan(value) and pair[1] == 0)
        read.append(value if inside else (low + high) / 2)
    assert len(read) == len(said), "an area too many"
    return {1: np.array(read)}


def _classes(figure: Figure, texts: list[ET.Element]) -> dict[int, np.ndarray]:
    """Of a map of three classes: each area's value, if its colour is that of the table's words."""
    words = {"Clearly below the mean": 0, "Not told apart from it": 1, "Clearly above": 2}
    fills = [fill for g in _group(figure, "axes_1") if (fill := _shade(g, SIDES)) is not None]
    left = list(zip((t.text for t in texts if "700" in t.get("style")), fills, strict=True))
    read = []
    for row, value in zip(figure.table[1:], figure.column(1), strict=True):
        pair = (row[1], words[row[2]])
        read.append(value if pair in left else np.inf)
        if pair in left:
            left.remove(pair)
    assert not left or np.inf in read, "an area too many"
    return {1: np.array(read)}


SHADES = ("#e8eef4", "#b7cadc", "#7fa1c0", "#42739f", "#12436d")
SIDES = ("#f6ebc8", "#b9bec3", "#12436d")


def _shade(group: ET.Element, shades=SHADES) -> int | None:
    """Which of the colours of a map a group of shapes is filled with."""
    for element in group.iter():
        found = re.search(r"fill: (#[0-9a-f]{6})", element.get("style") or "")
        if found and found[1] in shades and element.tag != f"{SVG}text":
            return shades.index(found[1])
    return None


def _panels(figure: Figure) -> dict[int, np.ndarray]:
    common = "All panels on one scale" in figure.notes
    found, base = {}, 0.0
    columns = range(1, len(figure.table[0]))
    top = max(np.nanmax(figure.column(n)) for n in columns)
    for element in figure.svg.iter():
        path = element.get("d") or ""
        if line := re.fullmatch(r"M [\d.]+ ([\d.]+) H [\d.]+", path):
            base = float(line[1])
        if (element.get("id") or "").startswith("series-"):
            number = int(element.get("id").removeprefix("series-")) + 1
            values = figure.column(number)
            height = base - _points(element)[:, 1]
            read = np.full(len(values), np.nan)
            read[~np.isnan(values)] = height / PLOT * (top if common else np.nanmax(values))
            found[number] = read
    return found


def over_another(svg: ET.Element) -> list[tuple[str, str]]:
    """Pairs of texts of a picture of which one lies over the other, by the font that it is laid
    out with; of a letter the height of a digit counts, so lines may be close."""
    boxes = []
    for text in svg.iter(f"{SVG}text"):
        style, said = text.get("style") or "", "".join(text.itertext()).strip()
        size = re.search(r"font-size: ([\d.]+)px", style)
        if not size or not said:
            continue
        tall = float(size[1])
        wide = breadth(said, tall, bold="font-weight: 700" in style)
        moved = _NUMBER.findall(text.get("transform") or "")
        x, y = (float(text.get(axis) or moved[n]) for n, axis in enumerate("xy"))
        left = x - wide * (0.5 * ("middle" in style) + ("text-anchor: end" in style))
        boxes.append((said, left, left + wide, y - 0.7 * tall, y))
    return [
        (a[0], b[0])
        for n, a in enumerate(boxes)
        for b in boxes[:n]
        if min(a[2], b[2]) - max(a[1], b[1]) > 0.5 and min(a[4], b[4]) - max(a[3], b[3]) > 0.5
    ]
