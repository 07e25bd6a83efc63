"""What do figures of whole years, quarters and other spans say? The latest, the run, the parts.

Partners count by year or quarter, and each in years of their own, so a figure is called after
its period: 2017/18, 2018, or May 2018 to January 2019.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from sbpanalysis.data import areas, classification, reference
from sbpanalysis.errors import DataError
from sbpanalysis.periods import Fixed, financial_year, in_words, month, window

if TYPE_CHECKING:
    from sbpanalysis.data.edition import Edition

_LENGTHS = {"monthly": 1, "quarterly": 3, "annual": 12}


def length(frequency: str) -> int:
    """Months in a period of a frequency.

    >>> length("annual"), length("9 months")
    (12, 9)
    """
    return _LENGTHS.get(frequency) or int(re.match(r"\d+", frequency)[0])


def until(first: pd.Timestamp, frequency: str) -> str:
    """The last month of a period.

    >>> until(pd.Timestamp("2017-04-01"), "annual")
    '2018-03'
    """
    return str(pd.Period(first, "M") + length(frequency) - 1)


def label(first: pd.Timestamp, frequency: str) -> str:
    """What a period is called, from its first day and frequency.

    >>> label(pd.Timestamp("2017-04-01"), "annual"), label(pd.Timestamp("2018-01-01"), "annual")
    ('2017/18', '2018')
    >>> label(pd.Timestamp("2018-05-01"), "9 months")
    'May 2018 to January 2019'
    """
    start, months = pd.Period(first, "M"), length(frequency)
    end = start + months - 1
    if months == 12 and start.month in (1, 4):
        return str(start.year) if start.month == 1 else financial_year(start)
    if months % 12 == 0 and start.month in (1, 4):
        return f"{label(first, 'annual')} to {label((end - 11).to_timestamp(), 'annual')}"
    return in_words(start) if months == 1 else f"{in_words(start)} to {in_words(end)}"


def by_period(edition: Edition, measure: str, area: str | None, group: str | None) -> pd.Series:
    """See `Edition.history`."""
    level, code = _place(edition, area)
    frame = edition.load(measure, level, group=group, within=area if level == "ward" else None)
    frame = frame[frame["area_code"] == code].sort_values("period")
    if frame.empty:
        raise DataError(f"{measure}: none held for {edition.area_name(code)}; see Edition.has().")
    names = [label(p, f) for p, f in zip(frame["period"], frame["frequency"], strict=True)]
    series = pd.Series(frame["value"].to_numpy(float), pd.Index(names, name="Period"), name=measure)
    lengths = Fixed(zip(names, map(length, frame["frequency"]), strict=True))
    about = {"area": edition.area_name(code), "area_code": code, "lengths": lengths}
    series.attrs = frame.attrs | about
    return series


def at_latest(edition: Edition, measure: str, level: str, period: str | None, group: str | None):
    """See `Edition.snapshot`."""
    frame = edition.load(measure, level, group=group)
    frame, name = _one_period(frame, measure, period)
    frame = frame.sort_values("area_code")
    codes = Fixed({edition.area_name(code): code for code in frame["area_code"]})
    values = pd.Series(frame["value"].to_numpy(float), pd.Index(codes, name="Area"), name=measure)
    where = {"ward": edition.area, "borough": "London boroughs"}.get(level, "")
    title = edition.measure_title(measure)
    if level == "borough" and len(values) == len(areas.boroughs()):
        where = "32 London boroughs"
    values.attrs = frame.attrs | {
        "codes": codes, "area": where, "period": name, "vintage": frame["boundary_vintage"].iloc[0],
        "caption": f"{title}, {where}, {name}",
        "mean_label": "London mean" if level == "borough" else "Mean",
    }  # fmt: skip
    return values


def by_group(edition: Edition, measure: str, area: str | None, period: str | None) -> pd.Series:
    """See `Edition.parts`."""
    level, code = _place(edition, area)
    frame = edition.load(measure, level, group="all")
    frame, name = _one_period(frame[frame["area_code"] == code], measure, period)
    parts = pd.Series(
        frame["value"].to_numpy(float), pd.Index(frame["group"], name="Group"), name=measure
    )
    where = edition.area_name(code)
    title = edition.measure_title(measure)
    about = {"area": where, "area_code": code, "period": name}
    parts.attrs = frame.attrs | about | {"caption": f"{title}, {where}, {name}"}
    return parts


def beside(edition: Edition, measures: list[str], names: list[str], period: str) -> pd.DataFrame:
    """See `Edition.beside`."""
    rows = {}
    for measure in measures:
        frame = edition.load(measure, "borough")
        if set(frame["frequency"]) == {"monthly"}:  # months of the year are added up
            frame = frame[frame["period"].dt.year.astype(str) == period]
        else:
            frame, _ = _one_period(frame, measure, period)
        by_area = frame.groupby("area_code")["value"].sum(min_count=1)
        by_area.index = [edition.area_name(code) for code in by_area.index]
        rows[edition.measure_title(measure)] = by_area.reindex(names)
    table = pd.DataFrame(rows).T.rename_axis("Number of")
    every = [edition.load(m, "borough").attrs for m in measures]
    table.attrs = {
        "source": list(dict.fromkeys(t for a in every for t in a["source"])),
        "persons": any(a["persons"] for a in every),
        "period": period,
    }
    return table


def pairs(edition: Edition, kinds: list[str], part: str, whole: str, area: str | None):
    """See `Edition.pairs`."""
    rows, wholes = {}, []
    for kind in kinds:
        names = (f"{kind}{part}", f"{kind}{whole}")
        if all(edition.has(name, area=area or edition.area) for name in names):
            both = [by_period(edition, name, area, None) for name in names]
            rows[edition.measure_title(names[1])] = [one.iloc[-1] for one in both]
            wholes.append(both[1])
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["part", "whole"], dtype=float)
    table.index.name = "Kind"
    if wholes:
        period = wholes[0].index[-1]
        table.attrs = wholes[0].attrs | {"period": period, "measure": f"{part.strip('_')}"}
    return table


def crossed(edition: Edition, measure: str, rows: str, columns: str) -> pd.DataFrame:
    """See `Edition.crossed`: sums are the partner's own, each protected by itself."""
    cells = by_group(edition, f"{measure}_by_{rows}_and_{columns}", None, None)
    period, attrs = cells.attrs["period"], cells.attrs
    across = by_group(edition, f"{measure}_by_{columns}", None, period)
    down = by_group(edition, f"{measure}_by_{rows}", None, period)
    table = cells.copy()
    table.index = pd.MultiIndex.from_tuples([tuple(name.split(": ")) for name in cells.index])
    table = table.unstack().reindex(index=down.index, columns=across.index)
    table["All"] = down
    whole = float(history_at(edition, measure, period))
    table.loc["All"] = [*across, whole]
    table.index.name = rows.replace("_", " ").capitalize()
    table.columns.name = None
    table.attrs = attrs
    return table


