"""How does a passage in Markdown become plain values that a document can set?"""

from __future__ import annotations

import re
import unicodedata

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

_MARKDOWN = MarkdownIt("commonmark", {"html": False})
_STYLES = {"strong": "strong", "em": "emph"}


def blocks_of(markdown: str) -> list[dict]:
    """Headings, paragraphs and lists, their text as runs of {text, style}.

    >>> blocks_of("## Where?\\n\\nHere, *not* there.")[1]["runs"][1]
    {'text': 'not', 'style': 'emph'}
    """
    tree = SyntaxTreeNode(_MARKDOWN.parse(markdown))
    return [block for node in tree.children for block in _block(node)]


def as_markdown(text: str) -> str:
    """Text from data as Markdown that says just that: every sign that could mean more is escaped.

    >>> as_markdown("*Penge* & {raw}`x`")
    '\\\\*Penge\\\\* \\\\& \\\\{raw\\\\}\\\\`x\\\\`'
    """
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", shown(text).strip())


def _block(node: SyntaxTreeNode) -> list[dict]:
    if node.type == "heading":
        return [{"kind": "heading", "text": "".join(r["text"] for r in _runs(node))}]
    if node.type == "paragraph":
        return [{"kind": "paragraph", "runs": _runs(node)}]
    if node.type in ("bullet_list", "ordered_list"):
        return [{"kind": "list", "items": [_runs(item) for item in node.children]}]
    if node.type in ("fence", "code_block"):
        return [{"kind": "paragraph", "runs": [{"text": node.content, "style": "code"}]}]
    return [block for child in node.children for block in _block(child)]


def _runs(node: SyntaxTreeNode, style: str = "") -> list[dict]:
    if node.type == "text":
        return [{"text": node.content, "style": style}] if node.content else []
    if node.type == "code_inline":
        return [{"text": node.content, "style": "code"}]
    if node.type in ("softbreak", "hardbreak"):
        return [{"text": " ", "style": style}]
    style = _STYLES.get(node.type, style)
    return [run for child in node.children for run in _runs(child, style)]


def shown(content):
    """`content` without what no page can show: controls, changes of direction, lone surrogates.

    >>> shown({"a": ["one\\ttwo", "a\\u202eb"]})
    {'a': ['one two', 'ab']}
    """
    if isinstance(content, dict):
        return {key: shown(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [shown(value) for value in content]
    if isinstance(content, str):
        spaced = re.sub(r"\s", " ", content)
        return "".join(c for c in spaced if unicodedata.category(c)[0] != "C")
    return content
