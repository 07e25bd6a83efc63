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
WHAT = {
    "cli": "the command sbp",
    "terminal": "how it speaks",
    "publish": "how the site is made",
    "replay": "the assessment of 2018",
    "report": "how results are told",
    "data": "where numbers come from",
    "stats": "what they mean",
    "errors": "one sentence each",
    "absent": "what is not held",
    "disclosure": "counts of persons",
    "periods": "months, breaks",
    "paths": "the checkout",
}
_WIDE, _HIGH, _GAP = 190, 58, 44


def rooms() -> list[str]:
    """The packages and modules that lie directly in the library."""
    there = [path for path in PACKAGE.iterdir() if path.is_dir() or path.suffix == ".py"]
    return sorted(path.stem for path in there if path.stem[0] not in "_.")


def floors(pairs: set[tuple[str, str]]) -> list[list[str]]:
    """The rooms in floors: each above all that it imports, the uppermost floor first."""
    level = dict.fromkeys(rooms(), 0)
    for _ in level:
        for room, other in sorted(pairs):
            level[room] = max(level[room], level[other] + 1)
    return [[r for r in level if level[r] == n] for n in range(max(level.values()), -1, -1)]


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
        found |= {(room, other) for other in (used & set(rooms())) - {room} if room in rooms()}
    return found


def plain(pairs: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """The imports that do not follow from others: what is reached by way of a room is left out."""
    reached = set(pairs)
    for middle in rooms():
        above = {a for a, b in reached if b == middle}
        reached |= {(a, b) for a in above for m, b in reached if m == middle}
    return {(a, b) for a, b in pairs if not any((a, c) in pairs and (c, b) in reached
                                                for c in rooms())}  # fmt: skip


def drawn() -> str:
    """The map as an SVG: a box a room, a line from each down to those that it stands on."""
    pairs, at = imports(), {}
    listed = floors(pairs)
    most = max(map(len, listed))
    for level, here in enumerate(listed):
        for place, room in enumerate(here):
            left = 20 + (place + (most - len(here)) / 2) * (_WIDE + 30)
            at[room] = (left, 20 + level * (_HIGH + _GAP))
    high = 20 + len(listed) * (_HIGH + _GAP)
    lines = [
        f'<line x1="{at[a][0] + _WIDE / 2:.0f}" y1="{at[a][1] + _HIGH:.0f}" '
        f'x2="{at[b][0] + _WIDE / 2:.0f}" y2="{at[b][1]:.0f}" stroke="#6B7280" '
        f'stroke-width="1.5"><title>{a} imports {b}</title></line>'
        for a, b in sorted(plain(pairs))
    ]
    boxes = [
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{_WIDE}" height="{_HIGH}" rx="5" fill="#f3f6f9" '
        f'stroke="#12436D"/><text x="{x + 12:.0f}" y="{y + 24:.0f}" font-weight="700">{room}'
        f'</text><text x="{x + 12:.0f}" y="{y + 44:.0f}" font-size="12">'
        f"{escape(WHAT.get(room, ''))}</text>"
        for room, (x, y) in at.items()
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {most * (_WIDE + 30) + 10} {high}" '
        'font-family="Arial, Helvetica, sans-serif" font-size="15" fill="#1d2733" role="img">'
        "<title>The rooms of the library: each imports only those below that lines lead to, at "
        "once or in steps</title>\n" + "\n".join([*lines, *boxes]) + "\n</svg>\n"
    )


if __name__ == "__main__":
    TARGET.write_text(drawn(), "utf-8")
    print(f"{TARGET.relative_to(ROOT)} written")
