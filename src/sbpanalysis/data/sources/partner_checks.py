"""Is a partner's file whole and believable? Periods, areas, words, wholes and parts."""

from __future__ import annotations

import re

import pandas as pd

from sbpanalysis.data import classification, strict
from sbpanalysis.data.sources import kit
from sbpanalysis.data.territory import territory
from sbpanalysis.errors import DataError

_YEAR, _MONTH = r"(?:19|20)\d{2}", r"(?:0[1-9]|1[0-2])"
FORMS = {
    "month": rf"{_YEAR}-{_MONTH}",
    "quarter": rf"{_YEAR}-Q[1-4]",
    "year": _YEAR,
    "financial year": rf"{_YEAR}/\d{{2}}",
    "months": rf"{_YEAR}-{_MONTH}/{_YEAR}-{_MONTH}",
}
SAMPLES = {
    "month": "2018-03", "quarter": "2018-Q1", "year": "2018",
    "financial year": "2017/18", "months": "2018-05/2019-01",
}  # fmt: skip
# More in one cell than any of these counts has ever come to
_MOST = 20_000_000
_CROSSED = 2  # breakdowns that a row may be of at once
MEND = "mend the cell; data/partner says what each column holds"


def period(text: str) -> tuple[pd.Period, str]:
    """The first month of a period in any of the forms, and its frequency in the contract.

    >>> period("2017/18"), period("2018-05/2019-01")[1]
    ((Period('2017-04', 'M'), 'annual'), '9 months')
    """
    if "Q" in text:
        return pd.Period(f"{text[:4]}-{3 * int(text[-1]) - 2:02d}", "M"), "quarterly"
    if re.fullmatch(FORMS["months"], text):
        first, last = (pd.Period(part, "M") for part in text.split("/"))
        length = (last - first).n + 1
        return first, "annual" if length == 12 else f"{length} months"
    if re.fullmatch(FORMS["month"], text):
        return pd.Period(text, "M"), "monthly"
    start = "04" if "/" in text else "01"
    return pd.Period(f"{text[:4]}-{start}", "M"), "annual"


def periods_of(texts: pd.Series) -> tuple[pd.Series, pd.Series]:
    """First day and frequency of each period."""
    known = {text: period(text) for text in texts.unique()}
    first = texts.map({text: found[0].to_timestamp() for text, found in known.items()})
    return first, texts.map({text: found[1] for text, found in known.items()})


def check_rows(table: strict.Table, entry: dict) -> None:
    """Note every fault of the rows under a template's entry."""
    columns = {kind: [c for c, k in entry["columns"].items() if k == kind]
               for kind in ("period", "area", "what", "group", "number")}  # fmt: skip
    frame = table.frame
    texts = {c: frame[c].astype(str) for c in frame if c not in columns["number"]}
    _periods(table, texts[columns["period"][0]], columns["period"][0], entry["periods"])
    _areas(table, texts[columns["area"][0]], columns["area"][0], entry["levels"])
    for column in columns["what"]:
        allowed = list(classification.choices(entry))
        strict.known(table, column, allowed, f"one of {'; '.join(allowed)}", MEND)
    for measure, levels in (entry.get("at") or {}).items():
        _at(table, texts, columns, entry["measures"], measure, levels)
    for column in columns["group"]:
        allowed = entry.get("groups")
        allowed = allowed[column] if isinstance(allowed, dict) else allowed
        _words(table, texts[column], column, allowed)
    crossed = sum(texts[column].ne("All") for column in columns["group"])
    said = "at most two of them other than All: a crossing of three tells of single persons"
    if columns["group"]:
        kit.note(table, crossed > _CROSSED, columns["group"], said, "leave the row out")
    strict.unique(table, [c for c in frame if c not in columns["number"]], "row")
    for column in columns["number"]:
        kit.note(table, frame[column] > _MOST, [column], "a believable count", MEND)
    whole = columns["number"][0]
    for part in columns["number"][1:]:
        rows = frame[part] > frame[whole]
        kit.note(table, rows, [whole, part], f"no more {part} than {whole}", MEND)
    if not table.faults.found:
        _complete(table, entry, columns)


