"""The project keeps its own rules: floors, face, versions, notebooks, no traces."""

from __future__ import annotations

import ast
import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
import yaml

import sbpanalysis as sbp
from conftest import ROOT
from sbpanalysis.publish.assessment import declared

PACKAGE = ROOT / "src" / "sbpanalysis"
FLOORS = {
    "errors": 0, "absent": 1, "periods": 1, "paths": 1, "data": 2, "stats": 2, "disclosure": 3,
    "report": 3, "replay": 4, "publish": 5, "terminal": 6, "cli": 7, "__main__": 8,
}  # fmt: skip
# What a notebook may import: the library, and what every analyst knows.
IMPORTED = {"sbpanalysis", "pandas", "numpy", "seaborn", "matplotlib", "statsmodels", "scipy"}
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def imports_of(path: Path) -> set[str]:
    """The rooms of the package that a module imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sbpanalysis."):
            found.add(node.module.split(".")[1])
        if isinstance(node, ast.ImportFrom) and node.module == "sbpanalysis":
            found |= {a.name for a in node.names if a.name in FLOORS}
        if isinstance(node, ast.Import):
            found |= {a.name.split(".")[1] for a in node.names if a.name.startswith("sbpanalysis.")}
    return found


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: p.stem)
def test_imports_run_downward_only(path):
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if room == "__init__":
        return
    for other in imports_of(path):
        allowed = other == room or FLOORS[other] < FLOORS[room]
        assert allowed, f"{room} imports {other}"
        assert not (room == "publish" and other == "stats"), "publish never imports stats"


def modules_imported(path: Path) -> set[Path]:
    """The modules of the package that a module imports, inside functions too, but for types."""
    tree, typing = ast.parse(path.read_text("utf-8")), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            typing |= {id(inner) for inner in ast.walk(node)}
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and id(node) not in typing and node.module:
            home = PACKAGE.joinpath(*node.module.split(".")[1:])
            found |= {home, *(home / name.name for name in node.names)}
    return {place.with_suffix(".py") for place in found if place.with_suffix(".py").is_file()}


def circles(imports: dict) -> list[set[str]]:
    """The modules of each circle that a walk along all imports closes."""
    state, path, found = {}, [], []

    def walk(module) -> None:
        state[module] = "open"
        path.append(module)
        for other in sorted(imports[module]):
            if state.get(other) == "open":
                found.append({one.stem for one in path[path.index(other) :]})
            elif other not in state:
                walk(other)
        state[path.pop()] = "done"

    for module in sorted(imports):
        if module not in state:
            walk(module)
    return found


def test_no_imports_go_round_in_a_circle():
    assert circles({path: modules_imported(path) for path in PACKAGE.rglob("*.py")}) == []
    a, b, c = Path("a.py"), Path("b.py"), Path("c.py")
    assert circles({a: {b}, b: {c}, c: {a}}) == [{"a", "b", "c"}]


def test_data_and_stats_do_not_know_each_other():
    for room, other in (("data", "stats"), ("stats", "data")):
        for path in (PACKAGE / room).rglob("*.py"):
            assert other not in imports_of(path), path


def test_every_public_name_exists_and_has_a_docstring():
    for name in sbp.__all__:
        assert getattr(sbp, name).__doc__, name


def test_environment_has_the_versions_of_the_lock():
    text = (ROOT / "requirements.lock").read_text("utf-8")
    lock = {n.replace("_", "-"): v for n, v in re.findall(r"^([\w.-]+)==([^ \\]+)", text, re.M)}
    listed = {}
    for entry in yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))["dependencies"]:
        for item in entry["pip"] if isinstance(entry, dict) else [entry]:
            name, _, version = item.replace("==", "=").partition("=")
            listed[name] = version
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = project["dependencies"] + project["optional-dependencies"]["dev"]
    names = {re.match(r"[\w.-]+", d)[0].lower().replace("_", "-") for d in asked}
    assert names <= set(listed)
    assert {n: lock[n] for n in names} == {n: listed[n] for n in names}


def test_the_lock_is_hashed_and_names_no_index():
    for name in ("requirements.lock", "requirements-uv.lock"):
        text = (ROOT / name).read_text("utf-8")
        assert "--hash=sha256:" in text
        assert not re.search(r"https?://|index-url|find-links", text)


def modules(node: ast.Import) -> list[str]:
    """The modules that `import a, b` names."""
    return [alias.name for alias in node.names]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_is_short_plain_and_without_outputs(path):
    notebook = nbformat.read(path, 4)
    nbformat.validate(notebook)
    assert len(notebook.cells) <= 30, f"{len(notebook.cells)} cells; at most 30: split the section"
    assert notebook.cells[0].cell_type == "markdown"
    assert notebook.cells[0].source.startswith("# ")
    known = declared(notebook, path.name)
    assert {"edition", "area", "data", "section"} <= set(known)
    for cell in notebook.cells:
        assert re.fullmatch(r"[a-z0-9-]+", cell.id), cell.id
        if cell.cell_type != "code":
            continue
        assert not cell.outputs
        assert cell.execution_count is None
        lines = [x for x in cell.source.splitlines() if x.strip()]
        assert len(lines) <= 8, f"{cell.id}: {len(lines)} lines"
        tree = ast.parse(cell.source)
        assert not [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.Lambda)]
        imported = {
            name.split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in ([node.module] if isinstance(node, ast.ImportFrom) else modules(node))
        }
        assert imported <= IMPORTED, f"{cell.id}: imports {imported - IMPORTED}; use {IMPORTED}"


# What a cell may call that only says and shows: the report's own, and words of the edition
SAYING = {name for name, home in sbp._HOME.items() if home.startswith("report.")}
WORDS = {"caption", "measure_title", "area_name"}
PLAIN = {"zip", "enumerate", "range", "len", "list", "dict", "items", "values", "append", "get",
         "lower", "named"}  # fmt: skip


def computed_in(cell) -> list[str]:
    """What a cell calls or works out besides saying and showing."""
    found = []
    for node in ast.walk(ast.parse(cell.source)):
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else ast.unparse(called)
            owner = ast.unparse(called.value) if isinstance(called, ast.Attribute) else ""
            allowed = {"sbp": SAYING, "edition": WORDS}.get(owner, PLAIN)
            found += [] if name in allowed else [ast.unparse(called)]
        if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.BitOr):
            found.append(ast.unparse(node))
    return found


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_cell_whose_code_no_page_shows_only_says_and_shows(path):
    for cell in nbformat.read(path, 4).cells:
        tags = cell.metadata.get("tags", [])
        if cell.cell_type != "code" or "parameters" in tags:
            continue
        if "hide-input" not in tags:
            assert "remove-input" in tags, f"{cell.id}: tag it hide-input, or remove-input"
            found = computed_in(cell)
            assert not found, f"{cell.id}: {found}; compute it in a cell tagged hide-input"


@pytest.mark.parametrize(
    "code",
    [
        "sbp.say(sbp.change(counts))",
        "wards = edition.totals(measure)",
        "sbp.show(sbp.line(counts.tail(36)))",
        "edition = sbp.Edition.open(edition)",
        "sbp.say(rates.max() / 2)",
        "shares = 100 * part / whole",
        "profiles.changes(ward)",
    ],
)
def test_a_statistic_in_a_cell_that_is_not_shown_is_found(code):
    assert computed_in(nbformat.v4.new_code_cell(code))


def test_every_notebook_shows_where_its_figures_are_read():
    for path in NOTEBOOKS:
        opening = [c for c in nbformat.read(path, 4).cells if "sbp.Edition.open(" in c.source]
        assert len(opening) == 1, path.name
        assert "hide-input" in opening[0].metadata.tags, path.name


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_parameter_says_what_it_is(path):
    [cell] = [c for c in nbformat.read(path, 4).cells if "parameters" in c.metadata.get("tags", [])]
    for line in cell.source.splitlines():
        assert "  # " in line, line


def test_importing_the_library_loads_nothing_heavy():
    code = (
        "import sys, pandas; a = set(sys.modules); import sbpanalysis; print(set(sys.modules) - a)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"scipy", "statsmodels", "matplotlib", "seaborn", "pyarrow", "pandera", "geopandas"}
    assert not heavy & set(re.findall(r"'([\w]+)'", ran.stdout))


def test_no_file_names_a_package_index_or_a_path_of_a_machine():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    pattern = re.compile(r"https?://[^ \"]*/simple|index-url *=|/home/\w+/|/root/|/work/")
    for name in listed.stdout.split():
        path = ROOT / name
        if path.suffix in (".lock", ".py") and path.name in (Path(__file__).name,):
            continue
        text = path.read_text("utf-8", errors="ignore") if path.is_file() else ""
        found = pattern.search(text)
        assert not found, f"{name}: {found.group()}"


@pytest.mark.parametrize("script", sorted((ROOT / "bench").glob("*.py")), ids=lambda p: p.stem)
def test_every_measurement_has_the_short_form_that_make_bench_asks_for(script):
    ran = subprocess.run([sys.executable, script, "--help"], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert "--quick" in ran.stdout


def timed(source: str) -> list[str]:
    """The assertions on how long something took; a deadline for what is waited for is none."""
    clocks = {"time", "monotonic", "perf_counter", "process_time"}
    return [
        ast.unparse(node.test)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Assert)
        for part in ast.walk(node.test)
        if isinstance(part, ast.BinOp)
        and isinstance(part.left, ast.Call)
        and ast.unparse(part.left.func).rpartition(".")[2] in clocks
    ]


def test_no_test_asserts_a_time():
    assert timed("assert time.monotonic() - begun < 3")
    assert not timed("assert time.monotonic() < end")
    for path in sorted((ROOT / "tests").rglob("*.py")):
        assert timed(path.read_text("utf-8")) == [], path.name


def run_as_module(name: str) -> dict:
    return runpy.run_path(str(ROOT / "tools" / name))


def test_the_map_of_the_house_is_as_the_imports_are():
    drawn = run_as_module("map.py")["drawn"]()
    assert drawn == (ROOT / "docs" / "map.svg").read_text("utf-8"), "run make map"


def test_the_bill_of_materials_lists_what_the_lock_pins():
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    components = run_as_module("sbom.py")["sbom"](lock)["components"]
    assert len(components) == len(re.findall(r"(?m)^[\w.-]+==", lock))
    assert all(one["hashes"] for one in components)


def test_actions_are_pinned_by_commit_and_keep_no_credentials():
    for path in sorted((ROOT / ".github" / "workflows").glob("*.yml")):
        said = yaml.safe_load(path.read_text("utf-8"))
        assert said["permissions"] == {"contents": "read"}, path.name
        for job in said["jobs"].values():
            for step in job["steps"]:
                name, _, commit = step.get("uses", "x@" + "0" * 40).partition("@")
                assert re.fullmatch(r"[0-9a-f]{40}", commit), f"{path.name}: {name}"
                if name.endswith("/checkout"):
                    assert step["with"]["persist-credentials"] is False, path.name
