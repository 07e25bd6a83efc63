"""Does each number lead to its own evidence? And has each comparison one word and one range?

    python bench/evidence.py [--edition bromley-latest --data FOLDER] [--site FOLDER]

From every card, every figure and sentences picked at random the links are followed as a reader
would: to the row of evidence, from there to the method page and to the code. A row is a number's
own if number, measure, area, months and verdict agree; a method page if it explains the statistic;
a cell of code if it holds the call that computed it. Then all that is told of a change, on cards,
in sentences, ward tables, documents and the workbook, is set beside each other.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html import unescape
from pathlib import Path

import openpyxl
import pandas as pd
import pypdfium2
from engine import copied

from sbpanalysis.data import classification
from sbpanalysis.publish.flow import EXPLAINED
from sbpanalysis.report import prose
from sbpanalysis.report.change_words import SHOWN, shown

# kind of claim -> the calls of which one must stand in the code that it leads to
COMPUTED = {
    "change": ("sbp.change", "sbp.profiles"), "total": ("sbp.total",),
    "standing": ("sbp.standing",), "mean": ("sbp.standing",),
    "share": ("sbp.share", "sbp.share_of"), "rate": ("sbp.rate",), "rate among": ("sbp.rate",),
    "rate ratio": ("sbp.rate_ratio",), "proportion": ("sbp.proportion",),
    "two counts": ("sbp.two_counts", "sbp.two_rates"), "estimates": ("sbp.two_counts",),
    "two shares": ("sbp.two_shares", "sbp.two_shares_of"), "largest": ("sbp.largest",),
    "signals": ("sbp.signals",), "swings": ("sbp.swings",), "quarters": ("sbp.season",),
    "seasonal index": ("sbp.seasonal_index",), "trend": ("sbp.count_model",),
    "thresholds": ("sbp.thresholds",), "part": ("sbp.part", "sbp.parts_of"),
    "population": ("edition.",), "apart": ("sbp.sides",),
    "latest": ("edition.", "sbp.yearly_totals", "sbp.percent_of"),
}  # fmt: skip
# what an edition is asked for where figures are told as they were read
_READS = re.compile(
    r"edition\.(?:series|totals|snapshot|history|parts|kinds|by_year|pairs|crossed"
    r"|beside|load|population|age_shares|by_ward|residents)\("
)
# words of a figure's subtitle -> the only page that can explain it
DRAWN = {
    "control chart": "control-charts", "range to be expected": "signals", "with trend": "stl",
    "seasonal index": "seasonal-index",
    "12-month totals": "rolling-totals", "per 1,000 residents": "rates-and-intervals",
    "funnel": "funnel-plots",
}  # fmt: skip
_CARD = re.compile(r'<li class="(?:card|priority)">.*?</li>', re.DOTALL)
_LINE = re.compile(r'<tr[^>]*><th scope="row">(?:(?!</tr>).)*class="evidence".*?</tr>', re.DOTALL)
_FIGURE = re.compile(r'<figure class="exhibit [^"]*" id="([^"]+)">.*?</figure>', re.DOTALL)
_SENTENCE = re.compile(r'<p class="claim" id="claim-([^"]+)">.*?</p>', re.DOTALL)
_ROW = re.compile(r"<tr>.*?</tr>", re.DOTALL)
_RANGE = re.compile(r"between (?:no change|[\d,]+% (?:fewer|more|lower|higher)|[\d,]+%)[^.;]*?"
                    r"(?:fewer|more|lower|higher|no change)")  # fmt: skip
_SPANS = re.compile(r"(\d{4}-\d\d|\d{4}/\d\d)/(\d{4}-\d\d|\d{4}/\d\d)")
_SIZE = re.compile(r"\([+−]?[\d,]+%\)")
_SAID = SHOWN | {"up": "▲ Rose", "down": "▼ Fell", "no clear change": "no clear change"}
LINKS = ("row", "method", "code")


@dataclass(frozen=True)
class Followed:
    """A card, figure or sentence, and what of its three links is not its own."""

    what: str
    name: str
    row: str = ""
    method: str = ""
    code: str = ""


def main() -> None:
    """Build, follow, print, and fail if any link leads elsewhere or two words contradict."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--quick", action="store_true", help="ten sentences")
    ask.add_argument("--edition", default="bromley-sample")
    ask.add_argument("--data", type=Path, help="a folder of published files")
    ask.add_argument("--site", type=Path, help="a site that is built already")
    ask.add_argument("--sentences", type=int, default=100)
    ask.add_argument("--seed", type=int, default=2018)
    given = ask.parse_args()
    with tempfile.TemporaryDirectory(prefix="sbp-") as folder:
        site = given.site or _built(copied(Path(folder)), given.edition, given.data)
        followed = follow(site, 10 if given.quick else given.sentences, given.seed)
        compared, contradicting = comparisons(site)
    for line in counted(followed):
        print(line)
    print(f"{compared} comparisons, {len(contradicting)} told in two ways")
    faults = [*faults_of(followed), *contradicting]
    print(*faults, sep="\n")
    sys.exit(1 if faults else 0)


