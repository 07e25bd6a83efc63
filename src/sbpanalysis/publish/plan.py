"""What must be done for a site: which notebooks it is made of, and which of them must run?"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import nbformat
import pandas as pd

from sbpanalysis import __version__
from sbpanalysis.errors import BuildError
from sbpanalysis.paths import local
from sbpanalysis.publish import cache as caching
from sbpanalysis.publish.assessment import (
    Section,
    check,
    declared,
    load_assessment,
    notebook_path,
    read_notebook,
    slug,
)
from sbpanalysis.publish.commentary import Commentary, commentaries
from sbpanalysis.publish.execute import Job
from sbpanalysis.publish.overview import overview_sections
from sbpanalysis.publish.revisions_page import allowed
from sbpanalysis.publish.wards import ward_sections
from sbpanalysis.report.edition import Edition

SAMPLE = "bromley-sample"  # the edition that the pages' examples are of


@dataclass(frozen=True)
class Plan:
    """The plan of one site: its `entries` (page -> executed notebook), and the `fresh` jobs that
    must run for the others; of each page, `why`.
    """

    root: Path
    folder: Path
    edition: Edition
    sections: list[Section]
    shared: dict[str, str]
    wanted: list[Job]
    fresh: list[Job]
    entries: dict[str, Path]
    why: dict[str, str]
    inputs: str
    only: str | None = None
    commentary: dict[str, Commentary] = field(default_factory=dict)

    @property
    def target(self) -> Path:
        """Where the site goes: of one section only it is a preview, beside the site proper."""
        return self.folder / "preview" if self.only else self.folder

    @property
    def digest(self) -> str:
        """What the site is made of: the executed notebooks, and all that is set around them."""
        listed = sorted(f"{page} {path.stem}" for page, path in self.entries.items())
        return hashlib.sha256("\n".join([*listed, self.inputs]).encode()).hexdigest()

    def name(self, job: Job) -> str:
        """What a job is remembered by from build to build."""
        return _name(self.folder, job)


def site_folder(root: Path, edition: str, area: str | None) -> Path:
    """`build/<edition>` or, for another area than the edition's own, `build/<edition>--<area>`."""
    name = Path(edition).stem if "/" in edition or edition.endswith((".yml", ".yaml")) else edition
    return root / "build" / (f"{slug(name)}--{slug(area)}" if area else slug(name))


def prepare(
    root: Path, name: str, *, area: str | None, data: str | None, only: str | None = None
) -> Plan:
    """The plan of an edition's site. Raises `DataError` or `BuildError` with what to mend."""
    folder, cache = site_folder(root, name, area), root / "build" / "cache"
    edition = caching.opened(name, data or "", area or "")
    edition.verify()
    sections, shared = load_assessment(root), caching.common(root)
    families_of(edition)  # before a series asks for it, which would compute it anew
    jobs = jobs_of(root, edition, executed_sections(root, edition, sections), shared, data, area)
    jobs += method_jobs(root, shared, folder)
    if only and only not in {s.number for s in sections}:
        raise BuildError(
            f"--only {only}: no such section; there are {', '.join(s.number for s in sections)}."
        )
    cache.mkdir(parents=True, exist_ok=True)
    entries = {j.page: path for j in jobs if (path := caching.find(j, cache, root))}
    wanted = _wanted(jobs, sections, only, entries)
    history = caching.history(cache)
    past = {job.page: history.get(_name(folder, job), {}) for job in wanted}
    fresh = _with_families([job for job in wanted if job.page not in entries])
    why = dict.fromkeys((job.page for job in wanted), "nothing that it was made from has changed")
    why |= {job.page: caching.why(job, past[job.page], cache, root) for job in fresh}
    return Plan(
        root=root,
        folder=folder,
        edition=edition,
        sections=sections,
        shared=shared,
        wanted=wanted,
        fresh=sorted(fresh, key=lambda job: -past[job.page].get("seconds", 60)),
        entries=entries,
        why=why,
        inputs=inputs_digest(root, edition) + allowed(edition),
        only=only,
        commentary=commentaries(root, edition, sections),
    )


