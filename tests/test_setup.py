"""Setting up: what the Makefile does in a new, a ready and a moved checkout, without a network."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import typer
import yaml

import sbpanalysis
from conftest import ROOT
from sbpanalysis import cli

SETS_UP = ("-m venv .venv", "-m pip install", "uv pip install", "-e .")
BUILDS = "-m sbpanalysis build --edition bromley-sample"


@pytest.fixture
def made(tmp_path) -> Path:
    """A checkout with a stand-in for each program of .venv, which writes down what it is asked."""
    folder = tmp_path / "a checkout"
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("Makefile", "requirements.lock", "requirements-uv.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    for name in ("python", "uv"):
        (programs / name).write_text(f'#!/bin/sh\necho {name} "$@" >> asked\n')
        (programs / name).chmod(0o755)
    return folder


def make(folder: Path) -> str:
    """What a `make site` asks of the programs."""
    (folder / "asked").write_text("")
    subprocess.run(["make", "site"], cwd=folder, check=True, capture_output=True)
    return (folder / "asked").read_text()


def test_a_checkout_is_set_up_once_and_again_when_it_was_moved(made):
    asked = make(made)
    assert all(step in asked for step in SETS_UP)
    assert asked.rstrip().endswith(BUILDS)
    assert (made / ".venv" / ".ready").read_text().strip() == str(made)
    assert (made / ".venv" / "pyvenv.cfg").read_text() == "relocatable = true\n"
    assert make(made) == f"python {BUILDS}\n"
    moved = made.rename(made.with_name("elsewhere"))
    asked = make(moved)
    assert all(step in asked for step in SETS_UP)
    assert (moved / ".venv" / ".ready").read_text().strip() == str(moved)
    assert make(moved) == f"python {BUILDS}\n"


def test_the_readme_names_only_commands_and_options_that_there_are():
    command = typer.main.get_command(cli.app)
    text = (ROOT / "README.md").read_text("utf-8")
    named = re.findall(r"`sbp ([a-z]+)([^`]*)`", text)
    assert len(named) > 8
    for name, rest in named:
        found = command.commands[name]
        found = getattr(found, "commands", {}).get(rest.split()[0] if rest.split() else "", found)
        options = {o for p in found.params for o in p.opts}
        assert set(re.findall(r"--[a-z]+", rest)) <= options, (name, rest)


def test_the_readme_says_how_to_reach_the_command():
    text = (ROOT / "README.md").read_text("utf-8")
    assert ". .venv/bin/activate" in text
    assert text.index(". .venv/bin/activate") < text.index("`sbp add")


def test_the_licence_is_the_one_that_is_named_everywhere():
    assert (ROOT / "LICENSE").read_text("utf-8").startswith("MIT License")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert project["license"] == cited["license"] == "MIT"
    assert project["version"] == cited["version"] == sbpanalysis.__version__
    assert "MIT (`LICENSE`)" in (ROOT / "README.md").read_text("utf-8")


def test_the_container_runs_what_the_readme_says():
    said = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text("utf-8"))
    assert said["postCreateCommand"] == "make site"
    version = re.fullmatch(r"python:(\d+)\.(\d+)-\w+", said["image"])
    assert (int(version[1]), int(version[2])) >= (3, 11)