def _built(checkout: Path, edition: str, data: Path | None) -> Path:
    command = [sys.executable, "-c", "from sbpanalysis.cli import main; main()", "build"]
    command += ["--edition", edition] + (["--data", str(data.resolve())] if data else [])
    ran = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    if ran.returncode:
        sys.exit(ran.stdout + ran.stderr)
    return (checkout / "build" / edition / "site").resolve()


def counted(followed: list[Followed]) -> Iterator[str]:
    """A line a kind: how many there are, and how many of them each link is right for."""
    for what in ("line", "card", "figure", "sentence"):
        some = [f for f in followed if f.what == what]
        right = {link: sum(not getattr(f, link) for f in some) for link in LINKS}
        yield f"{len(some)} {what}s: own row {right['row']}, method {right['method']}, " \
              f"code {right['code']}"  # fmt: skip


def faults_of(followed: list[Followed]) -> list[str]:
    """What is wrong, a line a link."""
    return [f"{f.what} {f.name}: {link}: {getattr(f, link)}"
            for f in followed for link in LINKS if getattr(f, link)]  # fmt: skip


def follow(site: Path, sentences: int | None = None, seed: int = 2018) -> list[Followed]:
    """All cards and figures of a site, and so many of its sentences, or all; each followed."""
    found = [_card(site, html) for html in _CARD.findall(text_of(site / "index.html"))]
    found += [_line(site, html) for html in _LINE.findall(text_of(site / "index.html"))]
    told = []
    for page in _pages(site):
        text = text_of(page)
        found += [_figure(page, m[1], m[0]) for m in _FIGURE.finditer(text)]
        told += [(page, m[1], m[0]) for m in _SENTENCE.finditer(text)]
    if sentences is not None:
        told = random.Random(seed).sample(told, min(sentences, len(told)))
    return found + [_sentence(site, *one) for one in told]


def _card(site: Path, html: str) -> Followed:
    """A card beside its claim: number, measure, area, months, verdict and range."""
    title, number = _plain_of(html, "h3"), _plain_of(html, "p", "value")
    at, row = _linked(site / "index.html", _evidence(html))
    claim = claims(site).get(_evidence(html).partition("#")[2])
    if claim is None or claim["kind"] != "change":
        return Followed("card", title, "no claim of a change")
    words = {
        "measure": classification.about(claim["measure"])["title"] == title,
        "area": claim["area"] == area_of(site),
        "months": f" in {_window(claim)[0]}" in _plain(html),
        "months before": f" in {_window(claim)[1]}" in _plain(html),
        "verdict": shown(claim["verdict"]) in _plain(html),
        "range": _range(claim) in _plain(html) or "%" not in _plain(html),
        "number": f": {number} " in claim["sentence"],
        "sentence": claim["sentence"] in _plain(row),
    }
    return Followed("card", title, _failed(words), *_behind(at, row, claim["kind"]))


