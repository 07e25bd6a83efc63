"""Files about persons, and from partners: nothing tells which they are, nobody else reads them."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest
import yaml

import attack
from conftest import ROOT
from sbpanalysis.data import classification, closed, files, refresh
from sbpanalysis.data.add import add
from sbpanalysis.data.edition import Edition
from sbpanalysis.errors import BuildError, DataError
from sbpanalysis.publish import inspect, released
from sbpanalysis.publish.released import rows_of
from test_partner import sent_to

PANEL = "partner_mega_panel.csv"
PERSON = "MEGA - J Smith.csv"


@pytest.fixture
def sent(checkout) -> Path:
    """The panel's file as somebody called it."""
    return sent_to(checkout, "mega_panel")[0].rename(checkout / PERSON)


def edition(checkout: Path, *data: str) -> Path:
    said = {"title": "Sent", "area": "Bromley", "period_end": "2019-01", "data": list(data)}
    path = checkout / "book" / "editions" / "sent.yml"
    path.write_text(yaml.safe_dump(said), "utf-8")
    return path


@pytest.fixture(scope="module")
def panel(sample_site) -> pd.DataFrame:
    """The sample's panel file, of which the attack knows the form and the protected numbers."""
    return pd.read_csv(sample_site.parents[2] / "data" / "sample" / PANEL, dtype=str)


@pytest.fixture(scope="module")
def told(sample_site) -> dict[bytes, str]:
    beside = [*sample_site.parent.glob("*.zip")]
    assert beside
    return attack.digests_told([p for p in [*sample_site.rglob("*"), *beside] if p.is_file()])


@pytest.mark.slow
def test_no_digest_of_a_released_site_confirms_a_guess_at_the_panels_file(panel, told):
    found, tried, where = attack.confirmed(panel, told)
    print(f"{tried:,} possible files against {len(told):,} words of hexadecimal digits")
    assert tried > 500, "the protected numbers leave so few files that all can be tried"
    assert not found, where


@pytest.mark.slow
@pytest.mark.parametrize("digits", [8, 12, 64])
def test_the_attack_finds_the_whole_file_where_a_digest_is_told(panel, told, tmp_path, digits):
    counts = [int(n) for n in panel["young_people"]]
    word = sha256(attack.written(panel, counts)).hexdigest()[:digits]
    with zipfile.ZipFile(tmp_path / "site.zip", "w") as archive:
        archive.writestr("a.html", f"<p>snapshot {word}</p>")
    found, tried, where = attack.confirmed(panel, told | attack.digests_told([*tmp_path.iterdir()]))
    assert found == attack.written(panel, counts), tried
    assert where == "site.zip, a.html"


def test_pages_name_a_closed_file_by_a_number_its_source_and_the_day_it_came(checkout, sent):
    [digest] = add([sent], checkout)["sha256"]
    opened = Edition.open(edition(checkout, PERSON))
    counts = opened.load("mega_young_people")
    [row] = opened.provenance("mega_young_people").to_dict("records")
    assert row["snapshot"] == "closed-01"
    assert row["file"] == row["source"] != PERSON
    assert row["received"] == f"{pd.Timestamp.now('UTC'):%Y-%m-%d}"
    assert set(counts["snapshot"]) == {"closed-01"}
    assert counts.attrs["snapshots"] == opened.named(opened.reads) == ["closed-01"]
    shown = counts.to_csv() + repr(counts.attrs) + repr(row)
    assert digest[:8] not in shown
    assert "Smith" not in shown


