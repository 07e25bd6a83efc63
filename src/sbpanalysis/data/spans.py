"""What do figures of whole years, quarters and other spans say? The latest, the run, the parts.

Partners count by year or quarter, and each in years of their own, so a figure is called after
its period: 2017/18, 2018, or May 2018 to January 2019.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pandas as pd

from sbpanalysis.data import areas, figures, places
from sbpanalysis.data.select import Selection
from sbpanalysis.errors import NotHeldError, SbpWarning
from sbpanalysis.periods import Fixed, financial_year, in_words, label, length, month, window

if TYPE_CHECKING:
    from sbpanalysis.data.edition import Edition


def by_period(edition: Edition, measure: str, area: str | None, group: str | None) -> pd.Series:
    """See `Edition.history`."""
    level, code = _place(edition, area)
    frame = edition.load(measure, level, group=group, within=area if level == "ward" else None)
    frame = frame[frame["area_code"] == code].sort_values("period")
    if frame.empty:
        where = edition.area_name(code)
        raise NotHeldError(f"{measure}: none held for {where}; see Edition.has().", measure, level)
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
    codes, rows, every = [places.code(edition, name) for name in names], {}, []
    for measure in measures:
        selection = edition._held(edition._known(measure), "borough").until(edition.period_end)
        title = edition.measure_title(measure)
        sums = _whole_period(selection, period)
        lacking = [name for name, code in zip(names, codes, strict=True) if code not in sums.index]
        if lacking:
            warnings.warn(
                f"{title} is left out of the table: {', '.join(lacking)} not held for the whole "
                f"of {period}.",
                SbpWarning,
                stacklevel=3,
            )
            continue
        rows[title] = sums[codes].set_axis(names)
        every.append(figures.about(edition, measure, selection))
    if not rows:
        raise NotHeldError(
            f"{', '.join(measures)}: none is held for the whole of {period} in {', '.join(names)}; "
            "ask for another period, or add the files that have it.",
            measures[0],
            why=f"not held for the whole of {period}",
        )
    table = pd.DataFrame(rows).T.rename_axis("Number of")
    table.attrs = {
        "source": list(dict.fromkeys(t for a in every for t in a["source"])),
        "persons": any(a["persons"] for a in every),
        "period": period,
    }
    return table


def _whole_period(selection: Selection, period: str) -> pd.Series:
    """The values of a period by area code; months are summed where all twelve are held."""
    if set(selection.frequencies) != {"monthly"}:
        names = pd.Series(map(label, selection.rows["period"], selection.frequencies), dtype=object)
        return selection.where(names == period).sums("area_code", 1)
    years = [(str(m.year), financial_year(m)) for m in selection.periods]
    return selection.where(pd.Series([period in year for year in years])).sums("area_code", 12)


def pairs(edition: Edition, kinds: list[str], part: str, whole: str, area: str | None):
    """See `Edition.pairs`."""
    rows, titles, wholes = {}, {}, []
    for kind in kinds:
        names = (f"{kind}{part}", f"{kind}{whole}")
        if all(edition.has(name, area=area or edition.area) for name in names):
            both = [by_period(edition, name, area, None) for name in names]
            row = edition.measure_title(names[1])
            rows[row] = [one.iloc[-1] for one in both]
            titles[row] = edition.measure_title(names[0])
            wholes.append(both[1])
    if not rows:
        what = f"{kinds[0]}{part}"
        raise NotHeldError(f"{what} of {kinds[0]}{whole}: not held.", what)
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["part", "whole"], dtype=float)
    table.index.name = "Kind"
    period = wholes[0].index[-1]
    about = {"period": period, "measure": part.strip("_"), "titles": Fixed(titles)}
    table.attrs = wholes[0].attrs | about
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


def kinds(
    edition: Edition, measure: str, names: list[str], months: int, end: str | pd.Period | None
) -> pd.Series:
    """See `Edition.kinds`."""
    index = window(edition.period_end if end is None else month(end), months)
    codes = [places.code(edition, name) for name in names]
    held = edition._held(edition._known(measure), "ward", "all", None, edition._last(end))
    counted = held.where(held.periods.isin(index))  # a ward without one has no row of its own
    inside = counted.where(counted.rows["area_code"].isin(codes))
    if counted.periods.nunique() != months:
        why = f"not held for all of the {months} months to {index[-1]}"
        raise NotHeldError(
            f"{measure} by kind: {why}; ask for months that are, or add the file that has them.",
            measure,
            "ward",
            f"by kind {why}",
        )
    sums = inside.sums("group")
    sums.index.name = "Kind"
    where = " and ".join(names)
    title = edition.measure_title(measure)
    about = {"area": where, "span": (index[0], index[-1])}
    caption = f"{title} by kind, {where}, {months} months to {in_words(index[-1])}"
    sums.attrs = figures.about(edition, measure, inside) | about | {"caption": caption}
    return sums


def by_year(edition: Edition, measure: str, area: str | None) -> dict[str, pd.Series]:
    """See `Edition.by_year`."""
    level, code = _place(edition, area)
    frame = edition.load(measure, level, group="all")
    groups = frame.loc[frame["area_code"] == code, "group"].unique()
    return {group: by_period(edition, measure, area, group) for group in groups}


def _place(edition: Edition, area: str | None) -> tuple[str, str]:
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
        raise NotHeldError(
            f"{measure}, period {wanted!r}: not held, expected one of {held}.",
            measure,
            frame.attrs["level"],
            f"held for {held}, not for {wanted}",
        )
    kept = frame[names == wanted]
    kept.attrs = dict(frame.attrs)
    return kept, wanted
