"""How are pictures drawn that need no axes? As rectangles, lines and words of SVG.

Matplotlib would make an object of each bar and name, and lay it out several times.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from html import escape

import numpy as np
import pandas as pd

from sbpanalysis.report import disclosure
from sbpanalysis.report.house import LAID_OUT, READ, WIDTH

FULL = WIDTH * 72  # points, as wide as other figures, so that letters are as large
EDGE = 3  # points that stay free around a picture
_MIDDLE = 0.36  # of a letter's size: from the middle of a capital down to its foot
ACROSS = 1000  # units over the width of a picture


def picture(parts: Iterable[str], height: float, width: float = FULL) -> str:
    """The parts as one picture, `width` by `height` points large."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.1f}pt" height="{height:.1f}pt" '
        f'viewBox="0 0 {width:.1f} {height:.1f}" font-family="{READ}">{"".join(parts)}</svg>'
    )


def circle(x: float, y: float, radius: float, colour: str) -> str:
    """A filled circle."""
    return f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{radius}" fill="{colour}"/>'


def group(name: str, parts: Iterable[str]) -> str:
    """Parts that belong together, under a name."""
    return f'<g id="{name}">{"".join(parts)}</g>'


def rectangle(left: float, top: float, width: float, height: float, colour: str) -> str:
    """A filled rectangle."""
    return (
        f'<rect x="{left:.2f}" y="{top:.2f}" width="{width:.3f}" height="{height:.2f}" '
        f'fill="{colour}"/>'
    )


def stroke(path: str, colour: str, width: float, **more) -> str:
    """A line along an SVG path; `more` are attributes, _ for -."""
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}"{_more(more)}/>'


def words(x: float, y: float, text: object, size: float, bold: bool = False, **more) -> str:
    """A line of text whose capitals have their middle at `y`; `more` are attributes."""
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.2f}" y="{y + _MIDDLE * size:.2f}" font-size="{size}"{weight}{_more(more)}>'
        f"{escape(str(text))}</text>"
    )


def _more(attributes: dict) -> str:
    return "".join(f' {name.replace("_", "-")}="{v}"' for name, v in attributes.items())


@cache
def breadth(text: str, size: float, bold: bool = False) -> float:
    """How wide a line of text is, in points, in the font of documents; those of screens are
    narrower."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family=LAID_OUT, size=size, weight="bold" if bold else "normal")
    return text_to_path.get_text_width_height_descent(text, font, ismath=False)[0]


def regions(
    shape: float, outlines: dict[str, list], values: pd.Series, attrs: dict, digits: int = 0
) -> dict:
    """The areas of a picture, whose height is `shape` times its width: `layer` says how.

    `outlines`: name -> rings of points as fractions of the picture's width and height, from
    below. `values`: by name, those of the picture; hidden ones stay hidden.
    """
    height = round(ACROSS * shape)
    unit = attrs.get("unit", "")
    shapes = []
    for name, rings in outlines.items():
        value = values[name]
        text = disclosure.text_of(value, digits)
        if not pd.isna(value):
            text += "%" if unit == "percent" else f" {unit}" if unit else ""
        code = attrs.get("codes", {}).get(name, name)
        shapes.append((code, _path(rings, height), f"{name}: {text}"))
    return layer(shapes, height)


def layer(areas: list[tuple[str, str, str]], height: int) -> dict:
    """What lies over a picture: of each area its code in the table, its outline and what it says.

    `height`: in the units of which there are `ACROSS` over the picture's width.
    """
    areas = [(str(code), path, said) for code, path, said in areas]
    return {"width": ACROSS, "height": height, "areas": areas}


def _path(rings: list, height: int) -> str:
    out = []
    for ring in rings:
        points = np.round(np.asarray(ring, float) * [ACROSS, -height] + [0, height]).astype(int)
        kept = [tuple(p) for p in points]
        kept = [p for i, p in enumerate(kept) if i == 0 or p != kept[i - 1]]
        out.append("M" + "L".join(f"{x} {y}" for x, y in kept) + "z")
    return "".join(out)