def _periods(table, texts: pd.Series, column: str, forms: list[str]) -> None:
    pattern = "|".join(FORMS[form] for form in forms)
    wrong = ~texts.str.fullmatch(pattern)
    broken = texts.str.fullmatch(FORMS["financial year"]) & (
        pd.to_numeric(texts.str[:4], errors="coerce") % 100 + 1
    ).mod(100).ne(pd.to_numeric(texts.str[5:7], errors="coerce"))
    ends = texts.str.split("/")
    backward = texts.str.fullmatch(FORMS["months"]) & (ends.str[0] >= ends.str[-1])
    said = " or ".join(f"{SAMPLES[form]} ({form})" for form in forms)
    kit.note(table, wrong | broken | backward, [column], f"a period such as {said}", MEND)


def _areas(table, codes: pd.Series, column: str, levels: list[str]) -> None:
    held = codes.map({code: territory().level_of(code) for code in codes.unique()})
    example = "E05000106" if levels[0] == "ward" else "E09000006"
    said = f"the code of a {' or '.join(levels)}, such as {example}"
    kit.note(table, ~held.isin(levels), [column], said, MEND)
    try:
        territory().ward_vintage(codes[held.eq("ward")])
    except DataError as error:
        table.faults.add(column, str(error).split(": ", 1)[1].split("found ")[1].split(", ")[0],
                         "wards of one vintage", MEND)  # fmt: skip


def _at(table, texts, columns, measures: dict, measure: str, levels: list[str]) -> None:
    """Note rows of a measure that are of another level than it is taken at."""
    [what], [area] = columns["what"], columns["area"]
    other = texts[what].map(measures).eq(measure) & ~texts[area].map(territory().level_of).isin(
        levels
    )
    said = f"{' or '.join(levels)} only, for so few are counted in a smaller area"
    kit.note(table, other, [what, area], said, "leave the row out")


def _words(table, texts: pd.Series, column: str, allowed: list[str] | None) -> None:
    if allowed:
        names = list(map(str, allowed))
        strict.known(table, column, names, f"one of {'; '.join(names)}", MEND)
    wrong = texts.eq("") | (texts.str.len() > 60) | texts.str.contains(r"[<>{}\\]")
    kit.note(
        table, wrong, [column], "All, or a name of at most 60 letters without < > { } \\", MEND
    )


def _complete(table, entry: dict, columns: dict) -> None:
    """Note wards that are left out of their borough, wholes that are missing or too small."""
    frame = table.frame
    keys = [*columns["period"], *columns["what"]]
    code = frame[columns["area"][0]].astype(str)
    for key, rows in frame.assign(code=code).groupby(keys, observed=True):
        held = set(rows["code"])
        for vintage in territory().wards:
            home = territory().wards[vintage]
            boroughs = {home[ward] for ward in held & set(home)}
            if held & set(home) and territory().ward_vintage(held & set(home)) == vintage:
                gone = [w for b in sorted(boroughs) for w in territory().wards_of(b, vintage)]
                gone = [w for w in gone if w not in held]
                table.faults.each(
                    [(" ".join(map(str, key)), f"no row for ward {w}") for w in gone],
                    "every ward of a borough, 0 where there is none", MEND, quote=False,
                )  # fmt: skip
    if columns["group"] and not entry.get("sums"):
        _wholes(table, columns, keys)


def _wholes(table, columns: dict, keys: list[str]) -> None:
    frame = table.frame
    whole = frame[columns["group"]].astype(str).eq("All").all(axis=1)
    at = [*keys, columns["area"][0]]
    number = columns["number"][0]
    totals = frame[whole].groupby(at, observed=True)[number].sum()
    for key, rows in frame[~whole].groupby(at, observed=True):
        place = " ".join(map(str, key))
        if key not in totals.index:
            table.faults.add(place, "no row of All", "the whole beside its parts", MEND)
        elif rows[number].max() > totals[key]:
            table.faults.add(place, f"a part of {rows[number].max()}",
                             f"at most the whole of {totals[key]}", MEND)  # fmt: skip
