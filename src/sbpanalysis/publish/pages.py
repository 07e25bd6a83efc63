"""Which pages does the site have besides its sections, and what stands on them?"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from html import escape
from pathlib import Path

import pandas as pd

import sbpanalysis
from sbpanalysis.errors import BuildError
from sbpanalysis.publish import news
from sbpanalysis.publish.assessment import Section
from sbpanalysis.publish.cache import kept_frame
from sbpanalysis.publish.lift import Page, page_of
from sbpanalysis.publish.markdown import checked_markdown
from sbpanalysis.replay import claims as replay
from sbpanalysis.replay import page as replay_page
from sbpanalysis.report import prose
from sbpanalysis.report.html import html_table


def waiting(section: Section) -> Page:
    """The page of a section without data, or that was not run: what it will show and needs."""
    wait = section.waits_for
    if not wait:
        html = "<p>This section was not made in this run: only chosen sections were.</p>"
        return Page(page_of(f"{section.number} {section.title}", [("html", html)]), section.page)
    html = (
        '<div class="waits"><p><strong>This section waits for data.</strong></p>'
        f"<p>It will show: {escape(wait['shows'])}</p>"
        f"<p>It needs: {escape(wait['needs'])}</p><p>Held by: {escape(wait['holder'])}</p></div>"
    )
    parts = [("html", f"<p>{escape(section.question)}</p>"), ("html", html)]
    return Page(page_of(f"{section.number} {section.title}", parts), section.page)


def written(path: Path) -> Page:
    """A page written by hand in Markdown; its first line is the title."""
    title, _, text = checked_markdown(path.read_text("utf-8"), f"book/{path.name}").partition("\n")
    return Page(page_of(title.lstrip("# "), [("markdown", text.strip())]), path.stem)


def evidence(edition, sections: list[Page], wards: list[Page]) -> list[Page]:
    """The pages that list every claim: those of the sections, and of the ward pages if any."""
    if not wards:
        return [every_figure(edition, sections)]
    to_wards = '<a href="every-figure-wards.html">Those of the ward pages</a> are listed apart. '
    back = '<a href="every-figure.html">Those of the sections</a> are listed apart. '
    by_ward = every_figure(edition, wards, back, "Every figure by ward")
    by_ward.page, by_ward.under = "every-figure-wards", "every-figure"
    return [every_figure(edition, sections, to_wards), by_ward]


def every_figure(edition, lifted: list[Page], more: str = "", title: str = "Every figure") -> Page:
    """One row a claim: sentence, value, interval, verdict, method, source, snapshot, breaks; and
    one a figure: what it shows, its numbers, method, source, snapshot.

    `more` is HTML on where the claims are that do not stand here.
    """
    _refuse_hidden_code(lifted)
    claims = [claim for page in lifted for claim in page.claims]
    figures = [
        {**figure, "snapshots": figure["snapshots"] or page.snapshots}
        for page in lifted
        for figure in page.figures
    ]
    heads = ("Sentence", "Value", "Verdict", "Method", "Source and snapshot")
    table = _listed("Claims in the order of the pages", heads, map(_claim_row, claims))
    heads = ("Figure", "Kind", "Numbers", "Method", "Source and snapshot")
    drawn = _listed("Figures in the order of the pages", heads, map(_figure_row, figures))
    intro = (
        f"<p>Every sentence with a number ({len(claims):,} claims), with the evidence behind it. "
        f'{more}All claims, unrounded: <a href="claims.json">claims.json</a>.</p>'
    )
    held = edition.snapshot_table({s for c in [*claims, *figures] for s in c["snapshots"]})
    files = "".join(
        f'<li id="snapshot-{escape(r.snapshot[:12])}">{escape(r.publisher)}: {escape(r.source)}, '
        f'{escape(r.file)}<br><span class="hash">{escape(_identity(r))}</span></li>'
        for r in held.itertuples()
    )
    parts = [("html", intro), ("html", table)]
    parts += [("markdown", "## Figures and tables"), ("html", drawn)]
    parts += [("markdown", "## Snapshots"), ("html", f"<ul>{files}</ul>")]
    return Page(page_of(title, parts), "every-figure")


def _identity(row) -> str:
    """What a file is told from others by: its digest, or the number and day of a closed one."""
    came = f", received {row.received}" if row.received else ""
    return ("SHA-256 " if len(row.snapshot) == 64 else "") + row.snapshot + came


def _refuse_hidden_code(lifted: list[Page]) -> None:
    """Stop where a number's code is in a cell that no page shows."""
    faults = {
        f"{page.page}: cell {item['cell']} computes what is told, but its code is not shown; "
        "compute in a cell that is tagged hide-input, and tell in one tagged remove-input."
        for page in lifted
        for item in [*page.claims, *page.figures]
        if item.get("cell") and not item["code"]
    }
    if faults:
        raise BuildError("\n".join(sorted(faults)))


