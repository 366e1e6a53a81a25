"""How Sphinx builds this documentation (``sphinx-build -W docs docs/_build``): nothing is fetched, no notebook run."""

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

DOCS = Path(__file__).resolve().parent
CHECKOUT = DOCS.parent

if find_spec("brianhw") is None:  # a checkout that is not installed
    sys.path.insert(0, str(CHECKOUT))

import brianhw  # noqa: E402

project = "brianhw"
author = "The brianhw developers"
copyright = "the brianhw developers, CeCILL-2.1"
version = release = brianhw.__version__

extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode", "myst_nb"]
exclude_patterns = ["_build", "jupyter_execute", "**.ipynb_checkpoints"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"brianhw {version}"

napoleon_google_docstring = False
napoleon_use_rtype = False
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": True}
autodoc_typehints = "none"  # the docstrings say shapes and units, which types cannot

nb_execution_mode = "auto"  # they are stored without output; figures belong into the manual
nb_execution_timeout = 600  # seconds; a cell may compile
nb_execution_raise_on_error = True

# The tutorials lie beside the documentation, where readers of the code look for them; Sphinx reads only its own folder.
tutorials = DOCS / "tutorials"
shutil.rmtree(tutorials, ignore_errors=True)
tutorials.mkdir()
notebooks = sorted((CHECKOUT / "tutorials").glob("*.ipynb"))
for notebook in notebooks:
    shutil.copy(notebook, tutorials)
names = [notebook.stem for notebook in notebooks]
contents = ["# Tutorials", "", "```{toctree}", ":maxdepth: 1", "", *names, "```", ""]
(tutorials / "index.md").write_text("\n".join(contents), encoding="utf-8")
