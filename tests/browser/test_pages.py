"""Every page of the sample site in a real browser: accessible, self-contained, printable."""

from __future__ import annotations

import pytest

from chromium import pages_of, served, watched

pytestmark = [pytest.mark.browser, pytest.mark.slow]
# WCAG 2.2 at levels A and AA, and what axe holds to be best practice
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def server(sample_site):
    """The site over http on this machine; gives its address."""
    with served(sample_site) as (address, _):
        yield address


@pytest.mark.parametrize("media", ["screen", "print"])
@pytest.mark.parametrize("width", [320, 1280])
def test_no_page_has_an_accessibility_violation(browser, server, sample_site, width, media):
    from axe_playwright_python.sync_playwright import Axe

    page, axe, found, rules = watched(browser, width), Axe(), [], set()
    page.emulate_media(media=media)
    for name in pages_of(sample_site):
        page.goto(f"{server}/{name}")
        result = axe.run(page, options={"runOnly": {"type": "tag", "values": TAGS}})
        rules |= {r["id"] for r in result.response["passes"]}
        for v in result.response["violations"]:
            where = v["nodes"][0]["target"]
            found.append(f"{name}: {v['id']} ({len(v['nodes'])} times, first {where})")
    page.close()
    print(f"{len(pages_of(sample_site))} pages, {len(rules)} rules passed, {len(found)} violations")
    assert not found, "\n".join(found[:20])
    assert len(rules) > 30


@pytest.mark.parametrize("kind", ["http", "file"])
def test_no_page_asks_another_host_or_reports_an_error(browser, server, sample_site, kind):
    page = watched(browser, 1280)
    base = server if kind == "http" else sample_site.resolve().as_uri()
    for name in pages_of(sample_site):
        page.goto(f"{base}/{name}")
        page.wait_for_load_state("networkidle")
    faults = list(page.faults)
    page.close()
    assert not faults, "\n".join(faults[:20])


def test_no_page_is_wider_than_a_phone(browser, server, sample_site):
    page, wide = watched(browser, 320), []
    for name in pages_of(sample_site):
        page.goto(f"{server}/{name}")
        if page.evaluate("document.documentElement.scrollWidth") > 320:
            wide.append(name)
    page.close()
    assert not wide


def test_every_picture_is_shown(browser, server, sample_site):
    page, broken = watched(browser, 1280), []
    for name in pages_of(sample_site):
        page.goto(f"{server}/{name}")
        page.wait_for_load_state("networkidle")
        script = "[...document.images].filter(i => !i.complete || !i.naturalWidth).map(i => i.src)"
        broken += page.evaluate(script)
    page.close()
    assert not broken


def test_the_keyboard_reaches_every_control_with_a_visible_focus(browser, server):
    page = watched(browser, 1280)
    page.goto(f"{server}/sections/4-5-robbery.html")
    controls = page.evaluate(
        "[...document.querySelectorAll('a[href],button,input,summary')]"
        ".filter(e => e.checkVisibility()).length"
    )
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    seen, faint = 1, []
    for _ in range(controls + 20):
        page.keyboard.press("Tab")
        about = page.evaluate(
            "(() => { const e = document.activeElement; const s = getComputedStyle(e);"
            "return [e.tagName, s.outlineStyle, parseFloat(s.outlineWidth)]; })()"
        )
        if about[0] == "BODY":
            break
        seen += 1
        if about[1] == "none" or about[2] < 2:
            faint.append(about)
    assert seen >= controls
    assert not faint
    page.close()


@pytest.mark.parametrize("key", ["Enter", " "])
def test_a_table_opens_with_the_keyboard(browser, server, key):
    page = watched(browser, 1280)
    page.goto(f"{server}/sections/4-5-robbery.html")
    summary = page.locator("details.data > summary").first
    summary.focus()
    page.keyboard.press(key)
    assert page.locator("details.data").first.get_attribute("open") is not None
    assert page.locator("details.data table").first.is_visible()
    page.close()


def test_search_finds_a_computed_sentence(browser, server):
    page = watched(browser, 1280)
    page.goto(f"{server}/index.html")
    page.fill("#q", "robbery 2,473")
    page.keyboard.press("Enter")
    page.wait_for_url("**/find.html?q=*")
    assert page.locator("#results li").count() >= 1
    page.locator("#results a").first.click()
    assert "4-5-robbery" in page.url
    page.close()


def test_a_printed_page_has_no_navigation_and_open_tables(browser, server):
    page = watched(browser, 1280)
    page.goto(f"{server}/sections/4-5-robbery.html")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert not page.locator("nav").first.is_visible()
    assert not page.locator("form[role=search]").is_visible()
    tables = page.locator("details.data table")
    assert tables.count() >= 4
    assert all(tables.nth(i).is_visible() for i in range(tables.count()))
    page.close()


def test_the_site_is_complete_without_scripts(browser, server):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 400, "height": 900})
    page = context.new_page()
    page.goto(f"{server}/sections/4-5-robbery.html")
    assert page.locator("p.claim").count() >= 5
    assert page.locator("figure.exhibit img").count() >= 4
    page.locator("details.data > summary").first.click()
    assert page.locator("details.data table").first.is_visible()
    assert page.locator("nav[aria-label=Contents] a").count() >= 27
    assert page.locator("#exhibit-4-5-e2 svg.regions title").count() == 22
    context.close()


