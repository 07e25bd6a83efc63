"""The project's documentation says what holds: its code runs, its commands and files are real."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer
import yaml

from conftest import COPIED, ROOT, copied
from sbpanalysis.cli import app
from sbpanalysis.publish.inputs import check_inputs

DOCS, BOOK = ROOT / "docs", ROOT / "book"
PAGES = sorted(DOCS.rglob("*.md"))
BLOCK = re.compile(r"^ *```(\w+)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
WRITTEN = re.compile(r"`((?:book|data|docs|local|notebooks|src|tests|bench|tools)/[\w./-]*)`")
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'


def blocks(kind: str) -> list[str]:
    return [text for page in PAGES for found, text in BLOCK.findall(page.read_text("utf-8"))
            if found == kind]  # fmt: skip


def commands() -> list[str]:
    """Every command `sbp ...` of the pages, of what partners are sent, and of the program's help
    and advice: in blocks, in running text, in its examples."""
    lines = [line for text in blocks("sh") for line in text.splitlines()]
    written = [*PAGES, *ROOT.glob("*.md"), *(ROOT / "data").rglob("*.md"), *BOOK.rglob("*.md")]
    for path in [*written, *(ROOT / "src").rglob("*.py")]:
        text = path.read_text("utf-8")
        lines += re.findall(r"`(sbp [^`{]+)`", text)
        lines += re.findall(r"Example: (sbp .+)", text)
        lines += [" ".join(line.split()) for line in re.findall(r"^(sbp [a-z].+)$", text, re.M)]
    lines = [line.partition("#")[0].strip() for line in lines]
    return sorted({line for line in lines if re.match(r"sbp (?!is|reads)[a-z]", line)})


def test_every_command_named_is_one_with_these_options():
    assert len(commands()) > 60
    for line in commands():
        command, words = typer.main.get_command(app), shlex.split(line)[1:]
        while words and hasattr(command, "commands"):
            assert words[0] in command.commands, line
            command, words = command.commands[words[0]], words[1:]
        if words:  # a command, or an option, that is only named need not be whole
            options = {name: p for p in command.params for name in p.opts}
            alone = words[-1] in options and not options[words[-1]].is_flag
            command.make_context(command.name, words[:-1] if alone else words).close()


def test_every_file_named_is_there():
    own = ("local/", "data/snapshots", "data/store", "data/partner/fly_tipping")
    for page in PAGES:
        for name in WRITTEN.findall(page.read_text("utf-8")):
            assert name.startswith(own) or (ROOT / name).exists(), f"{page.name}: {name}"


def test_every_page_is_in_the_contents():
    contents = yaml.safe_load((DOCS / "_toc.yml").read_text("utf-8"))
    listed = {c["file"] for part in contents["parts"] for c in part["chapters"]} | {"index"}
    assert listed == {str(p.relative_to(DOCS).with_suffix("")) for p in PAGES}
    assert "(docs/index.md)" in (ROOT / "README.md").read_text("utf-8")


def test_the_files_of_a_council_that_the_pages_show_are_sound(tmp_path, monkeypatch):
    copied(tmp_path, [name for name in COPIED if name != "src"])
    shown = [b for kind in ("yaml", "text") for b in blocks(kind) if b.startswith("# local/")]
    assert len(shown) == 4
    for block in shown:
        name, _, text = block.partition("\n")
        path = tmp_path / name.removeprefix("# ")
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_text("utf-8") if path.exists() else ""  # then its header is there
        path.write_text(before + (text.partition("\n")[2] if before else text), "utf-8")
    (tmp_path / "local" / "logo.svg").write_text(LOGO)
    [words] = blocks("md")
    folder = tmp_path / "local" / "commentary" / "bromley"
    folder.mkdir(parents=True)
    (folder / "4.5.md").write_text(words, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SBP_LOCAL", "local")
    edition = tmp_path / "local" / "editions" / "mine.yml"
    edition.parent.mkdir()
    sample = yaml.safe_load((ROOT / "book/editions/bromley-sample.yml").read_text("utf-8"))
    edition.write_text(yaml.safe_dump(sample), "utf-8")
    check_inputs(tmp_path, "mine")


@pytest.mark.slow
def test_the_pages_build_and_their_code_runs(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build",
         str(DOCS), "--path-output", str(tmp_path), "--warningiserror", "--nitpick", "--quiet"],
        cwd=ROOT, capture_output=True, text=True, env=os.environ | {"SBP_LOCAL": "build/none"},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-3000:]
    for page in PAGES:
        built = tmp_path / "_build" / "html" / page.relative_to(DOCS).with_suffix(".html")
        text = built.read_text("utf-8")
        assert "Traceback (most recent call last)" not in text, page
        cells = page.read_text("utf-8").count("```{code-cell}")
        hidden = page.read_text("utf-8").count(":tags: [remove-cell]")
        assert text.count('class="cell ') + text.count('class="cell_') >= cells - hidden, page


def test_the_links_between_pages_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\((?!http)([\w./-]+)\)", page.read_text("utf-8")):
            assert (page.parent / Path(target).with_suffix(".md")).resolve().exists(), (
                page,
                target,
            )
