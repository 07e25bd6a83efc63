"""The command `sbp`: one verb a step, from published files to a published site."""

from __future__ import annotations

import functools
import os
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from sbpanalysis import __version__
from sbpanalysis.errors import SbpError
from sbpanalysis.paths import root
from sbpanalysis.terminal import (
    agree_to,
    downloads,
    err,
    notebooks,
    out,
    print_fetched,
    print_plan,
    print_replay,
    print_report,
    progress,
    shown,
    without_traceback,
)

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


def _version(asked: bool) -> None:
    if asked:
        out.print(f"sbpanalysis {__version__}")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Strategic crime assessments that can be checked: published files in, a site out."""


new = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Begin something new.")
app.add_typer(new, name="new")


def _names(incomplete: str) -> list[str]:
    """The names of editions, for a shell that completes one."""
    from sbpanalysis.data import editions

    return [name for name in editions.names(root()) if name.startswith(incomplete)]


def _measures(incomplete: str) -> list[str]:
    from sbpanalysis.data import classification

    return [name for name in classification.current().rows if name.startswith(incomplete)]


EditionName = Annotated[
    str,
    typer.Option(
        "--edition", "-e", autocompletion=_names,
        help="A name in book/editions or local/editions, or the path of a file.",
    ),
]  # fmt: skip
Area = Annotated[str | None, typer.Option(help="Another borough than the edition's own.")]
Data = Annotated[
    str | None, typer.Option(help="A folder of published files that need not be added first.")
]


@app.command()
@without_traceback
def sample(folder: Annotated[Path | None, typer.Argument(help="Where to write.")] = None) -> None:
    """Write the synthetic sample files, in the publishers' own formats.

    Example: sbp sample
    """
    from sbpanalysis.data.sample import write_sample

    target = folder or root() / "data" / "sample"
    out.print(f"{len(write_sample(target))} synthetic files written to {shown(target)}")


@app.command()
@without_traceback
def add(paths: Annotated[list[Path], typer.Argument(help="Files or folders.")]) -> None:
    """Take published files into the store; say what was taken, and what refused and why.

    Example: sbp add downloads/
    """
    from sbpanalysis.data import add as adding

    missing = [p for p in paths if not p.exists()]
    if missing:
        raise SbpError(f"{missing[0]}: no such file or folder; check the path.")
    with progress() as bar:
        task = bar.add_task("reading files", total=None)
        report = adding.add(paths, root())
        bar.update(task, total=len(report), completed=len(report))
    print_report(report)
    if report.empty:
        raise SbpError(f"{', '.join(map(str, paths))}: no file in it; check the path.")
    if report["error"].any() or not report["status"].isin(adding.KNOWN).any():
        raise typer.Exit(1)


@app.command()
@without_traceback
def fetch(
    sources: Annotated[list[str] | None, typer.Argument(help="Files, sources or hosts.")] = None,
    area: Annotated[str, typer.Option(help="Borough of boundaries and API answers.")] = "Bromley",
    months: Annotated[int | None, typer.Option(min=1, help="Newest months of archives.")] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Only say what would be fetched.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="However much it is.")] = False,
) -> None:
    """Fetch the newest open files; take what a reader accepts whole, keep the rest aside.

    Example: sbp fetch mps_borough lfb_first
    """
    from sbpanalysis.data.fetch.run import failed
    from sbpanalysis.data.fetch.run import fetch as fetch_files
    from sbpanalysis.data.fetch.run import plan as plan_files
    from sbpanalysis.data.fetch.web import STAND_IN

    if said := os.environ.get(STAND_IN):
        err.print(f"{STAND_IN} is set: answers come from {said}, not from the publishers.")
    if plan:
        print_plan(plan_files(root(), sources or (), area=area, months=months))
        return
    asks = None if yes else agree_to
    with downloads() as moved:
        report = fetch_files(
            root(), sources or (), area=area, months=months, moved=moved, agree=asks
        )
    print_fetched(report)
    if len(failed(report)):
        raise typer.Exit(1)


@app.command()
@without_traceback
def check(
    edition: Annotated[
        str | None, typer.Option("--edition", "-e", help="Its sources only.")
    ] = None,
    data: Data = None,
) -> None:
    """Say how old each source is, when its next file is due, and which sections stand on it.

    Example: sbp check --edition bromley-latest
    """
    from sbpanalysis.publish.revisions_page import ages

    rows = ages(root(), edition, data)
    table = Table("source", "last month", "age", "next", "status", "sections")
    for r in rows.itertuples():
        table.add_row(r.source, r.last, f"{r.age} months", r.next, r.status, r.sections)
    out.print(table)
    if behind := [r.source for r in rows.itertuples() if r.status in ("late", "too old")]:
        raise SbpError(f"{len(behind)} sources are behind: {', '.join(behind)}; run sbp fetch.")


@app.command()
@without_traceback
def refresh(
    edition: EditionName,
    to: Annotated[str | None, typer.Option(help="Name of the next edition.")] = None,
    accept: Annotated[
        float | None, typer.Option(min=0, help="Share of a source that may have been revised.")
    ] = None,
    data: Data = None,
) -> None:
    """Pin the newest files as the next edition; show what was revised, and ask where it is much.

    Example: sbp refresh --edition bromley-latest --accept 0.02
    """
    from sbpanalysis.data import refresh as refreshing
    from sbpanalysis.report.revised import open_revisions

    draft = refreshing.draft(edition, root(), to, data)
    after = refreshing.opened(draft, root())
    if draft.before and not draft.replaced:
        out.print(f"nothing newer than {edition} was fetched or added; no edition written")
        return
    found = open_revisions(draft.before, after) if draft.before else {}
    for source, one in found.items():
        out.print(f"{source}: {len(one.cells):,} cells of {len(one.months)} months revised, "
                  f"{100 * one.share:.2f} %; {len(one.new_months)} new months")  # fmt: skip
    most = max((one.share for one in found.values()), default=0.0)
    if most > (0.01 if accept is None else accept):
        said = f"{100 * most:.2f} % of a source was revised"
        if accept is not None or not sys.stdin.isatty():
            raise SbpError(f"{said}: look at it, then run again with --accept {most + 0.001:.3f}.")
        typer.confirm(f"{said}. Pin it all the same?", abort=True)
    out.print(f"{shown(draft.write())} written, data up to {draft.period_end}")


@app.command()
@without_traceback
def build(
    edition: EditionName = "bromley-sample",
    area: Area = None,
    data: Data = None,
    only: Annotated[
        str | None, typer.Option(help="Preview one section, such as 4.5; the site stays as it is.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Notebooks run at once.")] = None,
    why: Annotated[bool, typer.Option("--why", help="Say why each page ran or not.")] = False,
    cold: Annotated[bool, typer.Option("--cold", help="Start each kernel anew.")] = False,
    protect: Annotated[
        bool, typer.Option("--protect", help="List first what of persons must be withheld.")
    ] = False,
    areas: Annotated[
        str | None, typer.Option(help="Many boroughs at once: all, or names with commas.")
    ] = None,
    executor: Annotated[
        str, typer.Option(help="Where notebooks run: processes, or dask:ADDRESS.")
    ] = "processes",
) -> None:
    """Run an edition's notebooks and make its site current; the last one stays if it fails.

    Example: sbp build --edition bromley-2018 --area Croydon
    """
    from sbpanalysis.publish.kernels import kernel_server

    if executor == "processes" and not cold and not any((root() / "build/cache").glob("*.ipynb")):
        kernel_server().start()  # nothing was ever run: it imports while the sample is looked at
    from sbpanalysis.data.sample import ensure_sample
    from sbpanalysis.publish.areas import executor_of
    from sbpanalysis.publish.build import build as build_site

    ensure_sample(root())
    data = str(Path(data).resolve()) if data else None
    pool = executor_of(executor)
    if protect:
        _protect(edition, data)
    if areas:
        _build_areas(edition, areas, data=data, workers=workers, cold=cold, executor=pool)
        return
    with notebooks() as (_, started, done):
        built = build_site(
            root(), edition, area=area, data=data, only=only, workers=workers, cold=cold,
            executor=pool, started=started, done=done,
        )  # fmt: skip
    if why:
        for page, reason in built.why.items():
            out.print(f"{'ran   ' if page in built.ran else 'reused'} {page}: {reason}")
    out.print(
        "nothing changed" if built.unchanged
        else f"{len(built.ran)} notebooks run, {len(built.reused)} reused"
    )  # fmt: skip
    for line in built.to_check:
        out.print(line)
    if only:
        out.print(f"a preview of section {only}; the site and its zip are as they were")
    out.print(f"open {shown(built.site)}/index.html")


def _protect(edition: str, data: str | None) -> None:
    """List the numbers of persons that an edition must withhold."""
    from sbpanalysis.data.edition import Edition
    from sbpanalysis.disclosure import gate
    from sbpanalysis.report import prose

    opened = Edition.open(edition, data=data)
    withheld = gate.protect(opened)
    for name in withheld:
        out.print(f"withheld: {gate.in_words(name)}")
    hidden, counts = gate.hidden(opened)
    out.print(
        f"{prose.counted(len(withheld), 'numbers')} of persons withheld, so that none tells a "
        f"hidden one; of {counts} counts {hidden} are hidden in any case, as 1 to 7"
    )


def _build_areas(edition: str, areas: str, **settings) -> None:
    """Build many areas, one line as each is done."""
    from sbpanalysis.publish.areas import areas_of, build_areas

    with notebooks() as (bar, started, ran):

        def done(area: str, result) -> None:
            bar.stop()
            out.print(f"{area}: failed" if isinstance(result, SbpError) else f"{area}: "
                      f"{len(result.ran)} notebooks run, {len(result.reused)} reused")  # fmt: skip

        site = build_areas(root(), edition, areas_of(areas), started=started, ran=ran, done=done,
                           **settings)  # fmt: skip
    out.print(f"open {shown(site)}/index.html")


@app.command()
@without_traceback
def editions() -> None:
    """List the editions of this checkout: name, area, last month, title.

    Example: sbp editions
    """
    from sbpanalysis.data.editions import editions as listed

    table = Table("edition", "area", "data to", "title")
    for name, row in listed().iterrows():
        table.add_row(name, row["area"], str(row["period_end"]), row["title"])
    out.print(table)


@app.command()
@without_traceback
def measures(
    like: Annotated[str, typer.Argument(help="A part of the name or title.")] = "",
    edition: Annotated[
        str | None, typer.Option("--edition", "-e", help="Only what this edition holds.")
    ] = None,
    data: Data = None,
) -> None:
    """List the measures that a section may name, all or those that an edition holds.

    Example: sbp measures knife --edition bromley-sample
    """
    from sbpanalysis.data.edition import Edition
    from sbpanalysis.data.editions import measures as listed

    frame = listed(like)
    if edition:
        frame = frame[frame.index.isin(Edition.open(edition, data=data).measures())]
    if frame.empty:
        raise SbpError(f"no measure with {like!r} in its name; sbp measures lists all.")
    table = Table("measure", "title", "unit")
    for name, row in frame.iterrows():
        table.add_row(name, row["title"], row["unit"])
    out.print(table)


@app.command()
@without_traceback
def replay(
    edition: EditionName = "bromley-2018",
    data: Data = None,
    to: Annotated[Path | None, typer.Option(help="Where to write replay.csv.")] = None,
) -> None:
    """Look for every figure of the 2018 assessment in the data of an edition.

    Example: sbp replay --edition bromley-sample --to replay.csv
    """
    from sbpanalysis.data.edition import Edition
    from sbpanalysis.data.sample import ensure_sample
    from sbpanalysis.replay import claims as replaying

    ensure_sample(root())
    opened = Edition.open(edition, data=data)
    rows = replaying.replay(opened)
    print_replay(opened, rows, replaying.counts(rows))
    if to:
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(replaying.as_csv(rows), "utf-8")
        out.print(f"written to {shown(to)}")


@app.command()
@without_traceback
def serve(
    edition: EditionName = "bromley-sample",
    area: Area = None,
    data: Data = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port on this machine only; 0: any that is free.")
    ] = 8000,
    watch: Annotated[
        bool, typer.Option("--watch", help="Build anew when a file is saved, and reload.")
    ] = False,
) -> None:
    """Show the current site of an edition in a browser, on this machine only.

    Example: sbp serve --edition bromley-sample --watch
    """
    from sbpanalysis.publish.plan import site_folder
    from sbpanalysis.publish.watch import Local, listening

    site = site_folder(root(), edition, area) / "site"
    if watch:
        from sbpanalysis.data.sample import ensure_sample
        from sbpanalysis.publish.watch import watch as follow

        ensure_sample(root())
        data = str(Path(data).resolve()) if data else None
        follow(root(), site, {"edition": edition, "area": area, "data": data}, port, out.print)
        return
    if not site.exists():
        raise SbpError(f"{shown(site)}: no site yet; run sbp build --edition {edition} first.")
    handler = functools.partial(Local, directory=str(site))
    with listening(port, handler) as server:
        out.print(f"http://127.0.0.1:{server.server_port}/ shows {shown(site)}; Ctrl-C ends it")
        server.serve_forever()


@app.command()
@without_traceback
def release(
    edition: EditionName,
    to: Annotated[Path, typer.Option(help="Folder that the zip is put into.")],
    area: Area = None,
    data: Data = None,
) -> None:
    """Check the current site against its manifest and pack it as a zip that opens from a folder.

    Example: sbp release --edition bromley-2018 --to handover/
    """
    from sbpanalysis.data.edition import Edition
    from sbpanalysis.disclosure import gate
    from sbpanalysis.publish.downloads import WHOLE
    from sbpanalysis.publish.plan import site_folder
    from sbpanalysis.publish.release import section_alone, verify

    folder = site_folder(root(), edition, area)
    if not (folder / "site").exists():
        raise SbpError(f"{shown(folder)}: no site yet; run sbp build --edition {edition} first.")
    if only := section_alone(folder / "site"):
        raise SbpError(f"{shown(folder)}/site: made for section {only} only; run sbp build "
                       f"--edition {edition} first.")  # fmt: skip
    if changed := verify(folder / "site"):
        raise SbpError(f"{len(changed)} files differ from the manifest, first {changed[0]}; "
                       "build again, never edit a built site.")  # fmt: skip
    to.mkdir(parents=True, exist_ok=True)
    packed = shutil.copy(folder / "site" / WHOLE, to / f"{folder.name}.zip")
    out.print(f"packed {packed}")
    if kept := gate.release(Edition.open(edition, data=data)):
        out.print(f"{shown(kept)} keeps what it publishes of persons; commit it with the edition")


@new.command()
@without_traceback
def edition(
    name: Annotated[str, typer.Argument(help="Its name: small letters, digits, hyphens.")],
    area: Annotated[str, typer.Option(help="The borough that it is of.")],
) -> None:
    """Begin an edition from the files that were taken, with a remark on each line.

    Example: sbp new edition croydon-2025 --area Croydon
    """
    from sbpanalysis.data.refresh import begin

    file = begin(name, area, root())
    out.print(f"{shown(file)} written; see it: sbp build --edition {name}")


@new.command()
@without_traceback
def commentary(
    number: Annotated[str, typer.Argument(help="The section, such as 4.5.")],
    edition: EditionName = "bromley-sample",
) -> None:
    """Begin the commentary on a section, for an edition's area and those that follow.

    Example: sbp new commentary 4.5 --edition bromley-latest
    """
    from sbpanalysis.publish.new import new_commentary

    file = new_commentary(root(), number, edition)
    out.print(f"{shown(file)} written: put your words in the place of those that it has")
    out.print(f"see it: sbp build --edition {edition} --only {number}")


@new.command()
@without_traceback
def counts(
    measure: Annotated[str, typer.Argument(help="What is counted, as in local/measures.csv.")],
    edition: EditionName = "bromley-sample",
) -> None:
    """Begin the form for what the council counts by ward and month, of an edition's area.

    Example: sbp new counts fly_tipping_reports --edition bromley-latest
    """
    from sbpanalysis.publish.new import new_counts

    file = new_counts(root(), measure, edition)
    out.print(f"{shown(file)} written; fill in the numbers, then: sbp add {shown(file)}")


@new.command()
@without_traceback
def section(
    number: Annotated[str, typer.Argument(help="Its number, such as 4.7; the part must be there.")],
    title: Annotated[str, typer.Argument(help="Its title.")],
    measure: Annotated[
        str, typer.Option(autocompletion=_measures, help="What it counts; sbp measures lists them.")
    ],
) -> None:
    """Begin a section: a notebook from the template, and its entry in local/assessment.yml.

    Example: sbp new section 4.11 "Bicycle theft" --measure bicycle_theft_offences
    """
    from sbpanalysis.publish.new import new_section

    notebook = new_section(root(), number, title, measure)
    out.print(f"section {number} is in local/assessment.yml, its notebook is {shown(notebook)}")
    out.print(f"see it: sbp build --only {number}")


def main() -> None:
    """Entry point of the command `sbp`."""
    app(prog_name="sbp")
