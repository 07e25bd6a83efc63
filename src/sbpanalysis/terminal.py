"""How does the command line speak? Tables, bars of progress, and one message for an error."""

from __future__ import annotations

import contextlib
import functools
import os
import platform
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from sbpanalysis import __version__
from sbpanalysis.errors import LeftOutWarning, SbpError, system_fault
from sbpanalysis.paths import root

MUCH = 500  # MB that are fetched without a question
# a file or pipe has no width of its own: give tables room there
out = Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else 160)
err = Console(stderr=True, highlight=False, markup=False)


def without_traceback(command):
    """Report an error as one message and exit code 1, never as a traceback.

    The traceback of an error that nobody expected is kept in a file.
    """

    @functools.wraps(command)
    def run(*args, **kwargs):
        try:
            with warnings.catch_warnings():
                warnings.showwarning = _shown_as(warnings.showwarning)
                return command(*args, **kwargs)
        except (typer.Exit, typer.Abort):
            raise
        except SbpError as error:
            err.print(f"sbp: {error}")
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            err.print("sbp: stopped; what was there before is unharmed.")
            raise typer.Exit(130) from None
        except Exception as error:
            known = system_fault(error) if isinstance(error, OSError) else ""
            err.print(f"sbp: {known or _unexpected(error)}")
            raise typer.Exit(1) from None

    return run


def _shown_as(usual):
    """How warnings are shown: what an edition is without in one line, others as they were."""

    def show(message, category, *where, **more):
        if issubclass(category, LeftOutWarning):
            err.print(f"warning: {message}", soft_wrap=True)
        else:
            usual(message, category, *where, **more)

    return show


def _unexpected(error: Exception) -> str:
    """What to say of an error that nobody foresaw; what a mender needs is written to a file."""
    about = f"sbpanalysis {__version__}, Python {platform.python_version()}, {platform.platform()}"
    text = "\n".join([about, " ".join(sys.argv), "", *traceback.format_exception(error)])
    said = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no words'}"
    return (f"an error of the program itself ({said[:200]}); what was there before is unharmed. "
            f"Please report it, with {_kept(text)}")  # fmt: skip


def _kept(text: str) -> str:
    """Keep a text for the owner's eyes, in the checkout's build/faults or a temporary folder."""
    name = f"fault-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
    with contextlib.suppress(OSError, SbpError):
        folder = root() / "build" / "faults"
        folder.mkdir(parents=True, exist_ok=True)
        return f"the file {shown(_written(folder / name, text))}"
    with contextlib.suppress(OSError):
        return f"the file {_written(Path(tempfile.mkdtemp(prefix='sbp-')) / name, text)}"
    err.print(text)
    return "the text above"


def _written(path: Path, text: str) -> Path:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)
    return path


def print_report(report) -> None:
    """The taken files as a table, then each that was not taken with the reason."""
    known = report[report["status"].isin(["taken", "held already"])]
    if len(known):
        table = Table(Column("file", overflow="fold"), "status", "publisher", "months", "rows",
                      "areas", "tolerated")  # fmt: skip
        for r in known.itertuples():
            months = f"{r.first} to {r.last}" if r.first else ""
            table.add_row(r.file, r.status, r.publisher, months, str(r.rows), str(r.areas),
                          r.tolerated)  # fmt: skip
        out.print(table)
    for r in report[report["status"] == "refused"].itertuples():
        err.print(f"refused: {r.file}: {r.why}", soft_wrap=True)
    for r in report[report["status"] == "not recognised"].itertuples():
        err.print(f"not recognised: {r.file}: {r.why}", soft_wrap=True)
    counts = report["status"].value_counts()
    out.print(", ".join(f"{n} {status}" for status, n in counts.items()))


def print_fetched(report) -> None:
    """One line a file, then each that failed with its reason."""
    table = Table("file", "status", "months", "size")
    for r in report.itertuples():
        months = f"{r.first} to {r.last}" if r.first else ""
        table.add_row(r.key, r.status, months, f"{r.bytes:,}" if r.bytes else "")
    out.print(table)
    for r in report[report["chosen"] != ""].itertuples():
        out.print(f"{r.key}: {r.file}: {r.chosen}")
    for r in report[report["why"] != ""].itertuples():
        wrong = r.status in ("not fetched", "kept aside")
        (err if wrong else out).print(f"{r.status}: {r.key}: {r.why}")
    counts = report["status"].value_counts()
    out.print(", ".join(f"{n} {status}" for status, n in counts.items()))


