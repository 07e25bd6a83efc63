"""How does a passage in Markdown become plain values that a document can set?"""

from __future__ import annotations

import re
import unicodedata

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from sbpanalysis.errors import BuildError

_MARKDOWN = MarkdownIt("commonmark", {"html": False})
_STYLES = {"strong": "strong", "em": "emph"}
# code is left alone; an HTML comment may be of many lines, a % comment is one from its beginning
_COMMENTS = re.compile(
    r"^(?P<fence> {0,3}(?P<marks>`{3,}|~{3,})[^\n]*\n.*?(?:^ {0,3}(?P=marks)[`~]*[ \t]*$|\Z))"
    r"|(?P<code>(?P<ticks>(?<!`)`+(?!`)).+?(?<!`)(?P=ticks)(?!`))"
    r"|<!--.*?(?:-->|\Z)|^ {0,3}%[^\n]*(?:\n|\Z)",
    re.MULTILINE | re.DOTALL,
)
_DIRECTIVE = re.compile(r"^[ \t>*+-]*(?:`{3,}|~{3,}|:{3,})[ \t]*\{([^}\n]*)\}", re.MULTILINE)
_ROLE = re.compile(r"\{([^}`\n]*)\}`")
_ALLOWED = "note tip hint important warning caution attention seealso math"
_REFUSED_ROLES = ("raw", "download")


def checked_markdown(markdown: str, where: str) -> str:
    """A passage that somebody wrote, without its comments, which are for those who write it.

    `where` is the file, and cell, it stands in. Raises `BuildError` for a directive that would put
    files or HTML on the page.

    >>> checked_markdown("Seen. <!-- not -->\\n% nor this\\n`<!-- code -->`", "index.md")
    'Seen. \\n`<!-- code -->`'
    """
    names = [name.strip() for name in _DIRECTIVE.findall(markdown)]
    names = [name for name in names if name not in _ALLOWED.split()]
    names += [name for name in _ROLE.findall(markdown) if name.strip() in _REFUSED_ROLES]
    if names:
        raise BuildError(
            f"{where}: the directive or role {{{names[0][:40]}}}, which may put files or HTML on "
            f"the page that nothing checks; write it as text or code (known are "
            f"{', '.join(_ALLOWED.split())}), or make a figure or table with sbp in a code cell."
        )
    return _COMMENTS.sub(lambda match: match["fence"] or match["code"] or "", markdown)


def blocks_of(markdown: str) -> list[dict]:
    """Headings, paragraphs and lists, their text as runs of {text, style}.

    >>> blocks_of("## Where?\\n\\nHere, *not* there.")[1]["runs"][1]
    {'text': 'not', 'style': 'emph'}
    """
    tree = SyntaxTreeNode(_MARKDOWN.parse(markdown))
    return [block for node in tree.children for block in _block(node)]


def escaped_markdown(text: str) -> str:
    """Text from data as Markdown that says just that: every sign that could mean more is escaped.

    >>> escaped_markdown("*Penge* & {raw}`x`")
    '\\\\*Penge\\\\* \\\\& \\\\{raw\\\\}\\\\`x\\\\`'
    """
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", printable(text).strip())


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


def printable(content):
    """`content` without what no page can show: controls, changes of direction, lone surrogates.

    >>> printable({"a": ["one\\ttwo", "a\\u202eb"]})
    {'a': ['one two', 'ab']}
    """
    if isinstance(content, dict):
        return {key: printable(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [printable(value) for value in content]
    if isinstance(content, str):
        spaced = re.sub(r"\s", " ", content)
        return "".join(c for c in spaced if unicodedata.category(c)[0] != "C")
    return content
