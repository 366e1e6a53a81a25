"""Modules that wait until they are used: fewer are imported, and nobody who uses them notices."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from brianhw.late import Late, late, whole
from paths import CHECKOUT

NAMES_AND_WHAT_THEY_ARE = """
before = {{*globals(), "before"}}
{statement}
for name in sorted(globals().keys() - before - {{"brian2", "test", "tests"}}):
    value = globals()[name]
    print(name, type(value), getattr(value, "__module__", ""), getattr(value, "__qualname__", ""))
"""
STAR = "from brian2 import *"
BY_ATTRIBUTE = "import brian2; brian2.figure; globals().update({k: v for k, v in vars(brian2).items() if k[0] != '_'})"
BY_LIST = "import brian2; globals().update({name: getattr(brian2, name) for name in dir(brian2) if name[0] != '_'})"


def printed(code: str) -> str:
    """Return what a new Python prints, in which the package can be imported but is not."""
    code = f"import sys; sys.path.append({str(CHECKOUT)!r})\n{code}"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def loaded_by(statement: str) -> set[str]:
    return set(
        printed(f"{statement}; print(*[n for n, m in sys.modules.items() if '_execute' not in vars(m)])").split()
    )


# -- Brian2 -----------------------------------------------------------------------------------------


def test_brian2_is_imported_without_pytest_cython_and_pylab() -> None:
    loaded = loaded_by("import brianhw, brian2")
    assert not loaded & {"pytest", "brian2.tests", "Cython.Build", "Cython.Compiler.Main", "pylab", "matplotlib.pyplot"}
    assert "brianhw.device.device" in loaded


def test_all_names_of_brian2_are_there_as_without_us() -> None:
    wanted = printed(NAMES_AND_WHAT_THEY_ARE.format(statement=STAR))
    assert "\nfigure " in wanted and "\nNeuronGroup " in wanted
    for statement in (STAR, BY_ATTRIBUTE, BY_LIST):
        assert printed("import brianhw; del brianhw" + NAMES_AND_WHAT_THEY_ARE.format(statement=statement)) == wanted


def test_a_name_that_brian2_does_not_have_is_missing_as_ever() -> None:
    code = """
import brianhw, brian2
print(hasattr(brian2, "__wrapped__"), "pylab" in sys.modules)
print(hasattr(brian2, "no_such_name"), "pylab" in sys.modules)
from brian2 import plot, NeuronGroup
from pylab import *
print(plot is brian2.plot is sys.modules["matplotlib.pyplot"].plot, callable(figure))
"""
    assert printed(code).split("\n") == ["False False", "False True", "True True", ""]


def test_pylab_that_is_there_before_is_used_at_once() -> None:
    assert printed("import pylab, brianhw, brian2; print('plot' in vars(brian2))") == "True\n"


@pytest.mark.slow
@pytest.mark.standalone
def test_brian2s_tests_and_its_cython_code_work_as_ever(tmp_path: Path) -> None:
    code = f"""