def _listed(caption: str, heads: tuple[str, ...], rows: Iterable[str]) -> str:
    head = "".join(f'<th scope="col">{h}</th>' for h in heads)
    return (
        f"<table class='claims'><caption>{caption}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _figure_row(f: dict) -> str:
    name, kind = escape(f["name"]), {"multiples": "small line charts"}.get(f["kind"], f["kind"])
    return (
        f'<tr id="evidence-{name}"><th scope="row"><a href="{escape(f["page"])}#{name}">'
        f"{escape(f['headline'])}</a><br>{escape(f['subtitle'])}</th>"
        f'<td data-label="Kind">{escape(kind)}</td>'
        f'<td data-label="Numbers"><a href="downloads/{name}.csv">CSV'
        f'<span class="hidden"> of {name}</span></a></td>'
        f"{_evidence(f, 'how it is made')}</tr>"
    )


def _evidence(row: dict, method: str) -> str:
    """Two cells: method, with its page and code; source, with snapshots and breaks."""
    links = f'<a href="methods/{escape(row["explained"])}.html">{escape(method)}</a>'
    if row["code"]:
        links += f'<br><a href="{escape(row["code"])}">the code</a>'
    snapshots = ", ".join(
        f'<a class="hash" href="#snapshot-{escape(s[:12])}">{escape(s[:12])}</a>'
        for s in row["snapshots"]
    )
    held = row.get("sources") or row.get("source")
    breaks = f"<br>Breaks: {escape('; '.join(row['breaks']))}" if row.get("breaks") else ""
    return f"<td>{links}</td><td>{escape('; '.join(held))}<br>{snapshots}{breaks}</td>"


def _claim_row(c: dict) -> str:
    link = f"{c['page']}#claim-{c['id']}"
    value = "–" if c["value"] is None else prose.number(c["value"], 2).rstrip("0").rstrip(".")
    between = ""
    if c["lower"] is not None and c["upper"] is not None:
        between = f" ({prose.number(c['lower'], 2)} to {prose.number(c['upper'], 2)})"
    unit = c["unit"] + (", range of the underlying change" if c["kind"] == "change" else "")
    method = (c["method"] or c["kind"]).split(";")[0]
    return (
        f'<tr id="{escape(c["id"])}"><th scope="row"><a href="{escape(link)}">'
        f"{escape(c['sentence'])}</a></th>"
        f'<td data-label="Value">{escape(value + between)} {escape(unit)}</td>'
        f'<td data-label="Verdict">{escape(c["verdict"] or "not a test")}</td>'
        f"{_evidence(c, method)}</tr>"
    )


def replayed(root: Path, edition) -> list[Page]:
    """The page "Replay of 2018" with its replay.csv; none for an area that was not assessed."""
    if edition.area != replay.subject(replay.claims()):
        return []
    verdicts = kept_frame(root, "replay", [edition], lambda: replay.replay(edition))
    editions = [] if edition.is_sample else replay.of_same(edition)
    beside = ""
    if len(editions) > 1:
        table = kept_frame(root, "vintages", editions, lambda: replay.vintages(editions))
        beside = replay_page.publications(table, editions)
    cells = page_of("Replay of 2018", replay_page.parts(edition, verdicts, beside))
    page = Page(cells, "replay", snapshots=replay_page.used(edition, verdicts))
    page.assets["replay.csv"] = replay.as_csv(verdicts).encode()
    return [page]


def breaks(edition) -> Page:
    """The register of series breaks as it applies to this edition."""
    rows = [
        (prose.in_words(b.date), b.kind, b.note, "yes, with care" if b.comparable else "no")
        for b in news.breaks(edition)
    ]
    frame = pd.DataFrame(rows, columns=["From", "Kind", "What changed", "Comparable across"])
    html = (
        "<p>A break is a date at which a series changes its meaning. A comparison across one "
        "that is not comparable is refused by the library, and charts draw every break.</p>"
    ) + html_table(frame, "Recorded breaks")
    return Page(page_of("Breaks in the series", [("html", html)]), "breaks")


def find() -> Page:
    """The search page; its list is filled by the site's script."""
    html = (
        '<p id="found" role="status">Search needs JavaScript; the contents list every page.</p>'
        '<ol class="results" id="results"></ol>'
    )
    return Page(page_of("Search", [("html", html)]), "find")


def reference() -> Page:
    """The page that documents every name of `sbpanalysis.__all__`, in alphabetical order."""
    intro = (
        "<p>Everything that a notebook can use after <code>import sbpanalysis as sbp</code>. The "
        "text is each object's own documentation; its example is run by the tests.</p>"
    )
    entries = "".join(_entry(name) for name in sorted(sbpanalysis.__all__, key=str.lower))
    return Page(page_of("Library reference", [("html", intro + entries)]), "reference")


def _entry(name: str) -> str:
    thing = getattr(sbpanalysis, name)
    text = (
        f"<h2 id='{escape(name)}'><code>sbp.{escape(name)}{escape(_signature(thing))}</code></h2>"
    )
    text += f"<pre class='result'>{escape(inspect.getdoc(thing) or '')}</pre>"
    if inspect.isclass(thing):
        public = {n: m for n, m in vars(thing).items() if callable(_plain(m)) and n[0] != "_"}
        for n, member in public.items():
            member = _plain(member)
            text += f"<h3><code>.{escape(n)}{escape(_signature(member))}</code></h3>"
            text += f"<pre class='result'>{escape(inspect.getdoc(member) or '')}</pre>"
    return text


def _plain(member: object) -> object:
    return getattr(member, "__func__", member)


def _signature(thing) -> str:
    """Names of the arguments with their defaults; annotations would only repeat the text."""
    try:
        signature = inspect.signature(thing)
    except (TypeError, ValueError):
        return ""
    bare = [
        p.replace(annotation=inspect.Parameter.empty)
        for p in signature.parameters.values()
        if p.name not in ("self", "cls")
    ]
    return str(signature.replace(parameters=bare, return_annotation=inspect.Signature.empty))
