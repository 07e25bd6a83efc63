"""Which data does this edition stand on, how old are they, and what was revised since the last?"""

from __future__ import annotations

import json
from html import escape
from itertools import product
from pathlib import Path

import pandas as pd

from sbpanalysis.data import freshness, reference
from sbpanalysis.data.revisions import Revisions, of_edition
from sbpanalysis.data.store import Store
from sbpanalysis.errors import BuildError, DataError
from sbpanalysis.periods import financial_year
from sbpanalysis.publish.assessment import load_assessment
from sbpanalysis.publish.cache import kept_frame
from sbpanalysis.publish.lift import Page, page_of
from sbpanalysis.report import prose, revised
from sbpanalysis.report.cells import csv_text
from sbpanalysis.report.edition import Edition
from sbpanalysis.report.html import html_table

_MANY_FILES = 6  # of one source; more stand in one row
_YEARS = 5  # the latest whole financial years that are shown
_MOST_ROWS = 40  # of a table on the page; the CSV has all
_LEADING = (
    "total_notifiable_offences",
    "burglary_offences",
    "robbery_offences",
    "theft_from_person_offences",
    "theft_from_motor_vehicle_offences",
    "theft_of_motor_vehicle_offences",
    "criminal_damage_offences",
)


def data_and_revisions(edition: Edition) -> Page:
    """The page "Data and revisions": files, ages, names that switch, and what was revised."""
    page = Page(page_of("", []), "data-and-revisions")
    parts = [
        ("html", _files(edition)),
        ("markdown", "## How new the data are"),
        ("html", _ages(edition)),
    ]
    parts += [("markdown", "## What the publishers revised"), *_revised(edition, page)]
    parts += [("markdown", "## Names that change inside a file"), ("html", _switches(edition))]
    page.cells = page_of("Data and revisions", parts)
    page.snapshots = edition.named(file.sha256 for file in edition.files)
    return page


def stale_note(edition: Edition) -> str:
    """What every page says if data are older than the edition allows; "" if none are."""
    old = freshness.stale(edition)
    if old.empty:
        return ""
    listed = "; ".join(f"{r.title}, to {prose.in_words(r.last)}" for r in old.itertuples())
    return f"Older than this edition allows: {listed}."


def allowed(edition: Edition) -> str:
    """The note on data older than the edition allows; raises `BuildError` if it says to stop."""
    note = stale_note(edition)
    if note and edition.stale == "stop":
        raise BuildError(
            f"edition {edition.name}: {note} Fetch newer files (sbp fetch, sbp refresh), or let "
            "the edition say stale: mark."
        )
    return note


def _files(edition: Edition) -> str:
    table = edition.snapshot_table({h.sha256 for h in edition.files})
    table, count = table.assign(snapshot=table["snapshot"].str[:12]), len(table)
    many = table.groupby("source")["file"].transform("size") > _MANY_FILES
    table = pd.concat([table[~many], *(_in_one(rows) for _, rows in table[many].groupby("source"))])
    table["source"] = table["publisher"] + ": " + table["source"]
    table = table.rename(columns={"first": "From", "last": "To"}).rename(columns=str.capitalize)
    lead = (
        "<p>Each file is kept as it was received, under a checksum of its bytes (the snapshot), "
        "and never overwritten: this edition gives the same site whenever it is built. Of a file "
        "about persons, or from a partner, only a number within the edition and the day on which "
        "it came are told: its counts could be found again from a checksum.</p>"
    )
    shown = table[["Source", "File", "Snapshot", "Received", "From", "To"]].astype(str)
    shown = shown if table["Received"].any() else shown.drop(columns="Received")
    return lead + html_table(shown, f"{count} files")


def _in_one(rows: pd.DataFrame) -> pd.DataFrame:
    """Many files of one source in one row; the manifest lists each."""
    first = rows.iloc[:1]
    named = f"{rows['file'].iloc[0]} and {len(rows) - 1} more"
    listed = f"{rows['snapshot'].iloc[0]} and more"
    span = {"first": rows["first"].min(), "last": rows["last"].max()}
    return first.assign(file=named, snapshot=listed, **span)


