"""The fingerprint of a model: every edit that may change a result is seen, and nothing else is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import types
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from brianhw.explore.fingerprint import Identity, fingerprint
from paths import TESTS

# A model that reaches its numbers in many ways. An edit replaces a piece of this text.
PROGRAM = '''
import enum, functools, math, re, statistics
from dataclasses import dataclass, field
import numpy as np
from brian2 import *

GAIN = 2.0
TABLE = {"low": 1, "high": (2, 3)}
WEIGHTS = np.arange(6.0)
THRESHOLD = 15*mV
NAMES = {"a", "b", "c"}
EQUATIONS = "dv/dt = (drive - v) / tau_m : volt"
tau_m = 10*ms
drive = TimedArray([1, 2, 3]*mV, dt=5*ms)
parsed = Equations("dw/dt = -w/tau : 1", tau=7*ms)


@implementation("numpy", discard_units=True)
@check_units(x=1, result=1)
def squashed(x):
    return np.tanh(x)


def logged(function):
    @functools.wraps(function)
    def wrapper(*arguments):
        return function(*arguments) + 0.5
    return wrapper


def helper(x):
    """Say something."""
    return x * 3


@logged
def decorated(x):
    return x - 7


@functools.lru_cache
def kept(x):
    return x + 8


class Base:
    offset = 4

    def shift(self, x):
        return x + self.offset


class Machine(Base):
    """A machine."""
    rate: float = 1.5
    __slots__ = ("more",)

    def __init__(self, state):
        self.state = state

    def __call__(self, x):
        return self.shift(x) * self.state

    @staticmethod
    def still(x):
        return x / 11

    @classmethod
    def whole(cls, x):
        return x + 12

    @property
    def doubled(self):
        return self.state * 13

    @functools.cached_property
    def slow(self):
        return self.state + 14


@dataclass
class Settings:
    width: float = 0.25
    options: list = field(default_factory=lambda: [16])


class Kind(enum.Enum):
    SMALL = 17


machine = Machine(18)
add = functools.partial(helper, 19)
bound = machine.shift
power = lambda x, n=20: x ** n
settings = Settings()
generator = np.random.default_rng(21)
pattern = re.compile("x+")
spread = BinomialFunction(5, 0.35)
cells = NeuronGroup(2, "v : 1", threshold="v > 1", reset="v = 0")
synapses = Synapses(cells, cells, on_pre="v += 1")
synapses.connect(i=0, j=1)
synapses.delay = 3.5*ms


@functools.singledispatch
def dispatched(x):
    return x + 22


@dispatched.register
def _(x: int):
    return x + 23


def maker(scale):
    def inner(x):
        return x * scale
    return inner


made = maker(24)


def by_name(x):
    return x - 36


def model(a, b=25, *, c=26):
    """Run it."""
    def nested(x):
        # a comment
        return [y + 27 for y in range(x) if y != 28]

    class Local:
        """Local."""
        value = 29

    x = np.sin(a) + math.sqrt(4) * GAIN
    try:
        x += TABLE["low"] / 1
    except ZeroDivisionError:
        x = 30
    x += WEIGHTS.min() + float(THRESHOLD / mV) + len(NAMES) + statistics.mean([31, 32])
    x += helper(x) + decorated(x) + kept(1) + machine(2) + machine.still(3) + add() + bound(1) + power(2) + made(2)
    x += settings.width + Kind.SMALL.value + generator.random() + dispatched(1) + Local.value + sum(nested(3))
    group = NeuronGroup(10, EQUATIONS, threshold="v > 14*mV", reset="v = squashed(0.5)*mV", method="euler")
    group.v = 5*mV
    text = f"{x:.3f} of {a}"
    x += len(dict(zero=0)) + eval("by_name(1)") + len(pattern.findall(text)) + len([spread, synapses])
    if x > 33 and not b or c:
        x = -x
    return x + (lambda z: z + 34)(1) + parsed.names.__len__() + group.N
'''
EDITS = {
    "a function of a library": ("np.sin", "np.cos"),
    "a method": ("WEIGHTS.min()", "WEIGHTS.max()"),
    "an attribute": ("settings.width", "settings.height"),
    "a number": ("x = 30", "x = 30.5"),
    "the type of a number": ("x = 30", "x = 30.0"),
    "an operator": ("x > 33", "x >= 33"),
    "the kind of an operator": ("math.sqrt(4) * GAIN", "math.sqrt(4) / GAIN"),
    "a branch": ("and not b", "and b"),
    "a caught error": ("except ZeroDivisionError", "except KeyError"),
    "a number in a lambda": ("z + 34", "z + 35"),
    "a number in a comprehension": ("y + 27", "y + 270"),
    "a condition in a comprehension": ("y != 28", "y != 29"),
    "a number in a local class": ("value = 29", "value = 290"),
    "a default": ("b=25", "b=250"),
    "a keyword's default": ("c=26", "c=260"),
    "a lambda's default": ("n=20", "n=21"),
    "a global number": ("GAIN = 2.0", "GAIN = 2.5"),
    "a global dict, deep inside": ("(2, 3)", "(2, 4)"),
    "a global array": ("np.arange(6.0)", "np.arange(7.0)"),
    "the type of an array": ("np.arange(6.0)", "np.arange(6)"),
    "a quantity": ("15*mV", "16*mV"),
    "a quantity's unit": ("15*mV", "15*ms"),
    "a global set": ('{"a", "b", "c"}', '{"a", "b", "d"}'),
    "a helper's body": ("x * 3", "x * 4"),
    "a decorated function": ("x - 7", "x - 8"),
    "a decorator": ("+ 0.5", "+ 0.6"),
    "a decorator taken away": ("@logged\n", ""),
    "a cached function": ("x + 8", "x + 9"),
    "an inherited attribute": ("offset = 4", "offset = 5"),
    "an inherited method": ("x + self.offset", "x - self.offset"),
    "a class attribute": ("rate: float = 1.5", "rate: float = 1.6"),
    "a base class": ("class Machine(Base)", "class Machine(Base, Exception)"),
    "a call": ("self.shift(x) * self.state", "self.shift(x) + self.state"),
    "a static method": ("x / 11", "x / 12"),
    "a class method": ("x + 12", "x + 13"),
    "a property": ("self.state * 13", "self.state * 14"),
    "a cached property": ("self.state + 14", "self.state + 15"),
    "a data class's field": ("width: float = 0.25", "width: float = 0.5"),
    "a data class's factory": ("[16]", "[17]"),
    "an enumeration": ("SMALL = 17", "SMALL = 18"),
    "an instance's state": ("Machine(18)", "Machine(19)"),
    "a partial argument": ("partial(helper, 19)", "partial(helper, 20)"),
    "the method that is bound": ("bound = machine.shift", "bound = machine.whole"),
    "a generator's seed": ("default_rng(21)", "default_rng(22)"),
    "a dispatched function": ("x + 22", "x + 220"),
    "one registered with it": ("x + 23", "x + 230"),
    "a closure's value": ("maker(24)", "maker(25)"),
    "a closure's code": ("x * scale", "x + scale"),
    "equations in a global": ("(drive - v)", "(drive + v)"),
    "an external constant of equations": ("tau_m = 10*ms", "tau_m = 11*ms"),
    "a timed array's values": ("[1, 2, 3]*mV", "[1, 2, 4]*mV"),
    "a timed array's step": ("dt=5*ms", "dt=6*ms"),
    "parsed equations": ("-w/tau", "-2*w/tau"),
    "a value in parsed equations": ("tau=7*ms", "tau=8*ms"),
    "a function in statements": ("np.tanh(x)", "np.arctan(x)"),
    "a threshold": ("v > 14*mV", "v > 13*mV"),
    "a method of integration": ('"euler"', '"rk4"'),
    "an assignment": ("group.v = 5*mV", "group.v = 6*mV"),
    "a variable that is assigned": ("group.v = 5*mV", "group.u = 5*mV"),
    "a number of arguments": ("statistics.mean([31, 32])", "statistics.mean([31, 32, 32])"),
    "a function's name in a module": ("statistics.mean", "statistics.median"),
    "a format": ("{x:.3f}", "{x:.4f}"),
    "a loop": ("range(x)", "range(x, 2)"),
    "a keyword's name in a call": ("dict(zero=0)", "dict(one=0)"),
    "a function that text names": ("x - 36", "x - 37"),
    "a pattern": ('"x+"', '"x*"'),
    "a pattern's flags": ('"x+"', '"x+", re.IGNORECASE'),
    "a random function's number": ("5, 0.35", "5, 0.36"),
    "a delay": ("3.5*ms", "3.6*ms"),
}
NO_EDITS = {
    "a comment": ("# a comment", "# another\n        # comment"),
    "a docstring": ('"""Run it."""', '"""Run all of it."""'),
    "a docstring less": ('    """Say something."""\n', ""),
    "a class's docstring": ('"""A machine."""', '"""A machine, in words."""'),
    "a local class's docstring": ('"""Local."""', '"""Local, too."""'),
    "lines in front": ("GAIN = 2.0", "\n\n\nGAIN = 2.0"),
    "empty lines within": ("    group.v = 5*mV\n", "\n    group.v = 5*mV\n\n"),
    "line breaks": ("np.sin(a) + math.sqrt(4) * GAIN", "(np.sin(a)\n         + math.sqrt(4) * GAIN)"),
    "spaces": ("return x * 3", "return  x  *  3"),
    "quotes": ('method="euler"', "method='euler'"),
    "a global that nobody uses": ("GAIN = 2.0", "GAIN = 2.0\nUNUSED = 5"),
    "a function that nobody uses": ("def helper", "def unused(x):\n    return x\n\n\ndef helper"),
    "the order of a set": ('{"a", "b", "c"}', '{"c", "b", "a"}'),
    "the order of a dict": ('{"low": 1, "high": (2, 3)}', '{"high": (2, 3), "low": 1}'),
    "the order of definitions": ("GAIN = 2.0\nTABLE", "GAIN = 2.0; OTHER = 1\nTABLE"),
    "an annotation": ("def helper(x):", "def helper(x: float) -> float:"),
    "the order of imports": ("import enum, functools, math, re", "import re, math, functools, enum"),
    "how far a clock has gone": ("synapses.delay =", "defaultclock.set_interval(3*ms, 5*ms); synapses.delay ="),
    "a number written otherwise": ("GAIN = 2.0", "GAIN = 2e0"),
}


def executed(old: str = "", new: str = "") -> Any:
    """Return the model of the program after an edit."""
    assert old in PROGRAM
    module = sys.modules["users_script"] = types.ModuleType("users_script")
    exec(compile(PROGRAM.replace(old, new, 1), "users_script.py", "exec"), vars(module))
    return module.model


@cache
def unedited() -> str:
    return fingerprint(executed())


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edit_that_may_change_results_is_seen(edit: tuple[str, str]) -> None:
    assert fingerprint(executed(*edit)) != unedited()


@pytest.mark.parametrize("edit", NO_EDITS.values(), ids=NO_EDITS)
def test_an_edit_that_means_nothing_is_not(edit: tuple[str, str]) -> None:
    assert fingerprint(executed(*edit)) == unedited()


def test_an_edit_of_code_that_was_there_before_is_no_other_object() -> None:
    model = executed()
    first = Identity({"model": model})
    assert first.unknown == []
    assert first.digest == Identity({"model": model}).digest
    model(1.5)  # caches are filled, a generator has drawn
    assert Identity({"model": executed()}).digest == first.digest


# -- other processes, other modules -----------------------------------------------------------------


def in_another_process(folder: Path, script: str, hash_seed: str = "1") -> str:
    """Return what a script prints."""
    (folder / "script.py").write_text(textwrap.dedent(script))
    paths = os.pathsep.join([str(TESTS / "support"), *sys.path])
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run([sys.executable, "script.py"], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


THINGS = """
    import test_fingerprint as t
    from brian2 import *
    from brianhw.equations import LIF
    from brianhw.explore import Reusable, firing_rate, trace
    from brianhw.explore.fingerprint import fingerprint
    import functools, json

    prefs.codegen.target = "numpy"  # nothing is to be compiled
    if {many}:
        NeuronGroup(3, "v : 1"), TimedArray([1], dt=1*ms), [BinomialFunction(3, 0.5) for _ in range(5)]

    class State:
        def __init__(self): self.values, self.names = np.arange(3), {{"x", "y", "z"}}
        def run(self): return self.values

    def build():
        return {{"group": NeuronGroup(1, "v : 1")}}

    def assign(objects, v):
        objects["group"].v = v

    group = NeuronGroup(4, "dv/dt = -v/tau : 1", threshold="v > 1", reset="v = 0", method="exact",
                        namespace={{"tau": 5*ms}})
    group.v = [1, 2, 3, 4]
    synapses = Synapses(group, group, "w : 1", on_pre="v += w", delay=2*ms)
    synapses.connect(j="i")
    spread = BinomialFunction(10, 0.5)
    network = Network(group, synapses, SpikeMonitor(group))
    things = dict(
        program=t.executed(), reusable=Reusable(build, assign), partial=functools.partial(assign, v=3),
        method=State().run, group=lambda: group.v, synapses=lambda: synapses.w, network=lambda: network.t,
        binomial=lambda: spread, models=[LIF, firing_rate, trace("v")], timed=TimedArray([1, 2]*mV, dt=1*ms),
        view=group.v, quantity=3*mV, monitor=lambda: SpikeMonitor(group), device=lambda: defaultclock.dt)
    print(json.dumps({{name: fingerprint(each) for name, each in things.items()}}))
