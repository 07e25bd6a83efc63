"""Charts: what is drawn equals the table; alt text is computed; breaks are drawn."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

import sbpanalysis as sbp
from lifted_pages import html_of
from pictures import over_another
from sbpanalysis.periods import Break
from sbpanalysis.report.cells import csv_text
from sbpanalysis.report.claims import claim
from sbpanalysis.report.drawing import breadth
from sbpanalysis.report.figure import alt_text
from sbpanalysis.report.maps import class_edges

SVG = "{http://www.w3.org/2000/svg}"
MONTHS = pd.period_range("2014-04", "2018-03", freq="M")
ABOUT = {"title": "Robbery", "area": "Bromley", "unit": "offences", "source": ["MPS"]}


def counts(values=None) -> pd.Series:
    """Four years of made-up counts with attributes as an edition gives them."""
    values = values if values is not None else 40 + 10 * np.sin(np.arange(48))
    out = pd.Series(np.round(values), index=MONTHS, name="robbery_offences")
    out.attrs = dict(ABOUT)
    return out


def drawn(svg: str, gid: str) -> np.ndarray:
    """The points of the line with an id, in the picture's units."""
    for group in ET.fromstring(svg).iter(f"{SVG}g"):
        if group.get("id") == gid:
            numbers = re.findall(r"-?\d+\.?\d*", group.find(f".//{SVG}path").get("d"))
            return np.array(numbers, dtype=float).reshape(-1, 2)
    raise AssertionError(f"{gid} is not in the picture")


def rectangles(svg: str, name: str = "bars") -> np.ndarray:
    """Widths of the bars of a group, in the order they are drawn."""
    group = ET.fromstring(svg).find(f".//{SVG}g[@id='{name}']")
    return np.array([float(bar.get("width")) for bar in group.iter(f"{SVG}rect")])


@given(st.lists(st.integers(0, 5000), min_size=48, max_size=48))
def test_points_read_back_from_a_line_equal_its_table(values):
    chart = sbp.line(counts(np.array(values)))
    y = drawn(chart.svg, "series-0")[:, 1]
    table = chart.table.iloc[:, 1].to_numpy(float)
    if np.ptp(table) == 0:
        assert np.ptp(y) == 0
        return
    slope, level = np.polyfit(table, y, 1)
    assert slope < 0  # up on paper is more
    assert np.abs(level + slope * table - y).max() < 0.01
    assert table.tolist() == values


def test_bars_are_as_long_as_their_numbers():
    values = pd.Series({"Bickley": 10, "Darwin": 2, "Orpington": 7})
    values.attrs = dict(ABOUT)
    chart = sbp.bar(values)
    widths = rectangles(chart.svg)
    assert widths / widths.max() == pytest.approx(np.array([10, 7, 2]) / 10, abs=1e-3)
    assert chart.table["Offences"].tolist() == [10, 7, 2]


def test_the_axes_fill_the_picture_and_lie_inside_it():
    for chart in (sbp.line(counts()), sbp.line(counts() * 1e5)):
        width, height = map(float, re.search(r'viewBox="0 0 (\S+) (\S+)"', chart.svg).groups())
        points = drawn(chart.svg, "patch_2")
        assert (points >= 0).all()
        assert (points <= (width, height)).all()
        assert np.ptp(points[:, 0]) > width / 3
        assert np.ptp(points[:, 1]) > height / 3


def test_the_bars_fill_the_picture():
    long = pd.Series({"A ward with an uncommonly long name": 900_000, "Darwin": 2})
    for chart in (sbp.bar(long), sbp.bar(long * 0)):
        root = ET.fromstring(chart.svg)
        _, _, width, height = map(float, root.get("viewBox").split())
        first, last = root.findall(f".//{SVG}g[@id='bars']/{SVG}rect")
        assert width - float(first.get("x")) > width / 3
        assert float(last.get("y")) + float(last.get("height")) - float(first.get("y")) > height / 3