@pytest.mark.parametrize(("content", "fault"), [
    ("<p>snapshot {head}</p>", "digest"),
    ("<p>SHA-256 {DIGEST}</p>", "digest"),
    ("{{'table': '{table}'}}", "digest"),
    ("<p>a file of {size} bytes</p>", "size"),
])  # fmt: skip
@pytest.mark.parametrize("packed", [False, True])
def test_a_site_that_tells_a_digest_or_size_is_not_released(
    checkout, sent, tmp_path, content, fault, packed
):
    opened, site = told_by(checkout, sent, tmp_path), tmp_path / "site"
    inspect.refuse_traces(released.files(site), opened)
    [held] = opened.files
    text = content.format(
        head=held.sha256[:8], DIGEST=held.sha256.upper(), table=held.facts["table"],
        size=f"{sent.stat().st_size:,}",
    )  # fmt: skip
    if packed:
        with zipfile.ZipFile(site / "site.zip", "w") as archive:
            archive.writestr("page.html", text)
    else:
        (site / "page.html").write_text(text, "utf-8")
    with pytest.raises(BuildError, match=f"page.html: the {fault} of one"):
        inspect.refuse_traces(released.files(site), opened)


def test_a_manifest_that_tells_rows_is_not_released(checkout, sent, tmp_path):
    opened = told_by(checkout, sent, tmp_path)
    row = f'{{"snapshots": [{{"snapshot": "closed-01", "n": {opened.files[0].facts["rows"]}}}]}}'
    (tmp_path / "site" / "manifest.json").write_text(row, "utf-8")
    with pytest.raises(BuildError, match="number of rows"):
        inspect.refuse_traces(released.files(tmp_path / "site"), opened)


def told_by(checkout: Path, sent: Path, folder: Path) -> Edition:
    """An edition of the panel's file, and a site that says nothing of it."""
    add([sent], checkout)
    (folder / "site").mkdir()
    (folder / "site" / "manifest.json").write_text('{"snapshots": []}', "utf-8")
    return Edition.open(edition(checkout, PERSON))


def test_refresh_pins_a_closed_file_by_a_key_that_git_never_sees(checkout, sent):
    [digest] = add([sent], checkout)["sha256"]
    before = Edition.open(edition(checkout, PERSON))
    pin = refresh._pin(before.files[0].facts, checkout)
    assert pin.startswith("keyed-")
    assert refresh._said(before.files[0].facts).endswith("2018-05 to 2018-05")
    assert "Smith" not in refresh._said(before.files[0].facts)
    again = Edition.open(edition(checkout, pin))
    assert [h.sha256 for h in again.files] == [digest]
    key = checkout / "data" / "snapshots" / "key"
    assert key.stat().st_mode & 0o777 == 0o600
    key.unlink()
    with pytest.raises(DataError, match="write the file's name in place"):
        Edition.open(edition(checkout, pin))


def test_an_edition_that_names_a_closed_file_by_its_digest_is_told_the_pin(checkout, sent):
    [digest] = add([sent], checkout)["sha256"]
    with pytest.raises(DataError, match="can be found again") as refused:
        Edition.open(edition(checkout, digest[:12]))
    pin = str(refused.value).split('"')[1]
    assert [h.sha256 for h in Edition.open(edition(checkout, pin)).files] == [digest]
    with pytest.raises(DataError, match="can be found again"):
        Edition.open(edition(checkout, digest), data=checkout)


def test_no_edition_of_the_project_names_a_closed_file_by_a_digest():
    for path in (ROOT / "book" / "editions").glob("*.yml"):
        for name in yaml.safe_load(path.read_text("utf-8"))["data"]:
            facts = files.Store(ROOT).facts(name) if len(name) == 64 else None
            assert not (facts and closed.is_closed(facts["source"])), (path.name, name)


def test_what_is_kept_of_a_file_is_for_nobody_else_of_the_machine(checkout, sent):
    add([sent], checkout)
    for name in ("snapshots", "store"):
        folder = checkout / "data" / name
        assert folder.stat().st_mode & 0o777 == 0o700
        kept = [path for path in folder.iterdir() if path.is_file()]
        assert len(kept) >= 2
        assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}


@pytest.mark.parametrize("path", [
    "mega_panel.csv", "2025/panel.csv", "panel.xlsx", "2025/Q1/panel.ods", "a-example.csv.bak",
    "2025/mega_panel-example.csv", "notes.docx", "panel",
])  # fmt: skip
def test_git_ignores_what_partners_send_whatever_its_name(tmp_path, path):
    assert ignored(tmp_path, f"data/partner/{path}")


