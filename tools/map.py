"""What stands on what? The map of the house in CONTRIBUTING.md, drawn from the imports.

`make map` writes docs/map.svg; a test asks that it is as the imports are.
"""

from __future__ import annotations

import ast
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "sbpanalysis"
TARGET = ROOT / "docs" / "map.svg"
FLOORS = (
    ("cli", "terminal"),
    ("publish", "replay"),
    ("report",),
    ("data", "stats"),
    ("errors", "periods", "paths"),
)
WHAT = {
    "cli": "the command sbp",
    "terminal": "how it speaks",
    "publish": "how the site is made",
    "replay": "the assessment of 2018",
    "report": "how results are told",
    "data": "where numbers come from",
    "stats": "what they mean",
    "errors": "",
    "periods": "months, breaks",
    "paths": "the checkout",
}
_WIDE, _HIGH, _GAP = 190, 58, 44


def rooms() -> list[str]:
    """The rooms of the package that there are, of those that the map knows."""
    return [room for floor in FLOORS for room in floor
            if (PACKAGE / room).is_dir() or (PACKAGE / f"{room}.py").is_file()]  # fmt: skip


def imports() -> set[tuple[str, str]]:
    """Which room imports which."""
    found: set[tuple[str, str]] = set()
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        used = set()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sbpanalysis."):
                used.add(node.module.split(".")[1])
            elif isinstance(node, ast.ImportFrom) and node.module == "sbpanalysis":
                used |= {name.name for name in node.names}
        found |= {(room, other) for other in (used & set(rooms())) - {room}}
    return found


def drawn() -> str:
    """The map as an SVG: a box a room, a line from each to those that it imports."""
    at = {}
    for level, floor in enumerate(FLOORS):
        here = [room for room in floor if room in rooms()]
        for place, room in enumerate(here):
            left = 20 + place * (_WIDE + 30) + (3 - len(here)) * (_WIDE + 30) / 2
            at[room] = (left, 20 + level * (_HIGH + _GAP))
    high = 20 + len(FLOORS) * (_HIGH + _GAP)
    lines = [
        f'<line x1="{at[a][0] + _WIDE / 2:.0f}" y1="{at[a][1] + _HIGH:.0f}" '
        f'x2="{at[b][0] + _WIDE / 2:.0f}" y2="{at[b][1]:.0f}" stroke="#6B7280" '
        f'stroke-width="1.5"><title>{a} imports {b}</title></line>'
        for a, b in sorted(imports())
        if a in at and at[a][1] < at[b][1]
    ]
    boxes = [
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{_WIDE}" height="{_HIGH}" rx="5" fill="#f3f6f9" '
        f'stroke="#12436D"/><text x="{x + 12:.0f}" y="{y + 24:.0f}" font-weight="700">{room}'
        f'</text><text x="{x + 12:.0f}" y="{y + 44:.0f}" font-size="12">'
        f"{escape(WHAT[room])}</text>"
        for room, (x, y) in at.items()
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {3 * (_WIDE + 30) + 20} {high}" '
        'font-family="Arial, Helvetica, sans-serif" font-size="15" fill="#1d2733" role="img">'
        "<title>The rooms of the library: each stands on those below that it imports</title>\n"
        + "\n".join([*lines, *boxes])
        + "\n</svg>\n"
    )


if __name__ == "__main__":
    TARGET.write_text(drawn(), "utf-8")
    print(f"{TARGET.relative_to(ROOT)} written")
