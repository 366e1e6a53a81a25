"""Random input for the PyNN back end: whatever comes, it is refused by us and changes nothing, or it makes sense.

``python benchmarks/fuzz_pynn.py 20000`` tries many; the test suite tries a few.
"""

# ruff: noqa: E501 - one call a line

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from brianhw.errors import BrianHWError

NUMBERS = (-1e300, -1e9, -70.0, -1.0, -1e-12, 0, 0.0, 1e-12, 0.05, 0.1, 0.5, 1, 1.0, 2, 2.5, 20.0, 1e9, 1e300,
           float("nan"), float("inf"), -float("inf"), np.float32(3.5), np.int8(-3), np.uint16(7), np.array(4.0))  # fmt: skip
OTHERS = (
    True,
    False,
    np.True_,
    None,
    "1",
    "d",
    "d +",
    b"1",
    1j,
    {},
    set(),
    (),
    [],
    object,
    object(),
    ...,
    [[1.0], [2.0, 3.0]],
)
NAMES = ("weight", "wieght", "tau_m", "", "v", "delay", 5, None, "__class__")


class Fuzz:
    """Makes calls with random input; *seed* repeats them."""

    def __init__(self, sim: Any, seed: int) -> None:
        self.sim, self.rng = sim, np.random.default_rng(seed)
        sim.setup(timestep=0.1, device="runtime", rng_seed=seed)
        self.cells = sim.Population(3, sim.IF_curr_exp(), label="cells")
        self.source = sim.Population(2, sim.SpikeSourcePoisson(rate=10.0), label="source")
        self.dc = sim.DCSource()
        self.to = sim.Projection(self.source, self.cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.1))
        self.said = ""  # the last call, for a report

    def pick(self, these: Any) -> Any:
        return these[int(self.rng.integers(len(these)))]

    def value(self) -> Any:
        """Return anything: a number, several, something that makes numbers, or what is none."""
        kind = self.rng.random()
        if kind < 0.45:
            return self.pick(NUMBERS)
        if kind < 0.6:
            return [self.pick(NUMBERS) for _ in range(int(self.rng.integers(5)))]
        if kind < 0.7:
            return np.array([float(self.pick(NUMBERS[:20])) for _ in range(3)])
        if kind < 0.78:
            low, high = self.pick(NUMBERS[:20]), self.pick(NUMBERS[:20])
            return _Later(lambda: self.sim.RandomDistribution("uniform", (low, high)))
        if kind < 0.83:
            number = self.pick(NUMBERS[:20])
            return lambda x: x * 0.0 + number
        return self.pick(OTHERS)

    def call(self) -> Any:
        """Return a call with random arguments, and say what it is."""
        sim, value, other = self.sim, self.value(), self.value()
        celltype = getattr(sim, self.pick([n for n in sim.list_standard_models() if n != "PointNeuron"]))
        synapse = self.pick(
            [sim.StaticSynapse, sim.TsodyksMarkramSynapse, sim.MultiQuantalSynapse, sim.SimpleStochasticSynapse]
        )
        rule = self.pick(
            [sim.SpikePairRule, sim.GutigWeightDependence, sim.Vogels2011Rule, sim.AdditiveWeightDependence]
        )
        electrode = self.pick([sim.DCSource, sim.ACSource, sim.StepCurrentSource, sim.NoisyCurrentSource])
        connector = self.pick([sim.FixedProbabilityConnector, sim.FixedNumberPreConnector, sim.FixedTotalNumberConnector,
                               sim.FromListConnector, sim.ArrayConnector, sim.AllToAllConnector])  # fmt: skip

        def of(kind: Any) -> Any:
            return self.pick([*kind.default_parameters, *NAMES[:2]])

        cell, syn, part, current = of(celltype), of(synapse), of(rule), of(electrode)
        calls = {
            f"Population(2, {celltype.__name__}({cell}={value!r}))": lambda: sim.Population(2, celltype(**{cell: _now(value)})),
            f"Population({value!r}, ...)": lambda: sim.Population(_now(value) if not _is_long(value) else 0, sim.IF_cond_exp()),
            f"cells.set({cell}={value!r})": lambda: self.cells.set(**{cell: _now(value)}),
            f"cells[0].{cell} = {value!r}": lambda: setattr(self.cells[0], cell, _now(value)),
            f"cells.initialize(v={value!r})": lambda: self.cells.initialize(v=_now(value)),
            f"cells[{value!r}]": lambda: self.cells[_now(value)],
            f"cells.sample({value!r})": lambda: self.cells.sample(_now(value)),
            f"{synapse.__name__}({syn}={value!r}) connected": lambda: sim.Projection(
                self.source, self.cells, sim.AllToAllConnector(), synapse(**{syn: _now(value)}), receptor_type="excitatory"
            ),
            f"to.set({syn}={value!r})": lambda: self.to.set(**{syn: _now(value)}),
            f"to[0].{syn} = {value!r}": lambda: setattr(self.to[0], syn, _now(value)),
            f"{rule.__name__}({part}={value!r})": lambda: rule(**{part: _now(value)}),
            f"{electrode.__name__}({current}={value!r})": lambda: electrode(**{current: _now(value)}),
            f"dc.{current} = {value!r}": lambda: setattr(self.dc, current, _now(value)),
            f"{connector.__name__}({value!r}) connected": lambda: sim.Projection(self.source, self.cells, connector(_now(value) if not _is_long(value) else 1.5)),
            f"record('v', sampling_interval={value!r})": lambda: self.cells.record("v", sampling_interval=_now(value)),
            f"record({value!r})": lambda: self.cells.record(_now(value)),
            f"source.set(rate={value!r})": lambda: self.source.set(rate=_now(value)),
            f"STDPMechanism(weight={value!r}, delay={other!r})": lambda: sim.STDPMechanism(
                sim.SpikePairRule(), sim.AdditiveWeightDependence(), weight=_now(value), delay=_now(other)
            ),
            f"RandomDistribution({other!r}, {value!r})": lambda: sim.RandomDistribution(_now(other), _now(value)),
            f"run({value!r})": lambda: sim.run(_now(value) if not _is_long(value) else -1.0),
        }  # fmt: skip
        self.said = self.pick(list(calls))
        return calls[self.said]

    def held(self) -> str:
        """Return what a refused call must not change."""
        state = self.sim.state
        values = [{**each._values, **each._initial_arrays} for each in state.populations]
        weights = [each.get(["weight", "delay"], "list") for each in state.projections]
        return repr((values, weights, [each.get_parameters() for each in state.current_sources], len(state.recorders)))

    def one(self) -> str:
        """Make one call; return what is wrong, if anything."""
        before, call = self.held(), self.call()
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                call()
            except BrianHWError:
                return "" if self.held() == before else f"{self.said} is refused, but changes something"
            except Exception as error:
                return f"{self.said} raises {type(error).__name__}: {error}"
        return self.nonsense()

    def nonsense(self) -> str:
        """Return what is held that no simulation can use."""
        for population in self.sim.state.populations:
            for name, value in population._values.items():
                numbers = np.asarray(value)
                if numbers.dtype.kind == "b" or (numbers.dtype.kind == "f" and np.isnan(numbers).any()):
                    return f"{self.said} leaves {name} = {value!r}"
        for projection in self.sim.state.projections:
            for name in ("weight", "delay"):
                if not np.isfinite(projection.get(name, "list", with_address=False)).all():
                    return f"{self.said} leaves a {name} that is no number"
        return ""


class _Later:
    """Made when it is used, since it may be refused then."""

    def __init__(self, make: Any) -> None:
        self.make = make


def _now(value: Any) -> Any:
    return value.make() if isinstance(value, _Later) else value


def _is_long(value: Any) -> bool:
    """Say whether a run of so many ms takes long, or a population of so many cells."""
    return isinstance(value, int | float | np.number) and not isinstance(value, bool) and value > 3
