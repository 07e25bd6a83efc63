"""Do pages speak plainly? Their reading age, words that readers stumbled over, and repetition."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from html import unescape
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

GRADE = 9  # of Flesch and Kincaid: the age of 14
LEAST = 60  # words of prose that a grade can be told of
# what readers stumbled over, or took for something else
REFUSED = re.compile(
    r"month for month of equal length|the data allow|change consistent with the data|hang together|"
    r"what to beware|how has each ward gone|who is discussed|a number a least|set in proportion|"
    r"places to go out|no word is said|more than chance gives|no clear change|(?-i:\bpercent\b)|"
    r"no break is recorded|waiting for data|point of difference",
    re.IGNORECASE,
)
_APART = re.compile(
    r"<(table|figure|details|nav|pre|svg|h1|h2|h3|script|style)\b.*?</\1>", re.DOTALL
)
_BLOCK = re.compile(r"<(?:p|li)\b[^>]*>(.*?)</(?:p|li)>", re.DOTALL)
# what may stand twice: figures are read and copied alone, each with its notes and source
_REPEATED = re.compile(
    r"<(table|pre|svg|script|style)\b.*?</\1>|"
    r"<(p|span) class=\"?(?:note|source|subtitle|soft)\b.*?</\2>",
    re.DOTALL,
)
_HEADING = re.compile(r"<h([1-4])\b[^>]*>(.*?)</h\1>", re.DOTALL)
_LINK = re.compile(r'<a class="evidence".*?</a>', re.DOTALL)
_CODE = re.compile(r"<pre\b.*?</pre>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


def passages(html: str) -> list[str]:
    """The paragraphs and items of a page's running text: no tables, figures, headings or code."""
    main = _main(html)
    while (bare := _APART.sub(" ", main)) != main:
        main = bare
    blocks = (_TAG.sub("", _LINK.sub("", block)) for block in _BLOCK.findall(main))
    return [text for block in blocks if (text := " ".join(unescape(block).split()))]


def _main(html: str) -> str:
    return html[html.index("<main") : html.index("</main>")]


def _text(html: str) -> str:
    return " ".join(unescape(_TAG.sub(" ", html)).split())


def _sentences(texts: Iterable[str]) -> list[str]:
    split = (re.split(r"(?<=[.?!])\s+(?=[A-Z“])", text) for text in texts)
    return [s for sentences in split for s in sentences if len(s.split()) > 3 and s[-1:] in ".?!"]


def prose_of(html: str) -> list[str]:
    """The sentences of its running text."""
    return _sentences(passages(html))


def said_twice(html: str) -> list[str]:
    """What a page says more than once in its text, headings and boxes: claims as wholes."""
    main = _LINK.sub("", _REPEATED.sub(" ", _main(html)))
    blocks = re.findall(
        r"<(?:p|li|h1|h2|h3|dd)\b([^>]*)>(.*?)</(?:p|li|h1|h2|h3|dd)>", main, re.DOTALL
    )
    claims = [_text(block) for kind, block in blocks if 'class="claim"' in kind]
    others = _sentences(_text(block) for kind, block in blocks if 'class="claim"' not in kind)
    return [text for text, n in Counter([*claims, *others]).items() if n > 1]


def empty_headings(html: str) -> list[str]:
    """The headings of a page under which nothing stands: no text, picture or field."""
    main = _main(html)
    found = list(_HEADING.finditer(main))
    ends = [*(one.start() for one in found[1:]), len(main)]
    levels = [*(int(one[1]) for one in found[1:]), 0]
    return [
        _text(one[2])
        for one, end, after in zip(found, ends, levels, strict=True)
        if after <= int(one[1])
        and not _text(main[one.end() : end])
        and not re.search("<(img|svg|input)", main[one.end() : end])
    ]


def syllables(word: str) -> int:
    """About how many syllables an English word has.

    >>> [syllables(word) for word in ("crime", "burglary", "the", "offences")]
    [1, 3, 1, 3]
    """
    word = word.lower()
    found = len(re.findall(r"[aeiouy]+", word))
    silent = re.search(r"[^aeiouyl]e$|[^aeiouytdcsxz]e[sd]$", word)
    return max(1, found - bool(silent))


