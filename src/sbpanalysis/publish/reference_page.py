"""What does each public name of the library do? Its own docstrings, on one page."""

from __future__ import annotations

import inspect
from html import escape

import sbpanalysis
from sbpanalysis.publish.lift import Page, page_of


def reference() -> Page:
    """The page that documents every name of `sbpanalysis.__all__`, in alphabetical order."""
    intro = (
        "<p>Everything that a notebook can use after <code>import sbpanalysis as sbp</code>. The "
        "text is each object's own documentation; its example is run by the tests.</p>"
    )
    entries = "".join(_entry(name) for name in sorted(sbpanalysis.__all__, key=str.lower))
    return Page(page_of("Library reference", [("html", intro + entries)]), "reference")


def _entry(name: str) -> str:
    thing = getattr(sbpanalysis, name)
    text = (
        f"<h2 id='{escape(name)}'><code>sbp.{escape(name)}{escape(_signature(thing))}</code></h2>"
    )
    text += f"<pre class='result'>{escape(inspect.getdoc(thing) or '')}</pre>"
    if inspect.isclass(thing):
        public = {n: m for n, m in vars(thing).items() if callable(_plain(m)) and n[0] != "_"}
        for n, member in public.items():
            member = _plain(member)
            text += f"<h3><code>.{escape(n)}{escape(_signature(member))}</code></h3>"
            text += f"<pre class='result'>{escape(inspect.getdoc(member) or '')}</pre>"
    return text


def _plain(member: object) -> object:
    return getattr(member, "__func__", member)


def _signature(thing) -> str:
    """Names of the arguments with their defaults; annotations would only repeat the text."""
    try:
        signature = inspect.signature(thing)
    except (TypeError, ValueError):
        return ""
    bare = [
        p.replace(annotation=inspect.Parameter.empty)
        for p in signature.parameters.values()
        if p.name not in ("self", "cls")
    ]
    return str(signature.replace(parameters=bare, return_annotation=inspect.Signature.empty))