def test_an_area_of_a_map_is_walked_to_and_chosen_with_the_keyboard(browser, server):
    page = watched(browser, 1280)
    page.goto(f"{server}/sections/4-5-robbery.html")
    figure = page.locator("#exhibit-4-5-e2")
    layer, rows = figure.locator("svg.regions"), figure.locator("tbody tr:visible")
    layer.focus()
    page.keyboard.press("End")
    said = figure.locator(".active").get_attribute("aria-label")
    assert figure.locator(".tip").text_content() == said
    page.keyboard.press("Enter")
    assert rows.count() == 1
    name, count = said.split(": ")
    assert rows.locator("th").text_content() == name
    assert rows.locator("td").first.text_content() == count.split()[0]
    assert said in figure.locator("[role=status]").text_content()
    page.keyboard.press("Escape")
    assert rows.count() == 22
    page.keyboard.press(" ")
    assert rows.count() == 1
    page.keyboard.press(" ")
    assert rows.count() == 22
    page.close()


@pytest.mark.parametrize("exhibit", ["exhibit-4-5-e2", "exhibit-4-5-e3", "exhibit-4-5-e4"])
def test_a_bar_or_area_that_is_pointed_at_says_its_value_and_its_row_is_found(
    browser, server, exhibit
):
    page = watched(browser, 1280)
    page.goto(f"{server}/sections/4-5-robbery.html")
    figure = page.locator(f"#{exhibit}")
    area = figure.locator("svg.regions path").nth(3)
    area.hover()
    said = area.get_attribute("aria-label")
    assert figure.locator(".tip").text_content() == said
    area.click()
    assert figure.locator("tbody tr:visible").count() == 1
    assert figure.locator("tbody tr:visible th").text_content() == said.split(":")[0]
    figure.locator("button").click()
    assert figure.locator("tbody tr:visible").count() > 20
    page.close()


def test_every_area_lies_over_its_bar(browser, server, sample_site):
    """The layer is laid over the picture by fractions, so both must be of one shape."""
    page = watched(browser, 320)
    page.goto(f"{server}/sections/4-5-robbery.html")
    for exhibit in ("exhibit-4-5-e2", "exhibit-4-5-e4"):
        picture = page.locator(f"#{exhibit} img").bounding_box()
        layer = page.locator(f"#{exhibit} svg.regions").bounding_box()
        for side in ("x", "y", "width", "height"):
            assert abs(picture[side] - layer[side]) < 1, (exhibit, side)
    page.close()


def test_a_ward_is_reached_from_map_bars_front_page_and_search(browser, server):
    page = watched(browser, 1280)
    page.goto(f"{server}/sections/4-5-robbery.html")
    figure = page.locator("#exhibit-4-5-e3")
    figure.locator("svg.regions path").first.click()
    name = figure.locator("tbody tr:visible th").text_content()
    figure.locator("[role=status] a").click()
    assert page.locator("h1").text_content() == name
    page.goto(f"{server}/index.html")
    page.locator(".wards a", has_text=name).click()
    assert page.locator("h1").text_content() == name
    page.fill("#q", f"{name} wards total notifiable")
    page.keyboard.press("Enter")
    page.wait_for_url("**/find.html?q=*")
    page.locator("#results a").first.click()
    assert "/wards" in page.url
    page.close()


def test_a_term_is_linked_where_a_page_first_uses_it(browser, server):
    page = watched(browser, 1280)
    page.goto(f"{server}/sections/4-5-robbery.html")
    terms = page.locator("main a.term")
    targets = [terms.nth(i).get_attribute("href") for i in range(terms.count())]
    assert len(targets) >= 3
    assert len(set(targets)) == len(targets)
    assert page.locator("h1 a.term, h2 a.term, .claim a.term, figure a.term").count() == 0
    word = terms.first.text_content().lower()
    terms.first.click()
    explained = page.locator("dt:target").text_content().lower()
    assert word.rstrip("s") in explained
    page.close()


def test_pages_are_light(sample_site):
    import gzip
    import re

    weights = {}
    for name in pages_of(sample_site):
        text = (sample_site / name).read_text("utf-8")
        pictures = {
            (sample_site / name).parent / s for s in re.findall(r'<img src="([^"]+)"', text)
        }
        own = sum(p.resolve().stat().st_size for p in pictures if not str(p).startswith("data:"))
        weights[name] = len(text.encode()) + own
    heaviest = max(weights, key=weights.get)
    shared = sum(len(gzip.compress(p.read_bytes())) for p in (sample_site / "_static").iterdir())
    median = sorted(weights.values())[len(weights) // 2]
    print(f"pages: median {median:,} bytes, largest {weights[heaviest]:,} ({heaviest}); "
          f"shared, packed: {shared:,} bytes")  # fmt: skip
    assert weights[heaviest] < 300_000, (heaviest, weights[heaviest])
    assert shared < 500_000