def grade(sentences: list[str]) -> float:
    """The years of school that a text asks for: Kincaid and others 1975. Numbers are no words."""
    words = [w for s in sentences for w in re.findall(r"[A-Za-z]+(?:['’-][A-Za-z]+)*", s)]
    per_word = sum(map(syllables, words)) / len(words)
    return 0.39 * len(words) / len(sentences) + 11.8 * per_word - 15.59


def pages(site: Path) -> list[Path]:
    """The pages for readers: those of methods and of the library's functions are for reviewers."""
    apart = ("methods", "reference", "every-figure", "find", "replay", "refresh", "breaks", "data-")
    every = sorted(site.rglob("*.html"))
    return [p for p in every if not p.relative_to(site).as_posix().startswith(apart)]


def test_every_page_reads_as_plain_english(sample_site):
    found = {}
    for path in pages(sample_site):
        sentences = prose_of(path.read_text("utf-8"))
        if sum(len(s.split()) for s in sentences) >= LEAST:
            found[path.name] = round(grade(sentences), 1)
    assert len(found) > 40
    hard = {name: one for name, one in found.items() if one > GRADE}
    assert not hard, hard


def test_a_text_of_long_words_is_told_from_plain_english():
    plain = ["Burglary rose in the town last year.", "Ask the police for the day and hour."]
    hard = [
        "Notwithstanding considerable methodological heterogeneity, interpretability of the "
        "aforementioned indicators necessitates circumspection."
    ]
    assert grade(plain) < GRADE < grade(hard)


def test_no_page_has_words_that_readers_stumbled_over(sample_site):
    found = {
        (path.name, match[0])
        for path in pages(sample_site)
        for match in REFUSED.finditer(
            unescape(_TAG.sub("", _CODE.sub("", path.read_text("utf-8"))))
        )
    }
    assert not found, found


# an order that chance may have made is told as what was recorded, or with what is clearly apart
_ORDER = re.compile(
    r"\b(highest|lowest|worst|hot ?spots?|(?:had|with|rose|fell) (?:the )?most|fewest)\b", re.I
)
_BORNE_OUT = re.compile(r"\brecorded\b|\bclearly\b|^Season of ", re.I)
_ALT = re.compile(r'\b(?:alt|aria-label)="([^"]*)"')
_HEADED = re.compile(r"<(p|li|h[1-4]|dd|dt|td|figcaption|caption)\b[^>]*>(.*?)</\1>", re.DOTALL)


def unsure_orders(html: str) -> list[str]:
    """Passages, headings, cells and descriptions that name the first or last of an order alone."""
    main = _CODE.sub("", _main(html))
    texts = [_text(block) for _, block in _HEADED.findall(main)] + _ALT.findall(main)
    return [text for text in texts if _ORDER.search(text) and not _BORNE_OUT.search(text)]


def test_no_page_takes_an_order_that_chance_made_for_a_fact(sample_site):
    found = {
        (path.name, text)
        for path in pages(sample_site)
        for text in unsure_orders(path.read_text("utf-8"))
    }
    assert not found, sorted(found)[:20]


@pytest.mark.parametrize(
    ("text", "unsure"),
    [
        ("<p>North had the most, 12.</p>", True),
        ("<p>As recorded North had the most, 12.</p>", False),
    ],
)
def test_an_order_told_as_a_fact_is_seen(text, unsure):
    assert bool(unsure_orders(f"<main>{text}</main>")) is unsure


def test_no_sentence_stands_twice_on_a_page_and_something_stands_under_each_heading(sample_site):
    for path in pages(sample_site):
        html = path.read_text("utf-8")
        assert (said_twice(html), empty_headings(html)) == ([], []), path.name


def test_links_of_a_page_that_lead_elsewhere_have_other_names(sample_site):
    for path in pages(sample_site):
        html = path.read_text("utf-8")
        main = _main(html)
        named: dict[str, set[str]] = {}
        for address, text in re.findall(r'<a\b[^>]*href="([^"]+)"[^>]*>(.*?)</a>', main, re.DOTALL):
            named.setdefault(" ".join(_TAG.sub("", text).split()), set()).add(address)
        twice = {name: to for name, to in named.items() if len(to) > 1}
        assert not twice, (path.name, twice)