"""


def test_it_is_the_same_in_another_process(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With other addresses, another order of sets, other lines and other automatic names."""
    exec(textwrap.dedent(THINGS.format(many=False)), {"__name__": "__main__"})
    one = json.loads(capsys.readouterr().out)
    other = json.loads(in_another_process(tmp_path, "\n\n\n" + THINGS.format(many=True), hash_seed="2"))
    assert one == other
    assert one["program"] == fingerprint(executed())
    assert len(set(one.values())) == len(one)


HELPERS = {
    "import helpers": "helpers.rate(x)",
    "import helpers as h": "h.rate(x)",
    "from helpers import rate": "rate(x)",
    "from helpers import *": "rate(x)",
    "import package.inner": "package.inner.rate(x)",
    "from package import inner": "inner.rate(x)",
    "from package import inner as i; shown = {'module': i}": "shown['module'].rate(x)",
    "import helpers; rate = getattr(helpers, 'rate')": "rate(x)",
}
TEXTS = {
    "a constant of its module": ("LIMIT = 1", "LIMIT = 2"),
    "its code": ("x + 3", "x + 4"),
    "a function that it calls": ("x * 5", "x * 6"),
    "a module that it imports": ("x - 7", "x - 8"),
}
HELPER = """
from deeper import low
LIMIT = 1
def inside(x): return x * 5
def rate(x): return inside(x + 3) + LIMIT + low(x)
"""