@given(st.lists(st.integers(-500, 10**6), min_size=1, max_size=40), st.booleans())
def test_all_that_a_bar_chart_draws_lies_inside_it(values, with_mean):
    names = [f"A ward with an uncommonly long name {n}" for n in range(len(values))]
    series = pd.Series(values, names, dtype=float)
    svg = sbp.bar(series, highlight=names[0], mean=series.mean() if with_mean else None).svg
    root = ET.fromstring(svg)
    _, _, width, height = map(float, root.get("viewBox").split())
    for e in root.iter(f"{SVG}rect"):
        left, top, wide, tall = (float(e.get(k)) for k in ("x", "y", "width", "height"))
        assert min(left, top) >= 0
        assert left + wide <= width
        assert top + tall <= height
    texts = list(root.iter(f"{SVG}text"))
    assert len(texts) >= 2 * len(values) + with_mean
    for e in texts:
        size, weight = float(e.get("font-size")), e.get("font-weight")
        wide = breadth(e.text, size, weight == "bold")
        share = {"end": 1, "middle": 0.5}.get(e.get("text-anchor"), 0)
        left = float(e.get("x")) - share * wide
        assert left >= 0
        assert left + wide <= width
        assert size < float(e.get("y")) + 1 < height


def test_a_number_that_the_mean_crosses_stays_readable():
    values = pd.Series({"Bickley": 100, "Orpington": 50, "Darwin": 48})
    root = ET.fromstring(sbp.bar(values, mean=52).svg)
    rows = {e.text: float(e.get("y")) for e in root.iter(f"{SVG}text")}
    [line] = [e.get("d") for e in root.iter(f"{SVG}path") if e.get("id") == "mean"]
    pieces = re.findall(r"M[\d.]+ ([\d.]+)((?:V[\d.]+)*)", line)
    spans = [(float(top), float(ends.split("V")[-1])) for top, ends in pieces if ends]
    assert len(spans) == 1
    [(top, low)] = spans
    assert top < rows["100"] - 4 < low  # through the longest bar, where no number is in its way
    assert not [n for n in ("50", "48") if top < rows[n] < low]


def test_dots_lie_beside_each_other_and_inside_their_picture():
    level, close = np.r_[np.zeros(31), 1.0], np.linspace(50, 51, 32)
    for values in (level, close, np.geomspace(1, 9, 32).round()):
        rates = pd.DataFrame({"value": values}, [f"Area {n}" for n in range(32)])
        rates.attrs = ABOUT | {"overall": values.mean()}
        root = ET.fromstring(sbp.strip(rates, highlight="Area 3").svg)
        _, _, width, height = map(float, root.get("viewBox").split())
        dots = root.find(f".//{SVG}g[@id='dots']").iter(f"{SVG}use")
        places = np.array([[float(dot.get(axis)) for axis in "xy"] for dot in dots])
        apart = np.linalg.norm(places[:, None] - places, axis=2)[~np.eye(32, dtype=bool)]
        assert apart.min() > 8.9  # as far as they are across
        assert (places > 4.5).all()
        assert (places < (width - 4.5, height - 4.5)).all()


@pytest.mark.parametrize(
    "chart",
    [sbp.line(counts()), sbp.seasonal_plot(sbp.seasonal_index(counts())),
     sbp.control_plot(sbp.control_chart(counts()))],
    ids=["line", "season", "control"],
)  # fmt: skip
def test_alt_text_is_computed_and_of_a_readable_length(chart):
    assert 40 <= len(chart.alt) <= 400
    assert ".svg" not in chart.alt
    assert "Robbery" in chart.alt


def test_the_alt_text_of_a_line_tells_first_and_latest_value():
    series = counts()
    alt = sbp.line(series).alt
    assert f"{series.iloc[0]:.0f} in April 2014" in alt
    assert f"{series.iloc[-1]:.0f} in March 2018" in alt
    assert "each third above the one before" in sbp.line(series.cumsum()).alt
    assert "about level throughout" in sbp.line(series * 0 + 9).alt


def test_an_alternative_text_is_never_cut():
    assert alt_text("Short", "", "b" * 300) == f"Short. B{'b' * 299}."
    assert alt_text("Short", "", "b" * 500) == "Short. The table says more."


def test_a_recorded_break_is_drawn_and_said():
    series = counts()
    series.attrs["breaks"] = [Break(pd.Period("2017-01", "M"), "counting", "A new form.", True)]
    chart = sbp.line(series)
    assert 'id="break"' in chart.svg
    assert "New counting rules at January 2017" in chart.alt
    assert 'id="break"' not in sbp.line(counts()).svg


