"""What is written for those who write a page stays off it, and no page takes files in."""

from __future__ import annotations

import nbformat
import pytest

from conftest import SHARED, need
from sbpanalysis.errors import BuildError
from sbpanalysis.publish import pages
from sbpanalysis.publish.document import _blocks
from sbpanalysis.publish.lift import lift
from sbpanalysis.publish.markdown import checked_markdown

SECRETS = [
    "<!-- SECRET -->", "before <!-- SECRET --> after", "<!-- one\n\nSECRET\n-->",
    "<!-- SECRET never ended", "% SECRET", "text\n   % SECRET\nmore", "- item\n<!--SECRET-->",
]  # fmt: skip


def notebook(*cells: str) -> nbformat.NotebookNode:
    made = nbformat.v4.new_notebook()
    made.cells = [nbformat.v4.new_markdown_cell(text) for text in cells]
    return made


@pytest.mark.parametrize("text", SECRETS)
def test_a_comment_is_on_no_page_and_in_no_document(tmp_path, text):
    executed = notebook(f"# Title\n{text}", f"Seen.\n{text}", text)
    lifted = lift(executed, "sections/a", "Title", "1.1")
    assert "SECRET" not in str(lifted)
    assert "SECRET" not in str([_blocks(*item) for item in lifted.items])
    assert "Seen." in str(lifted)
    path = tmp_path / "about.md"
    path.write_text(f"# About\n{text}\n", "utf-8")
    assert "SECRET" not in str(pages.written(path))


@pytest.mark.parametrize("text", [
    "```python\n% kept\n<!-- kept -->\n```", "~~~\n% kept\n~~~", "`<!-- kept -->`",
    "100 % kept", "``a ` <!-- kept -->``", "10\\% kept",
])  # fmt: skip
def test_what_is_no_comment_stays(text):
    assert checked_markdown(text, "a.md") == text


@pytest.mark.parametrize("text", [
    "```{raw} html\n<b>x</b>\n```", "```{include} ../secret.md\n```", ":::{include} a\n:::",
    "~~~~{literalinclude} ../x\n~~~~", "```{eval-rst}\n.. include:: x\n```",
    "> ```{raw} html\n> x\n> ```", "- ```{figure} ../../x.png\n  ```", "{download}`../x`",
    "```` {csv-table}\n:file: x\n````", "```{note}\n:::{include} x\n:::\n```",
])  # fmt: skip
def test_a_directive_that_puts_files_or_html_on_a_page_stops_the_build(text):
    executed = notebook("# Title", text)
    with pytest.raises(BuildError, match="directive or role") as refused:
        lift(executed, "sections/a", "Title", "1.1")
    assert f"sections/a, cell {executed.cells[1].id}" in str(refused.value)
    assert "write it as text or code" in str(refused.value)


def test_a_note_and_mathematics_are_no_such_directives():
    text = "```{note}\nSee.\n```\n\n:::{math}\nx\n:::"
    assert checked_markdown(text, "a.md") == text


def test_the_notebook_that_took_a_file_in_is_refused():
    path = need(SHARED / "cases", "cases") / "24-raw-html-and-include-in-spite-of-docutils-conf"
    with pytest.raises(BuildError, match=r"\{raw\}"):
        lift(nbformat.read(path / "volume_crime.ipynb", 4), "sections/a", "Title", "4.5")
