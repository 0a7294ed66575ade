"""The documentation site: `make docs` builds it from the Markdown files of the whole repository, offline."""

import os
import re
from importlib import metadata
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import pending_xref

ROOT = Path(__file__).parent.parent
# code, formulas and examples of a docstring, or a character that means something elsewhere in it
VERBATIM_OR_MARKUP = re.compile(
    r"``.*?``|^( *)\.\. math::.*(?:\n *$|\n\1 +.*)*|^ *>>>.*(?:\n.+)*|[|*]", re.MULTILINE
)
# a power or an index of running text, which may hold another one: e^{S_{k+1}}
RAISED = re.compile(r"([\^_])\{((?:[^{}]|\{[^{}]*\})*)\}")
# what docutils calls a heading without Latin letters
NUMBERED = re.compile(r"id\d+")
VERBATIM_NODES = (nodes.literal, nodes.FixedTextElement, nodes.math, nodes.raw)

project = "pomflow"
author = copyright = "The pomflow developers"
release = metadata.version("pomflow")

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx.ext.mathjax",
    # MathJax beside the pages, so that formulas need no network
    "sphinx-mathjax-offline",
]

# The source directory is the root of the repository: a link between two Markdown files is the same here and
# where the files are read by themselves.
root_doc = "docs/index"
include_patterns = ["docs/**", "README.md", "CHANGELOG.md", "config/**.md", "benchmarks/results/*.md"]
exclude_patterns = ["docs/_*", "**/.*", ".*", "results", "profiles", "src", "tests", "workflow"]

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 4

# A tutorial is run once and again when it changes; a cell that fails fails the build.
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_timeout = 600
nb_merge_streams = True
# arrays of the notebooks are small: more threads would only wait for each other
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

autodoc_member_order = "bysource"
autodoc_typehints = "none"
# a default as it is written, without the folders of this machine
autodoc_preserve_defaults = True
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
# types of docstrings say shapes in words, and those of other packages cannot be looked up offline
nitpick_ignore_regex = [("py:(class|obj|exc|mod)", ".*")]

# the -- of an option is no dash
smartquotes = False

# for `make docs-links`
linkcheck_timeout = 20
linkcheck_retries = 2

# of blocks that name none
highlight_language = "text"

html_theme = "furo"
html_title = "pomflow"
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
templates_path = ["_templates"]
# the first page of the site, where one looks for it
html_additional_pages = {"index": "redirect.html"}


def add_title(app, docname, source):
    """The tables of the benchmarks are files without a heading."""
    if docname.startswith("benchmarks/results/"):
        source[0] = f"# Benchmark: {docname.rpartition('/')[2].replace('_', ' ')}\n\n{source[0]}"


def name_language(app, pagename, templatename, context, doctree):
    """Browsers choose letters, and screen readers sounds, by the language of a page."""
    if pagename.startswith("docs/ja/"):
        context["language"] = "ja"


def name_headings(app, doctree):
    """A heading in Japanese is linked by its words: its number changes with every heading before it."""
    for section in doctree.findall(nodes.section):
        first, *others = section["ids"]
        if NUMBERED.fullmatch(first) and others:
            section["ids"] = [*others, first]


def unlink_folders(app, doctree):
    """A link to a folder, which has a page on a code host but none here, stays as its text."""
    for link in list(doctree.findall(pending_xref)):
        target = ROOT / Path(app.env.docname).parent / link["reftarget"]
        if link["reftype"] == "myst" and target.is_dir():
            link.replace_self(link.children)


def raise_powers(app, doctree):
    """Running text writes e^{iθ}, which can be read in a file; on a page the power is raised."""
    for text in list(doctree.findall(nodes.Text)):
        if RAISED.search(text) and not isinstance(text.parent, VERBATIM_NODES):
            text.parent.replace(text, raised(text.astext()))


def raised(text: str) -> list[nodes.Node]:
    """Text with superscripts and subscripts for what stands in braces."""
    plain, found = 0, []
    for one in RAISED.finditer(text):
        kind = nodes.superscript if one[1] == "^" else nodes.subscript
        found += [nodes.Text(text[plain : one.start()]), kind("", "", *raised(one[2]))]
        plain = one.end()
    return [*found, nodes.Text(text[plain:])]


def keep_bars_and_stars(app, what, name, obj, options, lines):
    """Docstrings write |x| for a modulus and phi* for a conjugate, which is markup in reST."""
    text = VERBATIM_OR_MARKUP.sub(
        lambda found: f"\\{found[0]}" if found[0] in "|*" else found[0], "\n".join(lines)
    )
    lines[:] = text.split("\n")


def setup(app):
    app.connect("source-read", add_title)
    app.connect("html-page-context", name_language)
    # before the table of contents is made
    app.connect("doctree-read", name_headings, priority=400)
    app.connect("doctree-read", unlink_folders)
    app.connect("doctree-read", raise_powers)
    # before napoleon, which adds markup of its own
    app.connect("autodoc-process-docstring", keep_bars_and_stars, priority=400)