def _ages(edition: Edition) -> str:
    ages = freshness.of_edition(edition)
    against = (
        "today" if edition.current else f"{prose.in_words(edition.period_end)}, its last month"
    )
    lead = f"<p>The age of each source is counted against {escape(against)}.</p>"
    note = stale_note(edition)
    shown = pd.DataFrame(
        {
            "Source": ages["title"].astype(str),
            "Newest month": [prose.in_words(last) for last in ages["last"]],
            "Age in months": ages["age"].astype(int),
            "Next expected": [prose.in_words(n) if n else "–" for n in ages["next"]],
            "Status": ages["status"].astype(str),
        }
    )
    warned = f'<p class="warning">{escape(note)}</p>' if note else ""
    return lead + warned + html_table(shown, "Newest month of each source")


def _revised(edition: Edition, page: Page) -> list[tuple[str, str]]:
    if not edition.follows:
        return [("html", "<p>This edition names no earlier one to be compared with.</p>")]
    try:
        earlier = Edition.open(edition.follows, data=edition.folder, area=edition.area)
        revisions = revised.open_revisions(earlier, edition)
    except DataError as fault:
        reason = str(fault).split("\n")[0]
        return [("html", f"<p>Not compared with {escape(edition.follows)}: {escape(reason)}</p>")]
    if not revisions:
        return [("html", f"<p>Nothing differs from {escape(edition.follows)}.</p>")]
    parts = [("html", _turned(earlier, edition, revisions))]
    entries = reference.sources()
    for source, one in revisions.items():
        parts.append(("markdown", f"### {entries[source]['title']}"))
        parts.append(("html", _source(edition, source, one, page)))
    return parts


def _turned(earlier: Edition, edition: Edition, revisions: dict[str, Revisions]) -> str:
    def verdicts() -> pd.DataFrame:
        turned = revised.turned(earlier, edition, revisions)
        shown = pd.DataFrame({"Measure": turned["title"]})
        for side, heading in (("before", "Before the revision"), ("after", "After it")):
            pairs = zip(turned[f"verdict_{side}"], turned[side], strict=True)
            shown[heading] = [f"{verdict} ({prose.number(n, 1)} %)" for verdict, n in pairs]
        return shown

    shown = kept_frame(edition.root, "turned", [earlier, edition], verdicts)
    lead = (
        f"<p>Compared with the edition {escape(edition.follows)}, over the months that both hold. "
        "Counts of persons are left out.</p>"
    )
    if shown.empty:
        return lead + "<p>No verdict is another one because of a revision.</p>"
    caption = (
        f"Verdicts that revisions alone turned, {edition.area}, 12 months to "
        f"{prose.in_words(earlier.period_end)} against the 12 before"
    )
    return lead + html_table(shown, caption)


def _source(edition: Edition, source: str, one: Revisions, page: Page) -> str:
    cells, wards = one.cells, edition.territory.all_wards_of(edition.area_code)
    own = cells[cells["area_code"] == edition.area_code] if len(cells) else cells
    own = own if len(own) else cells[cells["area_code"].isin(wards)]
    own = own.assign(what=[_titled(edition, what) for what in own["what"]])
    gross = cells["change"].abs().sum()
    summary = (
        f"<p>{len(one.months)} months in common, {prose.in_words(one.months[0])} to "
        f"{prose.in_words(one.months[-1])}: {len(cells):,} cells differ, by {gross:,.0f} in all "
        f"({100 * one.share:.2f} % of what was published before); {len(own):,} of them in "
        f"{escape(edition.area)}.</p>"
    )
    html = [summary, _totals(edition, one)]
    if len(own):
        name = f"revisions-{source.replace('_', '-')}.csv"
        page.assets[f"downloads/{name}"] = csv_text(own.drop(columns="area_code")).encode()
        used = own[own["month"] <= str(edition.period_end)]
        used = used if len(used) else own
        size = used["change"].abs().sort_values(ascending=False, kind="stable")
        columns = ["what", "month", "before", "after", "change", "kind"]
        shown = used.reindex(size.index).head(_MOST_ROWS)[columns]
        shown = shown.assign(month=shown["month"].map(prose.in_words))
        caption = f"Largest revisions in {edition.area}, months to "
        caption += prose.in_words(used["month"].max())
        shown = shown.rename(columns={"what": "category"}).rename(columns=str.capitalize)
        html.append(html_table(shown, caption))
        html.append(
            f'<p><a href="downloads/{name}" download="{name}">All {len(own):,} cells, CSV</a></p>'
        )
    if len(one.joined) and "how" in one.joined:
        listed = "; ".join(_titled(edition, what) for what in one.joined["what"])
        html.append(f"<p>Joined under other names: {escape(listed)}.</p>")
    if len(one.refused):
        listed = "; ".join(_titled(edition, what) for what in one.refused["what"])
        html.append(f"<p>Not compared, because cut differently: {escape(listed)}.</p>")
    return "".join(html)


