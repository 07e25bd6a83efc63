"""Tables: escaped, scoped, the same numbers in CSV, no formula that a spreadsheet would run."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbpanalysis.errors import DataError
from sbpanalysis.report.cells import csv_text
from sbpanalysis.report.html import html_table
from sbpanalysis.report.tables import table

FRAME = pd.DataFrame({"Area": ["Bickley", "<b>Darwin</b>"], "Offences": [1234, 0]})


def test_text_is_escaped_and_headers_have_a_scope():
    html = html_table(FRAME, "Wards & <all>")
    assert "<caption>Wards &amp; &lt;all&gt;</caption>" in html
    assert "&lt;b&gt;Darwin&lt;/b&gt;" in html
    assert "<b>" not in html
    assert html.count('scope="col"') == 2
    assert html.count('scope="row"') == 2
    assert '<td class=num data-label="Offences">1,234</td>' in html  # stands alone, so it stacks


@given(st.text(max_size=20))
def test_no_csv_cell_starts_a_formula(text):
    lines = csv_text(pd.DataFrame({"Area": [text], "n": [-1]}))
    cell = pd.read_csv(pd.io.common.StringIO(lines), keep_default_na=False, dtype=str).iloc[0, 0]
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_negative_numbers_stay_numbers_in_csv():
    assert csv_text(pd.DataFrame({"n": [-5]})) == "n\n-5\n"


def test_a_table_needs_a_caption_and_rows():
    with pytest.raises(DataError, match="caption"):
        table(FRAME, " ")
    with pytest.raises(DataError, match="no rows"):
        table(FRAME.iloc[:0], "Empty")


def test_a_caption_may_not_say_a_direction():
    with pytest.raises(DataError, match="verdict"):
        table(FRAME, "Robbery rose")
