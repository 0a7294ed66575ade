"""The slides of the lecture in Japanese: `make slides` makes them from the pages of the lecture, offline."""

import os
import sys
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

project = "pomflow"
author = copyright = "The pomflow developers"
release = metadata.version("pomflow")
language = "ja"

extensions = ["myst_nb", "sphinx.ext.mathjax", "sphinx-mathjax-offline", "sphinx_revealjs", "lecture_slides"]

# as in docs/conf.py, so that a notebook that is executed for the site is not executed again
root_doc = "docs/ja/lecture/index"
include_patterns = ["docs/ja/lecture/**"]
exclude_patterns = ["docs/ja/lecture/plan.md", "**/.*", ".*"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 4
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_timeout = 600
nb_merge_streams = True
nb_mime_priority_overrides = [("revealjs", "image/png", 10), ("revealjs", "text/plain", 20)]
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# links to pages that have no slides stay as their text
suppress_warnings = ["myst.xref_missing", "toc.not_included"]
html_copy_source = False
smartquotes = False

revealjs_style_theme = "white"
revealjs_static_path = [str(HERE / "slides.css")]
revealjs_css_files = ["slides.css"]
revealjs_use_section_ids = True
revealjs_script_conf = {
    "width": 1280,
    "height": 720,
    "margin": 0,
    "hash": True,
    "center": False,
    "transition": "none",
    "slideNumber": "c/t",
}
# S opens the view of the speaker, with what a slide leaves out
revealjs_script_plugins = [{"name": "RevealNotes", "src": "revealjs/plugin/notes/notes.js"}]