def _line(site: Path, html: str) -> Followed:
    """A line of the front page's table beside its claim: number, measure, area, and change."""
    title, number = _plain_of(html, "a"), _plain_of(html, "strong")
    at, row = _linked(site / "index.html", _evidence(html))
    claim = claims(site).get(_evidence(html).partition("#")[2])
    if claim is None or claim["kind"] != "change":
        return Followed("line", title, "no claim of a change")
    measure = classification.about(claim["measure"])["title"]
    words = {
        "measure": title in (measure, f"of which: {measure}"),
        "area": claim["area"] == area_of(site),
        "number": f" {number} " in claim["sentence"] or number == "0",
        "word": shown(claim["verdict"]) in _plain(html),
        "sentence": claim["sentence"] in _plain(row),
    }
    return Followed("line", title, _failed(words), *_behind(at, row, claim["kind"]))


def _sentence(site: Path, page: Path, identity: str, html: str) -> Followed:
    """A sentence beside its claim and its row, which leads back to it."""
    claim = claims(site)[identity]
    at, row = _linked(page, _evidence(html))
    here = page.relative_to(site).as_posix()
    words = {
        "sentence": _plain(html).startswith(claim["sentence"]) and claim["sentence"] in _plain(row),
        "own row": _evidence(html).partition("#")[2] == identity,
        "back": f'href="{here}#claim-{identity}"' in row and claim["page"] == here,
        "verdict": (claim["verdict"] or "not a test") in _plain(row),
        "range": claim["kind"] != "change" or not claim["verdict"]
        or f"{prose.number(claim['lower'], 2)} to " in _plain(row),
    }  # fmt: skip
    return Followed("sentence", identity, _failed(words), *_behind(at, row, claim["kind"]))


def _figure(page: Path, name: str, html: str) -> Followed:
    """A figure beside its row: headline, subtitle, and the file of its numbers."""
    at, row = _linked(page, _evidence(html))
    finding, about = (_plain_of(html, "p", kind) for kind in ("finding", "subtitle"))
    words = {
        "headline": finding in _plain(row),
        "subtitle": about in _plain(row),
        "own row": f'id="evidence-{name}"' in row,
        "numbers": f'"downloads/{name}.csv"' in row and f"downloads/{name}.csv" in html,
    }
    method, code = _behind(at, row, None)
    must = next((page for words, page in DRAWN.items() if words in about), None)
    if must and f'"methods/{must}.html"' not in row:
        method = f"{must} explains {about!r}"
    return Followed("figure", name, _failed(words), method, code)


def _behind(page: Path, row: str, kind: str | None) -> tuple[str, str]:
    """What is wrong with the method page and the code that a row of evidence leads to."""
    linked = re.search(r'href="methods/([\w-]+)\.html"', row)
    names = EXPLAINED.get(linked[1], "").split() if linked else []
    explained = {n if n[0] == "." else f"sbp.{n}" for n in names}
    explained |= {"edition."} if linked and linked[1] == "counting" else set()
    wanted = explained & set(COMPUTED[kind]) if kind else explained
    if not wanted:
        return "no page that explains it", "not looked for"
    code = re.search(r'href="([^"]+)">the code</a>', row)
    if not code:
        return "", "no code"
    source = _plain(_linked(page, code[1])[1])
    reads = "edition." in wanted and _READS.search(source)
    held = reads or any(f"{call}(" in source for call in wanted - {"edition."})
    return "", "" if held else f"{code[1]} holds none of {', '.join(sorted(wanted))}"


