"""From an edition to its site: check, run, inspect, render, release."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import nbformat

from sbpanalysis import __version__
from sbpanalysis.data.edition import Edition
from sbpanalysis.errors import BuildError
from sbpanalysis.paths import sweep, unfinished
from sbpanalysis.periods import in_words
from sbpanalysis.publish import cache as caching
from sbpanalysis.publish import lifeline, pages
from sbpanalysis.publish.assessment import Section, load_assessment, notebook_path, slug
from sbpanalysis.publish.beside import beside
from sbpanalysis.publish.downloads import WHOLE, finish, writing
from sbpanalysis.publish.execute import Job, Outcome, run_all
from sbpanalysis.publish.inspect import inspect_site
from sbpanalysis.publish.lift import Lifted, lift
from sbpanalysis.publish.manifest import manifest
from sbpanalysis.publish.methods import method_jobs
from sbpanalysis.publish.parameters import check, declared
from sbpanalysis.publish.press import Press, press
from sbpanalysis.publish.reference_page import reference
from sbpanalysis.publish.release import digest, locked, offer, release, verify
from sbpanalysis.publish.replay_page import replay_pages
from sbpanalysis.publish.revisions_page import allowed, data_and_revisions, stale_note
from sbpanalysis.publish.site import render
from sbpanalysis.publish.wards import led_to, sections_of, ward_pages, ward_sections
from sbpanalysis.publish.words import shown

LICENCE = (
    "Contains public sector information licensed under the Open Government Licence v3.0. "
    "Contains National Statistics and Ordnance Survey data © Crown copyright and database right."
)


@dataclass(frozen=True)
class Built:
    """What a build did."""

    site: Path
    ran: tuple[str, ...]
    reused: tuple[str, ...]
    unchanged: bool
    why: dict[str, str] = field(default_factory=dict)


def site_folder(root: Path, edition: str, area: str | None) -> Path:
    """`build/<edition>` or, for another area than the edition's own, `build/<edition>--<area>`."""
    name = Path(edition).stem if "/" in edition or edition.endswith((".yml", ".yaml")) else edition
    return root / "build" / (f"{slug(name)}--{slug(area)}" if area else slug(name))


def build(
    root: Path,
    name: str,
    *,
    area: str | None = None,
    data: str | None = None,
    only: str | None = None,
    workers: int | None = None,
    cold: bool = False,
    keep_warm: bool = False,
    executor: Executor | None = None,
    started: Callable[[int], None] = lambda count: None,
    done: Callable[[Outcome], None] = lambda outcome: None,
) -> Built:
    """Build the site of an edition and make it current; the last site stays if anything fails.

    `only` runs one section, others are taken as they were last run; `cold` starts each kernel
    plainly, for the same bytes; `executor` runs them elsewhere. Raises `DataError` or
    `BuildError` with what to mend.
    """
    folder = site_folder(root, name, area)
    cache, kept = root / "build" / "cache", root / "data"
    with locked(folder):
        sweep(folder, cache, kept, kept / "store", kept / "snapshots")
        lifeline.sweep()
        caching.opened.cache_clear()
        edition = caching.opened(name, data or "", area or "")
        sections, shared = load_assessment(root), caching.common(root)
        by_ward = ward_sections(root, edition)
        jobs = _jobs(root, edition, [*sections, *by_ward], shared, data, area)
        jobs += method_jobs(root, shared, folder)
        if only and only not in {s.number for s in sections}:
            raise BuildError(f"--only {only}: no such section; there are "
                             f"{', '.join(s.number for s in sections)}.")  # fmt: skip
        cache.mkdir(parents=True, exist_ok=True)
        entries = {j.page: path for j in jobs if (path := caching.find(j, cache, root))}
        wanted = _wanted(jobs, sections, only, entries)
        fresh = [j for j in wanted if j.page not in entries]
        past = caching.history(cache)
        names = {j.page: f"{folder.name}/{j.page}" for j in wanted}
        reasons = {
            j.page: caching.why(j, past.get(names[j.page]), cache, root)
            if j in fresh else "nothing that it was made from has changed"
            for j in wanted
        }  # fmt: skip
        inputs = inputs_digest(root, edition) + allowed(edition)
        plan = _plan(entries, inputs)
        if not fresh and _is_current(folder / "site", plan):
            offer(folder, WHOLE)
            return Built(folder / "site", (), tuple(entries), True, reasons)
        started(len(fresh))
        raised = _Raised(sections)

        def finished(outcome: Outcome) -> None:
            """Make the page of a notebook while others still run."""
            if not outcome.fault:
                raised.page(outcome.page, Path(outcome.path))
            done(outcome)

        fresh.sort(key=lambda j: -past.get(names[j.page], {}).get("seconds", 60))
        with press(keep_warm) as printing, beside(_behind, root, edition) as behind:
            outcomes = run_all(fresh, cache, root, workers=workers, cold=cold,
                               keep_warm=keep_warm, executor=executor, done=finished)  # fmt: skip
            caching.remember(cache, {
                names[j.page]: {"inputs": j.inputs, "seconds": round(outcomes[j.page].seconds, 2)}
                for j in fresh
            })  # fmt: skip
            if caching.common(root) != shared:
                for outcome in outcomes.values():  # nobody knows which library each was run with
                    Path(outcome.path).unlink(missing_ok=True)
                raise BuildError(
                    "the library or its versions changed during the build; build again."
                )
            entries |= {page: Path(outcome.path) for page, outcome in outcomes.items()}
            site = _publish(root, folder, edition, sections, entries, raised,
                            _plan(entries, inputs), behind(), printing)  # fmt: skip
        caching.clean(cache)
        ran = tuple(j.page for j in fresh)
        return Built(site, ran, tuple(p for p in entries if p not in ran), False, reasons)


