"""A real browser for tests: Chromium as it is on the machine, and pages that are watched in it."""

from __future__ import annotations

import contextlib
import functools
import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
# Contrast hangs on how a text looks: its colours down to what nothing shines through, its size, its
# weight. axe takes seconds over a thousand texts of one look, so it is asked about one of each look
# of the whole page; about each by itself where it may lie over another.
LOOKS = """() => {
  const looks = new Map(), below = new Map();
  const plain = ['rgba(0, 0, 0, 0)', 'none', '1', 'none', 'normal', 'none', 'none'].join();
  const ground = (e) => {
    if (!e) return '';
    if (!below.has(e)) {
      const s = getComputedStyle(e);
      const own = [s.backgroundColor, s.backgroundImage, s.opacity, s.filter, s.mixBlendMode,
        s.transform, s.clipPath].join();
      const floats = s.position === 'absolute' || s.position === 'fixed';
      below.set(e, ground(e.parentElement) + (own === plain ? '' : `|${own}`)
        + (floats ? `|over others, ${below.size}` : ''));
    }
    return below.get(e);
  };
  const mark = (e) => {
    if (!e.checkVisibility({visibilityProperty: true})) return;
    const s = getComputedStyle(e);
    const look = [ground(e), s.color, s.fontSize, s.fontWeight, s.textShadow].join();
    if (!looks.has(look)) looks.set(look, e);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) if (texts.currentNode.data.trim()) mark(texts.currentNode.parentElement);
  document.querySelectorAll('input, select, textarea').forEach(mark);
  document.querySelectorAll('[data-look]').forEach((e) => delete e.dataset.look);
  looks.forEach((e) => { e.dataset.look = ''; });
  axe.configure({rules: [{id: 'color-contrast', selector: '[data-look]'}]});
  return looks.size;
}"""
# all other rules on the first 50 rows of each table: more have only registers, alike to the
# thousandth row
AXE = """async (options) => {
  const rows = [...document.querySelectorAll('tbody tr:nth-child(n+51)')]
    .filter((row) => !row.querySelector('[data-look]'))
    .map((row) => [row, row.nextSibling, row.parentNode]);
  rows.forEach(([row]) => row.remove());
  const found = await axe.run(document, options);
  rows.reverse().forEach(([row, next, table]) => table.insertBefore(row, next));
  return found;
}"""
# WCAG 2.2 at levels A and AA, and what axe holds to be best practice
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def browser():
    """Chromium, found on the machine; ended with the file of tests, whose event loop it holds."""
    where = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not where:
        reason = "no Chromium on this machine; install Debian's chromium or set CHROMIUM"
        pytest.fail(reason) if os.environ.get("SBP_NO_SKIPS") == "1" else pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        chromium = player.chromium.launch(executable_path=where, args=ARGUMENTS)
        yield chromium
        chromium.close()


@contextlib.contextmanager
def served(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """A folder over http on this machine: its address, and the paths asked for so far."""
    asked: list[str] = []

    class Listening(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            """Say nothing, but note what was asked for."""
            asked.append(self.path)

    handler = functools.partial(Listening, directory=str(folder))
    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{httpd.server_address[1]}", asked
    finally:
        httpd.shutdown()
        httpd.server_close()


@pytest.fixture(scope="module")
def at(sample_site) -> Iterator[str]:
    """The sample site over http on this machine; gives its address."""
    with served(sample_site) as (address, _):
        yield address


def axe(page) -> tuple[set[str], list[str]]:
    """The rules that axe holds a page to as it is shown now, and each that it breaks."""
    from axe_playwright_python.base import AXE_SCRIPT

    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    page.evaluate(LOOKS)
    told = page.evaluate(AXE, {
        "runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"],
    })  # fmt: skip
    rules = {rule["id"] for kind in ("passes", "violations") for rule in told[kind]}
    return rules, [
        f"{v['id']} ({len(v['nodes'])} times, first {v['nodes'][0]['target']})"
        for v in told["violations"]
    ]


def pages_of(site: Path) -> list[str]:
    """The pages of a site, as paths."""
    return sorted(p.relative_to(site).as_posix() for p in site.rglob("*.html"))


def watched(browser, width: int, base: str = "http://127.0.0.1", **options):
    """A page that notes in `faults` all that must not be: console errors (which tell of what the
    page's policy refused), dialogs, requests that failed or went elsewhere than to `base`.
    """
    page = browser.new_page(viewport={"width": width, "height": 900}, **options)
    page.faults = []
    page.on("console", lambda m: page.faults.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: page.faults.append(str(e)))
    page.on("dialog", lambda d: (page.faults.append(f"dialog: {d.message}"), d.dismiss()))
    page.on("requestfailed", lambda r: page.faults.extend(_failed(r)))
    local = (base, "data:")
    page.on(
        "request",
        lambda r: None if r.url.startswith(local) else page.faults.append(f"foreign: {r.url}"),
    )
    return page


def _failed(request) -> list[str]:
    """A request that failed, unless only because the next page was opened before its answer."""
    gone_on = request.failure == "net::ERR_ABORTED"
    return [] if gone_on else [f"failed: {request.url}, {request.failure}"]
