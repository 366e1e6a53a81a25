"""Running other people's scripts: as Python runs them, with our modules in the place of theirs."""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest

from brianhw import compat, scripts
from brianhw.errors import RequestError, UnknownNameError


@pytest.fixture
def shims(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Shims of a project, small, in the place of those that come with the package."""
    folder = tmp_path / "shims" / "simulator"
    write(folder / "Simulator.py", "origin = 'ours'")
    write(folder / "equations" / "__init__.py", "origin = 'ours'")
    write(folder / "equations" / "neuron_eq.py", "origin = 'ours'")
    write(folder / "parameters" / "neuron_param.py", "origin = 'ours'")  # without __init__.py
    monkeypatch.setattr(compat, "_HERE", folder.parent)
    return folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The script's folder, and the current one."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(dedent(text), encoding="utf-8")
    return file


def notebook(file: Path, *cells: str, **metadata: object) -> Path:
    sources = [{"cell_type": "code", "source": dedent(cell).strip().splitlines(keepends=True)} for cell in cells]
    sources.insert(0, {"cell_type": "markdown", "source": ["# Title"]})
    file.write_text(json.dumps({"nbformat": 4, "metadata": metadata, "cells": sources}), encoding="utf-8")
    return file


# -- as Python runs a script ------------------------------------------------------------------------


def test_the_script_is_main_with_its_arguments_and_its_folder_first(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(home / "helper.py", "word = 'found'")
    file = write(
        home / "script.py",
        """
        import sys
        import helper
        assert __name__ == "__main__" and sys.modules["__main__"].helper is helper
        print(helper.word, sys.argv, __file__, sys.path[0])
        """,
    )
    scripts.run(Path("script.py"), ["-x", "1"])
    assert capsys.readouterr().out == f"found ['script.py', '-x', '1'] {file} {home}\n"
    sys.modules.pop("helper")


def test_nothing_of_a_run_remains(home: Path, shims: Path) -> None:
    before = sys.argv, sys.path[:], sys.meta_path[:], sys.modules["__main__"], Path.cwd()
    scripts.run(
        write(home / "script.py", "import sys, Simulator, equations.neuron_eq; sys.path.insert(0, 'elsewhere')")
    )
    assert (sys.argv, sys.path, sys.meta_path, sys.modules["__main__"], Path.cwd()) == before
    assert not {"Simulator", "equations", "equations.neuron_eq"} & sys.modules.keys()


def test_future_statements_of_ours_do_not_reach_the_script(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scripts.run(write(home / "script.py", "def f(x: 1 + 1): pass\nprint(f.__annotations__)"))
    assert capsys.readouterr().out == "{'x': 2}\n"


def test_a_script_in_another_encoding_is_read_as_it_says(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "script.py").write_bytes("# -*- coding: latin-1 -*-\nprint('Zürich')".encode("latin-1"))
    scripts.run(home / "script.py")
    assert capsys.readouterr().out == "Zürich\n"


# -- modules in the place of others -----------------------------------------------------------------

IMPORTS = """
import os, sys
sys.path.insert(0, os.path.expanduser("./simulator"))
from Simulator import origin as simulator
from equations.neuron_eq import origin as equation
from parameters.neuron_param import *
print(simulator, equation, origin)
"""


def test_a_script_finds_our_modules_without_the_other_project(
    home: Path, shims: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scripts.run(write(home / "script.py", IMPORTS))
    assert capsys.readouterr().out == "ours ours ours\n"


@pytest.mark.parametrize("init", [True, False], ids=["packages", "folders"])
def test_our_modules_win_where_the_other_project_is_first_on_the_path(
    init: bool, home: Path, shims: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in ("Simulator", "equations/neuron_eq", "parameters/neuron_param"):
        write(home / "simulator" / f"{module}.py", "raise RuntimeError('the other project')")
    if init:
        write(home / "simulator" / "equations" / "__init__.py", "")
        write(home / "simulator" / "parameters" / "__init__.py", "")
    scripts.run(write(home / "script.py", IMPORTS))
    assert capsys.readouterr().out == "ours ours ours\n"


def test_a_package_of_the_user_s_own_stays_theirs_with_our_modules_inside(
    home: Path, shims: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(home / "equations" / "__init__.py", "origin = 'theirs'")
    write(home / "equations" / "my_model.py", "origin = 'theirs'")
    file = write(
        home / "script.py",
        """
        import equations
        from equations import my_model, neuron_eq
        print(equations.origin, my_model.origin, neuron_eq.origin)
        """,
    )
    scripts.run(file)
    assert capsys.readouterr().out == "theirs theirs ours\n"
    sys.modules.pop("equations.my_model")


def test_a_module_of_the_user_s_own_with_a_package_s_name_stays_theirs(
    home: Path, shims: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(home / "parameters.py", "tau = 10")
    scripts.run(write(home / "script.py", "import parameters\nprint(parameters.tau)"))
    assert capsys.readouterr().out == "10\n"


def test_no_name_of_the_shims_is_found_without_asking(shims: Path) -> None:
    with pytest.raises(ModuleNotFoundError):
        __import__("Simulator")


def test_the_shims_that_come_with_the_package_are_known_by_name() -> None:
    assert "dynapse_simulator" in compat.available()
    assert (compat.path("dynapse_simulator") / "DynapSE.py").is_file()


def test_a_script_for_the_dynapse_simulator_finds_all_it_imports(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(
        home / "script.py",
        """
        import os, sys
        sys.path.insert(0, os.path.expanduser("./dynapse-simulator"))
        from brian2 import *
        from DynapSE import DynapSE
        from equations.dynapse_eq import *
        from parameters.dynapse_param import *
        from parameters.set_params import *
        print(type(DynapSE(Network())).__name__)
        """,
    )
    scripts.run(file)
    assert capsys.readouterr().out == "DynapSE\n"


def test_unknown_shims_are_refused_with_the_known_names() -> None:
    with pytest.raises(UnknownNameError, match=r"no project 'dynapse_sim'.*dynapse_simulator"):
        compat.path("dynapse_sim")


# -- figures ----------------------------------------------------------------------------------------

PLOTS = """
import warnings
warnings.simplefilter("error")
import matplotlib.pyplot as plt
plt.plot([1, 2])
plt.show()
plt.figure()
plt.plot([2, 1])
figure, axes = plt.subplots()
plt.show(block=True)
assert not plt.get_fignums()
"""


@pytest.fixture
def headless(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("DISPLAY", "WAYLAND_DISPLAY", "MPLBACKEND"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")


@pytest.mark.usefixtures("headless")
def test_without_a_display_figures_are_shown_nowhere_and_nothing_is_said(
    home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    scripts.run(write(home / "script.py", PLOTS))
    assert capfd.readouterr() == ("", "")
    assert [file.name for file in home.iterdir()] == ["script.py"]


def test_each_figure_that_is_shown_is_saved_once(home: Path) -> None:
    file = write(home / "script.py", PLOTS)
    for _ in range(2):  # a second run replaces the figures of the first
        scripts.run(file, figures=Path("figures"))
        saved = sorted((home / "figures").iterdir())
        assert [figure.name for figure in saved] == ["figure-01.png", "figure-02.png", "figure-03.png"]
        assert all(figure.read_bytes().startswith(b"\x89PNG") for figure in saved)


def test_a_single_figure_can_be_shown(home: Path) -> None:
    text = "import matplotlib.pyplot as plt\nplt.figure()\nplt.figure().show()\nassert plt.get_fignums() == [1]"
    scripts.run(write(home / "script.py", text), figures=home / "figures")
    assert len(list((home / "figures").iterdir())) == 1


@pytest.mark.parametrize(
    ("environment", "has_display"),
    [
        ({}, False),
        ({"DISPLAY": ":0"}, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, True),
        ({"DISPLAY": ":0", "MPLBACKEND": "Agg"}, False),
        ({"MPLBACKEND": "webagg"}, True),
    ],
)
def test_windows_are_left_to_matplotlib_where_there_are_any(
    environment: dict[str, str], has_display: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert scripts._has_display(environment) is has_display


# -- notebooks --------------------------------------------------------------------------------------


def test_the_cells_of_a_notebook_run_in_order_in_one_namespace(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = notebook(home / "notebook.ipynb", "x = 1", "def f():\n    return x + 1", "print(f(), __name__)\ndisplay(x)")
    scripts.run(file)
    assert capsys.readouterr().out == "2 __main__\n1\n"


def test_a_notebook_runs_in_its_own_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = notebook(home / "notebook.ipynb", "open('written.txt', 'w').close()")
    monkeypatch.chdir("/")
    scripts.run(file)
    assert (home / "written.txt").is_file()
    assert Path.cwd() == Path("/")


def test_display_magics_are_left_out_and_shell_commands_with_a_note(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = notebook(
        home / "notebook.ipynb",
        "%matplotlib inline\n%config InlineBackend.figure_format = 'svg'\nprint('one')",
        "!pip install brian2\nif True:\n    !ls\nprint('two')",
        "%%bash\nrm -rf everything",
        "%%time\nprint('three')",
    )
    scripts.run(file)
    printed = capsys.readouterr()
    assert printed.out == "one\ntwo\nthree\n"
    assert printed.err.splitlines() == [
        "notebook.ipynb, cell 2: left out '!pip install brian2'",
        "notebook.ipynb, cell 2: left out '!ls'",
        "notebook.ipynb, cell 3: left out '%%bash'",
    ]


def test_a_continued_line_that_begins_with_a_percent_sign_is_no_magic(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scripts.run(notebook(home / "notebook.ipynb", "print('%d mV'\n% 5)"))
    assert capsys.readouterr().out == "5 mV\n"


@pytest.mark.parametrize("cell", ["%run other.py", "%%cython\nx = 1", "%timeit f()", "files = 1\n%cd /"])
def test_a_magic_that_changes_what_the_code_does_is_refused_before_anything_runs(cell: str, home: Path) -> None:
    file = notebook(home / "notebook.ipynb", "open('written.txt', 'w').close()", cell)
    with pytest.raises(scripts.ScriptError, match="notebook.ipynb, cell 2: '%"):
        scripts.run(file)
    assert not (home / "written.txt").exists()


# Each cell, and what it prints; `keep` is a file beside the notebook.
IPYTHON = {
    "shell output": ("files = !ls *.keep\nprint(files[0])", "a.keep"),
    "shell output with a value": ("n = 2\nx = !echo {n} $n\nprint(x[0])", "2 2"),
    "shell output in a block": ("if True:\n    x = !echo yes\n    print(*x)", "yes"),
    "continued magic": ("%config \\\n  InlineBackend.figure_format = 'svg'\nprint(1)", "1"),
    "continued shell line": ("x = !echo a \\\n  b\nprint(*x)", "a b"),
    "text like a magic": ("%matplotlib inline\ntext = '''\n%run other.py\n!ls\nx?\n'''\nprint(len(text))", "22"),
    "expression like a magic": ("%matplotlib inline\nprint('%d mV'\n% 5)", "5 mV"),
    "remark like a magic": ("%matplotlib inline\n# %run other.py\nprint(1)  # !ls", "1"),
    "percent in a bracket": ("%matplotlib inline\nx = (7\n%time_step\n) if False else 3\nprint(x)", "3"),
    "timed line": ("%time x = 3\nprint(x)", "3"),
    "timed expression": ("x = %time 3 + 4\nprint(x)", "7"),
    "timed cell with a magic inside": ("%%time\n%matplotlib inline\nx = 5\nprint(x)", "5"),
    "captured": ("%%capture out\nprint('hidden')", ""),
    "captured and shown": ("%%capture --no-stdout\nprint('seen')", "seen"),
    "captured and timed": ("%%capture out\n%%time\nprint('hidden')", ""),
    "indented": ("    x = 1\n    print(x)\n", "1"),
    "prompts": (">>> x = 2\n>>> print(x)", "2"),
    "help": ("x = 1\nx?\n?x\nprint(x)", "1"),
    "environment": (
        "%env BRIANHW_TEST_VARIABLE=1\nimport os\nprint(os.environ['BRIANHW_TEST_VARIABLE'])",
        "env: BRIANHW_TEST_VARIABLE=1\n1",
    ),
    "value of a magic": ("here = %pwd\nimport os\nprint(here == os.getcwd())", "True"),
    "await": ("import asyncio\nawait asyncio.sleep(0)\nprint(await asyncio.sleep(0, 'slept'))", "slept"),
    "await and a magic": ("%matplotlib inline\nimport asyncio\nprint(await asyncio.sleep(0, 'slept'))", "slept"),
    "output of a shell cell": ("%%bash --out text\necho from bash", ""),
    "asked for by hand": ("get_ipython().run_line_magic('matplotlib', 'inline')\nprint(1)", "1"),
    "asked for by another name": (
        "ip = get_ipython()\nip.run_line_magic('matplotlib', 'inline')\nip.run_line_magic('config', 'X.y=1')\nprint(1)",
        "1",
    ),
    "asked of IPython": (
        "from IPython import get_ipython\nx = !echo {1 + 1}\nprint(x[0], get_ipython().enable_gui('tk'))",
        "2 None",
    ),
    "names of the shell": ("In, Out, _, exit = 1, 2, 3, 4\nx = !echo $_\nprint(In, Out, _, exit, x[0])", "1 2 3 4 3"),
    "as older converters wrote it": ("get_ipython().magic('matplotlib inline')\nprint(1)", "1"),
    "display": ("import IPython.display as d\ndisplay('text')\nd.display(1)", "text\n1"),
}


@pytest.mark.parametrize(("cell", "printed"), IPYTHON.values(), ids=IPYTHON)
def test_what_ipython_adds_to_python_is_understood_as_ipython_does(
    cell: str, printed: str, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRIANHW_TEST_VARIABLE", "0")
    write(home / "a.keep", "")
    file = home / "notebook.ipynb"
    file.write_text(json.dumps({"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code", "source": cell}]}))
    scripts.run(file)
    assert capsys.readouterr().out.strip() == printed


def test_a_future_statement_holds_for_later_cells(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scripts.run(
        notebook(
            home / "notebook.ipynb",
            "from __future__ import annotations",
            "def twice(x: Unknown) -> Unknown:\n    return 2 * x\nprint(twice(2))",
        )
    )
    assert capsys.readouterr().out == "4\n"
    scripts.run(notebook(home / "other.ipynb", "def once(x: int): ...\nprint(once.__annotations__['x'] is int)"))
    assert capsys.readouterr().out == "True\n"


def test_what_a_cell_magic_keeps_is_there_in_later_cells(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cells = [
        "%%capture kept\nprint('hidden')\nx = 3",
        "print(x, kept.stdout)",
        "%%bash --out text\necho from bash",
        "print(text)",
        "%%writefile helper_of_a_notebook.py\nword = 'written'",
        "from helper_of_a_notebook import word\nprint(word)",
    ]
    scripts.run(notebook(home / "notebook.ipynb", *cells))
    words = capsys.readouterr().out.split()
    assert words == "3 hidden from bash Writing helper_of_a_notebook.py written".split()
    sys.modules.pop("helper_of_a_notebook")


@pytest.mark.parametrize(
    "cell",
    ["%time raise ValueError('bad')", "%%time\nraise ValueError('bad')", "%%capture out\nraise ValueError('bad')"],
)
def test_an_error_behind_a_magic_ends_the_run(cell: str, home: Path) -> None:
    with pytest.raises(ValueError, match="bad"):
        scripts.run(notebook(home / "notebook.ipynb", cell))


@pytest.mark.parametrize(
    "cell", ["%%time\n# comment\nraise ValueError('bad')", "%matplotlib inline\n\nraise ValueError('bad')"]
)
def test_lines_keep_their_numbers_behind_a_magic(cell: str, home: Path) -> None:
    file = notebook(home / "notebook.ipynb", cell)
    with pytest.raises(ValueError, match="bad") as caught:
        scripts.run(file)
    assert scripts.line_of(caught.value, file) == f"{file}, cell 1, line 3: raise ValueError('bad')"


def test_what_is_left_out_behind_other_magics_is_noted(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scripts.run(notebook(home / "notebook.ipynb", "%%time\n!ls\n%pip install x", "!!ls -l\nx = 1\nx??", "%%html\n<b>"))
    notes = [line.partition(": left out ")[2] for line in capsys.readouterr().err.splitlines()]
    assert notes == ["'!ls'", "'%pip install x'", "'!!ls -l'", "'%pinfo2 x'", "'%%html'"]


@pytest.mark.parametrize(
    "cell",
    [
        "x = %timeit -o 1",
        "%%time\n%run other.py",
        "x = %pip list",
        "if True:\n    %cd /",
        "get_ipython().magic('cd /')",
        "%%R\n1",
    ],
)
def test_a_magic_is_refused_wherever_it_stands(cell: str, home: Path) -> None:
    file = notebook(home / "notebook.ipynb", "open('written.txt', 'w').close()", cell)
    with pytest.raises(scripts.ScriptError, match="notebook.ipynb, cell 2: '%"):
        scripts.run(file)
    assert not (home / "written.txt").exists()


def test_a_cell_that_is_no_python_says_so_when_its_turn_comes(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SyntaxError):
        scripts.run(notebook(home / "notebook.ipynb", "print('first')", "%matplotlib inline\nx = = 1"))
    assert capsys.readouterr().out == "first\n"


@pytest.mark.parametrize("metadata", [None, {"kernelspec": None}, {"kernelspec": {}, "language_info": None}])
def test_metadata_may_be_missing(metadata: object, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = home / "notebook.ipynb"
    cell = {"cell_type": "code", "source": "print(1)", "metadata": None}
    file.write_text(json.dumps({"nbformat": 4, "metadata": metadata, "cells": [cell]}))
    scripts.run(file)
    assert capsys.readouterr().out == "1\n"


def test_notebooks_of_format_3_run(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cells = [{"cell_type": "code", "input": ["x = 1\n", "print(x)"]}, {"cell_type": "heading", "source": "Title"}]
    file = home / "notebook.ipynb"
    file.write_text(json.dumps({"nbformat": 3, "metadata": {"name": ""}, "worksheets": [{"cells": cells}]}))
    scripts.run(file)
    assert capsys.readouterr().out == "1\n"


class Hidden:
    """A finder for which there is no IPython."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        if name.partition(".")[0] == "IPython":
            raise ModuleNotFoundError(name)


@pytest.mark.parametrize("by_finder", [False, True])
def test_without_ipython_plain_cells_run_and_others_say_what_to_install(
    by_finder: bool, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "IPython"]:
        monkeypatch.delitem(sys.modules, name)
    if by_finder:
        monkeypatch.setattr(sys, "meta_path", [Hidden, *sys.meta_path])
    else:
        monkeypatch.setitem(sys.modules, "IPython", None)
    scripts.run(notebook(home / "plain.ipynb", "display(1)\nx = 7 \\\n% 4", "print(x)"))
    assert capsys.readouterr().out == "1\n3\n"
    with pytest.raises(scripts.ScriptError, match=r"cell 2 is not plain Python.*pip install ipython"):
        scripts.run(notebook(home / "magic.ipynb", "print(1)", "%matplotlib inline"))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("text", ["not json", "[]", '{"worksheets": []}', '{"cells": [{}]}'])
def test_a_file_that_is_no_notebook_is_refused(text: str, home: Path) -> None:
    file = write(home / "notebook.ipynb", text)
    with pytest.raises(scripts.ScriptError, match="not a notebook of format 4"):
        scripts.run(file)


def test_a_notebook_for_another_language_is_refused(home: Path) -> None:
    file = notebook(home / "notebook.ipynb", "x <- 1", kernelspec={"language": "R"})
    with pytest.raises(scripts.ScriptError, match="notebook for R"):
        scripts.run(file)


def test_the_place_of_an_error_names_the_cell_and_shows_its_line(home: Path) -> None:
    file = notebook(home / "notebook.ipynb", "x = 1", "# comment\nraise ValueError('bad')")
    with pytest.raises(ValueError, match="bad") as caught:
        scripts.run(file)
    assert scripts.line_of(caught.value, file) == f"{file}, cell 2, line 2: raise ValueError('bad')"


def test_figures_that_a_cell_leaves_open_are_shown_at_its_end(home: Path) -> None:
    file = notebook(
        home / "notebook.ipynb",
        "%matplotlib inline\nimport matplotlib.pyplot as plt",
        "plt.plot([1, 2])",
        "plt.plot([2, 1])\nplt.show()",
    )
    scripts.run(file, figures=home / "figures")
    assert len(list((home / "figures").iterdir())) == 2


# -- standalone -----------------------------------------------------------------------------------------

STANDALONE = """
    from brian2 import *
    prefs.codegen.target = "numpy"
    set_device("cpp_standalone", directory=None, build_on_run=False)
    cells = NeuronGroup(5, "dv/dt = (2 - v)/(10*ms) : 1", threshold="v > 1", reset="v = 0", method="exact")
    spikes = SpikeMonitor(cells)
    run(50*ms)
    run(50*ms)
    device.build(directory="output", compile=True, run=True, debug=False)
    from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
    assert get_device() is all_devices["cpp_standalone"] and isinstance(get_device(), CPPStandaloneDevice)
    print(device.has_been_run, spikes.num_spikes, float(spikes.t[0]/ms))
    device.reinit()
    device.activate()
    set_device("cpp_standalone", directory="other")
    print(device.has_been_run, device.project_dir, float(defaultclock.dt/ms))
"""


@pytest.mark.standalone
def test_a_script_that_asks_for_standalone_gets_our_device_and_is_told_once(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from brian2.devices.device import all_devices, reset_device

    before = all_devices["cpp_standalone"]
    try:
        scripts.run(write(home / "script.py", STANDALONE))
    finally:
        reset_device("runtime")
    said = capsys.readouterr()
    # ln 2 time constants to each spike, on the grid of 0.1 ms
    assert said.out.splitlines() == ["True 70 6.9", "False None 0.1"]
    assert said.err.count("cpp_standalone is the brianhw device here") == 1
    assert not (home / "output").exists()
    assert all_devices["cpp_standalone"] is before


def test_a_script_may_mean_brian2s_standalone(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from brian2.devices.device import reset_device

    file = write(
        home / "script.py",
        """
        from brian2 import *
        set_device("cpp_standalone", build_on_run=False)
        print(type(get_device()).__name__)
        """,
    )
    try:
        scripts.run(file, as_written=True)
    finally:
        reset_device("runtime")
    assert capsys.readouterr() == ("CPPStandaloneDevice\n", "")


WITH_A_RUN = """
    import brian2
    brian2.prefs.codegen.target = "numpy"
    brian2.set_device("cpp_standalone", {options})
    cells = brian2.NeuronGroup(2, "dv/dt = (level - v)/(10*ms) : 1\\nlevel : 1 (constant)", method="exact")
    cells.level = 3
    brian2.run(10*brian2.ms)
    {after}
"""


@pytest.mark.standalone
@pytest.mark.parametrize(
    ("after", "options"),
    [
        ("brian2.device.project_dir", ""),
        ("brian2.device.results_dir", ""),
        ("brian2.device.code_objects", ""),
        ("brian2.device.timers['compile']", ""),
        ("brian2.device.get_array_filename(cells.variables['v'])", ""),
        ("brian2.device.insert_code('main', '')", ""),
        ("brian2.device.build(additional_source_files=['mine.cpp'])", "build_on_run=False"),
        ("", "additional_source_files=['mine.cpp']"),
    ],
)
def test_what_only_the_program_of_standalone_has_is_refused_with_the_way_to_it(
    after: str, options: str, home: Path
) -> None:
    from brian2.devices.device import reset_device

    try:
        with pytest.raises(RequestError, match="brianhw run --device as-written"):
            scripts.run(write(home / "script.py", WITH_A_RUN.format(after=after, options=options)))
    finally:
        reset_device("runtime")


@pytest.mark.standalone
def test_values_for_the_next_run_work_where_our_device_stands_in(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from brian2.devices.device import reset_device

    after = "brian2.device.build(run=False)\n    " + "\n    ".join(
        f"brian2.device.run(results_directory='r{level}', run_args={{cells.level: {level}}}); print(cells.v[0])"
        for level in (1, 2)
    )
    try:
        scripts.run(write(home / "script.py", WITH_A_RUN.format(after=after, options="build_on_run=False")))
    finally:
        reset_device("runtime")
    first, second = (float(line) for line in capsys.readouterr().out.split())
    assert first == pytest.approx(1 - np.exp(-1), rel=1e-9)
    assert second == pytest.approx(2 * first, rel=1e-9)


@pytest.mark.standalone
def test_a_file_of_the_program_that_is_not_there_has_a_note(home: Path) -> None:
    from brian2.devices.device import reset_device

    after = "open('mine/results/last_run_info.txt')"
    try:
        with pytest.raises(FileNotFoundError) as caught:
            scripts.run(write(home / "script.py", WITH_A_RUN.format(after=after, options="directory='mine'")))
    finally:
        reset_device("runtime")
    assert "--device as-written" in caught.value.__notes__[0]


def test_brian2_is_left_out_of_collections_of_garbage(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gc.unfreeze()
    try:
        scripts.run(
            write(home / "script.py", "import brian2, gc\nprint(gc.get_freeze_count() > 100_000, gc.isenabled())")
        )
    finally:
        gc.freeze()  # as the other tests have it
    assert capsys.readouterr().out == "True True\n"
