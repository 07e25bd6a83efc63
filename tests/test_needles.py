"""A count of persons that was typed, or shown past the library, stops the release by its label."""

from __future__ import annotations

import pytest

from sbpanalysis.errors import BuildError
from sbpanalysis.publish.needles import Needles, refuse_needles
from sbpanalysis.publish.personal import person_faults
from sbpanalysis.report.edition import Edition

# of the sample's panel: girls of 13 to 15 are 5, young people looked after 14, others 17
PAGE = "<html><body><p>Young people discussed at the panel</p>{}</body></html>"
TOLD = [
    "<p>Of the panel's young people 14 were looked after by the borough.</p>",
    "<p>LOOKED AFTER BY THE BOROUGH: 14</p>",
    "<h2>14 looked after by the borough</h2>",
    "<li>Female, aged 13 to 15, 5 of them: 13 to 15</li>",
    "<pre>Others    17</pre>",
    "<pre class='result'>{{'Others': 17, 'All': 60}}</pre>",
    "<table><tr><th>Others</th><td>17</td></tr></table>",
    "<table><tr><th>Percent of others</th><td>17</td></tr></table>",
    '<figure class="exhibit table" id="x"><p class="finding">A</p><table><tr><th>Others</th>'
    '<td class=num>17</td></tr></table><p class="source"><a href="x.csv">CSV</a></p></figure>',
    '<figure class="exhibit table persons" id="x"><table><tr><th>Others</th><td>17</td></tr>'
    '</table><p class="source"><a href="x.csv">CSV</a></p></figure>',
    '<figure class="exhibit bar"><img alt="Young people by status: Others 17"></figure>',
]
HARMLESS = [
    "<p>Section 47 enquiries, Tier 4 services and Key Stage 3 are explained by others.</p>",
    "<p>Others meet at 14:00 on 17 May 2018, in room 3.14, item 17/18, page 5.</p>",
    "<p>Young people aged 13 to 15 and 16 to 17 are looked after by the borough.</p>",
    "<p>The panel met 17 times.</p>", "<p>20 young people of others, rounded to the nearest 5</p>",
    "<p>17% of others</p>", "<table><tr><th>Darwin</th><td>14</td></tr></table>",
    '<figure class="exhibit table"><table><tr><th>Others</th><td>17</td></tr></table>'
    '<p class="source">Source: Recorded crime by borough. <a href="x.csv">CSV</a></p></figure>',
    "<p>Operation 14 of the Metropolitan Police, with others in the borough's 22 wards</p>",
    "<li>Bus route 14, the A21, the 1998 Act, E05000114 and version 2.17 are others</li>",
]  # fmt: skip


@pytest.fixture(scope="module")
def edition() -> Edition:
    return Edition.open("bromley-sample")


@pytest.fixture(scope="module")
def needles(edition) -> Needles:
    return Needles(edition)


@pytest.mark.parametrize("block", TOLD)
def test_a_raw_count_beside_its_name_is_found(needles, block):
    assert list(needles.on_page(PAGE.format(block)))


@pytest.mark.parametrize("block", HARMLESS)
def test_numbers_that_are_no_counts_are_not(needles, block):
    assert not list(needles.on_page(PAGE.format(block)))


def test_a_page_with_one_is_not_released(edition, tmp_path):
    (tmp_path / "a.html").write_text(PAGE.format(HARMLESS[0]), "utf-8")
    refuse_needles(tmp_path, edition)
    (tmp_path / "b.html").write_text(PAGE.format(TOLD[0]), "utf-8")
    with pytest.raises(BuildError, match=r"b\.html: 14 in ") as refused:
        refuse_needles(tmp_path, edition)
    assert "a.html" not in str(refused.value)


@pytest.mark.parametrize("text", ["66,613 girls", "3 boys", "7 pupils", "4 patients", "all 6 men"])
def test_a_count_of_any_kind_of_persons_is_found(tmp_path, text):
    (tmp_path / "a.html").write_text(f"<p>{text} were seen</p>", "utf-8")
    assert list(person_faults(tmp_path))
    (tmp_path / "a.html").write_text("<p>10 girls, 1 to 7 people, per 1,000 people</p>", "utf-8")
    assert not list(person_faults(tmp_path))
