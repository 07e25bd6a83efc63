"""Every figure of the sample: its words, its table, its file and its picture say the same."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest

from pictures import Figure, drawn, figures_of, over_another
from sbpanalysis.report import prose

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def figures(sample_site) -> list[Figure]:
    return figures_of(sample_site)


def pictured(figures: list[Figure]) -> list[Figure]:
    return [f for f in figures if f.svg is not None]


def differences(figure: Figure) -> list[str]:
    """Where the points of a picture are not the numbers of its table."""
    found = []
    for number, read in drawn(figure).items():
        told = figure.column(number)
        if len(read) != len(told) or (np.isnan(read) != np.isnan(told)).any():
            found.append(f"{figure.table[0][number]}: {len(read)} points, {len(told)} rows")
        else:
            room = 0.5 * 10.0 ** -figure.digits(number) + 1e-4 * np.nanmax(np.abs(told), initial=1)
            found += [f"{figure.table[0][number]}: {r:.3f} drawn, {t} told"
                      for r, t in zip(read, told, strict=True) if abs(r - t) > room]  # fmt: skip
    return found


def test_every_point_of_every_picture_is_a_number_of_its_table(figures):
    points, found = 0, []
    for figure in pictured(figures):
        read = drawn(figure)
        assert read, (figure.page, figure.subtitle)
        points += sum(len(values) for values in read.values())
        found += [f"{figure.page}: {figure.subtitle}: {d}" for d in differences(figure)]
    kinds = Counter(f.kind for f in figures)
    print(f"{len(figures)} figures {dict(kinds)}: {points:,} points read, {len(found)} differ")
    assert not found, "\n".join(found[:20])
    assert points > 10_000
    assert kinds["line"] > 40
    assert kinds["map"] > 10


def test_no_text_of_a_picture_lies_over_another(figures):
    found = {(f.page, f.subtitle): over_another(f.svg) for f in pictured(figures)}
    assert {where: pairs for where, pairs in found.items() if pairs} == {}


@pytest.mark.parametrize("kind", ["line", "bar", "map", "multiples", "dots"])
def test_a_picture_that_differs_from_its_table_is_found(figures, kind):
    """Opens the gate on purpose: one number of the table is made another."""
    figure = next(f for f in pictured(figures) if f.kind == kind)
    row = figure.table[-1]
    kept, row[1] = row[1], prose.number(float(row[1].replace(",", "")) * 1.5 + 400)
    try:
        assert differences(figure)
    finally:
        row[1] = kept


def test_every_table_has_the_numbers_of_its_file(figures):
    for figure in figures:
        if figure.page == "kinds.html":  # words beside small pictures: tests/test_overview.py
            continue
        assert len(figure.table) == len(figure.csv), figure.subtitle
        for shown, held in zip(figure.table, figure.csv, strict=True):
            for cell, raw in zip(shown, held, strict=True):
                assert same(cell, raw), (figure.page, figure.subtitle, cell, raw)


def same(shown: str, held: str) -> bool:
    """A cell as a reader sees it, and as the file has it: rounded, or without a value."""
    if shown == held:
        return True
    try:
        number, digits = float(held), len(shown.partition(".")[2])
        return prose.number(number, digits) == shown or (held == "nan" and shown == "–")
    except ValueError:
        said = {"True": "yes", "False": "no", "": "–"}.get(held, held)
        return " ".join(said.removeprefix("'").split()) == " ".join(shown.removeprefix("'").split())


def test_every_picture_is_described_in_40_to_400_characters_with_its_latest_value(figures):
    for figure in pictured(figures):
        assert 40 <= len(figure.alt) <= 400, (figure.page, len(figure.alt), figure.alt)
        assert not re.search(r"\.(svg|png|csv)|exhibit-", figure.alt), figure.alt
        values = latest(figure)
        assert any(value in figure.alt for value in values), (figure.page, values, figure.alt)


def latest(figure: Figure) -> list[str]:
    """The newest value of a series, as it may be said; of areas and kinds that of the first."""
    over_time = figure.kind in ("line", "multiples") and "funnel" not in figure.alt
    row = figure.table[-1] if over_time else figure.table[1]
    cells = [cell for cell in row[1:2] if cell not in ("–", "")]
    if figure.kind == "multiples":  # the highest of all is named
        cells = [max(row[1:], key=lambda cell: float(cell.replace(",", "") or 0))]
    if "funnel" in figure.alt.lower():  # the area of the page is the one that is named
        cells = [row[2] for row in figure.table[1:] if f"{row[0]}:" in figure.alt]
    numbers = [float(c.replace(",", "").rstrip("%")) for c in cells if c[0].isdigit()]
    return [prose.number(n, d) for n in numbers for d in (0, 1, 2)] or ["hidden", "too small", "8"]


def test_what_is_said_of_an_area_when_it_is_pointed_at_is_in_the_table(figures):
    told = 0
    for figure in pictured(figures):
        cells = {row[0]: row for row in figure.table[1:]}
        for text in figure.pointed:
            name, _, said = text.rpartition(": ")
            number = said.split(" ")[0].rstrip("%")
            row = cells.get(name) or [column[-1] for column in _column(figure, name)]
            told += 1
            assert number in row or not number[0].isdigit(), (figure.page, text, row)
    print(f"{told} areas say the value that their table has")
    assert told > 500


def _column(figure: Figure, name: str):
    place = figure.table[0].index(name)
    return [[row[place] for row in figure.table]]


def test_every_picture_has_a_table_and_a_file(sample_site, figures):
    pages = {f.page for f in figures}
    html = "".join((sample_site / page).read_text("utf-8") for page in pages)
    assert html.count('<figure class="exhibit ') == len(figures)
    for figure in figures:
        assert len(figure.table) > 1, (figure.page, figure.subtitle)
