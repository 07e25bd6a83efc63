"""What is under the pointer? The places of areas on a picture, with their names and values.

They lie over the picture, unseen. Without scripts they show a name and value when pointed at;
with the site's script they can be chosen, by pointer or keyboard, to find their row in the table.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sbpanalysis.report import disclosure

ACROSS = 1000  # units over the width of a picture


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
        text = disclosure.said(value, digits)
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