def test_git_ignores_an_own_folder_of_data_and_keeps_forms_examples_and_notes(tmp_path):
    assert ignored(tmp_path, "data/mine/panel.csv")
    forms = [p.name for p in (ROOT / "data" / "partner").iterdir() if p.is_file()]
    kept = [n for n in forms if n.endswith(("-example.csv", "-template.csv", ".md"))]
    assert len(kept) > 40
    assert not any(ignored(tmp_path, f"data/partner/{name}") for name in kept)


def ignored(folder: Path, path: str) -> bool:
    """Whether git would pass a path over in a checkout with this project's list."""
    if not (folder / ".git").exists():
        shutil.copy(ROOT / ".gitignore", folder)
        subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    ran = subprocess.run(["git", "check-ignore", "-q", path], cwd=folder)
    assert ran.returncode in (0, 1)
    return ran.returncode == 0


def test_no_example_is_taken_as_figures_under_any_name(checkout):
    folder = checkout / "data" / "partner"
    shutil.copytree(ROOT / "data" / "partner", folder)
    added = add([folder], checkout).set_index("file")
    examples = added[added.index.str.endswith("-example.csv")]
    assert len(examples) == 17
    assert set(examples["status"]) == {"refused"}
    assert examples["why"].str.contains("numbers are invented").all()
    assert not set(added["status"]) & {"taken", "held already"}
    assert not (checkout / "data" / "store").exists()
    packed = checkout / "sent.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(folder / "mega_panel-example.csv", "mega_panel.csv")
    [row] = add([packed], checkout).to_dict("records")
    assert row["status"] == "refused"
    assert "its rows are those of mega_panel-example.csv" in row["why"]


def test_a_renamed_example_is_taken_only_with_figures_of_its_own(checkout):
    folder = checkout / "data" / "partner"
    shutil.copytree(ROOT / "data" / "partner", folder)
    text = (folder / "mega_panel-example.csv").read_text("utf-8")
    renamed = checkout / "panel.csv"
    for same in (text, text.replace("\n", "\r\n"), "\ufeff" + text):
        renamed.write_text(same, "utf-8", newline="")
        [row] = add([renamed], checkout).to_dict("records")
        assert row["status"] == "refused"
        assert "its rows are those of mega_panel-example.csv" in row["why"]
    renamed.write_text(text.replace(",60\n", ",61\n"), "utf-8")
    assert add([renamed], checkout)["status"].tolist() == ["taken"]


def test_an_edition_of_the_folder_of_forms_takes_none_of_its_examples(checkout):
    folder = checkout / "data" / "partner"
    shutil.copytree(ROOT / "data" / "partner", folder)
    with pytest.raises(DataError, match="not found"):
        Edition.open(edition(checkout, "data/partner"))
    sent_to(folder, "mega_panel")[0].write_text(
        (folder / "mega_panel-example.csv").read_text("utf-8").replace(",60\n", ",61\n"), "utf-8"
    )
    assert [h.source for h in Edition.open(edition(checkout, "data/partner")).files] == [
        "mega_panel"
    ]


def test_no_count_is_exact_on_one_page_and_rounded_on_another(sample_site):
    """Offences on few people, such as those with a gang flag, are events everywhere: none stands in
    a table of persons, whose numbers are all rounded."""
    events = {row["title"] for row in classification.current().rows.values()
              if row["counts"] in ("events", "policing")}  # fmt: skip
    tables = re.compile(r'<figure class="exhibit table persons".*?</figure>', re.DOTALL)
    named = [
        row[0]
        for page in sample_site.rglob("*.html")
        for table in tables.findall(page.read_text("utf-8"))
        for row in rows_of(table)
    ]
    assert "Victims of serious youth violence, aged 1 to 19" in named
    assert not events & set(named)
