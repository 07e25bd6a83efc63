"""Keeps Jupyter Book to what these pages use."""


def setup(app):
    """Declare settings that Jupyter Book passes on for extensions that are left out here."""
    for name in ("comments_config", "use_jupyterbook_latex", "use_multitoc_numbering"):
        if name not in app.config.values:
            app.add_config_value(name, None, "env")
    app.connect("builder-inited", _no_index)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _no_index(app):
    """Sphinx need not stem every word: the site has a search of its own."""
    app.builder.search = False
