"""From an edition to its site, in five steps: plan, execute, lift, render, release."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from sbpanalysis import __version__
from sbpanalysis.data import snapshots
from sbpanalysis.data.snapshots import write_whole
from sbpanalysis.errors import BuildError, EditedWarning
from sbpanalysis.paths import sweep, unfinished
from sbpanalysis.periods import in_words
from sbpanalysis.publish import cache as caching
from sbpanalysis.publish import processes, released
from sbpanalysis.publish.brand import load_brand
from sbpanalysis.publish.commentary import carried_over
from sbpanalysis.publish.contents import (
    Contents,
    Lifting,
    lift_all,
    pages_without_notebook,
    refuse_calendars,
)
from sbpanalysis.publish.downloads import WHOLE, finish, writing
from sbpanalysis.publish.execute import Outcome, run_all
from sbpanalysis.publish.inputs import check_inputs
from sbpanalysis.publish.inspect import inspect_site, refuse_traces
from sbpanalysis.publish.markdown import printable
from sbpanalysis.publish.needles import refuse_needles
from sbpanalysis.publish.plan import Plan, prepare, site_folder
from sbpanalysis.publish.processes import in_background
from sbpanalysis.publish.release import digest, locked, offer, page_digests, release, verify
from sbpanalysis.publish.render import render
from sbpanalysis.publish.renderer import Renderer, open_renderer
from sbpanalysis.publish.revisions_page import stale_note
from sbpanalysis.report.edition import Edition

LICENCE = (
    "Contains public sector information licensed under the Open Government Licence v2.0 and v3.0. "
    "Contains National Statistics and Ordnance Survey data © Crown copyright and database right."
)
NO_COMMIT = "not known: the library was not run from a checkout of git"
CHANGED = ", with changes that were not committed"
_MADE_OF = (
    "src",
    "assessments",
    "book",
    "notebooks",
    "data/reference",
    "requirements.lock",
    "_config.yml",
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
    # what it was made from, for who goes on from it: given where processes are kept warm
    plan: Plan | None = field(default=None, repr=False)
    contents: Contents | None = field(default=None, repr=False)


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
        clear_away(root, folder, folder / "preview")
        check_inputs(root, name)
        plan = prepare(root, name, area=area, data=data, only=only)
        if same := unchanged(plan):
            return replace(same, plan=plan)
        lifting = Lifting(plan.sections)

        def finished(outcome: Outcome) -> None:
            """Lift the page of a notebook while others still run."""
            if not outcome.fault:
                lifting.page(outcome.page, Path(outcome.path))
            done(outcome)

        with (
            open_renderer(keep_warm) as renderer,
            in_background(pages_without_notebook, root, plan.edition) as others,
        ):
            outcomes = execute(
                [plan],
                started,
                workers=workers,
                cold=cold,
                keep_warm=keep_warm,
                executor=executor,
                done=finished,
            )
            plan = executed(plan, outcomes)
            contents = lift_all(plan, lifting, others())
            built = _publish(plan, contents, renderer)
            return replace(built, plan=plan, contents=contents) if keep_warm else built


def build_executed(plan: Plan, outcomes: dict[str, Outcome]) -> Built:
    """The site of a plan whose notebooks have run. Raises `BuildError` with every fault."""
    if same := unchanged(plan):
        return same
    plan = executed(plan, outcomes)
    others = pages_without_notebook(plan.root, plan.edition)
    with open_renderer(keep=True) as renderer:
        return _publish(plan, lift_all(plan, Lifting(plan.sections), others), renderer)


def clear_away(root: Path, *folders: Path) -> None:
    """Clear away what builds that were ended left, and what this process knows of editions."""
    sweep(*folders, root / "build" / "cache")
    snapshots.sweep(root)
    processes.sweep()
    caching.opened.cache_clear()


def unchanged(plan: Plan) -> Built | None:
    """What was built before, if it is what would be built now."""
    manifest = plan.target / "site" / "manifest.json"
    if not manifest.is_file() or not _ledger(plan).is_file():
        return None
    made_from, _, recorded = _ledger(plan).read_text("ascii").strip().partition(" ")
    whole = recorded == caching.digest(manifest)
    if edited := verify(manifest.parent) if whole else [manifest.name]:
        listed = ", ".join(edited[:5])
        warnings.warn(
            f"build/{plan.target.name}/site: {listed} edited since it was made; the site is made "
            "again.",
            EditedWarning,
            stacklevel=2,
        )
    if edited or plan.fresh or made_from != plan.digest:
        return None
    if not plan.only:
        offer(plan.folder, WHOLE)
    return Built(manifest.parent, (), tuple(plan.entries), True, plan.why)


def _ledger(plan: Plan) -> Path:
    name = "-".join(filter(None, (plan.folder.name, plan.only)))
    return plan.root / "build" / "cache" / f"{name}.made-from"


def execute(plans: list[Plan], started: Callable[[int], None], **settings) -> dict[str, Outcome]:
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
    caching.remember(
        cache,
        {
            plan.name(job): {"inputs": job.inputs, "seconds": round(outcomes[job.key].seconds, 2)}
            for plan, job in ran
        },
    )
    if caching.common(root) != shared:
        for _, job in ran:  # nobody knows which library each was run with
            Path(outcomes[job.key].path).unlink(missing_ok=True)
        raise BuildError("the library or its versions changed during the build; build again.")
    return outcomes


def executed(plan: Plan, outcomes: dict[str, Outcome]) -> Plan:
    """The plan with the notebooks that ran among its entries. Raises `BuildError` with every
    fault."""
    if faults := sorted(filter(None, (outcomes[job.key].fault for job in plan.fresh))):
        raise BuildError("\n".join(faults))
    ran = {job.page: Path(outcomes[job.key].path) for job in plan.fresh}
    return replace(plan, entries=plan.entries | ran)


def _publish(plan: Plan, contents: Contents, renderer: Renderer) -> Built:
    refuse_calendars(plan.entries)
    with tempfile.TemporaryDirectory(dir=plan.folder, prefix=unfinished("work-")) as work:
        site, printed = _rendered(plan, contents, Path(work), renderer)
        files = released.files(site)
        with in_background(
            refuse_needles, files, plan.edition, contents.pages, printed
        ) as needles_refused:
            inspect_site(site, contents.pages)
            refuse_traces(files, plan.edition)
            needles_refused()
        current = _released(plan, site)
    caching.clean(plan.root / "build" / "cache")
    ran = tuple(job.page for job in plan.fresh)
    reused = tuple(page for page in plan.entries if page not in ran)
    to_check = tuple(carried_over(plan.commentary, plan.edition))
    return Built(current, ran, reused, False, plan.why, to_check)


def _rendered(plan: Plan, contents: Contents, work: Path, renderer: Renderer) -> tuple[Path, dict]:
    """The site with all that is downloaded from it, in a folder below `work`, and what its
    documents print."""
    root, edition = plan.root, plan.edition
    context = context_of(edition) | {"sbp_empty": contents.bare}
    if plan.only:
        context["sbp_title"] = f"Preview of section {plan.only}: {context['sbp_title']}"
    with writing(
        root, work / "downloads", edition, contents.document, contents.cards, context
    ) as downloads:
        site = render(root, work, contents.parts, context, renderer, contents.links)
        (site / "claims.json").write_text(_as_json(contents.claims), "utf-8")
        used = [snapshot for page in contents.pages for snapshot in page.snapshots]
        facts = manifest(root, edition, used) | ({"only": plan.only} if plan.only else {})
        printed = downloads()
        finish(site, work / "downloads", partial(_write_manifest, site, facts))
    return site, printed


def _released(plan: Plan, site: Path) -> Path:
    """Make a site the current one, and remember what it was made from."""
    plan.target.mkdir(exist_ok=True)
    _keep_notebooks(plan.target / "notebooks", plan.entries)
    current = release(site, plan.target)
    # it stays out of the site: among what the digest is of are files about persons
    made_from = f"{plan.digest} {caching.digest(plan.target / 'site' / 'manifest.json')}\n"
    write_whole(_ledger(plan), made_from.encode(), private=True)
    if not plan.only:
        offer(plan.folder, WHOLE)
    return current


def context_of(edition: Edition) -> dict:
    """What the templates show of an edition."""
    return {
        "sbp_title": printable(edition.title),
        "sbp_area": edition.area,
        "sbp_period": in_words(edition.period_end),
        "sbp_edition": edition.name,
        "sbp_sample": edition.is_sample,
        "sbp_stale": stale_note(edition),
        "sbp_version": __version__,
        "sbp_licence": LICENCE if not edition.is_sample else "Sample data: no licence needed.",
        **load_brand(edition.root).context(),
    }


def _as_json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1, default=str) + "\n"


def _write_manifest(site: Path, facts: dict) -> None:
    content = _as_json(facts | {"pages": page_digests(site)})
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


def manifest(root: Path, edition, snapshots: list[str]) -> dict:
    """What `manifest.json` says of a site besides the hashes of its `pages`; no time of the build,
    so that it can be built again.

    `snapshots`: the names of those that its pages read.
    """
    return {
        "edition": edition.name,
        "parameters": {
            "area": edition.area,
            "comparators": list(edition.comparators),
            "confidence": edition.confidence,
            "priorities": list(edition.priorities),
            "sections": edition.sections,
        },
        "synthetic": edition.is_sample,
        "data_up_to": str(edition.period_end),
        "snapshots": edition.snapshot_table(sorted(set(snapshots))).to_dict("records"),
        "library": {
            "name": "sbpanalysis",
            "version": __version__,
            "commit": commit(root),
            "sha256": caching.library(root),
        },
        "environment": {"file": "requirements.lock", "sha256": digest(root / "requirements.lock")},
    }


def commit(root: Path) -> str:
    """The commit of git that a checkout is at, and whether what makes a site differs from it."""
    try:
        top = _git(root, "rev-parse", "--show-toplevel")
        if Path(top).resolve() != root.resolve():
            return NO_COMMIT  # a copy that lies within somebody else's checkout
        changed = _git(root, "status", "--porcelain", "--", *_MADE_OF)
        return _git(root, "rev-parse", "HEAD") + (CHANGED if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return NO_COMMIT


def _git(root: Path, *words: str) -> str:
    ran = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True)
    return ran.stdout.strip()