def print_plan(plan) -> None:
    """One line a file that would be fetched, how much that is, then why each was chosen or not."""
    table = Table(Column("file", overflow="fold"), "status", "months", "published", "size")
    for r in plan.itertuples():
        months = f"{r.first} to {r.last}" if r.first else ""
        table.add_row(r.key, r.status, months, r.date, f"{r.bytes:,}" if r.bytes else "")
    out.print(table)
    for r in plan.itertuples():
        said = "; ".join(filter(None, (r.file, r.chosen, r.why)))
        if said:
            out.print(f"{r.key}: {said}")
    out.print(f"to fetch: {_amount(plan)}; nothing was downloaded")


def agree_to(plan) -> None:
    """Ask whether to go on where much would be fetched; raises `SbpError` if not."""
    coming = plan[plan["status"] == "to fetch"]
    if coming["bytes"].sum() <= MUCH * 10**6:
        return
    large = coming.sort_values("bytes", ascending=False).head(5).itertuples()
    listed = ", ".join(f"{r.key} {r.bytes / 10**6:,.0f} MB" for r in large)
    said = f"{_amount(plan)} (the largest: {listed})"
    if not _somebody_is_there():
        raise SbpError(
            f"fetch: {said} would come, more than {MUCH} MB, and nobody is here to be asked; add "
            "--yes to fetch it all, or name what you want; sbp fetch --plan lists it."
        )
    if not typer.confirm(f"{said} would come; go on?", err=True):
        raise SbpError("fetch: nothing was fetched; name what you want, or see sbp fetch --plan.")


def _somebody_is_there() -> bool:
    return sys.stdin.isatty()


def _amount(plan) -> str:
    coming = plan[plan["status"] == "to fetch"]
    unknown = int((coming["bytes"] == 0).sum())
    more = f", {unknown} of no stated size" if unknown else ""
    return f"{len(coming)} files, {coming['bytes'].sum() / 10**6:,.0f} MB{more}"


def print_replay(edition, rows, counts: dict[str, int]) -> None:
    """How many claims came to what, then each with its verdict and reason."""
    of_what = "the synthetic sample" if edition.is_sample else "published files"
    out.print(f"{len(rows)} claims of the 2018 assessment, replayed on {of_what} ({edition.name})")
    for name, count in counts.items():
        out.print(f"{count:5d} {name}")
    table = Table("claim", "what", "published", "computed", "verdict", "reason")
    for r in rows.itertuples():
        what = f"{r.geography}: {r.measure.replace('_', ' ')}, {r.statistic.replace('_', ' ')}"
        table.add_row(r.id, what, r.value, r.computed, r.verdict, r.reason)
    out.print(table)


@contextlib.contextmanager
def downloads():
    """Bars of bytes and time left, one a file; gives what hears of bytes."""
    from rich.progress import DownloadColumn, TransferSpeedColumn

    progress = Progress(
        TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(),
        TransferSpeedColumn(), TimeRemainingColumn(), console=err, transient=True,
    )  # fmt: skip
    tasks: dict = {}

    def moved(key: str, new: int, total: int | None) -> None:
        progress.start()  # not before: a question may come first
        if key not in tasks:
            tasks[key] = progress.add_task(key, total=total)
        progress.update(tasks[key], advance=new, total=total)

    try:
        yield moved
    finally:
        progress.stop()


def progress() -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(),
        TimeRemainingColumn(), console=err, transient=True,
    )  # fmt: skip


@contextlib.contextmanager
def notebooks():
    """A bar of progress, and the calls of a build that move it: `started` and `done`."""
    with progress() as bar, warnings.catch_warnings():
        task = bar.add_task("checking", total=None)

        def started(count: int) -> None:
            bar.update(task, total=count, description="running notebooks")

        def done(outcome) -> None:
            bar.update(task, advance=1, description=outcome.page)
            if bar.finished:
                bar.update(task, description="rendering")

        yield bar, started, done


def shown(path: Path) -> str:
    """A path as the user would type it: relative to where they are, if it is below."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
