"""The reviewer's path: from any number on a page to its claim, method cell, method and snapshot."""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass
from functools import cache
from html import unescape
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
_NUMBER = re.compile(r"(?<![\w.,-])\d+(?:,\d{3})*(?:\.\d+)?%?")
_HOLDERS = (
    r'<p class="claim".*?</p>',  # a sentence
    r'<figure class="exhibit .*?</figure>',  # a figure, with its table
    r'<li class="(?:card|priority)">.*?</li>',  # a card of the front page
)
_SHA = re.compile(r"(?<=SHA-256 )[0-9a-f]{64}|closed-\d\d")


@dataclass(frozen=True)
class Number:
    """A number as it stands on a page, and the HTML that holds it."""

    page: str
    text: str
    held_by: str


@cache
def text_of(path: Path) -> str:
    return path.read_text("utf-8")


@pytest.fixture(scope="module")
def numbers(sample_site) -> list[Number]:
    """Every number of every sentence, figure, table and card."""
    found = []
    for path in sorted(sample_site.rglob("*.html")):
        page = path.relative_to(sample_site).as_posix()
        if page.startswith("methods/"):
            continue  # their examples are computed there, from made-up numbers
        for holder in _HOLDERS:
            for html in re.findall(holder, text_of(path), re.DOTALL):
                shown = re.sub(r"<(svg|a class=\"evidence\").*?</(svg|a)>", "", html, flags=re.S)
                words = unescape(re.sub(r"<[^>]+>", " ", shown))
                found += [Number(page, n, html) for n in _NUMBER.findall(words)]
    return found


def followed(site: Path, number: Number) -> tuple[str, ...]:
    """Claim, method cell, method page and snapshots of a number, each found by a link."""
    page = site / number.page
    row, at = _linked(page, _link(number.held_by, r'class="evidence" href="([^"]+)"'))
    code, _ = _linked(at, _link(row, r'href="([^"]+)">the code</a>'))
    assert code.startswith('<details class="method"'), code[:80]
    assert re.search(r"<code[^>]*>\s*\S", code)
    method = (at.parent / _link(row, r'href="(methods/[^"]+)"')).resolve()
    assert "<h1>" in text_of(method)
    snapshots = [_linked(at, link)[0] for link in re.findall(r'href="(#snapshot-[^"]+)"', row)]
    return row, code, method.stem, *[_SHA.findall(s)[-1] for s in snapshots]


def _link(html: str, pattern: str) -> str:
    found = re.search(pattern, html)
    assert found, f"no link {pattern} in {html[:300]}"
    return found[1]


def _linked(page: Path, href: str) -> tuple[str, Path]:
    """The element that a link leads to, and the page it is on."""
    name, _, identity = href.partition("#")
    path = (page.parent / name).resolve() if name else page
    found = re.search(rf'<(\w+)\b[^>]* id="{re.escape(identity)}".*?</\1>', text_of(path), re.S)
    assert found, f"{path.name} has no {identity}"
    return found[0], path


@pytest.mark.parametrize("seed", range(5))
def test_ten_numbers_picked_at_random_lead_to_their_evidence(sample_site, numbers, seed):
    chosen = random.Random(seed).sample(numbers, 10)
    manifest = json.loads(text_of(sample_site / "manifest.json"))
    held = {s["snapshot"] for s in manifest["snapshots"]}
    for number in chosen:
        row, code, method, *snapshots = followed(sample_site, number)
        assert snapshots, (number.page, number.text, row[:300])
        assert set(snapshots) <= held
        print(f"{number.text} on {number.page}: {len(row)} characters of evidence, "
              f"{len(code)} of code, {method}, {snapshots[0][:12]}")  # fmt: skip


def test_every_number_leads_to_its_evidence(sample_site, numbers):
    holders = {(n.page, n.held_by): n for n in numbers}
    without = []
    for number in holders.values():
        try:
            if not followed(sample_site, number)[3:]:
                without.append(f"{number.page}: no snapshot: {number.held_by[:200]}")
        except AssertionError as fault:
            without.append(f"{number.page}: {fault}")
    print(f"{len(numbers):,} numbers in {len(holders)} sentences, figures and cards; "
          f"{len(without)} do not lead to their evidence")  # fmt: skip
    assert not without, "\n".join(without[:20])


def test_the_evidence_of_a_sentence_is_its_claim(sample_site):
    for claim in json.loads(text_of(sample_site / "claims.json")):
        listed = "every-figure-wards" if claim["page"].startswith("wards") else "every-figure"
        row, _ = _linked(sample_site / "index.html", f"{listed}.html#{claim['id']}")
        assert claim["sentence"] in unescape(re.sub(r"<[^>]+>", "", row))
        assert claim["verdict"] in row
        assert claim["sources"]
        assert all(f"#snapshot-{s[:12]}" in row for s in claim["snapshots"])
        assert all(unescape(b) in unescape(row) for b in claim["breaks"])
        up = "../" * claim["page"].count("/")
        sentence, _ = _linked(sample_site / "index.html", f"{claim['page']}#claim-{claim['id']}")
        assert f'href="{up}{listed}.html#{claim["id"]}"' in sentence


def test_a_box_of_the_front_page_leads_to_the_change_that_it_tells(sample_site):
    html = (sample_site / "index.html").read_text("utf-8")
    claims = {c["id"]: c for c in json.loads((sample_site / "claims.json").read_text("utf-8"))}
    boxes = re.findall(r'<li><p class="question">.*?</li>', html)
    linked = {
        box: row[1] for box in boxes if (row := re.search(r'every-figure\.html#([^"]+)"', box))
    }
    assert linked
    for box, row in linked.items():
        claim = claims[row]
        assert (claim["kind"], claim["area"]) == ("change", "Bromley")
        number = re.search(r"[\d,]+(?= offences)|(?<=<p>)[\d,]+(?=, )", box)[0]
        assert f"{number} offences" in claim["sentence"]