def history_at(edition: Edition, measure: str, period: str) -> float:
    """A measure of the edition's area in one named period."""
    return by_period(edition, measure, None, None)[period]


def kinds(edition: Edition, measure: str, names: list[str], months: int, end) -> pd.Series:
    """See `Edition.kinds`."""
    index = window(edition.period_end if end is None else month(end), months)
    frame = edition.load(measure, "ward", str(index[0]), str(index[-1]), group="all")
    named = frame["area_code"].map(edition.area_name)
    sums = frame[named.isin(names)].groupby("group")["value"].sum()
    sums.index.name = "Kind"
    where = " and ".join(names)
    title = edition.measure_title(measure)
    about = {"area": where, "span": (index[0], index[-1])}
    caption = f"{title} by kind, {where}, {months} months to {in_words(index[-1])}"
    sums.attrs = frame.attrs | about | {"caption": caption}
    return sums


def by_year(edition: Edition, measure: str, area: str | None) -> dict[str, pd.Series]:
    """See `Edition.by_year`."""
    level, code = _place(edition, area)
    frame = edition.load(measure, level, group="all")
    groups = frame.loc[frame["area_code"] == code, "group"].unique()
    return {group: by_period(edition, measure, area, group) for group in groups}


def measures_of(template: str) -> list[str]:
    """The measures of a partner template.

    >>> measures_of("gang_flagged_offences")
    ['gang_flagged_offences']
    """
    entries = reference.entries("partner_templates.yml")
    if template not in entries:
        raise DataError(f"template {template!r}: expected one of {', '.join(entries)}.")
    entry = entries[template]
    said = entry["measures"]
    given = said.values() if isinstance(said, dict) else [said]
    numbers = [c for c, kind in entry["columns"].items() if kind == "number"]
    return list(dict.fromkeys(text.format(n) for text in given for n in numbers))


def holder(measure: str) -> str:
    """Who holds the figures of a measure, as the register of sources says it; "" if none."""
    wanted = classification.measure(measure)
    for name, entry in reference.entries("partner_templates.yml").items():
        if any(wanted == m or wanted.startswith(f"{m}_by_") for m in measures_of(name)):
            return f"{reference.entries('sources.yml')[entry['source']]['publisher']}|{name}"
    return ""


def _place(edition: Edition, area: str | None) -> tuple[str, str]:
    from sbpanalysis.data import places

    code = places.code(edition, area or edition.area_code)
    return areas.level(code), code


def _one_period(frame: pd.DataFrame, measure: str, period: str | None):
    """The rows of the named period, or of the latest."""
    names = pd.Series(
        [label(p, f) for p, f in zip(frame["period"], frame["frequency"], strict=True)],
        frame.index, dtype=object,
    )  # fmt: skip
    last = names[frame["period"] == frame["period"].max()]
    wanted = period or (last.iloc[0] if len(last) else "")
    if frame.empty or wanted not in set(names):
        held = ", ".join(dict.fromkeys(names)) or "none"
        raise DataError(f"{measure}, period {wanted!r}: not held, expected one of {held}.")
    kept = frame[names == wanted]
    kept.attrs = dict(frame.attrs)
    return kept, wanted
