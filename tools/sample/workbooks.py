"""What do workbooks of publishers look like? Invented figures in the layouts of two of them."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterable
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd

from sample import crime as recorded
from sbpanalysis.data.territory import territory

_LONG_AGO = dt.datetime(2018, 10, 1)  # so that the same figures give the same bytes
_PAST, _LAST = "2016-04", "2018-03"
_ELSEWHERE = (("Kent", "Canterbury"), ("Surrey", "Guildford"), ("North Wales", "Conwy"))
_ODS = "application/vnd.oasis.opendocument.spreadsheet"
_NAMESPACE = "urn:oasis:names:tc:opendocument:xmlns:"
GOOD_JOB = '"Good Job" local'
_ASKED = ((GOOD_JOB, 0.6), ("Informed local", 0.4), ("Trust MPS", 0.8),
          ("Treat everyone fairly", 0.75), ("Listen to concerns", 0.7))  # fmt: skip


def workbooks(crime: recorded.Crime, surveys: pd.DataFrame) -> dict[str, bytes]:
    """The Home Office's tables by partnership, the Mayor's Office's shares of a survey."""
    rng = np.random.default_rng([2018, 3])
    return {
        "prc-csp-mar17-mar18-tables.ods": ods(_partnerships(rng, crime)),
        "PAS_T&Cdashboard_to Q2 18-19.xlsx": xlsx(_both(_shares(rng, crime, surveys))),
    }


def _partnerships(rng, crime: recorded.Crime) -> dict[str, pd.DataFrame]:
    months = recorded.MONTHS
    held = (months >= _PAST) & (months <= _LAST)
    known = crime.areas["name"].ne("Unknown").to_numpy()
    quarters = crime.counts[known][:, :, held].reshape(known.sum(), len(crime.offences), -1, 3)
    quarters = quarters.sum(axis=3)
    forces = [("Metropolitan Police", name) for name in crime.areas["name"][known]]
    far = rng.poisson(quarters.mean(axis=0), (len(_ELSEWHERE), *quarters.shape[1:]))
    sheets: dict[str, list] = {"2016_17": [], "2017_18": []}
    for (force, name), counts in zip([*forces, *_ELSEWHERE], [*quarters, *far], strict=True):
        for number, offence in enumerate(crime.offences.itertuples(index=False)):
            kind = (offence.major.capitalize(), offence.minor.capitalize())
            for q, count in enumerate(counts[number]):
                sheet = list(sheets)[q // 4]
                about = (sheet.replace("_", "/"), q % 4 + 1, force, name, kind[1])
                sheets[sheet].append((*about, *kind, str(number + 1), int(count)))
    columns = ["Financial Year", "Financial Quarter", "Police Force", "CSP Name",
               "Offence Description", "Offence Group", "Offence Subgroup", "Offence Code",
               "Offence Count"]  # fmt: skip
    notes = pd.DataFrame({"Notes": ["Invented figures in the layout of the open data tables"]})
    return {"Notes": notes} | {n: pd.DataFrame(r, columns=columns) for n, r in sheets.items()}


def _both(shares: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """London's sheet, then that of the boroughs with London's share and stray columns beside."""
    london = shares[["Date", "Survey", "Measure", "MPS"]].drop_duplicates(ignore_index=True)
    london = london.rename(columns={"MPS": "Proportion"}).assign(Borough="MPS")
    beside = pd.DataFrame("", shares.index, ["", " ", "  ", "   "])
    return {"MPS": london[["Date", "Survey", "Borough", "Measure", "Proportion"]],
            "Borough": pd.concat([shares, beside], axis=1)}  # fmt: skip


def _shares(rng, crime: recorded.Crime, surveys: pd.DataFrame) -> pd.DataFrame:
    """Shares by borough and quarter; those of which the answers are known are what these give."""
    good = surveys[surveys["question"].str.contains("good job", case=False)]
    own = (good["said_so"] / good["respondents"]).groupby(good["area_code"]).last()
    own = dict(own.round(4))
    rows = []
    for name, code in crime.areas[["name", "area_code"]].itertuples(index=False):
        for question, london in _ASKED if name != "Unknown" else ():
            for end in pd.date_range("2016-03-31", "2018-09-30", freq="QE"):
                share = float(np.clip(london + rng.normal(0, 0.03), 0, 1))
                known = own if question == GOOD_JOB else {}
                share = known.get(code, round(share, 4))
                whole = known.get(territory().whole, london)
                rows.append((end, "PAS", name, question, share, whole))
    return pd.DataFrame(rows, columns=["Date", "Survey", "Borough", "Measure", "Proportion", "MPS"])


def xlsx(sheets: dict[str, pd.DataFrame]) -> bytes:
    """A workbook of these sheets, the same bytes every time."""
    import xlsxwriter

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "default_date_format": "dd/mm/yyyy"})
    book.set_properties({"created": _LONG_AGO})
    for name, frame in sheets.items():
        sheet = book.add_worksheet(name)
        for place, row in enumerate([tuple(frame), *frame.itertuples(index=False, name=None)]):
            sheet.write_row(place, 0, row)
    book.close()
    return stream.getvalue()


def ods(sheets: dict[str, pd.DataFrame]) -> bytes:
    """The same as an OpenDocument spreadsheet."""
    spaces = "".join(f' xmlns:{n}="{_NAMESPACE}{n}:1.0"' for n in ("office", "table", "text"))
    manifest = f'xmlns:m="{_NAMESPACE}manifest:1.0"'
    tables = "".join(_table(name, frame) for name, frame in sheets.items())
    files = {
        "mimetype": _ODS,
        "META-INF/manifest.xml": f'<m:manifest {manifest} m:version="1.2"><m:file-entry '
        f'm:full-path="/" m:media-type="{_ODS}"/><m:file-entry m:full-path="content.xml" '
        'm:media-type="text/xml"/></m:manifest>',
        "content.xml": f'<office:document-content{spaces} office:version="1.2"><office:body>'
        f"<office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>",
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in files.items():
            info = zipfile.ZipInfo(name, _LONG_AGO.timetuple()[:6])
            kind = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(info, text, kind)
    return stream.getvalue()


def _table(name: str, frame: pd.DataFrame) -> str:
    rows = "".join(map(_row, [tuple(frame), *frame.itertuples(index=False, name=None)]))
    return f'<table:table table:name="{escape(name)}">{rows}</table:table>'


def _row(cells: Iterable) -> str:
    return f"<table:table-row>{''.join(map(_cell, cells))}</table:table-row>"


def _cell(value) -> str:
    text = f"<text:p>{escape(str(value))}</text:p>"
    kind = "string"
    if isinstance(value, int | float):
        kind = f'float" office:value="{value}'
    return f'<table:table-cell office:value-type="{kind}">{text}</table:table-cell>'
