"""How are the sites of many areas made in one go, with one page that leads to all?"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import ExitStack
from functools import partial
from html import escape
from pathlib import Path

from sbpanalysis.data.territory import territory
from sbpanalysis.errors import BuildError, DataError, SbpError
from sbpanalysis.paths import unfinished
from sbpanalysis.publish import cache, pages
from sbpanalysis.publish.assessment import slug
from sbpanalysis.publish.build import Built, build_executed, clear_away, context_of, execute
from sbpanalysis.publish.downloads import ready
from sbpanalysis.publish.execute import Outcome
from sbpanalysis.publish.inputs import check_inputs
from sbpanalysis.publish.lift import Page, page_of
from sbpanalysis.publish.plan import Plan, prepare, site_folder
from sbpanalysis.publish.release import locked, release
from sbpanalysis.publish.render import render
from sbpanalysis.publish.renderer import open_renderer
from sbpanalysis.publish.renderer import stop as stop_renderers


def areas_of(text: str) -> list[str]:
    """The boroughs that `all`, or names with commas between them, mean.

    Raises `DataError` for a name that is none.

    >>> areas_of("sutton, Croydon")
    ['Croydon', 'Sutton']
    """
    here = territory()
    if text.strip().lower() == "all":
        return sorted(here.units.values())
    codes = {here.code(name) for name in text.split(",") if name.strip()}
    if unknown := codes - set(here.units):
        listed = ", ".join(sorted(here.names[code] for code in unknown))
        raise DataError(f"--areas: {listed}: expected {here.unit}s of {here.name}.")
    return sorted(here.units[code] for code in codes)


def build_areas(
    root: Path,
    name: str,
    areas: list[str],
    *,
    data: str | None = None,
    workers: int | None = None,
    cold: bool = False,
    executor: Executor | None = None,
    started: Callable[[int], None] = lambda count: None,
    ran: Callable[[Outcome], None] = lambda outcome: None,
    done: Callable[[str, Built | SbpError], None] = lambda area, result: None,
) -> Path:
    """Build the site of each area, then a site that holds them all behind one front page.

    Each notebook is run for one area after the other in one kernel, so that tables and libraries
    are read once (`cold`: in one for each). What is there already is not made again. `started` is
    told how many will run, `ran` of each that has, `done` of each area. Returns the common site's
    folder; raises `BuildError` that names every area that failed, after all others are made.
    """
    folder = site_folder(root, name, "areas")
    plans: dict[str, Plan] = {}
    built: dict[str, Built] = {}
    failed: dict[str, SbpError] = {}

    def attempt(area: str, results: dict, work: Callable) -> None:
        try:
            results[area] = work()
        except SbpError as error:
            failed[area] = error
            done(area, error)

    with locked(folder), ExitStack() as locks:
        sites = {area: site_folder(root, name, area) for area in areas}
        clear_away(root, folder, *sites.values())
        check_inputs(root, name)

        def planned(area: str) -> Plan:
            locks.enter_context(locked(sites[area]))
            return prepare(root, name, area=area, data=data)

        for area in areas:
            attempt(area, plans, partial(planned, area))
        try:
            with open_renderer(keep=True):  # it has imported what it needs when it is wanted
                outcomes = execute(
                    list(plans.values()),
                    started,
                    workers=workers,
                    cold=cold,
                    executor=executor,
                    done=ran,
                )
            if outcomes:
                ready()
            for area in list(plans):
                attempt(area, built, partial(build_executed, plans.pop(area), outcomes))
                cache.opened.cache_clear()  # what was read for one area is not held for the next
                if area in built:
                    done(area, built[area])
            site = _together(root, folder, name, data, built, failed) if built else folder / "site"
        finally:
            stop_renderers()
    if failed:
        listed = "".join(f"\n{area}: {error}" for area, error in sorted(failed.items()))
        raise BuildError(
            f"{len(failed)} of {len(areas)} areas failed; the others are made:{listed}"
        )
    return site


def _together(root, folder, name, data, built: dict[str, Built], failed) -> Path:
    """One site: a front page, and below it the site of each area, its files shared by links."""
    first = min(built)
    edition = cache.opened(name, data or "", first)
    with tempfile.TemporaryDirectory(dir=folder, prefix=unfinished("work-")) as work:
        about = [pages.written(root / "book" / f"{n}.md") for n in ("about", "glossary")]
        groups = [("", [_front(built, failed)]), ("About", [*about, pages.find()])]
        context = context_of(edition) | {"sbp_area": territory().its_units}
        with open_renderer() as renderer:
            site = render(root, Path(work), groups, context, renderer)
        for area, result in built.items():
            shutil.copytree(result.site.resolve(), site / slug(area), copy_function=_linked)
        return release(site, folder)


def _linked(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _front(built: dict[str, Built], failed: dict) -> Page:
    items = "".join(
        f'<li><a href="{slug(area)}/index.html">{escape(area)}</a></li>' for area in sorted(built)
    )
    lost = f"<p>Not made: {escape(', '.join(sorted(failed)))}.</p>" if failed else ""
    html = f"<p>One assessment for each borough, from the same data.</p><ul>{items}</ul>{lost}"
    return Page(page_of("Strategic crime assessments", [("html", html)]), "index")


def executor_of(text: str) -> Executor | None:
    """What `--executor` means: None for processes here, or a Dask cluster's executor.

    The workers of a cluster must see the checkout under the same path.
    """
    kind, _, address = text.partition(":")
    if text == "processes":
        return None
    if kind != "dask" or not address:
        raise DataError(f"--executor {text!r}: expected processes or dask:ADDRESS.")
    from distributed import Client

    try:
        return Client(address, timeout="10s").get_executor(pure=False)
    except OSError:
        raise BuildError(
            f"--executor: no Dask scheduler answers at {address}; start one."
        ) from None
