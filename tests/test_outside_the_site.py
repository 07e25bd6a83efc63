"""A notebook in JupyterLab, VS Code or nbconvert has not the site's style sheet: what is seen?"""

from __future__ import annotations

import io
import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import sbpanalysis as sbp
from lifted_pages import html_of

SQUARES = pd.DataFrame({
    "area_code": ["E1", "E2", "E3"], "name": ["North", "South", "East"],
    "column": [0, 1, 0], "row": [0, 0, 1],
})  # fmt: skip


def counted() -> pd.Series:
    values = pd.Series([30, 20, 10], ["North", "South", "East"])
    values.attrs = {"title": "Robbery", "area": "Bromley", "unit": "offences", "vintage": "2018",
                    "codes": {"North": "E1", "South": "E2", "East": "E3"}}  # fmt: skip
    return values


FIGURES = {
    "bar": lambda: sbp.bar(counted()),
    "map": lambda: sbp.ward_map(counted(), SQUARES),
}


@pytest.mark.parametrize("kind", FIGURES)
def test_the_layer_for_the_pointer_paints_nothing_and_takes_no_room_by_itself(kind):
    html = html_of(FIGURES[kind]())
    [layer] = re.findall(r'<svg class="regions"[^>]*>', html)
    assert 'fill="none"' in layer
    assert 'height="0"' in layer
    assert 'pointer-events="all"' in layer
    inside = html.split(layer)[1].split("</svg>")[0]
    assert inside.count("<path ") == 3
    assert "fill=" not in inside


@pytest.mark.parametrize("kind", FIGURES)
def test_a_cell_without_the_style_sheet_shows_its_picture_and_no_black_slab(browser, kind):
    html = html_of(FIGURES[kind]())
    page = browser.new_page(viewport={"width": 800, "height": 900})
    page.set_content(f"<!doctype html><body style='margin:0;background:#fff'>{html}</body>")
    below = page.locator("figure .drawn").bounding_box()
    picture = page.locator("figure img").bounding_box()
    shot = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("L")
    page.close()
    assert below["height"] <= picture["height"] + 8  # the room of a line of text under a picture
    assert (np.asarray(shot) < 40).mean() < 0.03  # letters are dark, a slab is a fifth of the page


def test_the_same_sample_of_pixels_would_see_a_slab(browser):
    """Opens the gate on purpose: the layer as it would be without its own attributes."""
    html = html_of(FIGURES["map"]())
    html = html.replace('height="0" fill="none" pointer-events="all" ', "")
    page = browser.new_page(viewport={"width": 800, "height": 900})
    page.set_content(f"<!doctype html><body style='margin:0;background:#fff'>{html}</body>")
    shot = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("L")
    page.close()
    assert (np.asarray(shot) < 40).mean() > 0.1
