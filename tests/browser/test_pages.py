"""Every page of the sample site in a real browser: accessible, self-contained, printable."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from chromium import axe, pages_of, watched

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WIDTHS, MEDIA = (320, 1280), ("screen", "print")
PAPER = {"width": 673, "height": 986}  # pixels of A4 within the margins that the style asks for
CONTROLS = "a[href], button, input, summary, [tabindex='0']"
# every control takes the focus, can be reached by Tab, and shows where the focus is
FAINT = """(controls) => [...document.querySelectorAll(controls)]
  .filter((e) => e.checkVisibility({visibilityProperty: true}) && !e.closest('[hidden]'))
  .flatMap((e) => {
    e.focus();
    const style = getComputedStyle(e);
    const seen = document.activeElement === e && e.tabIndex === 0
      && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    return seen ? [] : [`${e.tagName} ${e.className} ${e.textContent.slice(0, 30)}`];
  })"""
# printed: no menus or code, short tables open and no long one, the order that is read, no picture
# over a page's end
PRINTED = """(paper) => {
  const bad = [], seen = (e) => e.checkVisibility({visibilityProperty: true});
  for (const e of document.querySelectorAll('nav, form, .skip, details.method, .copy, .tip'))
    if (seen(e)) bad.push(`${e.tagName} ${e.className} is printed`);
  for (const e of document.querySelectorAll('details.data')) {
    const short = e.querySelectorAll('tbody tr').length <= 15;
    if (short && (!e.open || !e.querySelector('table').getBoundingClientRect().height))
      bad.push('a closed table');
    if (!short && seen(e)) bad.push('a long table');
  }
  let above = -Infinity;
  for (const e of document.querySelectorAll('main :is(h1, h2, p.claim, figure, p.remark)')) {
    const top = e.getBoundingClientRect().top;
    if (seen(e) && top < above) bad.push(`${e.tagName} stands above what is read before it`);
    if (seen(e)) above = top;
  }
  for (const e of document.querySelectorAll('main img')) {
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    if (box.height > paper.height || box.right > paper.width + 1)
      bad.push(`a picture of ${box.width} by ${box.height}`);
    const whole = e.closest('.cards li') || e;
    if (getComputedStyle(whole).breakInside !== 'avoid') bad.push('a picture that may be cut');
  }
  return bad;
}"""
# words of tables that stand on two lines; names of files and printed code may break
BROKEN = """() => {
  const bad = [], texts = document.createTreeWalker(document.querySelector('main'), 4);
  const free = 'table.docutils, ' + ['File', 'file', 'Snapshot', 'snapshot']
    .map((name) => `[data-label=${name}]`).join();
  while (texts.nextNode()) {
    const text = texts.currentNode, cell = text.parentElement.closest('td, th');
    if (!cell || cell.closest(free)) continue;
    for (const word of text.data.matchAll(/[A-Za-z]{4,}/g)) {
      const range = document.createRange();
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      if ([...range.getClientRects()].filter((box) => box.width).length > 1) bad.push(word[0]);
    }
  }
  return bad;
}"""
COUNTED = """() => ['main p.claim', 'main figure', 'main img', 'main h2', 'main .cards li', 'nav a']
  .map((of) => [...document.querySelectorAll(of)]
    .filter((e) => e.checkVisibility() || e.closest('nav .part')).length)"""


@dataclass
class Visits:
    """What was found on all pages, by kind of finding; and how much was looked at."""

    pages: list[str]
    rules: set[str] = field(default_factory=set)
    runs: int = 0
    toggled: int = 0
    counts: dict[str, list[int]] = field(default_factory=dict)
    found: dict[str, list[str]] = field(default_factory=dict)

    def note(self, kind: str, page: str, faults) -> None:
        self.found.setdefault(kind, []).extend(f"{page}: {fault}" for fault in faults)


@pytest.fixture(scope="module")
def visits(browser, at, sample_site) -> Visits:
    """Every page, opened once at each width; all that is asked of every page is asked then."""
    out = Visits(pages_of(sample_site))
    for width in WIDTHS:
        page = watched(browser, width, at)
        for name in out.pages:
            page.faults.clear()
            page.emulate_media(media="screen")
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(f"{at}/{name}", wait_until="load")
            _axe(page, name, f"{width} px, screen", out)
            page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
            if page.evaluate("document.documentElement.scrollWidth") > width:
                out.note("wide", name, [f"wider than {width} px"])
            out.note("words", name, page.evaluate(BROKEN))
            broken = "[...document.images].filter(i => !i.naturalWidth).map(i => i.src)"
            out.note("pictures", name, page.evaluate(broken))
            if width == WIDTHS[-1]:
                out.counts[name] = page.evaluate(COUNTED)
                _keyboard(page, name, out)
            page.evaluate("dispatchEvent(new Event('beforeprint'))")
            page.emulate_media(media="print")
            _axe(page, name, f"{width} px, print", out)
            if width == WIDTHS[-1]:
                page.set_viewport_size(PAPER)
                out.note("print", name, page.evaluate(PRINTED, PAPER))
            out.note("requests", name, page.faults)
        page.close()
    return out


def _axe(page, name: str, how: str, out: Visits) -> None:
    rules, broken = axe(page)
    out.runs += 1
    out.rules |= rules
    out.note("axe", name, (f"{how}: {rule}" for rule in broken))


def _keyboard(page, name: str, out: Visits) -> None:
    page.keyboard.press("Tab")
    if page.evaluate("document.activeElement.className") != "skip":
        out.note("keyboard", name, ["the first stop is not the link to the content"])
    page.keyboard.press("Enter")
    if page.evaluate("document.activeElement.id") != "content":
        out.note("keyboard", name, ["the skip link does not lead to the content"])
    out.note("keyboard", name, page.evaluate(FAINT, CONTROLS))
    # the menus are the same on every page
    for toggle in page.query_selector_all("summary" if name == "index.html" else "main summary"):
        states = [toggle.evaluate("(e) => (e.focus(), e.parentElement.open)")]
        for key in ("Enter", " "):
            page.keyboard.press(key)
            states.append(toggle.evaluate("(e) => e.parentElement.open"))
        out.toggled += 1
        if states[0] == states[1] or states[1] == states[2]:
            out.note("keyboard", name, [f"a toggle that does not: {toggle.text_content()}"])


def none_of(visits: Visits, kind: str) -> None:
    found = visits.found.get(kind, [])
    assert not found, f"{len(found)}:\n" + "\n".join(found[:20])


def test_no_page_has_an_accessibility_violation(visits):
    violations = len(visits.found.get("axe", []))
    print(f"{len(visits.pages)} pages, {visits.runs} runs of axe (screen and print, at 320 and "
          f"1280 px), {len(visits.rules)} rules, {violations} violations")  # fmt: skip
    none_of(visits, "axe")
    assert visits.runs == 4 * len(visits.pages)
    assert len(visits.rules) > 30


def test_one_faint_text_of_a_long_page_is_seen(browser, at):
    faint = {
        "tbody tr:nth-child(60) a": "color: #8a8a8a",
        "tbody tr:last-child td": "background: #444",
        "tbody tr:last-child a": "opacity: 0.4",
        "main h1": "position: absolute; color: #b0b0b0",
    }
    page = watched(browser, 1280, at)
    page.goto(f"{at}/every-figure.html")
    styled = "([at, how]) => { [...document.querySelectorAll(at)].at(-1).style.cssText = how; }"
    for where, how in faint.items():
        page.evaluate(styled, [where, how])
        _, broken = axe(page)
        assert [rule[:14] for rule in broken] == ["color-contrast"], (where, how)
        page.evaluate(styled, [where, ""])
    page.close()


def test_no_page_asks_another_host_or_reports_an_error(visits):
    none_of(visits, "requests")


def test_no_page_opened_from_a_folder_asks_or_reports_anything(browser, sample_site, visits):
    base = sample_site.resolve().as_uri()
    page = watched(browser, 1280, base)
    for name in visits.pages:
        page.goto(f"{base}/{name}", wait_until="load")
    page.close()
    print(f"{len(visits.pages)} pages over http and as files: {len(page.faults)} faults")
    assert not page.faults, "\n".join(page.faults[:20])


def test_no_page_is_wider_than_its_window(visits):
    none_of(visits, "wide")


def test_every_picture_is_shown(visits):
    none_of(visits, "pictures")


def test_no_word_of_a_table_is_broken(visits):
    none_of(visits, "words")


def test_the_keyboard_reaches_every_control_with_a_visible_focus(visits):
    print(f"{visits.toggled} toggles opened and closed with Enter and Space")
    none_of(visits, "keyboard")
    assert visits.toggled > 2 * len(visits.pages)


@pytest.mark.parametrize(
    "name", ["index.html", "sections/4-5-robbery.html", "wards.html", "every-figure.html",
             "methods/stl.html", "find.html"],
)  # fmt: skip
def test_tab_walks_through_every_control_and_leaves(browser, at, name):
    page = watched(browser, 1280, at)
    page.goto(f"{at}/{name}")
    counted = "(of) => [...document.querySelectorAll(of)].filter(e => e.checkVisibility()).length"
    controls, seen = page.evaluate(counted, CONTROLS), 0
    for _ in range(controls + 20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        seen += 1
    assert seen == controls
    page.close()


def test_a_printed_page_is_what_is_read_with_open_tables_and_whole_pictures(visits):
    none_of(visits, "print")


def test_every_page_is_complete_without_scripts(browser, at, visits):
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": 1280, "height": 900}
    )
    page, less = context.new_page(), []
    for name in visits.pages:
        page.goto(f"{at}/{name}")
        counts = page.evaluate(COUNTED)
        less += [] if counts == visits.counts[name] else [(name, counts, visits.counts[name])]
    page.goto(f"{at}/sections/4-5-robbery.html")
    page.locator("details.data > summary").first.click()
    assert page.locator("details.data table").first.is_visible()
    assert page.locator("#exhibit-4-5-e2 svg.regions title").count() == 22
    context.close()
    assert not less


def test_pages_are_light(sample_site):
    weights = {}
    for name in pages_of(sample_site):
        text = (sample_site / name).read_text("utf-8")
        pictures = {
            (sample_site / name).parent / s for s in re.findall(r'<img src="([^"]+)"', text)
        }
        own = sum(p.resolve().stat().st_size for p in pictures if not str(p).startswith("data:"))
        weights[name] = len(text.encode()) + own
    heaviest = max(weights, key=weights.get)
    shared = _packed(sample_site / "_static")
    median = sorted(weights.values())[len(weights) // 2]
    print(f"{len(weights)} pages: median {median:,} bytes, largest {weights[heaviest]:,} "
          f"({heaviest}); shared, packed: {shared:,} bytes")  # fmt: skip
    assert weights[heaviest] < 300_000, (heaviest, weights[heaviest])
    assert shared < 500_000


def _packed(folder: Path) -> int:
    return sum(len(gzip.compress(p.read_bytes())) for p in folder.iterdir())
