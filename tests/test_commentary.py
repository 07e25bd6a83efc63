"""What analysts write beside the figures: dated, carried over with a note, held to the verdicts."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from conftest import ROOT
from lifted_pages import page, said
from sbpanalysis.data.classification import about
from sbpanalysis.errors import BuildError
from sbpanalysis.publish import commentary
from sbpanalysis.publish.assessment import load_assessment
from sbpanalysis.publish.commentary import unsupported
from sbpanalysis.report.edition import Edition

HEAD = '---\nwritten: "2018-10"\nfigures_to: "2018-06"\n---\n'


@pytest.fixture
def edition(building, monkeypatch):
    monkeypatch.chdir(building)
    return Edition.open("bromley-sample")


def written(building, monkeypatch, name: str, text: str) -> None:
    """A commentary in a folder of the checkout's own that takes the place of `local/`."""
    monkeypatch.setenv("SBP_LOCAL", "build/commentary-test")
    path = building / "build/commentary-test/commentary" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def on_page(text: str, *claims) -> str:
    """The passage that a page with these claims (sentence, verdict) gets; or the fault."""
    edition = replace(Edition.open("bromley-sample"))
    shown = page("4.5", *(said(sentence, area=area) for sentence, area, _ in claims))
    for claim, (sentence, _, verdict) in zip(shown.claims, claims, strict=True):
        measure = "burglary_offences" if "Burglary" in sentence else "robbery_offences"
        claim |= {"verdict": verdict, "measure": measure}
    one = commentary.Commentary("4.5", "x.md", text, "2018-10", "2018-06", "2018-06", None)
    commentary.place(shown, one, edition)
    return shown.items[-1].content["text"]


ROSE = ("Robbery rose in Bromley.", "Bromley", "rose")
LONDON_FELL = ("Robbery fell in London.", "London", "fell")
TOO_FEW = ("Robbery: too few to compare.", "Bromley", "too few to compare")
BURGLARY = ("Burglary rose in Bromley.", "Bromley", "rose")
PROBABLY = ("Robbery probably rose in Bromley.", "Bromley", "probably rose")


@pytest.mark.parametrize(
    ("text", "claims", "fault"),
    [
        ("Robbery rose near the station.", [ROSE], None),
        ("Robbery rose near the station.", [PROBABLY], "'rose'"),
        ("Robbery probably rose near the station.", [PROBABLY], None),
        ("Robbery fell near the station.", [ROSE], "'fell'"),
        ("Numbers fell.", [LONDON_FELL], "'fell'"),
        ("In London numbers fell.", [LONDON_FELL], None),
        ("Numbers rose.", [TOO_FEW, BURGLARY], "'rose'"),  # what the page is about did not
        ("Burglary rose.", [TOO_FEW, BURGLARY], None),
        ("Burglaries are up.", [], "it has none"),
        ("Safety improved.", [ROSE], "'improved'"),
        ("Our reading: safety improved, and robbery fell.", [], None),
        ("*Our reading:* it will fall again.", [], None),
        ("Our reading: it will fall.\n\nIt fell.", [], "'fell'"),
        ("Shops report that patrols help.", [], None),
    ],
)
def test_a_direction_stands_where_a_verdict_of_the_page_says_it(edition, text, claims, fault):
    if fault is None:
        assert text in on_page(text, *claims)
        return
    with pytest.raises(BuildError, match=fault) as stopped:
        on_page(text, *claims)
    assert "begin the paragraph with 'Our reading:'" in str(stopped.value)


# a verdict, what is said of its measure and area, the word that it does not support
PHRASES = [
    ("rose", "{title} rose in {area}.", ""),
    ("rose", "Crime went up.", ""),
    ("rose", "Recorded crime is up 7%.", ""),
    ("rose", "Crime rose slightly.", ""),
    ("rose", "Crime jumped higher.", ""),
    ("rose", "Crime increased sharply.", "increased"),  # by 7 per cent
    ("rose", "Crime more than doubled.", "doubled"),
    ("rose", "Crime did not rise.", "rise"),
    ("rose", "Crime fell sharply.", "fell"),
    ("rose", "Crime was stable.", "stable"),
    ("rose", "Arson rose.", "rose"),  # of which there is no verdict
    ("rose", "In Croydon crime increased.", "increased"),
    ("probably rose", "{title} increased.", "increased"),
    ("probably rose", "{title} probably increased.", ""),
    ("probably rose", "{title} has doubled.", "doubled"),
    ("about the same", "No change in {title}.", ""),
    ("about the same", "{title} has not risen.", ""),
    ("about the same", "There was more of it than last year.", "more"),
    ("cannot tell", "{title} remained the same.", "remained the same"),
    ("cannot tell", "{title} fell by 4%.", "fell"),
    ("cannot tell", "{title} is down 4%.", "is down"),
    ("cannot tell", "There were 25 fewer than in the year before.", ""),
    ("cannot tell", "{title} has not clearly risen.", ""),
    ("cannot tell", "{title} has not fallen.", "fallen"),
    ("cannot tell", "It halved.", "halved"),
    ("cannot tell", "Violence Reduction Unit patrols were set up by the council.", ""),
]