def comparisons(site: Path) -> tuple[int, list[str]]:
    """How many comparisons there are, and those of one measure, area and window that are told in
    two ways: on cards, in sentences, ward tables, documents or the workbook."""
    told: dict[tuple, dict] = defaultdict(lambda: defaultdict(list))
    for place, key, said in [*_in_claims(site), *_on_cards(site), *_in_ward_tables(site)]:
        told[key][said].append(place)
    faults = [f"{key}: {dict(ways)}" for key, ways in told.items() if len(ways) > 1]
    return len(told), faults + _in_documents(site) + _in_workbook(site)


def _in_claims(site: Path) -> Iterator[tuple]:
    for claim in claims(site).values():
        if claim["kind"] in ("change", "two counts") and claim["verdict"]:
            title = _title_in(claim)
            yield claim["id"], (title, claim["area"], *_window(claim)), (
                _SAID[claim["verdict"]], _range(claim) if _sized(claim) else "")  # fmt: skip


def _sized(claim: dict) -> bool:
    """Is the change told in percent too, as only those of large counts are?"""
    return claim["kind"] != "change" or bool(_SIZE.search(claim["sentence"]))


def _title_in(claim: dict) -> str:
    subject = claim["subject"]
    return prose.lower_first(subject or classification.about(claim["measure"])["title"])


def _on_cards(site: Path) -> Iterator[tuple]:
    for html in _CARD.findall(text_of(site / "index.html")):
        title, text = prose.lower_first(_plain_of(html, "h3")), _plain(html)
        span = re.search(r" in ((?:the|\w+) [^▲▼●○;]*?) [▲▼●○]", text)
        against = re.search(r" (?:than|as) in (.*?)(?: \(|; | evidence)", text)
        if span and against:
            arrow = next(a for a in SHOWN.values() if a in text)
            size = re.search(r"; underlying change (.*?) evidence", text)
            key = (title, area_of(site), span[1], against[1])
            yield "card", key, (arrow, size[1] if size else "")


def _in_ward_tables(site: Path) -> Iterator[tuple]:
    """The rows of each ward's table: measure, count, the count before, verdict, range."""
    for page in sorted((site / "wards").glob("*.html")):
        text = text_of(page)
        ward, last = _plain_of(text, "h1"), re.search(r"12 months to (\w+ \d{4})", text)
        if not last:
            continue
        end = pd.Period(last[1], "M")
        window = prose.span(end - 11, end), prose.span(end - 23, end - 12)
        for row in _ROW.findall(text):
            cells = [_plain(c) for c in re.findall(r"<t[hd]\b.*?</t[hd]>", row, re.DOTALL)]
            arrow = next((a for a in SHOWN.values() if len(cells) > 4 and a in cells[3]), None)
            if arrow and ", " not in cells[0]:
                title = prose.lower_first(cells[0])
                yield page.stem, (title, ward, *window), (arrow, cells[4].strip("–"))


def pdf_pages(pdf: Path | bytes) -> list[str]:
    """The text of each page of a PDF, as a reader's program shows it."""
    with pypdfium2.PdfDocument(pdf) as document:
        texts = [page.get_textpage().get_text_range() for page in document]
    return [text.replace("\ufffe", "-") for text in texts]  # so a hyphen ends a line


def pdf_words(pdf: Path | bytes) -> str:
    """All that a PDF says, its words a space apart."""
    return " ".join(" ".join(pdf_pages(pdf)).split())


def _in_documents(site: Path) -> list[str]:
    """Ranges that only a document tells, and sentences on change that the long one tells not."""
    known = {_range(c) for c in claims(site).values() if c["lower"] is not None}
    for page in site.glob("wards/*.html"):
        known |= set(_RANGE.findall(_plain(text_of(page))))
    # a range that runs over two lines of a cell is read with the cell beside it in between
    begun = lambda r: any(one.startswith(r) for one in known)  # noqa: E731
    faults = []
    for name in ("assessment.pdf", "brief.pdf"):
        text = pdf_words(site / "downloads" / name)
        faults += [f"{name}: {r}" for r in _RANGE.findall(text) if not begun(r)]
    own = [c for c in claims(site).values() if c["kind"] == "change" and c["section"] != "wards"]
    text = pdf_words(site / "downloads" / "assessment.pdf")
    return faults + [f"assessment.pdf without: {c['sentence']}" for c in own
                     if c["sentence"] not in text]  # fmt: skip


