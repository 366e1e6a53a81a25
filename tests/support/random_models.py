"""Random models that NumPy and C++ both run: whole numbers, booleans, delays, refractoriness, events, several clocks.

``compare(seed, mode)`` says what differs. ``benchmarks/random_models.py`` compares many.
"""

from __future__ import annotations

import gc
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from brian2 import (
    EventMonitor,
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    defaultclock,
    ms,
    prefs,
    set_device,
    start_scope,
)
from brian2.utils.logger import catch_logs

import brianhw  # noqa: F401  (registers the device)
from random_expressions import Expressions

__all__ = ["compare", "compare_expressions"]

# Sums in another order differ by some 1e-16 of their largest part, and leaks of these models make errors smaller.
TOLERANCE = 1e-9
WHOLE = [0, 1, -1, 2, -3, 5, 7, 100, -1000, 46341]
EXTREME = [-(2**31), 2**31 - 1, 46340]
NAMESPACE = {"K": 5, "flag": True, "c": 0.75}
KINDS = {"i": "integer", "b": "boolean", "f": "1"}


@contextmanager
def _quiet() -> Iterator[None]:
    before, prefs.codegen.target = prefs.codegen.target, "numpy"
    try:
        # numbers go over the edge on purpose
        with np.errstate(all="ignore"), catch_logs():
            yield
    finally:
        prefs.codegen.target = before


def _on(device: str, make: Any, **options: Any) -> dict[str, np.ndarray]:
    set_device(device, **options)
    start_scope()
    gc.collect()  # Brian2 orders objects by their names, which count those that are still there
    np.random.seed(1)
    defaultclock.dt = 0.1 * ms
    found: dict[str, np.ndarray] = make()
    return found


REFUSALS = (ArithmeticError, AttributeError, LookupError, NameError, SyntaxError, TypeError, ValueError)


def _differences(make: Any, mode: str) -> list[str] | None:
    """Return what differs between NumPy and C++; None if Brian2 or NumPy refuses the model."""
    with _quiet():
        try:
            expected = _on("runtime", make)
        except Exception as error:
            if isinstance(
                error.__cause__ or error,
                (ArithmeticError, AttributeError, LookupError, NameError, SyntaxError, TypeError, ValueError),
            ):
                return None
            raise
        found = _on("brianhw", make, mode=mode)
    return [
        f"{name}: NumPy {values.ravel()[wrong]}, C++ {found[name].ravel()[wrong]}"
        for name, values in expected.items()
        if (wrong := _unequal(values, found[name], mode))
    ]


def _unequal(expected: np.ndarray, found: np.ndarray, mode: str) -> list[int]:
    if expected.shape != found.shape:
        return [0]
    if mode == "strict" or expected.dtype.kind != "f":
        same = (expected == found) | ((expected != expected) & (found != found))
    else:
        same = np.isclose(expected, found, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)
    return list(np.flatnonzero(~same)[:3])


def compare_expressions(seed: int, mode: str, number: int = 24) -> list[str] | None:
    """Compare assignments of random expressions to variables of all types, in blocks of four.

    Strict code also has the largest and the smallest numbers; fast code has other numbers for what no integer holds.
    """
    source = random.Random(seed)
    make = Expressions(source, ["k", "m", "K"], ["p", "q", "flag"], ["v", "w", "c"], exact=mode == "fast")
    kinds = [source.choice("iibff") for _ in range(number)]
    lines = [f"x{n} = {make.of(kind)}" for n, kind in enumerate(kinds)]
    model = "\n".join(f"x{n} : {KINDS[kind]}" for n, kind in enumerate(kinds))

    def run() -> dict[str, np.ndarray]:
        rng = np.random.default_rng(seed)
        group = NeuronGroup(
            64, f"k : integer\nm : integer\np : boolean\nq : boolean\nv : 1\nw : 1\n{model}", dtype={"m": np.int64}
        )
        group.k = rng.choice(WHOLE + EXTREME if mode == "strict" else WHOLE, 64)
        group.m = rng.choice([*WHOLE, 2**40, -(2**50)] if mode == "strict" else WHOLE, 64)
        group.p, group.q = rng.random((2, 64)) < 0.5
        group.v, group.w = rng.integers(-40, 40, (2, 64)) / 8
        blocks = [group.run_regularly("\n".join(lines[n : n + 4])) for n in range(0, number, 4)]
        Network(group, *blocks).run(defaultclock.dt, namespace=NAMESPACE)
        return {lines[n]: np.array(getattr(group, f"x{n}")[:]) for n in range(number)}

    return _differences(run, mode)


