"""A count of persons that was typed, or shown past the library, stops the release by its label."""

from __future__ import annotations

import io
import json
import zipfile

import openpyxl
import pytest

from conftest import ROOT
from sbpanalysis.errors import BuildError
from sbpanalysis.publish import released
from sbpanalysis.publish.inspect import person_faults
from sbpanalysis.publish.lift import Page
from sbpanalysis.publish.needles import Needles, refuse_needles
from sbpanalysis.report.edition import Edition

# of the sample's panel: girls of 13 to 15 are 5, young people looked after 14, others 17
PAGE = "<html><body><p>Young people discussed at the panel</p>{}</body></html>"
TOLD = [
    "<p>Of the panel's young people 14 were looked after by the borough.</p>",
    "<p>LOOKED AFTER BY THE BOROUGH: 14</p>",
    "<h2>14 looked after by the borough</h2>",
    "<p>Fourteen of them are looked after, and forty-seven are boys.</p>",
    "<p>There are five girls aged 13 to 15.</p>",
    "<p>Five female, 13–15</p>",
    "<li>Female, aged 13 to 15, 5 of them: 13 to 15</li>",
    "<pre>Others    17</pre>",
    "<pre>Others    17.0</pre>",
    "<pre class='result'>{{'Others': 17, 'All': 60}}</pre>",
    "<table><tr><th>Others</th><td>17</td></tr></table>",
    "<table><tr><th>Status</th><th>Others</th></tr><tr><th>All</th><td>17</td></tr></table>",
    "<table><tr><th>Percent of others</th><td>17</td></tr></table>",
    "<table><tr><th>Status</th><th>Percent</th></tr><tr><th>Others</th><td>17</td></tr></table>",
    '<p><a href="x.html" title="Others 17">the panel</a></p>',
    "<svg><title>Others: 17</title></svg>",
    "<svg><text>Others</text><text>17</text></svg>",
    '<svg><path aria-label="Others, 17" d="M0 0"/></svg>',
    '<figure class="exhibit table" id="x"><p class="finding">A</p><table><tr><th>Others</th>'
    '<td class=num>17</td></tr></table><p class="source"><a href="x.csv">CSV</a></p></figure>',
    '<figure class="exhibit table persons" id="x"><table><tr><th>Others</th><td>17</td></tr>'
    '</table><p class="source"><a href="x.csv">CSV</a></p></figure>',
    '<figure class="exhibit bar"><img alt="Young people by status: Others 17"></figure>',
]
HARMLESS = (ROOT / "tests" / "harmless.txt").read_text("utf-8").splitlines()


@pytest.fixture(scope="module")
def edition() -> Edition:
    return Edition.open("bromley-sample")


@pytest.fixture(scope="module")
def needles(edition) -> Needles:
    return Needles(edition)


@pytest.mark.parametrize("block", TOLD)
def test_a_raw_count_beside_its_name_is_found(needles, block):
    assert list(needles.on_page(PAGE.format(block)))


def test_numbers_that_are_no_counts_are_not_taken_for_such(needles, tmp_path):
    """Sixty things that an analyst may write on a page about persons, on whom two may stop it."""
    stopped = []
    for block in HARMLESS:
        (tmp_path / "a.html").write_text(PAGE.format(f"<p>{block}</p>"), "utf-8")
        if list(needles.in_files(released.files(tmp_path), {})) or list(person_faults(tmp_path)):
            stopped.append(block)
    assert len(HARMLESS) == 60
    assert len(stopped) <= 2, stopped


def test_a_figure_of_another_source_is_not_asked(edition):
    figure = (
        '<figure class="exhibit table"><table><tr><th>Others</th><td>17</td></tr></table>'
        '<p class="source"><a href="downloads/x.csv">CSV</a></p></figure>'
    )
    about = {"name": "x", "snapshots": ["a"], "source": ["Recorded crime by borough"]}
    page = Page([], "a", figures=[about])
    needles = Needles(edition)
    needles.pass_over([page])
    assert not list(needles.on_page(PAGE.format(figure)))
    about["snapshots"] = []  # whoever typed its numbers may say any source
    needles.pass_over([page])
    assert list(needles.on_page(PAGE.format(figure)))


def workbook(cell: int) -> bytes:
    rows = [["5.3-E9: Young people discussed at the panel, by status"], ["Status", "Number"]]
    stream, book = io.BytesIO(), openpyxl.Workbook()
    for row in [*rows, ["Not looked after", 30], ["Others", cell]]:
        book.active.append(row)
    book.save(stream)
    return stream.getvalue()