def _in_workbook(site: Path) -> list[str]:
    """Claims whose row in the workbook has another verdict, value or limit."""
    sheet = openpyxl.load_workbook(site / "downloads" / "assessment.xlsx", read_only=True)
    rows = list(sheet["Sentences"].iter_rows(values_only=True))
    at = next(n for n, row in enumerate(rows) if row[0] == "Id")
    heads = [str(h).lower() for h in rows[at]]
    faults = []
    for row in (dict(zip(heads, r, strict=True)) for r in rows[at + 1 :]):
        claim = claims(site)[row["id"]]
        for name in ("value", "lower", "upper", "verdict", "period"):
            one, two = row[name], claim[name]
            if isinstance(one, int | float) and two is not None:
                same = math.isclose(one, two, rel_tol=1e-9, abs_tol=1e-9)
            else:
                same = str(one) == (str(two) if two not in (None, "") else "[z]")
            faults += [] if same else [f"workbook, {row['id']}: {name} {one!r}, not {two!r}"]
    return faults


@cache
def text_of(path: Path) -> str:
    """A page, read once."""
    return path.read_text("utf-8")


@cache
def claims(site: Path) -> dict[str, dict]:
    """The claims of a site by their ids."""
    return {c["id"]: c for c in json.loads(text_of(site / "claims.json"))}


def area_of(site: Path) -> str:
    """The area that a site is about."""
    return json.loads(text_of(site / "manifest.json"))["parameters"]["area"]


def _pages(site: Path) -> list[Path]:
    return sorted([*site.glob("sections/*.html"), *site.glob("wards/*.html"),
                   *site.glob("wards.html")])  # fmt: skip


def _window(claim: dict) -> tuple[str, str]:
    """The two spans that a claim compares, the later one first, as sentences say them."""
    parts = _SPANS.fullmatch(claim["period"])
    if claim["kind"] == "change":
        start, end = (pd.Period(part, "M") for part in parts.groups())
        half = (end - start).n // 2
        return prose.span(end - half, end), prose.span(start, start + half)
    if not parts:
        return claim["period"], ""
    named = [f"the financial year {p}" if "/" in p else p for p in parts.groups()]
    return named[1], named[0]


def _range(claim: dict) -> str:
    low, high = (math.inf if claim[n] is None else claim[n] for n in ("lower", "upper"))
    words = ("higher", "lower") if "higher" in claim["sentence"] else ("more", "fewer")
    return prose.interval(low, high, words=words)


def _failed(words: dict[str, bool]) -> str:
    return ", ".join(name for name, holds in words.items() if not holds)


def _plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def _plain_of(html: str, tag: str, kind: str = "") -> str:
    """The words of the first element of a tag, or of a class."""
    begins = rf"<{tag}\b[^>]*" + (f'class="{kind}"' if kind else "")
    found = re.search(rf"{begins}[^>]*>.*?</{tag}>", html, re.DOTALL)
    return _plain(found[0]).rstrip(" #¶") if found else ""


def _evidence(html: str) -> str:
    return re.search(r'class="evidence" href="([^"]+)"', html)[1]


def _linked(page: Path, href: str) -> tuple[Path, str]:
    """The page that a link leads to, and the element there."""
    name, _, identity = href.partition("#")
    path = (page.parent / name).resolve() if name else page
    found = re.search(rf'<(\w+)\b[^>]* id="{re.escape(identity)}".*?</\1>', text_of(path), re.S)
    return path, found[0] if found else ""


if __name__ == "__main__":
    main()
