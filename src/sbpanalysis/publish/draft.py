"""What does a page look like now, long before the whole site is made again?

Pages whose notebook or commentary was edited are made alone: run, lifted, rendered in a book that
is kept, and asked for counts of persons. They lie beside the site that stands, and are shown
before it; front page, documents and search follow with the next build. No draft is released.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from sbpanalysis.paths import DRAFT, local, unfinished
from sbpanalysis.publish import cache as caching
from sbpanalysis.publish import released
from sbpanalysis.publish.assessment import Section, notebook_path
from sbpanalysis.publish.build import context_of, execute, executed
from sbpanalysis.publish.commentary import commentaries, place
from sbpanalysis.publish.contents import Contents, Lifting, lift_all, pages_without_notebook
from sbpanalysis.publish.inputs import check_inputs
from sbpanalysis.publish.inspect import inspect_site
from sbpanalysis.publish.lift import Page
from sbpanalysis.publish.needles import Needles
from sbpanalysis.publish.plan import Plan, executed_sections, jobs_of
from sbpanalysis.publish.render import (
    begin,
    jupyter_book,
    link_terms,
    put_assets,
    write_config,
    write_page,
)
from sbpanalysis.publish.renderer import open_renderer


class Draft:
    """The pages of a site that stands, ready to be made again one by one."""

    def __init__(self, plan: Plan, contents: Contents | None) -> None:
        """`contents` of the site: lifted here where nothing had to be built."""
        self._plan, self.folder = plan, plan.folder / DRAFT
        if contents is None:
            others = pages_without_notebook(plan.root, plan.edition)
            contents = lift_all(plan, Lifting(plan.sections), others)
        self._links = contents.links
        self._context = context_of(plan.edition) | {"sbp_empty": contents.bare}
        self._pages = {page.page: page for page in contents.pages}
        self._sections = executed_sections(plan.root, plan.edition, plan.sections)
        self._needles = Needles(plan.edition)
        self._work = tempfile.TemporaryDirectory(dir=plan.folder, prefix=unfinished("draft-"))
        self._book = Path(self._work.name) / "source"
        begin(plan.root, self._book, contents.parts, self._context, contents.links)
        self._rendered()

    def show(self, edited: set[Path]) -> int | None:
        """Make the pages of these files, and say how many there are.

        None where more than pages hangs on one of them. Raises `BuildError` or `DataError` with
        what to mend: then what was shown stays.
        """
        root = self._plan.root
        bases = [local(root) / "commentary", root / "book" / "commentary"]
        words = {p for p in edited if any(p.is_relative_to(base) for base in bases)}
        notebooks = {s.number: notebook_path(root, s) for s in self._sections if not s.waits_for}
        numbers = {path.stem for path in words}
        chosen = [
            section
            for section in self._sections
            if section.number in numbers or notebooks.get(section.number) in edited
        ]
        if edited - words - set(notebooks.values()) or numbers - notebooks.keys():
            return None
        check_inputs(root, self._plan.edition.name)
        pages = self._lifted(chosen)
        self._pages |= {page.page: page for page in pages}
        for page in pages:
            write_page(self._book, page, self._links)
        self._put(pages, self._rendered())
        return len(pages)

    def _lifted(self, chosen: list[Section]) -> list[Page]:
        """The pages of sections, their notebooks run where they must be."""
        plan = self._plan
        given = {key: plan.wanted[0].parameters.get(key) for key in ("data", "area")}
        jobs = jobs_of(plan.root, plan.edition, chosen, plan.shared, **given)
        cache = plan.root / "build" / "cache"
        entries = {j.page: path for j in jobs if (path := caching.find(j, cache, plan.root))}
        fresh = [job for job in jobs if job.page not in entries]
        plan = replace(plan, fresh=fresh, entries=entries)
        plan = executed(plan, execute([plan], lambda count: None, keep_warm=True))
        lifting, words = Lifting(plan.sections), commentaries(plan.root, plan.edition, chosen)
        pages = []
        for section, job in zip(chosen, jobs, strict=True):
            lifted = lifting.page(job.page, plan.entries[job.page])
            pages += lifted[0] if isinstance(lifted, tuple) else [lifted]  # of wards a page each
            if section.number in words:
                place(lifted, words[section.number], plan.edition)
        return pages

    def _rendered(self) -> Path:
        """The folder of all pages as Jupyter Book makes them; of them only what has changed."""
        write_config(self._plan.root, self._book, self._pages.values(), self._context)
        with open_renderer(keep=True) as renderer:
            return jupyter_book(self._book, self._book.parent / "out", renderer)

    def _put(self, pages: list[Page], rendered: Path) -> None:
        """Show rendered pages with their files, once they are as the pages of a site must be."""
        link_terms(rendered, [page.page for page in pages])
        with tempfile.TemporaryDirectory(dir=self._book.parent) as name:
            fresh = Path(name)
            put_assets(fresh, pages)
            for page in pages:
                path = fresh / f"{page.page}.html"
                path.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(rendered / f"{page.page}.html", path)
            site = self._plan.target / "site"
            beside = {p.relative_to(site).as_posix() for p in site.rglob("*") if p.is_file()}
            inspect_site(fresh, pages, beside)
            self._needles.pass_over(pages)
            self._needles.refuse(released.files(fresh), {})
            shutil.copytree(fresh, self.folder, dirs_exist_ok=True)

    def end(self) -> None:
        """Remove what is kept to make drafts."""
        self._work.cleanup()