def compare(seed: int, mode: str) -> list[str] | None:
    """Compare a random network of two groups with plastic synapses."""
    source = random.Random(seed)
    jumps = "if" if mode == "strict" else "i"
    refractory = source.choice(["2*ms", "k > 1", False])
    booleans = ["p", "not_refractory", "flag"] if refractory else ["p", "flag"]
    cells = Expressions(source, ["k", "K"], booleans, ["w", "c"], jumps=jumps)
    synaptic = Expressions(source, ["n", "k_pre", "K"], ["p_pre", "flag"], ["u", "c"], jumps=jumps)
    pick = source.choice

    def refract() -> str:
        return pick(["", "(unless refractory)"]) if refractory else ""

    model = f"""
        dv/dt = (I - v + 0.1*clip(drive, -2, 2))/(10*ms) : 1 {refract()}
        dw/dt = -w/(20*ms) : 1 {refract()}
        drive = {cells.of("f", 2)} : 1
        number = {cells.of("i", 2)} : integer
        big = {cells.of("b", 2)} : boolean
        I : 1 (constant)
        total : 1
        count : {pick(["integer", "1"])}
        k : integer
        p : boolean"""
    reset = "\n".join(
        [
            "v = 0",
            f"k = (k + {pick(['1', '2', 'int(p)'])}) % 5",
            f"p = {cells.of('b', 2)}",
            f"w = clip(w + {cells.of('f', 1)}, -3, 3)",
        ]
    )
    regular = f"k = ({cells.of('i', 2)}) % 7\nw = clip({cells.of('f', 2)}, -2, 2)\np = {cells.of('b', 2)}"
    event = pick([None, f"k > 2 and {cells.of('b', 1)}"])
    on_pre = (
        f"v_post += 0.05*clip(u, -1, 1)\nn = (n + {synaptic.of('i', 1)}) % 9\nu = clip({synaptic.of('f', 2)}, -2, 2)"
    )
    on_post = pick([None, f"u *= 0.9\nn = n + {pick(['1', 'int(p_post)', '-2'])}"])
    method = pick(["euler", "rk2", "exponential_euler"])
    parts, clocks = pick([1, 3, 7]), pick([0.1, 0.2, 0.5])

    def run() -> dict[str, np.ndarray]:
        rng = np.random.default_rng(seed)
        group = NeuronGroup(
            8, model, threshold="v > 1", reset=reset, refractory=refractory, method=method,
            events={"crossing": event} if event else None,
        )  # fmt: skip
        group.I, group.w = rng.random(8) * 2.5, rng.integers(-8, 8, 8) / 4
        group.k, group.p = rng.integers(-4, 5, 8), rng.random(8) < 0.5
        spikes = rng.integers(0, 4, 30), np.sort(rng.choice(200, 30, replace=False)) * 0.1 * ms
        given = SpikeGeneratorGroup(4, *spikes)
        some = Synapses(group, group[2:7], "u : 1\nn : integer", on_pre=on_pre, on_post=on_post)
        some.connect(i=rng.integers(0, 8, 20), j=rng.integers(0, 5, 20))
        some.u, some.n = rng.integers(-8, 8, 20) / 8, rng.integers(-3, 3, 20)
        some.pre.delay = rng.choice([0, 0.1, 0.5, 1.7], 20) * ms
        other = Synapses(given, group, "total_post = 0.5*n_syn : 1 (summed)\nn_syn : 1", on_pre="v += 0.3\nn_syn += 1")
        other.connect(i=rng.integers(0, 4, 12), j=rng.integers(0, 8, 12))
        summed = Synapses(group, group, "count_post = 0.5*k_pre + int(p_pre) : 1 (summed)")
        summed.connect(i=rng.integers(0, 8, 12), j=rng.integers(0, 8, 12))
        monitors = [
            StateMonitor(group, ["v", "w", "k", "p", "drive", "number", "big", "count"], record=True),
            SpikeMonitor(group, variables=["k", "w"]),
            *([EventMonitor(group, "crossing", "w")] if event else []),
        ]
        work = group.run_regularly(regular, dt=clocks * ms)
        net = Network(group, given, some, other, summed, work, monitors)
        for _ in range(parts):
            net.run(round(21 / parts, 1) * ms, namespace=NAMESPACE)
        found = {f"state {name}": np.array(getattr(monitors[0], name)) for name in monitors[0].record_variables}
        for monitor in monitors[1:]:
            found |= {f"{monitor.event} {name}": np.array(getattr(monitor, name)[:]) for name in ("i", "t", "w")}
        return found | {"u": np.array(some.u[:]), "n": np.array(some.n[:]), "total": np.array(group.total[:])}

    return _differences(run, mode)