def _plan(entries: dict[str, Path], inputs: str) -> str:
    """What a site is made of: the executed notebooks, and all that is set around them."""
    listed = sorted(f"{page} {path.stem}" for page, path in entries.items())
    return hashlib.sha256("\n".join([*listed, inputs]).encode()).hexdigest()


def inputs_digest(root: Path, edition: Edition) -> str:
    """One digest of all that a page may depend on besides its own notebook."""
    folders = ("src/sbpanalysis", "data/reference", "book")
    files = [p for f in folders for p in (root / f).rglob("*") if p.is_file()]
    files += [root / "_config.yml", root / "requirements.lock"]
    parts = [f"{p.relative_to(root)} {digest(p)}" for p in sorted(files) if p.suffix != ".pyc"]
    parts += [__version__, edition.fingerprint]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _jobs(root, edition: Edition, sections: list[Section], shared, data, area) -> list[Job]:
    jobs = []
    for section in sections:
        if section.waits_for:
            continue
        path = notebook_path(root, section)
        known = declared(nbformat.read(path, 4), path.name)
        given = {**section.parameters, **edition.sections.get(section.number, {})}
        about = {"edition": edition.reference, "section": section.number}
        about |= {k: v for k, v in (("area", area), ("data", data)) if v}
        check(given | about, known, f"section {section.number}")
        given |= about
        inputs = caching.inputs_of(path, given, shared)
        jobs.append(Job(section.page, str(path), given, caching.key_of(inputs), inputs))
    return jobs


def _wanted(jobs: list[Job], sections, only: str | None, entries: dict) -> list[Job]:
    """All jobs, or with `only` that one, those that need no run, and the methods it links to."""
    if not only:
        return jobs
    page = next(s.page for s in sections if s.number == only)
    return [j for j in jobs if j.page == page or j.page in entries or "methods/" in j.page]


def _is_current(site: Path, plan: str) -> bool:
    manifest = site / "manifest.json"
    if not manifest.is_file():
        return False
    return json.loads(manifest.read_text("utf-8")).get("inputs") == plan and not verify(site)


class _Raised:
    """The pages of executed notebooks, each made once: while others run, or when it is wanted."""

    def __init__(self, sections: list[Section]) -> None:
        self._titles = {s.page: (f"{s.number} {s.title}", s.number) for s in sections}
        self._made: dict[tuple[str, Path], object] = {}

    def page(self, page: str, path: Path):
        """The `Lifted` of a page, of which `path` is the executed notebook; of "wards" as
        `ward_pages` gives it.
        """
        if (page, path) not in self._made:
            notebook = caching.read(path)
            title, number = self._titles.get(page, (_title(notebook), ""))
            made = ward_pages(notebook) if page == "wards" else lift(notebook, page, title, number)
            self._made[page, path] = made
        return self._made[page, path]


