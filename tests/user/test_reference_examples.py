"""Every public name has an example in its docstring that runs as it stands, copied into an empty script."""

import doctest
import importlib
import importlib.util
import inspect
import zlib

import brian2
import pytest

PARTS = 4  # so that two workers share the examples
ROLES = ("py:class", "py:function", "py:exception")


def names_of(inventory):
    """Return the names that Sphinx's *inventory* lists in the roles of things one calls or catches."""
    text = zlib.decompress(inventory.read_bytes().split(b"\n", 4)[4]).decode()
    entries = (line.split()[:2] for line in text.splitlines())
    return [name for name, role in entries if role in ROLES and name.startswith("brianhw.")]


def found(name):
    """Return what a dotted *name* is of."""
    parts = name.split(".")
    for count in range(len(parts) - 1, 0, -1):
        try:
            value = importlib.import_module(".".join(parts[:count]))
        except ImportError:
            continue
        for part in parts[count:]:
            value = getattr(value, part)
        return value
    raise LookupError(name)


@pytest.fixture(scope="module")
def documented(built):
    """Return the documented names by the identity of what they name: one thing may have several."""
    names = {}
    for name in names_of(built / "objects.inv"):
        if name.startswith("brianhw.torch.") and importlib.util.find_spec("torch") is None:
            continue
        value = found(name)
        names.setdefault(id(value), (name, value))
    return list(names.values())


def test_every_public_name_has_an_example(documented):
    without = [name for name, value in documented if ">>>" not in (inspect.getdoc(value) or "")]
    assert without == []


@pytest.mark.parametrize("part", range(PARTS))
def test_the_examples_run_as_they_stand(documented, part, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    runner, finder, report = doctest.DocTestRunner(optionflags=options), doctest.DocTestFinder(), []
    for name, value in documented[part::PARTS]:
        for test in finder.find(value, name, globs={}):
            brian2.start_scope()
            runner.run(test, out=report.append)
    assert runner.failures == 0, "".join(report)
    assert runner.tries > 100
