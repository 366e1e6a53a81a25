"""How Sphinx builds this documentation (``sphinx-build -W docs docs/_build``): nothing is fetched; tutorials run."""

import atexit
import os
import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

DOCS = Path(__file__).resolve().parent
CHECKOUT = DOCS.parent

if find_spec("brianhw") is None:  # a checkout that is not installed
    sys.path.insert(0, str(CHECKOUT))

sys.path.insert(0, str(DOCS))  # what of the build is ours: mathml, library_pages, ...

import library_pages  # noqa: E402

import brianhw  # noqa: E402
from brianhw.examples import SECTIONS  # noqa: E402

project = "brianhw"
author = "The brianhw developers"
copyright = "the brianhw developers, CeCILL-2.1"
version = release = brianhw.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "myst_nb",
    "sphinx_design",
    "sphinx_copybutton",
    "mathml",
    "sidebar",
    "tutorial_runs",
    "sphinx_gallery.gen_gallery",
]
html_math_renderer = "mathml"
exclude_patterns = ["_build", "jupyter_execute", "**.ipynb_checkpoints", "gallery/**.ipynb"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["wide.css", "gallery.css"]  # code and printed tables have up to 120 characters a line
html_title = f"brianhw {version}"
html_search_scorer = str(DOCS / "search_order.js")

napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_param = False  # types are words of a sentence, mostly: "array, shape (n,)"
nitpicky = True  # each link that a docstring makes leads somewhere
nitpick_ignore_regex = [("py:class", r".*")]  # types of attributes are words, too, and some bases are private
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": True}
autodoc_typehints = "none"  # the docstrings say shapes and units, which types cannot

nb_execution_mode = "auto"  # they are stored without output; figures belong into the manual
if find_spec("torch") is None:  # an extra
    autodoc_mock_imports = ["torch"]
    nb_execution_excludepatterns = ["*09_train_for_the_chip*"]
nb_execution_timeout = 600  # seconds; a cell may compile
nb_execution_raise_on_error = True
nb_ipywidgets_js = {}  # pages fetch nothing, and have no widgets

# What the tutorials print here is what a reader gets, but for a folder of the machine that built it in front of each
# warning, and for bars, which do not move on a page.
startup = Path(tempfile.mkdtemp(prefix="brianhw_docs_")) / "profile_default" / "startup"
atexit.register(shutil.rmtree, startup.parents[1], ignore_errors=True)
startup.mkdir(parents=True)
(startup / "warnings_without_folders.py").write_text(
    "import logging, warnings\n"
    "warnings.formatwarning = lambda message, category, *place: f'{category.__name__}: {message}\\n'\n"
    "logging.captureWarnings = lambda capture: None  # Brian2 would make log records of them\n"
)
os.environ.update(IPYTHONDIR=str(startup.parents[1]), TQDM_DISABLE="1")

# The tutorials lie beside the documentation, where readers of the code look for them; Sphinx reads only its own folder.
tutorials = DOCS / "tutorials"
shutil.rmtree(tutorials, ignore_errors=True)
tutorials.mkdir()
notebooks = sorted((CHECKOUT / "tutorials").glob("*.ipynb"))
for notebook in notebooks:
    shutil.copy(notebook, tutorials)
courses = {  # numbers of the notebooks in the order in which one reads them
    "DYNAP-SE, from a neuron to a network": ("01", "02", "10", "11"),
    "PyNN and SpiNNaker": ("04", "05", "06"),
    "Closed loops, sweeps, training": ("03", "07", "09"),
    "The cerebellum, with EDLUT's interface": ("08",),
}
names = {notebook.stem[:2]: notebook.stem for notebook in notebooks}
courses |= {"Others": tuple(sorted(set(names) - {number for course in courses.values() for number in course}))}
contents = [
    "# Tutorials",
    "",
    "Notebooks that explain as they go, each with things to try. They lie in the folder `tutorials` of the checkout;",
    "begin with the first of any group. [Examples](../gallery/index.rst) are shorter,",
    "[How do I ...?](../howto/index.md) answers single questions.",
    "",
]
for title, numbers in courses.items():
    if numbers:
        toctree = ["```{toctree}", ":maxdepth: 1", "", *(names[number] for number in numbers), "```", ""]
        contents += [f"## {title}", "", *toctree]
(tutorials / "index.md").write_text("\n".join(contents), encoding="utf-8")

# Pages of the models, made from the models.
library = DOCS / "library"
shutil.rmtree(library, ignore_errors=True)
library.mkdir()
groups = library_pages.write(library, DOCS / "models.md")
(library / "index.md").write_text(library_pages.contents(groups), encoding="utf-8")

# The examples ship with the package; the gallery is written anew, so that none stays whose file has gone.
shutil.rmtree(DOCS / "gallery", ignore_errors=True)
examples = Path(brianhw.__file__).resolve().parent / "gallery"
without_torch = "train_a_twin" if find_spec("torch") is None else "(?!)"  # shown, but not run
sphinx_gallery_conf = {
    "examples_dirs": os.path.relpath(examples, DOCS),
    "gallery_dirs": "gallery",
    "filename_pattern": rf"^(?!.*{without_torch}).*$",
    "subsection_order": [os.path.relpath(examples / section, DOCS) for section in SECTIONS],
    "within_subsection_order": "FileNameSortKey",
    "reset_modules": ("matplotlib", "between_examples.fresh"),
    "capture_repr": (),  # what an example prints, and no values of last lines
    "image_srcset": ["2x"],
    "abort_on_example_error": True,
    "min_reported_time": 3600,  # seconds: the reader's machine is another
    "write_computation_times": False,
    "show_memory": False,
    "show_signature": False,
    "download_all_examples": False,
}


# Where to go on from the examples of a section.
onward = {
    "chip": ("library/index", "tutorials/01_dpi_neuron", "boards"),
    "control": ("device", "tutorials/03_closed_loops", "sweeps", "twins"),
    "learning": ("learning_rules", "howto/plasticity"),
    "lost": ("spinnaker", "tutorials/06_spinnaker", "howto/does_not_fit"),
    "networks": ("tutorials/11_winner_take_all", "boards", "why_silent"),
    "neurons": ("models", "library/index", "howto/own_model"),
    "scripts": ("scripts", "from/index"),
}


def with_pages_to_go_on(app, page, content):  # what Sphinx calls for each page that it reads
    folder, _, section = page.rpartition("/")[0].partition("/")
    if folder == "gallery" and section in onward:
        links = ", ".join(f":doc:`/{each}`" for each in onward[section])
        content[0] += f"\n\nOn from here: {links}; :doc:`all examples </gallery/index>`.\n"


def docstring_without_title(app, what, name, obj, options, lines):  # what Sphinx calls for each docstring
    if what == "module" and name.rpartition(".")[0] == "brianhw.equations":
        library_pages.without_title(lines)


def setup(app):
    app.connect("autodoc-process-docstring", docstring_without_title)
    app.connect("source-read", with_pages_to_go_on)
