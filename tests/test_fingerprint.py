"""The fingerprint of a model: every edit that may change a result is seen, and nothing else is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import types
from pathlib import Path
from typing import Any

import pytest

from brianhw.explore.fingerprint import Identity, fingerprint

# A model that reaches its numbers in many ways. An edit replaces a piece of this text.
PROGRAM = '''
import enum, functools, math, statistics
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
}
NO_EDITS = {
    "a comment": ("# a comment", "# another\n        # comment"),
    "a docstring": ('"""Run it."""', '"""Run all of it."""'),
    "a docstring less": ('    """Say something."""\n', ""),
    "a class's docstring": ('"""A machine."""', '"""A machine, in words."""'),
    "a local class's docstring": ('"""Local."""', '"""Local, too."""'),
    "lines in front": ("GAIN = 2.0", "\n\n\nGAIN = 2.0"),
    "empty lines within": ('    group.v = 5*mV\n', '\n    group.v = 5*mV\n\n'),
    "line breaks": ("np.sin(a) + math.sqrt(4) * GAIN", "(np.sin(a)\n         + math.sqrt(4) * GAIN)"),
    "spaces": ("return x * 3", "return  x  *  3"),
    "quotes": ('method="euler"', "method='euler'"),
    "a global that nobody uses": ("GAIN = 2.0", "GAIN = 2.0\nUNUSED = 5"),
    "a function that nobody uses": ("def helper", "def unused(x):\n    return x\n\n\ndef helper"),
    "the order of a set": ('{"a", "b", "c"}', '{"c", "b", "a"}'),
    "the order of a dict": ('{"low": 1, "high": (2, 3)}', '{"high": (2, 3), "low": 1}'),
    "the order of definitions": ("GAIN = 2.0\nTABLE", "GAIN = 2.0; OTHER = 1\nTABLE"),
    "an annotation": ("def helper(x):", "def helper(x: float) -> float:"),
    "a module's other name": ("import enum, functools, math, statistics", "import statistics, math, enum, functools"),
    "a number written otherwise": ("GAIN = 2.0", "GAIN = 2e0"),
}




def executed(old: str = "", new: str = "") -> Any:
    """Return the model of the program after an edit."""
    assert old in PROGRAM
    module = sys.modules["users_script"] = types.ModuleType("users_script")
    exec(compile(PROGRAM.replace(old, new, 1), "users_script.py", "exec"), vars(module))
    return module.model


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edit_that_may_change_results_is_seen(edit: tuple[str, str]) -> None:
    assert fingerprint(executed(*edit)) != fingerprint(executed())


@pytest.mark.parametrize("edit", NO_EDITS.values(), ids=NO_EDITS)
def test_an_edit_that_means_nothing_is_not(edit: tuple[str, str]) -> None:
    assert fingerprint(executed(*edit)) == fingerprint(executed())