def zipped(name: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, content)
    return stream.getvalue()


TITLE = "Young people discussed at the panel"
INDEX = 'window.SBP_SEARCH = [{{"title":"Panel","text":"A. {}, others: {}. B."}}];\n'
CARRIERS = {
    "a.html": lambda n: PAGE.format(f"<p>Others: {n}</p>").encode(),
    "downloads/x.csv": lambda n: f"Status,Number\nOthers,{n}\n".encode(),
    "_images/x.svg": lambda n: f"<svg><text>Others</text><text>{n}</text></svg>".encode(),
    "_static/search-index.js": lambda n: INDEX.format(TITLE, n).encode(),
    "downloads/assessment.xlsx": workbook,
    "downloads/site.zip": lambda n: zipped("b.html", CARRIERS["a.html"](n)),
    "downloads/y.zip": lambda n: zipped("z.zip", CARRIERS["downloads/site.zip"](n)),
    "facts.json": lambda n: json.dumps([{"text": f"{TITLE}: others {n}"}]).encode(),
    "notes.txt": lambda n: f"{TITLE}, others: {n}\n".encode(),
}
FIGURE = '<figure class="exhibit bar"><img src="_images/x.svg" alt="A"><a href="downloads/x.csv">'


@pytest.mark.parametrize("name", CARRIERS)
def test_every_kind_of_released_file_is_read(needles, tmp_path, name):
    for folder in ("downloads", "_images", "_static"):
        (tmp_path / folder).mkdir()
    (tmp_path / "p.html").write_text(PAGE.format(f"{FIGURE}CSV</a></figure>"), "utf-8")
    (tmp_path / name).write_bytes(CARRIERS[name](15))
    needles.refuse(released.files(tmp_path), {})
    (tmp_path / name).write_bytes(CARRIERS[name](17))
    with pytest.raises(BuildError, match=f"{name}|p.html.*: 17 in "):
        needles.refuse(released.files(tmp_path), {})


def test_what_documents_are_set_from_is_read(edition):
    heading = {"kind": "paragraph", "runs": [{"text": f"{TITLE} by "}, {"text": "status"}]}
    for block in (
        {"kind": "paragraph", "runs": [{"text": "Others: "}, {"text": "17"}]},
        {"kind": "figure", "source": "", "columns": ["Status", "n"], "rows": [["Others", "17"]]},
    ):
        section = {"number": "5.3", "blocks": [heading, block]}
        with pytest.raises(BuildError, match=r"assessment\.pdf, section 5\.3: 17 in "):
            refuse_needles({}, edition, [], {"parts": [{"sections": [section]}]})


@pytest.mark.parametrize("text", ["66,613 girls", "3 boys", "7 pupils", "4 patients", "all 6 men"])
def test_a_count_of_any_kind_of_persons_is_found(tmp_path, text):
    number, of_whom = text.rsplit(" ", 1)
    for said in (text, f"<strong>{number}</strong> {of_whom}", f"{number}\n<em>{of_whom}</em>"):
        (tmp_path / "a.html").write_text(f"<p>{said} were seen</p>", "utf-8")
        assert list(person_faults(tmp_path)), said
    (tmp_path / "a.html").write_text(f"<td>{number}</td><td>{of_whom}</td>", "utf-8")
    assert not list(person_faults(tmp_path))
    (tmp_path / "a.html").write_text("<p>10 girls, 1 to 7 people, per 1,000 people</p>", "utf-8")
    assert not list(person_faults(tmp_path))


@pytest.mark.parametrize("kind", ["line", "bar", "pyramid", "dots", "multiples"])
def test_a_count_beside_a_line_is_found_and_no_tick_of_an_axis(tmp_path, kind):
    ticks = '<g id="matplotlib.axis_2"><text>12</text></g>'
    picture = f'<svg xmlns="http://www.w3.org/2000/svg">{ticks}{{}}</svg>'
    figure = f'<figure class="exhibit {kind} persons"><img src="_images/x.svg"></figure>'
    (tmp_path / "_images").mkdir()
    (tmp_path / "a.html").write_text(figure, "utf-8")
    for label, faults in (("", 0), ("<text>15 victims</text>", 0), ("<g><text>13</text></g>", 1)):
        (tmp_path / "_images" / "x.svg").write_text(picture.format(label), "utf-8")
        assert len(list(person_faults(tmp_path))) == faults, label