import brianhw, brian2
from brian2 import *
prefs.codegen.runtime.cython.cache_dir = {str(tmp_path)!r}
prefs.codegen.target = "cython"
group = NeuronGroup(2, "dv/dt = (1 - v)/(10*ms) : 1", method="exact")
run(1*ms)
print("simulated", group.v[0])
chosen = ["-k", "test_get_identifiers", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore"]
brian2.test([], test_in_parallel=[], additional_args=chosen)
print("tested", brian2.tests.run.__module__)
from brian2.tests.utils import assert_allclose
"""
    lines = printed(code).splitlines()
    assert next(line for line in lines if line.startswith("simulated")).split()[1].startswith("0.0951")
    assert any(line.startswith("1 passed") for line in lines)
    assert "tested brian2.tests" in lines


# -- any module -------------------------------------------------------------------------------------


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a package that counts how often it is executed, and has a module inside."""
    folder = tmp_path / "a_late_package"
    folder.mkdir()
    (folder / "__init__.py").write_text("import builtins; builtins.executed += 1\nvalue = 3\ndef answer(): return 42\n")
    (folder / "inside.py").write_text("value = 4")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("builtins.executed", 0, raising=False)
    return "a_late_package"


def executed() -> int:
    import builtins

    return builtins.executed  # type: ignore[attr-defined]


def test_a_late_module_is_executed_once_when_something_of_it_is_used(module: str) -> None:
    told: list[bool] = []
    with late({module: Late({"answer": lambda: "early"}, then=lambda: told.append(True))}):
        import a_late_package  # type: ignore[import-not-found]
    assert a_late_package.answer() == "early" and a_late_package.__file__ and executed() == 0
    threads = [Thread(target=lambda: a_late_package.value) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert a_late_package.value == 3 and a_late_package.answer() == 42 and executed() == 1 and told == [True]
    assert type(a_late_package) is type(sys)
    assert not hasattr(a_late_package, "no_such_name")


def test_what_is_inside_a_late_package_executes_it_first_unless_it_is_light(module: str) -> None:
    for is_light in (True, False):
        before = executed()
        with late({module: Late(has_light_modules=is_light)}):
            import a_late_package.inside
        assert a_late_package.inside.value == 4
        assert executed() - before == (0 if is_light else 1)
        assert whole(module).value == 3
        for name in (module, f"{module}.inside"):
            del sys.modules[name]


def test_a_late_module_that_fails_fails_each_time_that_it_is_used(module: str, tmp_path: Path) -> None:
    (tmp_path / module / "__init__.py").write_text("import builtins; builtins.executed += 1\nvalue = 1/0")
    with late({module: Late()}):
        import a_late_package
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            _ = a_late_package.value
    assert executed() == 2


def test_only_what_is_named_and_not_there_yet_is_late(module: str) -> None:
    import a_late_package

    with late({module: Late(), "no_such_module": Late()}):
        import a_late_package as again

        with pytest.raises(ModuleNotFoundError):
            import no_such_module  # type: ignore[import-not-found] # noqa: F401
    assert again is a_late_package and executed() == 1
    assert not any(type(finder).__name__ == "_LateFinder" for finder in sys.meta_path)


@pytest.mark.parametrize("state", ["enable", "disable"])
def test_garbage_is_collected_after_the_import_if_it_was_before(state: str) -> None:
    assert (
        printed(f"import gc; gc.{state}()\nimport brianhw, brian2\nprint(gc.isenabled())") == f"{state == 'enable'}\n"
    )


# -- our own ----------------------------------------------------------------------------------------

NOT_YET = {"asyncio", "pandas", "pylab", "pytest", "scipy.sparse", "scipy.special", "scipy.stats", "tqdm", "xarray"}


@pytest.mark.parametrize("name", ["brianhw.explore", "brianhw.pynn"])
def test_sweeps_and_pynn_are_imported_without_what_they_use_later(name: str) -> None:
    loaded = loaded_by(f"import {name}")
    assert not loaded & (NOT_YET | {"neo", "neo.core", "joblib", "Cython.Build", "matplotlib.pyplot"})
    assert "brianhw.device.device" in loaded


@pytest.mark.parametrize(
    "imports",
    [
        "import brianhw.explore\nimport xarray",
        "import xarray\nimport brianhw.explore",
        "import brianhw.explore\nfrom xarray.core.dataset import Dataset\nimport xarray",
    ],
)
def test_datasets_know_sweeps_whoever_imports_xarray_first(imports: str) -> None:
    asked = "print(xarray.Dataset({'a': ('x', [1, 2])}).sweep.failures)"
    assert printed(f"{imports}\n{asked}") == "[]\n"


def test_neo_and_sparse_matrices_work_where_they_have_waited() -> None:
    code = """
import brianhw.pynn as sim
from lazyarray import larray
import scipy.sparse
matrix = larray(scipy.sparse.csr_matrix([[0, 2.0]]), shape=(1, 2))
print(matrix.evaluate().tolist())
from neo.io import get_io, PickleIO
print(type(get_io("data.pkl")) is PickleIO)
import neo
print(neo.io.PickleIO is PickleIO, len(neo.Block().segments))
"""
    assert printed(code).splitlines()[-3:] == ["[[0.0, 2.0]]", "True", "True 0"]
