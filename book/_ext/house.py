"""Keeps Jupyter Book to what these pages use."""


def setup(app):
    """Declare settings that Jupyter Book passes on for extensions that are left out here."""
    for name in ("comments_config", "use_jupyterbook_latex", "use_multitoc_numbering"):
        if name not in app.config.values:
            app.add_config_value(name, None, "env")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
