"""A notebook gets counts of persons protected, or not at all."""

from __future__ import annotations

import contextlib
import functools
import http.client
import json
import shutil
import sqlite3
import threading
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from conftest import ROOT
from sbpanalysis.data.edition import Edition
from sbpanalysis.publish.cache import read
from sbpanalysis.publish.execute import Job, run_one
from sbpanalysis.publish.watch import Local, listening

TRY = """
def tried(way):
    try:
        return repr(way())
    except Exception as error:
        return f"{type(error).__name__}: {error}"
"""
HELPER = """
import subprocess

def printed(path):
    return subprocess.run(["cat", path], capture_output=True, text=True).stdout
"""
# what an analyst might write, with PANEL for the SHA-256 of the panel's file
CLOSED = [
    "edition._store.table('PANEL')",
    "sbpanalysis.data.store.Store(edition.root).table('PANEL')",
    "edition._store.verified('PANEL')",
    "edition._select('mega_young_people', 'borough')._counted",
    "edition._held('mega_young_people', 'borough')._counted",
    "edition._catalogue.select('mega_young_people', 'borough', None)._counted",
    "edition._counts('mega_young_people', 'borough', None)",
    "sbpanalysis.data.select.values(edition._store, edition.files, 'mega_young_people', "
    "'borough', None, parts=False)",
    "sbpanalysis.disclosure.gate.numbers(edition)",
    "sbpanalysis.data.snapshots.reopen('PANEL', edition.root)",
    "pd.read_parquet('data/store/PANEL.parquet')",
    "pd.read_csv('data/snapshots/PANEL')",
    "open('data/snapshots/PANEL').read()",
    "pathlib.Path('data/snapshots/PANEL').read_bytes()",
    "np.genfromtxt('data/snapshots/PANEL')",
    "pd.read_csv('data/partner/mega_panel-example.csv')",
    "pd.read_csv('OUTSIDE')",
    "[*csv.reader(open('OUTSIDE'))]",
    "(sys.path.append('FOLDER'), open('FOLDER/people').read())",
    "(sys.path.append('FOLDER'), __import__('helper').printed('OUTSIDE'))",
    "pd.Series(['cat OUTSIDE']).map(__import__('subprocess').getoutput)",
    "__import__('multiprocessing').get_context('spawn').Pool(1).map(pd.read_csv, ['OUTSIDE'])",
    "__import__('joblib').Parallel(2)([__import__('joblib').delayed(pd.read_csv)('OUTSIDE')])",
    "pd.read_sql('select * from panel', __import__('sqlite3').connect('FOLDER/panel.db'))",
    "(os.environ.update(IPYTHONDIR='FOLDER'), open('FOLDER/people').read())",
]
OPEN = [
    "edition.load('mega_young_people')['value'].tolist()",
    "edition.crossed('mega_young_people', 'age_band', 'sex').isna().sum().sum()",
    "edition.series('robbery_offences').sum()",
    "edition.totals('robbery_offences').sum()",
    "pd.read_csv('data/reference/areas.csv').shape",
]


@pytest.fixture(scope="module")
def answers(tmp_path_factory) -> dict[str, str]:
    """What each way gave in a kernel of the build."""
    folder = tmp_path_factory.mktemp("doors")
    outside = folder / "panel.csv"
    outside.write_text("sex,young_people\nFemale,7\n")
    shutil.copy(outside, folder / "people")
    (folder / "helper.py").write_text(HELPER)
    with contextlib.closing(sqlite3.connect(folder / "panel.db")) as database:
        pd.read_csv(outside).to_sql("panel", database)
    [panel] = [h.sha256 for h in Edition.open("bromley-sample").files
               if h.source == "mega_panel"]  # fmt: skip
    names = {"PANEL": panel, "OUTSIDE": str(outside), "FOLDER": str(folder)}
    ways = {way: functools.reduce(lambda w, n: w.replace(n, names[n]), names, way)
            for way in [*OPEN, *CLOSED]}  # fmt: skip
    imports = "import csv, json, os, pathlib, sys, numpy as np, pandas as pd, sbpanalysis as sbp\n"
    modules = "import sbpanalysis.data.store, sbpanalysis.disclosure.gate\nimport sbpanalysis\n"
    each = ",\n".join(f"{way!r}: tried(lambda: {code})" for way, code in ways.items())
    cells = [
        new_code_cell('edition: str = "x"', metadata={"tags": ["parameters"]}, id="c0"),
        new_code_cell(f"{imports}{modules}edition = sbp.Edition.open(edition)", id="c1"),
        new_code_cell(f"{TRY}print(json.dumps({{{each}}}))", id="c2"),
    ]
    nbformat.write(new_notebook(cells=cells), folder / "doors.ipynb")
    job = Job("doors", str(folder / "doors.ipynb"), {"edition": "bromley-sample"}, "d" * 40)
    outcome = run_one(job, str(folder), str(ROOT), cold=True)
    assert not outcome.fault, outcome.fault
    [output] = read(Path(outcome.path)).cells[-1].outputs
    return json.loads(output.text)


def test_no_way_leads_a_notebook_past_the_edition(answers):
    through = {way: told for way in CLOSED if not (told := answers[way]).startswith("DataError")}
    # what pyarrow opens without Python is enciphered
    assert set(through) == {"pd.read_parquet('data/store/PANEL.parquet')"}
    assert "magic bytes not found" in through.popitem()[1]
    assert all("edition.load(measure)" in answers[way] for way in CLOSED if "parquet" not in way)


def test_what_a_notebook_asks_of_its_edition_is_given(answers):
    assert not [way for way in OPEN if "Error" in answers[way]]
    assert answers[OPEN[0]] == "[60.0]"


@pytest.mark.parametrize(("host", "path", "status"), [
    ("127.0.0.1", "/", 200), ("localhost", "/a.html", 200), ("evil.example", "/", 421),
    ("127.0.0.1.evil.example", "/a.html", 421), ("", "/", 421), ("localhost", "/folder/", 404),
    ("localhost", "/a%00.html", 400), ("localhost", "/../secret", 404),
])  # fmt: skip
def test_a_draft_is_served_to_this_machine_by_its_own_name_alone(tmp_path, host, path, status):
    site = tmp_path / "site"
    (site / "folder").mkdir(parents=True)
    (site / "index.html").write_text("<p>draft</p>")
    (site / "a.html").write_text("<p>draft</p>")
    (tmp_path / "secret").write_text("secret")
    handler = functools.partial(Local, directory=str(site))
    with listening(0, handler) as server:
        port = server.server_port
        threading.Thread(target=server.serve_forever, daemon=True).start()
        asked = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        asked.request("GET", path, headers={"Host": f"{host}:{port}" if host else ""})
        answer = asked.getresponse()
        assert (answer.status, b"draft" in answer.read()) == (status, status == 200)
        server.shutdown()