def test_no_name_of_a_break_hides_a_point():
    series = counts()
    dates = pd.period_range("2015-01", periods=5, freq="6M").asfreq("M")
    series.attrs["breaks"] = [Break(date, "counting", "A new form.", True) for date in dates]
    for chart in (sbp.line(series), sbp.signal_plot(sbp.signals(series))):
        root = ET.fromstring(chart.svg)
        names = [g.find(f"{SVG}text") for g in root.iter(f"{SVG}g") if g.get("id") == "near"]
        assert len(names) >= 3
        assert drawn(chart.svg, "series-0")[:, 1].min() > max(float(e.get("y")) for e in names)


def test_a_join_of_files_is_no_break_for_readers():
    series = counts()
    series.attrs["breaks"] = [Break(pd.Period("2017-01", "M"), "join", "Two files.", True)]
    chart = sbp.line(series)
    assert 'id="break"' not in chart.svg
    assert chart.notes == ()
    assert claim(sbp.change(series)).breaks == ()
    assert len(sbp.between_breaks(series)) == 1


def test_limits_of_a_control_chart_start_anew_at_a_break():
    low, high = np.resize([9, 11, 10, 12], 24), np.resize([49, 52, 50, 51], 24)
    series = counts(np.r_[low, high])
    series.attrs["breaks"] = [Break(series.index[24], "system", "A new system.", True)]
    across = sbp.control_plot(sbp.control_chart(series))
    assert (across.table["Marked by"] != "none").sum() > 40
    chart = sbp.control_plot([sbp.control_chart(part) for part in sbp.between_breaks(series)])
    assert set(chart.table["Marked by"]) == {"none"}
    assert chart.table["Month"].tolist() == [str(m) for m in series.index]
    assert chart.table["Centre"].unique().tolist() == [10.5, 50.5]
    assert chart.svg.count('id="centre"') == 2  # a step, no line between the two means
    assert "Mean and limits start anew at each break." in chart.notes


def test_an_index_is_drawn_about_its_base_and_says_so():
    local = counts(1000 + 10 * np.sin(np.arange(48)))
    index = sbp.indexed({"London": local * 30, "Bromley": local + np.arange(48)})
    chart = sbp.line(index)
    heights = drawn(chart.svg, "series-1")[:, 1]
    assert np.ptp(heights) > 40  # of about 200 points: from zero it would be 9
    assert "The vertical axis does not begin at zero." in chart.notes


def test_a_headline_may_not_say_a_direction_without_a_verdict():
    with pytest.raises(sbp.DataError, match="verdict"):
        sbp.line(counts(), headline="Robbery rose")


def test_a_name_from_data_may_be_any_word():
    values = pd.Series({"Rise Park": 3, "Falling Water": 1})
    values.attrs = dict(ABOUT)
    assert sbp.bar(values).headline == "Robbery: as recorded Rise Park had the most, 3"


def test_a_dollar_in_a_name_is_no_formula():
    values = pd.Series({"$\\frac$ Lane": 3, "$x^2$": 1})
    values.attrs = dict(ABOUT)
    assert "$\\frac$ Lane" in sbp.bar(values).svg
    assert "$x^2$" in sbp.bar(values).svg


def test_five_lines_are_refused():
    with pytest.raises(sbp.DataError, match="at most 4"):
        sbp.line(pd.concat([counts()] * 5, axis=1))


def test_the_same_figure_has_the_same_bytes():
    assert sbp.line(counts()).svg == sbp.line(counts()).svg
    assert "Date" not in sbp.line(counts()).svg


def test_names_from_data_stay_text_in_every_part_of_a_figure():
    nasty = "<script>alert('x')</script>"
    values = pd.Series({nasty: 3, "B": 1})
    values.attrs = dict(ABOUT, title=nasty, source=[nasty])
    html = html_of(sbp.bar(values), "4.5-E1")
    assert "<script>" not in html
    assert "<script>" not in sbp.bar(values).svg


def wards() -> pd.Series:
    """Counts of three wards."""
    values = pd.Series({"Bickley": 10, "Darwin": 2, "Orpington": 7})
    codes = {"Bickley": "E05000106", "Darwin": "E05000114", "Orpington": "E05000122"}
    values.attrs = dict(ABOUT, codes=codes, vintage="2018")
    return values


def squares(vintage: str = "2018") -> pd.DataFrame:
    """A tile layout of the three wards."""
    codes = list(wards().attrs["codes"].values())
    shapes = pd.DataFrame({"area_code": codes, "row": [0, 1, 1], "column": [0, 0, 1]})
    shapes.attrs = {"vintage": vintage}
    return shapes