def executed_sections(root: Path, edition: Edition, sections: list[Section]) -> list[Section]:
    """The sections that have a notebook: also those of all kinds of crime, and of wards.

    Those two take longest, so they stand first: nobody knows how long each took when none has run.
    """
    return [*ward_sections(root, edition), *overview_sections(root, edition), *sections]


def _name(folder: Path, job: Job) -> str:
    return f"{folder.name}/{job.page}"


def inputs_digest(root: Path, edition: Edition) -> str:
    """One digest of all that a page may depend on besides its own notebook."""
    folders = [root / f for f in ("src/sbpanalysis", "data/reference", "assessments", "book")]
    files = [p for f in [*folders, local(root)] for p in f.rglob("*") if p.is_file()]
    files += [root / "_config.yml", root / "requirements.lock"]
    parts = [
        f"{p.relative_to(root)} {caching.digest(p)}" for p in sorted(files) if p.suffix != ".pyc"
    ]
    parts += [__version__, edition.fingerprint]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def jobs_of(
    root: Path,
    edition: Edition,
    sections: list[Section],
    shared: dict[str, str],
    data: str | None,
    area: str | None,
) -> list[Job]:
    """A job for each section that waits for nothing, its parameters checked."""
    jobs = []
    families = families_of(edition)
    cut_off = str(edition.p_limit)
    for section in sections:
        if section.waits_for:
            continue
        path = notebook_path(root, section)
        known = declared(read_notebook(path), path.name)
        given = {**section.parameters, **edition.sections.get(section.number, {})}
        place = {"edition": edition.reference, "section": section.number}
        place |= {k: v for k, v in (("area", area), ("data", data)) if v}
        check(given | place, known, f"section {section.number}")
        given |= place
        inputs = caching.inputs_of(path, given, shared) | {"cut-off of all changes": cut_off}
        key = caching.key_of(inputs)
        jobs.append(Job(section.page, str(path), given, key, inputs, families, plain=False))
    return jobs


def _with_families(fresh: list[Job]) -> list[Job]:
    """The jobs, those of methods pages with the family of the sample, which they use."""
    if not any("methods/" in job.page for job in fresh):
        return fresh
    families = families_of(caching.opened(SAMPLE, "", ""))
    return [replace(j, families=families) if "methods/" in j.page else j for j in fresh]


def families_of(edition: Edition) -> dict[str, float]:
    """What notebooks of an edition are told of the family of its changes; made once."""

    def made() -> pd.DataFrame:
        return pd.DataFrame({"p_limit": [edition.p_limit]})

    [limit] = caching.kept_frame(edition.root, "family", [edition], made)["p_limit"]
    edition.knows(float(limit))
    return {edition.fingerprint: edition.p_limit}


def _wanted(jobs: list[Job], sections, only: str | None, entries: dict) -> list[Job]:
    """All jobs, or with `only` that one, those that need no run, and the methods it links to."""
    if not only:
        return jobs
    page = next(s.page for s in sections if s.number == only)
    return [j for j in jobs if j.page == page or j.page in entries or "methods/" in j.page]


def method_jobs(root: Path, shared: dict[str, str], folder: Path) -> list[Job]:
    """A job for each page of `book/methods`, its notebook written under `folder`."""
    jobs = []
    target = folder / "method-sources"
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted((root / "book" / "methods").glob("*.md")):
        written = target / f"{path.stem}.ipynb"
        written.write_text(_notebook(path, path.read_text("utf-8")), "utf-8")
        inputs = caching.inputs_of(written, {}, shared)
        jobs.append(Job(f"methods/{path.stem}", str(written), {}, caching.key_of(inputs), inputs))
    return jobs


@lru_cache(maxsize=64)
def _notebook(path: Path, text: str) -> str:
    from myst_nb.core.read import read_myst_markdown_notebook

    notebook = read_myst_markdown_notebook(text, path=path)
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"{path.stem}-{number}"[:64]
    return nbformat.writes(notebook)
