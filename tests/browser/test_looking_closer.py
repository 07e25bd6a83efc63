"""What a reader does on a page: search, look closer at a picture, follow a ward or a term."""

from __future__ import annotations

import pytest

from chromium import watched

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_search_finds_a_computed_sentence(browser, at):
    page = watched(browser, 1280, at)
    page.goto(f"{at}/index.html")
    page.fill("#q", "robbery 585")
    page.keyboard.press("Enter")
    page.wait_for_url("**/find.html?q=*")
    assert page.locator("#results li").count() >= 1
    page.locator("#results a").first.click()
    assert "4-5-robbery" in page.url
    page.close()


def test_an_area_of_a_map_is_walked_to_and_chosen_with_the_keyboard(browser, at):
    page = watched(browser, 1280)
    page.goto(f"{at}/sections/4-5-robbery.html")
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


# a map, bars of wards, bars of boroughs
LAYERS = {
    "exhibit-4-5-e2": "4-5-robbery",
    "exhibit-3-3-e3": "3-3-anti-social-behaviour",
    "exhibit-3-4-e1": "3-4-asb-and-arson",
}


@pytest.mark.parametrize("exhibit", LAYERS)
def test_a_bar_or_area_that_is_pointed_at_says_its_value_and_its_row_is_found(browser, at, exhibit):
    page = watched(browser, 1280)
    page.goto(f"{at}/sections/{LAYERS[exhibit]}.html")
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


def test_every_area_lies_over_its_bar(browser, at, sample_site):
    """The layer is laid over the picture by fractions, so both must be of one shape."""
    page = watched(browser, 320)
    for exhibit, section in LAYERS.items():
        page.goto(f"{at}/sections/{section}.html")
        picture = page.locator(f"#{exhibit} img").bounding_box()
        layer = page.locator(f"#{exhibit} svg.regions").bounding_box()
        for side in ("x", "y", "width", "height"):
            assert abs(picture[side] - layer[side]) < 1, (exhibit, side)
    page.close()


def test_a_ward_is_reached_from_map_bars_front_page_and_search(browser, at):
    page = watched(browser, 1280)
    page.goto(f"{at}/sections/3-3-anti-social-behaviour.html")
    figure = page.locator("#exhibit-3-3-e3")
    figure.locator("svg.regions path").first.click()
    name = figure.locator("tbody tr:visible th").text_content()
    figure.locator("[role=status] a").click()
    assert page.locator("h1").text_content().startswith(f"{name}: ")
    page.goto(f"{at}/index.html")
    page.locator("details:has(.wards) > summary").click()
    page.locator(".wards a", has_text=name).click()
    assert page.locator("h1").text_content().startswith(f"{name}: ")
    page.fill("#q", f"{name} wards total notifiable")
    page.keyboard.press("Enter")
    page.wait_for_url("**/find.html?q=*")
    page.locator("#results a").first.click()
    assert "/wards" in page.url
    page.close()


def test_a_term_is_linked_where_a_page_first_uses_it(browser, at):
    page = watched(browser, 1280)
    page.goto(f"{at}/reading.html")
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
