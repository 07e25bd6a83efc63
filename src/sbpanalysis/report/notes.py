"""What stands around the figures: where the data come from, what to beware, how it was made."""

from __future__ import annotations

from fnmatch import fnmatch
from functools import cache
from pathlib import Path

from sbpanalysis.data.documents import load_yaml
from sbpanalysis.periods import changes_of_meaning, in_words
from sbpanalysis.report.cells import plain
from sbpanalysis.report.display import display

SAMPLE = (
    "Synthetic sample data: made up to show the method. Figures of crime printed in the 2018 "
    "assessment come out of it, its people are invented; not a record of any real event or person."
)


def data_line(edition, *measures: str, level: str = "borough") -> None:
    """Display one line a source: publisher, last month, snapshot, landing page; and that a sample
    is one, whose files no publisher has."""
    behind = dict.fromkeys(
        sha
        for measure in filter(None, measures)
        for area in (None, edition.area if level == "borough" else None)
        for group in (None, "all")
        for sha in edition.files_behind(measure, level, area, group)
    )
    frame = edition.snapshot_table(behind).set_index("snapshot", drop=False)
    frame = frame.loc[[edition.names[sha] for sha in behind]]
    entries = () if edition.is_sample else edition.register.values()
    known = {(entry["publisher"], entry["title"]): entry.get("url", "") for entry in entries}
    lines = [
        (
            f"{r.publisher}: {r.source}, to {in_words(r.last)}",
            _named(r),
            known.get((r.publisher, r.source), ""),
        )
        for r in frame.itertuples()
    ]
    if lines or edition.is_sample:
        content = {"lines": lines, "sample": SAMPLE if edition.is_sample else ""}
        display("data", content, "; ".join(frame.get("source", [])))


def _named(row) -> str:
    """A row of `snapshot_table` in short: the digest of a file, or the number of a closed one."""
    came = f", received {row.received}" if row.received else ""
    return f"snapshot {row.snapshot[:12]}{came}"


def caveats(edition, *measures: str) -> None:
    """Display what tempers the page's conclusions, and what the page was made from.

    First what figures of such measures do not tell, and who holds that. Then breaks, stand-ins,
    and warnings raised, which are added when the site is made; and the edition, the snapshots that
    were really read, and the library's version.
    """
    if limits := [one for names, *one in _limits() if _of_any(measures, names)]:
        display("limits", limits, "; ".join(what for what, _ in limits))
    breaks = [b for m in measures for b in edition.breaks(m) if b.date <= edition.period_end]
    rows = [
        (in_words(b.date), b.note, "yes, with care" if b.comparable else "no")
        for b in changes_of_meaning(breaks)
    ]
    rows = list(dict.fromkeys(rows))
    joined = list(dict.fromkeys(b.note for b in breaks if b.kind == "join"))
    display("caveats", {"breaks": rows, "joined": joined}, f"{len(rows)} recorded breaks")
    provenance(edition)


@cache
def _limits() -> list[list[str]]:
    """What figures do not tell: patterns of measures, what, and who holds it."""
    return load_yaml(Path(__file__).with_name("limits.yml"))


def _of_any(measures: tuple[str, ...], patterns: str) -> bool:
    return any(fnmatch(m, pattern) for m in measures for pattern in patterns.split())


def provenance(edition) -> None:
    """Display what this page was made from: edition, snapshots really read, library version."""
    from sbpanalysis import __version__

    frame = edition.snapshot_table(edition.reads)
    facts = {
        "Edition": edition.name,
        "Area": edition.area,
        "Data up to": in_words(edition.period_end),
        "Library": f"sbpanalysis {__version__}",
    }
    content = {
        "facts": list(facts.items()),  # in this order: JSON sorts the names of a dict
        "table": plain(frame),
        "snapshots": list(edition.named(edition.reads)),
    }
    display("provenance", content, f"{len(frame)} snapshots")


def remark(text: str) -> None:
    """Display a remark that the section's entry gives; nothing if it gives none."""
    if text:
        display("remark", text, text)