def _titled(edition: Edition, what: str) -> str:
    """What a page calls a category, or a measure."""
    return edition.measure_title(what) if "_" in what else what


def _totals(edition: Edition, one: Revisions) -> str:
    if one.totals.empty:
        return ""
    mine = one.totals[(one.totals["area_code"] == edition.area_code) & (one.totals["months"] == 12)]
    mine = mine[mine["year"] <= financial_year(edition.period_end)]
    latest = sorted(mine["year"].unique())[-_YEARS:]
    mine = mine[mine["measure"].isin(_LEADING) & mine["change"].ne(0) & mine["year"].isin(latest)]
    if mine.empty:
        return ""
    mine = mine.assign(rank=mine["measure"].map(_LEADING.index)).sort_values(["rank", "year"])
    shown = pd.DataFrame(
        {
            "Measure": mine["measure"].map(edition.measure_title),
            "Financial year": mine["year"],
            "Before": mine["before"].astype(int),
            "Now": mine["after"].astype(int),
            "Change": mine["change"].astype(int),
        }
    )
    return html_table(shown, f"Whole financial years that changed, {edition.area}")


def _switches(edition: Edition) -> str:
    names = of_edition(edition)
    if names.empty:
        return "<p>No category of these files ends while another takes its place.</p>"
    shown = pd.DataFrame(
        {
            "Name that ends": names["ends"],
            "Name that takes its place": names["begins"].replace("", "none"),
            "First month": names["month"].map(prose.in_words),
            "Group": names["group"],
            "Joined": names["joined"].map({True: "yes", False: "no: it ends"}),
            "File": names["file"],
        }
    )
    lead = (
        "<p>A series read by one name would show a fall or rise that is none. Series here are read "
        "by group, which joins the names.</p>"
    )
    return lead + html_table(shown.astype(str), "Names that change inside a file")


def sections_by_source(root: Path, edition, site: Path | None = None) -> dict[str, list[str]]:
    """The numbers of the sections that each source of an edition is behind, by source.

    From the claims of the built site where there is one, and from the measures that
    book/assessment.yml names.
    """
    titles = {about["title"]: key for key, about in reference.sources().items()}
    sections: dict[str, set[str]] = {}
    claims = site / "claims.json" if site else None
    if claims and claims.is_file():
        for claim in json.loads(claims.read_text("utf-8")):
            for title in claim["sources"]:
                sections.setdefault(titles.get(title, title), set()).add(claim["section"])
    for section in load_assessment(root):
        measure = section.parameters.get("measure")
        kinds = product(("borough", "ward"), (None, "all")) if isinstance(measure, str) else ()
        for level, group in kinds:
            for title in edition.provenance(measure, level, group=group)["source"]:
                sections.setdefault(titles.get(title, title), set()).add(section.number)
    return {source: sorted(numbers, key=_order) for source, numbers in sections.items()}


def ages(root: Path, name: str | None, data: str | None = None) -> pd.DataFrame:
    """The freshness of an edition's sources, or of all that are held, with the `sections`."""
    if name is None:
        rows, affected = freshness.of_store(Store(root)), {}
    else:
        edition = Edition.open(name, data=data)
        rows = freshness.of_edition(edition)
        affected = sections_by_source(root, edition, root / "build" / edition.name / "site")
    return rows.assign(sections=[", ".join(affected.get(source, ())) for source in rows["source"]])


def _order(number: str) -> list[int]:
    return [int(part) if part.isdigit() else 0 for part in number.split(".")]