def test_phrases_are_held_to_the_verdicts_of_the_sample(sample_site, monkeypatch, building):
    monkeypatch.chdir(building)
    claims = json.loads((sample_site / "claims.json").read_text("utf-8"))
    for verdict, phrase, word in PHRASES:
        of = next(c for c in claims if c["kind"] == "change" and c["verdict"] == verdict)
        said = phrase.format(title=about(of["measure"])["title"], area=of["area"])
        found = [one for _, one in unsupported(said, [of | {"value": 7.0}], of["area"])]
        assert found == ([word] if word else []), said
    swing = next(c for c in claims if c["kind"] == "swings" and c["verdict"] == "rose")
    years = re.findall(r"\d{4}", swing["period"])
    assert not list(unsupported(f"It rose to {years[1]}.", [swing], swing["area"]))
    assert list(unsupported("It rose.", [swing], swing["area"]))


def test_a_commentary_is_carried_over_with_its_date_and_a_note(building, edition, monkeypatch):
    sections = load_assessment(building)
    name = "bromley/4.5.md"
    written(building, monkeypatch, name, f"{HEAD}# Shops\n\nSee *below*.\n")
    one = commentary.commentaries(building, edition, sections)["4.5"]
    [line] = commentary.carried_over({"4.5": one}, edition)
    assert line.startswith(f"build/commentary-test/commentary/{name}: carried over")
    assert line.endswith("set checked_to: 2018-09")
    shown = page("4.5")
    commentary.place(shown, one, edition)
    source = shown.items[-1].content["text"]
    assert "October 2018 on figures to June 2018, not yet checked against those to" in source
    assert "### Shops" in source
    assert [item.kind for item in shown.items][-1] == "words"  # which the documents set
    again = HEAD.replace("figures_to", 'checked_to: "2018-09"\nfigures_to')
    written(building, monkeypatch, name, f"{again}Words.\n")
    one = commentary.commentaries(building, edition, sections)["4.5"]
    assert not commentary.carried_over({"4.5": one}, edition)
    before = replace(edition, period_end=edition.period_end - 6)
    assert "4.5" not in commentary.commentaries(building, before, sections)
    ended = HEAD.replace("figures_to", 'until: "2018-08"\nfigures_to')
    written(building, monkeypatch, name, f"{ended}Words.\n")
    assert "4.5" not in commentary.commentaries(building, edition, sections)


def test_an_editions_own_words_come_before_those_of_its_area(building, edition, monkeypatch):
    sections = load_assessment(building)
    written(building, monkeypatch, "bromley/4.5.md", f"{HEAD}Of the area.\n")
    assert commentary.commentaries(building, edition, sections)["4.5"].text == "Of the area."
    written(building, monkeypatch, "bromley-sample/4.5.md", f"{HEAD}Of the edition.\n")
    assert commentary.commentaries(building, edition, sections)["4.5"].text == "Of the edition."
    follower = replace(edition, name="next", follows="bromley-sample")
    assert commentary.commentaries(building, follower, sections)["4.5"].text == "Of the area."
    elsewhere = Edition.open("bromley-sample", area="Croydon")
    assert "4.5" not in commentary.commentaries(building, elsewhere, sections)


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("bromly/4.5.md", f"{HEAD}x", "no edition or area 'bromly', expected .* bromley"),
        ("bromley/4.55.md", f"{HEAD}x", "no section '4.55', expected .*"),
        ("bromley/4.5.txt", "x", "expected EDITION-OR-AREA/SECTION.md"),
        ("4.5.md", f"{HEAD}x", "expected EDITION-OR-AREA/SECTION.md"),
        ("bromley/4.5.md", "words", "line 1: expected lines such as `---`"),
        ("bromley/4.5.md", HEAD.replace("\n---", "\nuntill: x\n---") + "x", "did you mean until"),
        ("bromley/4.5.md", HEAD, "no words after the second ---"),
        ("bromley/4.5.md", f"{HEAD}```{{include}} x\n```", "directive or role {include}"),
    ],
)
def test_faults_are_told_with_file_and_remedy(building, edition, monkeypatch, name, text, fault):
    monkeypatch.setenv("SBP_LOCAL", "build/commentary-faults")
    path = building / "build/commentary-faults/commentary" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    numbers = [section.number for section in load_assessment(building)]
    try:
        [found] = commentary.faults(building, numbers)
    finally:
        path.unlink()
    assert found.startswith(f"build/commentary-faults/commentary/{name}")
    assert re.search(fault, found)


def test_what_is_shipped_stands_on_its_sections_pages(sample_site):
    for path in sorted((ROOT / "book" / "commentary" / "bromley").glob("*.md")):
        [built] = (sample_site / "sections").glob(f"{path.stem.replace('.', '-')}-*.html")
        html = built.read_text("utf-8")
        words = path.read_text("utf-8").rpartition("---\n")[2].strip()
        assert html.count(">Commentary<") == 1
        assert words[:60] in html
        assert html.index(words[:60]) < html.index("What this does not tell")
