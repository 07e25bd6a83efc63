"""From an edition to its site: check, run, inspect, render, release."""

from __future__ import annotations

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
from sbpanalysis.data import snapshots
from sbpanalysis.data.snapshots import write_whole
from sbpanalysis.errors import BuildError
from sbpanalysis.paths import sweep, unfinished
from sbpanalysis.periods import in_words
from sbpanalysis.publish import cache as caching
from sbpanalysis.publish import lifeline, pages
from sbpanalysis.publish.assessment import KINDS, Section, load_overview
from sbpanalysis.publish.audit import refuse_told
from sbpanalysis.publish.beside import beside
from sbpanalysis.publish.brand import load_brand
from sbpanalysis.publish.commentary import carried_over, place
from sbpanalysis.publish.downloads import WHOLE, finish, writing
from sbpanalysis.publish.execute import Outcome, run_all
from sbpanalysis.publish.flow import trace
from sbpanalysis.publish.front import front
from sbpanalysis.publish.inputs import check_inputs
from sbpanalysis.publish.inspect import inspect_site
from sbpanalysis.publish.lift import Lifted, lift
from sbpanalysis.publish.manifest import manifest
from sbpanalysis.publish.missing import empty, listed, marked, parted
from sbpanalysis.publish.plan import Plan, prepare, site_folder
from sbpanalysis.publish.press import Press, press
from sbpanalysis.publish.reference_page import reference
from sbpanalysis.publish.release import locked, offer, page_digests, release, verify
from sbpanalysis.publish.replay_page import replay_pages
from sbpanalysis.publish.revisions_page import data_and_revisions, stale_note
from sbpanalysis.publish.site import render
from sbpanalysis.publish.traces import refuse_traces
from sbpanalysis.publish.wards import sections_of, ward_pages
from sbpanalysis.publish.words import shown
from sbpanalysis.report.edition import Edition