def test_a_map_has_its_table_and_says_most_and_fewest():
    chart = sbp.ward_map(wards(), squares())
    assert chart.table["Offences"].tolist() == [10, 7, 2]
    assert "Bickley had the most, 10" in chart.alt
    assert "Darwin had the fewest, 2" in chart.alt


def test_the_numbers_of_narrow_areas_stand_beside_each_other_inside_them():
    """Areas as tall as they are narrow: in the middle of each the numbers would be one line."""
    names = [f"Ward {n}" for n in range(12)]
    values = pd.Series(dict(zip(names, range(210_135, 210_147), strict=True)))
    values.attrs = ABOUT | {"codes": {name: name for name in names}}
    outlines = [box(0.01 * n, 51, 0.01 * n + 0.01, 51.1) for n in range(12)]
    shapes = gpd.GeoDataFrame({"area_code": names, "name": names}, geometry=outlines)
    svg = ET.fromstring(sbp.ward_map(values, shapes).svg)
    assert over_another(svg) == []
    middles = sorted(float(t.get("x")) for t in svg.iter(f"{SVG}text") if "," in (t.text or ""))
    assert len(middles) == 12
    steps = np.diff(middles)
    assert max(steps) < 1.6 * min(steps)  # each stands in its own


def test_the_key_of_a_map_lies_inside_its_picture_however_long_the_name_of_the_area():
    rates = pd.Series({f"Ward {n}": 5.0 + n for n in range(8)})
    rates.attrs = ABOUT | {"codes": {name: name for name in rates.index}, "overall": 72.2}
    rates.attrs |= {"unit": "per 1,000 residents", "area": "Kensington and Chelsea"}
    side = pd.Series(["below", "above"] * 4, rates.index)
    for chart in (sbp.ward_map(rates, None, side=side), sbp.ward_map(rates * 1e5, None)):
        root = ET.fromstring(chart.svg)
        texts = root.findall(f".//{SVG}g[@id='legend_1']//{SVG}text")
        width = float(root.get("viewBox").split()[2])
        starts = [(float(e.get("x")), e.text) for e in texts]
        assert len(starts) >= 3
        assert min(x for x, _ in starts) > 16  # its square stands before it
        assert max(x + breadth(text, 8) for x, text in starts) <= width


def test_a_map_of_counts_tells_apart_what_chance_does_not_explain_and_no_more():
    values = pd.Series({f"Ward {n}": 40 + n for n in range(8)} | {"Centre": 300})
    values.attrs = ABOUT | {"codes": {name: name for name in values.index}}
    chart = sbp.ward_map(values, None)
    sides = chart.table.set_index("Area")["Beside the mean"]
    assert sides["Centre"] == "Clearly above"
    assert "Rank" not in chart.table
    alike = sbp.ward_map(values.drop("Centre"), None)
    assert set(alike.table["Beside the mean"]) == {"Not told apart from it"}
    assert any("drawn alike" in note for note in sbp.ward_map(values // 60, None).notes)
    for unit in ("per 1,000 residents", "persons"):  # who live there: chance has no part in them
        values.attrs["unit"] = unit
        assert "Rank" in sbp.ward_map(values, None).table


def test_values_of_one_vintage_never_land_on_shapes_of_another():
    with pytest.raises(sbp.DataError, match="2018 wards, shapes of 2022"):
        sbp.ward_map(wards(), squares("2022"))


def test_a_ward_without_a_shape_is_refused_by_name():
    with pytest.raises(sbp.DataError, match="Orpington"):
        sbp.ward_map(wards(), squares()[:2].assign())


def test_wards_without_places_are_drawn_in_alphabetical_order_and_say_so():
    chart = sbp.ward_map(wards(), None)
    assert any("alphabetical" in note for note in chart.notes)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=40))
def test_map_classes_hold_every_value_in_five_equal_steps(values):
    edges = class_edges(np.array(values))
    assert len(edges) == 6
    assert edges[0] == 0
    assert edges[-1] >= max(values) * (1 - 1e-9)
    assert np.allclose(np.diff(edges), edges[1])


@pytest.mark.parametrize("exhibit", ["4.5", "../x", "4.5-E", "4.5-E1<b>"])
def test_an_exhibit_of_another_form_is_refused(exhibit):
    with pytest.raises(sbp.DataError, match="exhibit"):
        sbp.show(sbp.line(counts()), exhibit)


