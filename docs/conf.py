"""The pages, README first, as a site: `sphinx-build -W -q -c docs . build/site`.

Nothing is fetched, neither to build it nor to read it.
"""

import shutil

from numpy.typing import ArrayLike
from sphinx.application import Sphinx
from sphinx.util.typing import stringify_annotation

from hwsim import __version__

project = "hwsim"
copyright = "the hwsim authors, MIT licence"  # Sphinx gives it this name
version = release = __version__

#: What stands in the column at the left, under its captions.
COLUMN = {
    "Use it": (
        "docs/using",
        "docs/your-own",
        "docs/extending",
        "docs/networks",
        "docs/pruning",
        "docs/api",
        "docs/glossary",
    ),
    "What it says": ("docs/semantics", "docs/mapper", "docs/validation", "docs/results"),
    "How it is made": ("docs/map", "docs/decisions", "docs/lab-book", "CONTRIBUTING", "CHANGELOG"),
}

root_doc = "README"
include_patterns = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/*.md"]
exclude_patterns = [".*", "build", "dist"]

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_heading_anchors = 3
default_role = "literal"  # `code` in docstrings
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
maximum_signature_line_length = 88
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_title = "hwsim"
html_copy_source = False
html_show_sphinx = False
html_static_path = ["site.css"]
html_css_files = ["site.css"]


def add_column(_: Sphinx, page: str, source: list[str]) -> None:
    """Name the other pages at the end of the README, where GitHub need not show it."""
    if page == root_doc:
        for caption, pages in COLUMN.items():
            names = "\n".join(f"/{name}" for name in pages)
            source[0] += f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{names}\n```\n"


#: What stands in a signature, and how a reader would write it: a default that is made anew for each
#: instance, what Sphinx makes of the types of any arguments, and NumPy's name for what it takes.
SHORTER = {
    "<factory>": "...",
    "[[...], ": "[..., ",
    stringify_annotation(ArrayLike, "smart", short_literals=True): "~numpy.typing.ArrayLike",
}


def shorten(*event: str | None) -> tuple[str | None, str | None]:
    """Write a signature as Python's own stubs do."""
    *_, signature, returned = event
    for long, short in SHORTER.items():
        signature = signature and signature.replace(long, short)
    return signature, returned


def open_with_the_readme(app: Sphinx, error: Exception | None) -> None:
    """A browser opens `index.html`."""
    if error is None:
        shutil.copyfile(app.outdir / "README.html", app.outdir / "index.html")


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", add_column)
    app.connect("autodoc-process-signature", shorten)
    app.connect("build-finished", open_with_the_readme)