LICENCE = (
    "Contains public sector information licensed under the Open Government Licence v2.0 and v3.0. "
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
    to_check: tuple[str, ...] = ()  # commentaries written on older figures


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

    `only` runs one section, others are taken as they were last run, and what comes of it is a
    preview beside the site, which stays as it is; `cold` starts each kernel
    plainly, for the same bytes; `executor` runs them elsewhere. Raises `DataError` or
    `BuildError` with what to mend.
    """
    folder = site_folder(root, name, area)
    with locked(folder):
        begin(root, folder, folder / "preview")
        check_inputs(root, name)
        plan = prepare(root, name, area=area, data=data, only=only)
        if same := unchanged(plan):
            return same
        raised = _Raised(plan.sections)

        def finished(outcome: Outcome) -> None:
            """Make the page of a notebook while others still run."""
            if not outcome.fault:
                raised.page(outcome.page, Path(outcome.path))
            done(outcome)

        with press(keep_warm) as printing, beside(_behind, root, plan.edition) as behind:
            outcomes = run([plan], started, workers=workers, cold=cold, keep_warm=keep_warm,
                           executor=executor, done=finished)  # fmt: skip
            return _made(plan, outcomes, raised, behind, printing)


def begin(root: Path, *folders: Path) -> None:
    """Clear away what builds that were ended left, and what this process knows of editions."""
    sweep(*folders, root / "build" / "cache")
    snapshots.sweep(root)
    lifeline.sweep()
    caching.opened.cache_clear()


def unchanged(plan: Plan) -> Built | None:
    """What was built before, if it is what would be built now."""
    manifest = plan.target / "site" / "manifest.json"
    if plan.fresh or not manifest.is_file() or not _ledger(plan).is_file():
        return None
    if _ledger(plan).read_text("ascii") != _made_from(plan) or verify(manifest.parent):
        return None
    if not plan.only:
        offer(plan.folder, WHOLE)
    return Built(manifest.parent, (), tuple(plan.entries), True, plan.why)


def _ledger(plan: Plan) -> Path:
    name = "-".join(filter(None, (plan.folder.name, plan.only)))
    return plan.root / "build" / "cache" / f"{name}.made-from"


def _made_from(plan: Plan) -> str:
    """The digest of all that a site is made from, with that of its manifest.

    It stays out of the site: among what it is of are files about persons.
    """
    return f"{plan.digest} {caching.digest(plan.target / 'site' / 'manifest.json')}\n"


def run(plans: list[Plan], started: Callable[[int], None], **settings) -> dict[str, Outcome]:
    """Run all notebooks that the plans of one checkout want, key -> outcome; a fault is one too.

    `started` is told how many will run; `settings` are those of `run_all`. Raises `BuildError` if
    the library changed meanwhile.
    """
    if not plans:
        return {}
    root, shared = plans[0].root, plans[0].shared
    cache = root / "build" / "cache"
    jobs = {job.key: job for plan in plans for job in plan.fresh}
    started(len(jobs))
    outcomes = run_all(list(jobs.values()), cache, root, **settings)
    ran = [(plan, job) for plan in plans for job in plan.fresh if outcomes[job.key].path]
    caching.remember(cache, {
        plan.name(job): {"inputs": job.inputs, "seconds": round(outcomes[job.key].seconds, 2)}
        for plan, job in ran
    })  # fmt: skip
    if caching.common(root) != shared:
        for _, job in ran:  # nobody knows which library each was run with
            Path(outcomes[job.key].path).unlink(missing_ok=True)
        raise BuildError("the library or its versions changed during the build; build again.")
    return outcomes


def made(plan: Plan, outcomes: dict[str, Outcome]) -> Built:
    """The site of a plan whose notebooks have run. Raises `BuildError` with every fault."""
    if same := unchanged(plan):
        return same
    behind = partial(_behind, plan.root, plan.edition)
    with press(keep=True) as printing:
        return _made(plan, outcomes, _Raised(plan.sections), behind, printing)


def _made(plan: Plan, outcomes: dict[str, Outcome], raised: _Raised, behind, printing) -> Built:
    if faults := sorted(filter(None, (outcomes[j.key].fault for j in plan.fresh))):
        raise BuildError("\n".join(faults))
    plan.entries.update({j.page: Path(outcomes[j.key].path) for j in plan.fresh})
    site = _publish(plan, raised, behind, printing)
    caching.clean(plan.root / "build" / "cache")
    ran = tuple(j.page for j in plan.fresh)
    reused = tuple(page for page in plan.entries if page not in ran)
    return Built(site, ran, reused, False, plan.why,
                 tuple(carried_over(plan.commentary, plan.edition)))  # fmt: skip


class _Raised:
    """The pages of executed notebooks, each made once: while others run, or when it is wanted."""

    def __init__(self, sections: list[Section]) -> None:
        self._titles = {s.page: (f"{s.number} {s.title}", s.number) for s in sections}
        self._titles[KINDS] = ("Every kind of crime", KINDS)
        self._made: dict[tuple[str, Path], object] = {}

    def page(self, page: str, path: Path):
        """The `Lifted` of a page, of which `path` is the executed notebook; of "wards" as
        `ward_pages` gives it.
        """
        if (page, path) not in self._made:
            notebook = caching.read(path)
            title, number = self._titles.get(page, (_title(notebook), ""))
            trace(notebook)
            notebook, missing = parted(notebook)
            if page == "wards":
                self._made[page, path] = ward_pages(notebook)
            else:
                self._made[page, path] = marked(lift(notebook, page, title, number), missing)
        return self._made[page, path]


def _publish(plan: Plan, raised: _Raised, behind: Callable, printing: Press) -> Path:
    root, edition, sections = plan.root, plan.edition, plan.sections
    made = {page: raised.page(page, path) for page, path in plan.entries.items()}
    lifted = {s.page: made.get(s.page) or pages.waiting(s) for s in sections}
    for section in sections:
        if section.number in plan.commentary:
            place(lifted[section.page], plan.commentary[section.number], edition)
    cards = [(section, card) for section in sections for card in lifted[section.page].cards]
    methods = sorted(
        (page for name, page in made.items() if "methods/" in name), key=lambda p: p.page
    )
    wards, paths = made.get("wards", ([], {}))
    kinds = [made[KINDS]] if KINDS in made else []
    others = [*pages.evidence(edition, [*kinds, *lifted.values()], wards), *behind()]
    bare = {s.page for s in sections if s.waits_for or empty(lifted[s.page])}
    groups = _grouped(root, edition, sections, lifted, cards, kinds, wards, others, methods, bare)
    every = [page for _, group in groups for page in group]
    claims = [claim for page in [*kinds, *lifted.values(), *wards] for claim in page.claims]
    links = paths | sections_of(root, sections)
    context = context_of(edition) | {"sbp_empty": sorted(bare)}
    if plan.only:
        context["sbp_title"] = f"Preview of section {plan.only}: {context['sbp_title']}"
    with (
        tempfile.TemporaryDirectory(dir=plan.folder, prefix=unfinished("work-")) as work,
        writing(
            root,
            Path(work) / "downloads",
            edition,
            [*([load_overview(root)] if kinds else []), *sections],
            {page.page: page for page in kinds} | lifted,
            cards,
            context,
        ) as downloads,
    ):
        site = render(root, Path(work), groups, context, printing, links)
        (site / "claims.json").write_text(_as_json(claims), "utf-8")
        finish(site, downloads(), partial(_write_manifest, site, manifest(
            root, edition, [s for page in every for s in page.snapshots]
        ) | ({"only": plan.only} if plan.only else {})))  # fmt: skip
        inspect_site(site, every)
        refuse_traces(site, edition)
        plan.target.mkdir(exist_ok=True)
        _keep_notebooks(plan.target / "notebooks", plan.entries)
        current = release(site, plan.target)
    write_whole(_ledger(plan), _made_from(plan).encode(), private=True)
    if not plan.only:
        offer(plan.folder, WHOLE)
    return current


def _title(notebook: nbformat.NotebookNode) -> str:
    return notebook.cells[0].source.split("\n")[0].lstrip("# ")


def _behind(root: Path, edition: Edition) -> list[Lifted]:
    """The pages that need no notebook, so that they can be made while those run.

    Raises `BuildError` if the edition's numbers of persons tell a hidden one.
    """
    refuse_told(root, edition)
    return [pages.breaks(edition), *replay_pages(root, edition), data_and_revisions(edition)]


def _grouped(
    root, edition, sections, lifted, cards, kinds, wards, behind, methods, bare
) -> list[tuple[str, list[Lifted]]]:
    parts: dict[str, list[Lifted]] = {}
    for section in sections:
        parts.setdefault(section.part, []).append(lifted[section.page])
    book = root / "book"
    about, reviewers = (
        [pages.written(book / f"{name}.md") for name in names]
        for names in (("reading", "about", "glossary", "accessibility"), ("refresh",))
    )
    return [
        ("", [front(edition, cards, sections, kinds, wards, bare)]),
        ("All crime", kinds),
        *parts.items(),
        ("Wards", wards),
        ("For reviewers", [*behind, *methods, *reviewers, reference()]),
        ("About", [listed(edition, sections, lifted), *about, pages.find()]),
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
    } | load_brand(edition.root).context()


def _as_json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1, default=str) + "\n"


def _write_manifest(site: Path, told: dict) -> None:
    content = _as_json(told | {"pages": page_digests(site)})
    (site / "manifest.json").write_text(content, "utf-8")


def _keep_notebooks(folder: Path, entries: dict[str, Path]) -> None:
    """The executed notebooks of the edition, for reviewers who want to open them."""
    fresh = folder.with_name(unfinished("notebooks"))
    shutil.rmtree(fresh, ignore_errors=True)
    for page, entry in entries.items():
        path = fresh / f"{page}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(entry, path)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.chmod(0o700)
    fresh.rename(folder)