@pytest.mark.parametrize("within", [False, True], ids=["above", "inside the function"])
@pytest.mark.parametrize("statement", HELPERS)
def test_modules_beside_the_script_are_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statement: str, within: bool
) -> None:
    if within and "*" in statement:
        return  # Python does not allow it
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").touch()
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def read(old: str = "", new: str = "") -> str:
        for name in ("helpers", "package/inner"):
            (tmp_path / f"{name}.py").write_text(HELPER.replace(old, new, 1))
        (tmp_path / "deeper.py").write_text("def low(x): return x - 7\n".replace(old, new, 1))
        for name in ("helpers", "package", "package.inner", "deeper"):
            sys.modules.pop(name, None)
        namespace: dict[str, Any] = {"__name__": "__main__"}
        body = f"def model(x):\n    {statement if within else 'pass'}\n    return {HELPERS[statement]}\n"
        exec(body if within else f"{statement}\n{body}", namespace)
        return fingerprint(namespace["model"])

    before = read()
    assert before == read()
    for edit in TEXTS.values():
        assert read(*edit) != before, edit
    assert read("LIMIT = 1", "OTHER = 3\n# less\nLIMIT = 1") == before


def test_what_cannot_be_identified_is_named_and_never_the_same() -> None:
    lock, lines = __import__("threading").Lock(), (line for line in "ab")

    class Recorder:
        def __init__(self) -> None:
            self.file = sys.stdout.buffer

    recorder = Recorder()
    first, again = (Identity({"the model": lambda: (lock, lines, recorder)}) for _ in range(2))
    assert first.digest != again.digest
    assert [name.split(" ")[0] for name in first.unknown] == ["lines", "lock", "recorder"]
    assert "_thread.lock" in first.unknown[1]


def test_what_goes_round_in_circles_comes_to_an_end() -> None:
    circle: list[Any] = [1]
    circle.append({"again": circle})
    other: list[Any] = [2]
    other.append({"again": other})
    assert fingerprint(circle) != fingerprint(other)
    deep: list[Any] = []
    for _ in range(10**5):
        deep = [deep]
    assert Identity({"the model": deep}).unknown