def _publish(
    root, folder: Path, edition, sections, entries: dict[str, Path], raised: _Raised, plan: str,
    behind: list[Lifted], printing: Press,
) -> Path:  # fmt: skip
    made = {page: raised.page(page, path) for page, path in entries.items()}
    lifted = {s.page: made.get(s.page) or pages.waiting(s) for s in sections}
    cards = [(section, card) for section in sections for card in lifted[section.page].cards]
    methods = [page for name, page in made.items() if "methods/" in name]
    wards, paths = made.get("wards", ([], {}))
    behind = [*pages.evidence(edition, list(lifted.values()), wards), *behind]
    groups = _grouped(root, edition, sections, lifted, cards, wards, behind)
    groups.append(("Methods", sorted(methods, key=lambda page: page.page)))
    every = [page for _, group in groups for page in group]
    claims = [claim for page in [*lifted.values(), *wards] for claim in page.claims]
    led_to(every, paths | sections_of(root, sections))
    context = context_of(edition)
    with (
        tempfile.TemporaryDirectory(dir=folder, prefix=unfinished("work-")) as work,
        writing(
            root, Path(work) / "downloads", edition, sections, lifted, cards, context
        ) as downloads,
    ):
        site = render(root, Path(work), groups, context, printing)
        (site / "claims.json").write_text(_as_json(claims), "utf-8")
        finish(site, downloads(), partial(_write_manifest, root, site, edition, groups, plan))
        inspect_site(site, every)
        _keep_notebooks(folder / "notebooks", entries)
        current = release(site, folder)
    offer(folder, WHOLE)
    return current


def _title(notebook: nbformat.NotebookNode) -> str:
    return notebook.cells[0].source.split("\n")[0].lstrip("# ")


def _behind(root: Path, edition: Edition) -> list[Lifted]:
    """The pages that need no notebook, so that they can be made while those run."""
    return [pages.breaks(edition), *replay_pages(root, edition), data_and_revisions(edition)]


def _grouped(
    root, edition, sections, lifted, cards, wards, behind
) -> list[tuple[str, list[Lifted]]]:
    parts: dict[str, list[Lifted]] = {}
    for section in sections:
        parts.setdefault(section.part, []).append(lifted[section.page])
    book = root / "book"
    names = ("about", "refresh", "glossary", "accessibility")
    about = [pages.written(book / f"{n}.md") for n in names]
    words = (book / "index.md").read_text("utf-8")
    return [
        ("", [pages.front(edition, cards, sections, words, wards)]),
        *parts.items(),
        ("Wards", wards),
        ("Behind the figures", behind),
        ("About", [*about, reference(), pages.find()]),
    ]


def context_of(edition: Edition) -> dict:
    """What the templates show of an edition."""
    return {
        "sbp_title": shown(edition.title),
        "sbp_area": edition.area,
        "sbp_period": in_words(edition.period_end),
        "sbp_edition": edition.name,
        "sbp_sample": edition.is_sample,
        "sbp_stale": stale_note(edition),
        "sbp_version": __version__,
        "sbp_licence": LICENCE if not edition.is_sample else "Sample data: no licence needed.",
    }


def _as_json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1, default=str) + "\n"


def _write_manifest(root: Path, site: Path, edition, groups, plan: str) -> None:
    used = [s for _, group in groups for page in group for s in page.snapshots]
    (site / "manifest.json").write_text(
        _as_json(manifest(root, site, edition, used, plan)), "utf-8"
    )


def _keep_notebooks(folder: Path, entries: dict[str, Path]) -> None:
    """The executed notebooks of the edition, for reviewers who want to open them."""
    fresh = folder.with_name(unfinished("notebooks"))
    shutil.rmtree(fresh, ignore_errors=True)
    for page, entry in entries.items():
        path = fresh / f"{page}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(entry, path)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
