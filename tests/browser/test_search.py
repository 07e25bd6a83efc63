"""What people type leads to the page that is about it, whatever the page calls it."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from chromium import watched

pytestmark = [pytest.mark.browser, pytest.mark.slow]
# a query -> a page that must be among the first three
LEADS = {
    "stabbing": "2-3-weapon", "knives": "2-3-weapon", "mugging": "4-5-robbery",
    "robberies": "4-5-robbery", "car theft": "4-3-theft-of", "stolen cars": "4-3-theft-of",
    "antisocial behaviour": "3-3-anti", "anti-social behavior": "3-3-anti", "asb": "3-4-asb",
    "burglaries": "3-2-burglary", "break-in": "3-2-burglary", "ethnicity": "7-2-bme",
    "violence against women": "2-1-domestic", "domestic violence": "2-1-domestic",
    "hate crime": "2-1-domestic", "priorities": "3-2-burglary", "confidence in police": "1-3-local",
    "shop theft": "4-8-shoplifting", "vandalism": "4-4-criminal", "rape": "2-2-sexual",
    "cannabis": "4-6-drugs", "murder": "1-1-national", "BR1": "wards/bromley-town",
    "BR4": "wards/west-wickham", "Penge": "wards/penge", "arson": "3-4-asb",
    "county lines": "5-4-county", "youth reoffending": "6-1-youth", "bike theft": "kinds",
    "repeat victims": "7-4-repeat", "how sure": "reading",
}  # fmt: skip


def test_what_people_type_leads_to_the_page_about_it(browser, at):
    page, astray = watched(browser, 1280), {}
    for query, wanted in LEADS.items():
        page.goto(f"{at}/find.html?q={quote(query)}")
        hrefs = page.eval_on_selector_all("#results a", "all => all.map((a) => a.href)")
        pages = [href.split("#")[0] for href in hrefs]
        assert len(pages) == len(set(pages)), query  # each page once
        if not any(wanted in href for href in pages[:3]):
            astray[query] = [href.rsplit("/", 1)[-1] for href in pages[:3]]
    assert not astray
    page.close()


def test_a_word_that_nothing_is_called_finds_nothing_and_says_so(browser, at):
    page = watched(browser, 1280)
    page.goto(f"{at}/find.html?q=xylophone")
    assert page.locator("#found").text_content() == "0 pages for “xylophone”"
    page.close()
