"""An analyst's own pictures and frames: shown as the library's are, or told what to write."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import pytest
import seaborn as sns
import seaborn.objects as so
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import sbpanalysis as sbp
from conftest import ROOT, SHARED, need
from lifted_pages import HOSTILE, html_of, monthly
from sbpanalysis.errors import DataError
from sbpanalysis.publish import pages
from sbpanalysis.publish.execute import Job, run_one
from sbpanalysis.publish.inspect import inspect_site
from sbpanalysis.publish.lift import Page, lift, page_of, unshown_outputs
from sbpanalysis.publish.plan import method_jobs
from sbpanalysis.publish.render import render
from sbpanalysis.publish.renderer import open_renderer
from sbpanalysis.report import own
from sbpanalysis.report.figure import Chart
from small_site import CONTEXT

matplotlib.use("agg")


@pytest.fixture(autouse=True)
def nothing_drawn():
    """No figure of another test is drawn into."""
    plt.close("all")


SETTING = """import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
import seaborn.objects as so
import sbpanalysis as sbp
sbp.theme()
months = pd.period_range("2016-01", periods=24, freq="M")
counts = pd.Series([n % 7 + 10 for n in range(24)], months, name="Offences")
frame = counts.reset_index(drop=True).to_frame()
frame.insert(0, "Month", months.month)
frame.insert(0, "Year", months.year.astype(str))
wide = frame.pivot(index="Year", columns="Month", values="Offences")"""
# kind -> the line that draws it as `ax`, and how it is then called in words
PICTURES = {
    "line": ('ax = sns.lineplot(frame, x="Month", y="Offences", hue="Year")', "Line chart"),
    "bar": ('ax = sns.barplot(frame, x="Year", y="Offences")', "Bar chart"),
    "box": ('ax = sns.boxplot(frame, x="Year", y="Offences")', "Box plot"),
    "violin": ('ax = sns.violinplot(frame, x="Year", y="Offences")', "Chart of distributions"),
    "strip": ('ax = sns.stripplot(frame, x="Year", y="Offences")', "Dot plot"),
    "heat": ("ax = sns.heatmap(wide, annot=True)", "Heat map"),
    "facets": ('ax = sns.relplot(frame, x="Month", y="Offences", col="Year", kind="line")',
               "Line chart"),
    "joint": ('ax = sns.jointplot(frame, x="Month", y="Offences")', "Dot plot and bar chart"),
    "regression": ('ax = sns.regplot(frame, x="Month", y="Offences")',
                   "Dots with a fitted line"),
    "objects": ('ax = so.Plot(frame, x="Month", y="Offences", color="Year").add(so.Line())\nax',
                "Line chart"),
    "matplotlib": ("figure, axes = plt.subplots(2, 1)\naxes[0].plot(counts.to_numpy())\n"
                   "axes[1].bar(range(24), counts)\nax = figure", "Line chart and bar chart"),
    "polygons": ("figure, ax = plt.subplots()\nax.fill_between(range(24), counts, alpha=0.3)\n"
                 "_ = ax.step(range(24), counts)", "Line chart"),
    "pandas": ("ax = counts.plot()", "Line chart"),
}  # fmt: skip
TWINS = {
    "heat": "wide",
    "matplotlib": "counts",
    "polygons": "counts",
    "pandas": "counts",
}  # else frame
FRAMES = {"frame": "frame", "series": "counts", "pivot": "wide"}
SHOWN = [  # the cells that show them
    f"{draw.removesuffix(chr(10) + 'ax')}\n"
    f'sbp.show(ax, "1.1-E{n}", headline="Found {kind}", '
    f"table={TWINS.get(kind, 'frame')})"
    for n, (kind, (draw, _)) in enumerate(PICTURES.items(), 1)
] + [f'sbp.show({name}, caption="Shown {kind}")' for kind, name in FRAMES.items()]


def executed(folder: Path, sources: list[str], plain: bool = False):
    """What running a notebook of these cells came to, its heading and settings being added."""
    cells = [new_markdown_cell("# Own charts", id="c0"), new_code_cell(SETTING, id="c1")]
    cells[1].metadata["tags"] = ["hide-input"]
    cells += [new_code_cell(text, id=f"c{i}") for i, text in enumerate(sources, 2)]
    for cell in cells[2:]:
        cell.metadata["tags"] = ["remove-input"]
    path = folder / "own.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    job = Job("sections/1-1-own", str(path), {}, "key", plain=plain)
    return run_one(job, str(folder / "cache"), str(ROOT), cold=True)


@pytest.fixture(scope="module")
def shown(tmp_path_factory) -> Page:
    """The page of a notebook that shows every picture and frame."""
    outcome = executed(tmp_path_factory.mktemp("shown"), SHOWN)
    assert not outcome.fault, outcome.fault
    return lift(nbformat.read(outcome.path, 4), "sections/1-1-own", "Own charts", "1.1")


def test_every_picture_and_frame_becomes_a_figure_with_alt_table_and_csv(shown):
    figures = shown.figures
    assert len(figures) == len(PICTURES) + len(FRAMES)
    for (kind, (_, said)), item in zip(PICTURES.items(), figures, strict=False):
        assert item["headline"] == f"Found {kind}"
        assert item["alt"].startswith(f"{said}: "), kind
        assert re.search(r"irst 10 \(.*, last 12 \(.*argest 16 \(", item["alt"]), item["alt"]
        assert b"<svg" in shown.assets[f"_images/{item['name']}.svg"]
        assert len(item["table"]["rows"]) == (2 if kind == "heat" else 24)
    for kind, item in zip(FRAMES, figures[len(PICTURES) :], strict=True):
        assert item["headline"] == f"Shown {kind}"
    for item in figures:
        assert shown.assets[f"downloads/{item['name']}.csv"].count(b"\n") in (3, 25)


def test_a_page_of_own_charts_is_without_fault(shown, tmp_path):
    front = Page(page_of("Small", [("html", "<p>Small.</p>")]), "index")
    evidence = Page(page_of("Evidence", [("html", _evidence(shown))]), "every-figure")
    parts = [("", [front]), ("Part", [shown]), ("About", [pages.find(), evidence])]
    with open_renderer() as renderer:
        site = render(ROOT, tmp_path, parts, CONTEXT, renderer)
    inspect_site(site, [shown])
    text = (site / "sections" / "1-1-own.html").read_text("utf-8")
    assert text.count("<img ") == len(PICTURES)
    assert text.count("<table") == len(PICTURES) + len(FRAMES)


def _evidence(page: Page) -> str:
    named = [figure["name"] for figure in page.figures]
    return "".join(f'<p id="evidence-{name}">.</p>' for name in named)


def test_each_given_bare_stops_with_its_cell_and_the_line_to_write(tmp_path):
    sources = [draw for draw, _ in PICTURES.values()]
    sources += [*FRAMES.values(), 'print("hello")', "counts.index.freqstr",
                "from IPython.display import Markdown\nMarkdown('words')", "print()"]  # fmt: skip
    lines = executed(tmp_path, sources).fault.splitlines()
    assert len(lines) == len(sources) - 1  # what is blank is nothing
    cells = [int(re.search(r"cell (\d+): ", line)[1]) for line in lines]
    assert cells == list(range(3, len(sources) + 2))
    pictures, rest = lines[: len(PICTURES)], lines[len(PICTURES) :]
    assert all("sbp.show(ax, table=frame, headline=...)" in line for line in pictures)
    assert all('sbp.show(frame, caption="what it shows")' in line for line in rest[:3])
    assert [word in line for word, line in zip(
        ("print: hello", "'M'", "Markdown cell"), rest[3:], strict=True)] == [True] * 3  # fmt: skip
    assert "own.ipynb" in lines[0]


def test_methods_pages_alone_show_plain_results(tmp_path):
    sources = ['print("hello")', "counts.sum()"]
    assert not executed(tmp_path, sources, plain=True).fault
    [method, *_] = method_jobs(ROOT, {}, tmp_path)
    assert method.plain


def test_a_warning_is_no_output_and_a_removed_cell_is_not_shown():
    warned = nbformat.v4.new_output("stream", name="stderr", text="careful")
    printed = nbformat.v4.new_output("stream", name="stdout", text="5")
    removed = new_code_cell("print(5)", outputs=[printed], metadata={"tags": ["remove-cell"]})
    assert not list(unshown_outputs(new_notebook(cells=[new_code_cell(outputs=[warned]), removed])))
    assert list(unshown_outputs(new_notebook(cells=[new_code_cell(outputs=[printed])])))


WIDGET = {"application/vnd.jupyter.widget-view+json": {}, "text/plain": "IntSlider()"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (WIDGET, "a widget"),
        ({"image/png": "", "text/plain": "<Figure>"}, "a picture"),
        ({"image/svg+xml": "<svg/>"}, "a picture"),
        ({"text/html": "<b>x</b>", "text/plain": "<HTML>"}, "Markdown cell"),
        ({"text/plain": "a\x1b[31mb"}, r"a\x1b[31mb"),
    ],
)
def test_whatever_no_page_shows_is_told(data, said):
    output = nbformat.v4.new_output("display_data", data)
    [line] = unshown_outputs(new_notebook(cells=[new_code_cell(outputs=[output])]))
    assert line.startswith("cell 1: ")
    assert said in line


COUNTS = pd.Series([5.0, 15.0, 30.0], ["2016", "2017", "2018"], name="Victims")


def drawn(**more) -> Chart:
    plt.figure()
    axes = COUNTS.plot.bar()
    return own._chart(own.figure_of(axes), *({"headline": None, "table": COUNTS, "alt": None,
                                              "caption": None} | more).values())  # fmt: skip


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"table": None}, r"sbp\.show\(ax, table=frame"),
        ({"table": [1, 2]}, "a list as table"),
        ({"headline": "Robbery rose sharply"}, "'rose' needs a verdict"),
        ({"caption": "A growing number"}, "'growing' needs a verdict"),
        ({"alt": "A bar chart in which the number of victims is falling each year."}, "'falling'"),
        ({"alt": "bars"}, "4 characters, expected 40 to 600"),
    ],
)
def test_what_a_picture_lacks_is_said(more, said):
    with pytest.raises(DataError, match=said):
        drawn(**more)


@pytest.mark.parametrize("where", ["title", "xlabel", "ylabel", "legend", "text", "suptitle"])
def test_a_direction_anywhere_in_a_picture_is_refused(where):
    axes = COUNTS.plot(label="Robbery rose" if where == "legend" else "Robbery")
    axes.legend()
    if where in ("title", "xlabel", "ylabel"):
        axes.set(**{where: "Robbery rose"})
    if where == "text":
        axes.annotate("Robbery rose", (0, 0))
    if where == "suptitle":
        axes.figure.suptitle("Robbery rose")
    with pytest.raises(DataError, match="'rose' needs a verdict"):
        own._chart(own.figure_of(axes), None, COUNTS, None, None)


def test_a_direction_in_the_picture_itself_is_refused_but_not_in_a_name_from_data():
    for title, table in (("Robbery rose", COUNTS), ("Ward = Rise Park", COUNTS)):
        axes = plt.figure().add_subplot(title=title)
        with pytest.raises(DataError, match="needs a verdict"):
            own._chart(own.figure_of(axes), None, table, None, None)
    wards = COUNTS.set_axis(["Rise Park", "Town", "Hill"])
    assert own._chart(own.figure_of(axes), None, wards, None, None).svg


@pytest.mark.parametrize("thing", [5, "text", [], plt, {"a": 1}, np.arange(3)])
def test_what_is_no_picture_is_named(thing):
    with pytest.raises(DataError, match=r"expected a figure.*sbp\.say"):
        sbp.show(thing)


def test_a_frame_needs_words_and_the_library_s_own_charts_have_theirs():
    with pytest.raises(DataError, match=r'sbp\.show\(frame, caption="what it shows"\)'):
        sbp.show(COUNTS)
    with pytest.raises(DataError, match="needs no alt"):
        sbp.show(COUNTS, caption="Victims", alt="x")
    with pytest.raises(DataError, match="words and a table of its own"):
        sbp.show(sbp.bar(COUNTS), headline="x")
    twice = pd.DataFrame([[1, 2]], columns=["a", "a"])
    with pytest.raises(DataError, match="stand twice"):
        sbp.show(twice, caption="Twice")


def test_frames_of_every_form_are_laid_flat():
    made = own._flat(COUNTS.to_frame().set_index(pd.Index([2016, 2017, 2018], name="Year")))
    assert made["Year"].tolist() == ["2016", "2017", "2018"]
    crossed = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)]))
    assert list(own._flat(crossed)) == ["a 1", "b 2"]
    days = pd.Series([1], pd.to_datetime(["2018-05-01"]))
    assert own._flat(days).iloc[0].tolist() == ["2018-05-01", 1]
    pairs = pd.Series([1], pd.MultiIndex.from_tuples([("x", 2018)], names=["Ward", "Year"]))
    assert list(own._flat(pairs)) == ["Ward", "Year", "Value"]


def test_a_series_of_an_edition_is_told_by_its_title_and_its_months_in_words():
    counts = monthly("Robbery").rename("robbery")  # as its measure is called
    assert list(own._flat(counts.rename("Trend"))) == ["Month", "Trend"]
    chart = own._chart(own.figure_of(counts.plot()), None, counts, None, None)
    assert chart.headline == "Robbery: largest 75 (December 2018)"
    assert "first 40 (January 2016)" in chart.alt
    assert list(chart.table) == ["Month", "Robbery"]
    assert chart.source == ("Crime",)


def test_counts_of_persons_stay_protected():
    people = COUNTS.replace(5.0, np.nan)
    people.attrs = {"persons": True}
    chart = drawn(table=people)
    assert chart.table["Victims"].tolist() == ["[c]", 15, 30]
    assert "first [c] (2016)" in chart.alt
    assert 'persons"' in html_of(chart)
    axes = people.fillna(3).plot.bar()
    axes.bar_label(axes.containers[0])
    with pytest.raises(DataError, match="3 in '3' counts people"):
        own._chart(own.figure_of(axes), None, people, None, None)


def test_text_of_data_is_text_in_picture_and_page():
    named = [text for text in HOSTILE if text.isprintable()]
    values = pd.Series(range(1, len(named) + 1), pd.Index(named, name="<b>Area"), name="$x^$")
    chart = own._chart(own.figure_of(values.plot.barh()), None, values, None, None)
    html = html_of(chart)
    for text in (chart.svg, html):
        assert "<script>" not in text
        assert "<b>" not in text
    assert "$$n1$$" in chart.svg


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # of seaborn.objects
def test_the_same_picture_has_the_same_bytes_with_whatever_settings():
    pictures = set()
    for _ in range(2):
        with plt.rc_context():
            sbp.theme()
            figure, axes = plt.subplots(3)
            sns.stripplot(x=["a", "b"] * 10, y=list(range(20)), ax=axes[0])
            sns.barplot(x=["a", "b"] * 10, y=list(range(20)), ax=axes[1])  # with an interval
            sns.regplot(x=list(range(9)), y=[1, 3, 2] * 3, ax=axes[2])  # with a band
            shaken = so.Plot(x=["a", "b"] * 10, y=list(range(20))).add(so.Dot(), so.Jitter())
            drawn = [own._chart(own.figure_of(one), None, COUNTS, None, None).svg
                     for one in (figure, shaken)]  # fmt: skip
            pictures.add("".join(drawn))
    assert len(pictures) == 1
    assert "DejaVu" not in pictures.pop()
    plain = sbp.bar(COUNTS).svg
    with plt.rc_context():
        sns.set_theme(style="dark", font_scale=3)
        assert sbp.bar(COUNTS).svg == plain


def test_the_example_of_a_new_kind_of_chart_is_short_and_makes_one():
    text = (ROOT / "docs" / "howto" / "new-chart.md").read_text("utf-8")
    assert len(text.splitlines()) <= 30
    [code] = re.findall(r"```\{code-cell\}\n(.*?)```", text, re.DOTALL)
    *made, called = code.strip().split("\n")
    scope: dict = {}
    exec("\n".join([*made, f"chart = {called}"]), scope)
    chart = scope["chart"]
    assert isinstance(chart, Chart)
    assert chart.alt.startswith("Dot plot: Burglary, Bromley, by month.")
    assert len(chart.table) == 60
    assert len(re.findall(r"<use ", chart.svg)) >= 60


def test_a_figure_that_was_shown_is_closed():
    before = plt.get_fignums()
    drawn()
    assert plt.get_fignums() == before


def test_a_chart_added_to_a_section_stops_it_until_it_is_shown(with_sample):
    folder = need(SHARED / "cases", "inputs that failed") / "22-seaborn-chart-vanishes"
    notebook = nbformat.read(folder / "volume_crime.ipynb", 4)
    path = with_sample / "volume_crime.ipynb"

    def run():
        nbformat.write(notebook, path)
        where = (str(with_sample / "cache"), str(with_sample))
        return run_one(
            Job("sections/4-5-robbery", str(path), {}, "key", plain=False), *where, cold=True
        )

    [at] = [i for i, cell in enumerate(notebook.cells) if "seaborn" in cell.source]
    [line] = run().fault.splitlines()
    assert "volume_crime.ipynb" in line
    assert f"cell {at + 1}: a picture" in line
    assert "write sbp.show(ax, table=frame, headline=...)" in line
    notebook.cells[at].source = (
        "import pandas as pd\nimport seaborn as sns\nframe = pd.Series([1, 4, 2], [1, 2, 3])\n"
        'ax = sns.lineplot(frame)\nsbp.show(ax, table=frame, headline="Most in the second")'
    )
    outcome = run()
    assert not outcome.fault, outcome.fault
    page = lift(nbformat.read(outcome.path, 4), "sections/4-5-robbery", "Robbery", "4.5")
    assert "Most in the second" in [figure["headline"] for figure in page.figures]
