"""Keeps Jupyter Book to what these pages use."""

SEARCH = "find"  # the page that is in no menu


def setup(app):
    """Declare settings that Jupyter Book passes on for extensions that are left out here."""
    for name in ("comments_config", "use_jupyterbook_latex", "use_multitoc_numbering"):
        if name not in app.config.values:
            app.add_config_value(name, None, "env")
    app.connect("builder-inited", _no_index)
    app.connect("html-page-context", _contents)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _no_index(app):
    """Sphinx need not stem every word: the site has a search of its own."""
    app.builder.search = False


def _contents(app, page, template, context, tree):
    """Parts and chapters, that of this page open; Sphinx would resolve them anew for each page."""
    book = app.config.external_site_map

    def chapters(tree):
        for name in map(str, tree.items):
            if name != SEARCH:  # every page's own box leads there
                below = [
                    (str(one), app.env.titles[str(one)].astext())
                    for part in book[name].subtrees
                    for one in part.items
                ]
                opened = below if page in (name, *(one for one, _ in below)) else []
                yield name, app.env.titles[name].astext(), opened

    def listed(part):
        entries = [*chapters(part)]
        return part.caption, any(page == name or below for name, _, below in entries), entries

    context["contents"] = [listed(part) for part in book.root.subtrees]