def test_a_pyramid_draws_both_sides_on_one_scale_and_no_bar_for_what_is_hidden():
    frame = pd.DataFrame({"Female": [np.nan, 10, 40], "Male": [20, 80, 0]},
                         pd.Index(["13 to 15", "16 to 17", "18 to 20"], name="Age"))  # fmt: skip
    frame.attrs = ABOUT | {"persons": True}
    chart = sbp.pyramid(frame)
    widths = {side: rectangles(chart.svg, f"side-{side}") for side in ("left", "right")}
    unit = max(widths["right"]) / 80
    assert np.array(widths["left"]) / unit == pytest.approx([0, 10, 40], abs=0.1)
    assert np.array(widths["right"]) / unit == pytest.approx([20, 80, 0], abs=0.1)
    assert chart.table["Female"].tolist() == ["[c]", 10, 40]
    assert "13 to 15: Female a number that is not shown, Male 20" in chart.alt
    with pytest.raises(sbp.DataError, match="3 columns, expected 2"):
        sbp.pyramid(frame.assign(All=1))


def test_a_number_is_rounded_alike_in_picture_words_table_csv_and_sentence():
    names = ("Bromley", "Sutton", "Bexley", "Ealing")
    values = pd.Series((17.65, 15.25, 12.25, 9.05), pd.Index(names, name="Area"))
    values.attrs = ABOUT | {"unit": "percent", "digits": 1, "title": "residents aged 65 and over"}
    values.attrs["codes"] = {name: f"E{i}" for i, name in enumerate(names)}
    expected = ["17.7", "15.3", "12.3", "9.1"]
    chart = sbp.bar(values)
    texts = [e.text for e in ET.fromstring(chart.svg).iter(f"{SVG}text")]
    assert [t for t in texts if t.endswith("%")] == [f"{n}%" for n in expected]
    assert chart.table["Percent"].tolist() == [float(n) for n in expected]
    assert "17.7%" in chart.alt
    assert "9.1%" in chart.alt
    assert [row.split(",")[1] for row in csv_text(chart.table).splitlines()[1:]] == expected
    areas = chart.regions["areas"]
    assert [said.rpartition(": ")[2] for *_, said in areas] == [f"{n}%" for n in expected]
    assert sbp.ward_map(values, None).table["Percent"].tolist() == [float(n) for n in expected]
    assert "17.7%" in claim(sbp.standing(values, "Bromley")).sentence
    as_table = sbp.table(values.to_frame("Percent"), "Residents")
    assert as_table.table["Percent"].astype(str).tolist() == expected


def test_all_that_are_level_are_named_and_nobody_has_the_fewest_where_it_is_hidden():
    values = pd.Series({"Bickley": 9.0, "Orpington": 9.0, "Darwin": 1.0, "Mottingham": 1.0})
    chart = sbp.bar(values)
    assert "Bickley and Orpington had the most, 9" in chart.alt
    assert "Darwin and Mottingham had the fewest, 1" in chart.alt
    many = sbp.bar(pd.Series({"Bickley": 9.0} | {f"Ward {i}": 1.0 for i in range(5)}))
    assert "5 areas had the fewest, 1" in many.alt
    hidden = pd.Series({"Bickley": 40.0, "Orpington": 40.0, "Darwin": np.nan, "Hayes": np.nan})
    hidden.attrs = ABOUT | {"persons": True, "codes": {n: n for n in hidden.index}}
    for chart in (sbp.bar(hidden), sbp.ward_map(hidden, None)):
        assert "fewest" not in chart.alt
        assert "2 areas had a number that is not shown" in chart.alt


def test_numbers_below_an_axis_leave_room_between_them():
    names = [f"Knightsbridge and Belgravia {n}" for n in range(18)]
    rates = pd.DataFrame({"value": np.linspace(10, 1600, 18)}, index=names)
    rates = rates.assign(lower=rates["value"] * 0.9, upper=rates["value"] * 1.1)
    rates.attrs = ABOUT | {"unit": "per 1,000 residents"}
    sides = pd.DataFrame({"side": "above", "count": range(18)}, index=names)
    svg = ET.fromstring(sbp.ranges(rates, sides).svg)
    assert over_another(svg) == []
    assert sum(text.text == "1,200" for text in svg.iter(f"{SVG}text")) == 1
