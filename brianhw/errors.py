"""The errors that brianhw raises. Each is a :class:`BrianHWError` and also the built-in it refines.

A message says who complains, what was asked, what the limit is and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Self

__all__ = [
    "AddressError",
    "AliasError",
    "BrianHWError",
    "CacheError",
    "CapacityError",
    "ChipWarning",
    "CompilationError",
    "CompilerError",
    "ConfigurationError",
    "ConnectionRefused",
    "EdlutError",
    "EdlutWarning",
    "FanInError",
    "FanOutError",
    "GeneratorError",
    "ModelError",
    "ParameterError",
    "PyNNError",
    "PyNNWarning",
    "ReleasedError",
    "RequestError",
    "RunArgumentError",
    "ScriptError",
    "SpinnakerError",
    "SpinnakerWarning",
    "StoreError",
    "SweepError",
    "SweepWarning",
    "TwinError",
    "UnitError",
    "UnknownNameError",
    "WeightError",
    "WriteError",
    "unknown_name",
]


class BrianHWError(Exception):
    """Base of every error that brianhw raises on purpose.

    Examples
    --------
    >>> from brianhw.errors import BrianHWError
    >>> from brianhw.hardware import DynapSE1
    >>> chip = DynapSE1()
    >>> try:
    ...     chip.population(2000)
    ... except BrianHWError as error:  # whatever of brianhw's it is
    ...     print(error)
    DYNAP-SE1 has 1024 of 1024 neurons free, 2000 were asked for. Ask for fewer, or free a population.
    """


class ModelError(BrianHWError, ValueError):
    """A model's text is wrong: a port is missing, a name is defined twice or not at all.

    Examples
    --------
    >>> from brianhw.equations import LIF, exponential_current
    >>> LIF + exponential_current("exc", port="I_in")
    Traceback (most recent call last):
        ...
    brianhw.errors.ModelError: LIF + exponential current exc: nothing to feed with 'I_exc': there is no input port
        'I_in'. Ports: I_syn (amp), I_syn_slope (siemens).
    """


class ParameterError(BrianHWError, ValueError):
    """A parameter has no value, one of the wrong shape, or one outside its range.

    Examples
    --------
    >>> from brian2 import ms, pF
    >>> from brianhw.equations import LIF
    >>> LIF.check({"C_m": -200*pF, "t_ref": 2*ms})
    Traceback (most recent call last):
        ...
    brianhw.errors.ParameterError: LIF: 'C_m' must be above zero, it was given -200. pF.
    """


class UnitError(ParameterError):
    """A value has the wrong unit.

    Examples
    --------
    >>> from brian2 import nF
    >>> from brianhw.equations import LIF
    >>> LIF.check({"g_L": 1*nF})
    Traceback (most recent call last):
        ...
    brianhw.errors.UnitError: LIF: 'g_L' is in siemens, it was given 1. * nfarad.
    """


class UnknownNameError(BrianHWError, KeyError):
    """A name that does not exist was asked for; the message lists or suggests the known ones.

    Examples
    --------
    >>> from brian2 import ms
    >>> from brianhw.equations import LIF
    >>> LIF.check({"tref": 2*ms})
    Traceback (most recent call last):
        ...
    brianhw.errors.UnknownNameError: LIF has no parameter or state variable 'tref'. Did you mean 't_ref'?
    """

    # KeyError shows the repr of its argument; a sentence should be shown as one.
    __str__ = Exception.__str__


class CapacityError(BrianHWError, ValueError):
    """The chip has less room than was asked for.

    *limit* names what is short ("cam_words", "sram_words", "neurons", "addresses", "alias", ...), *where* says where
    it is (the numbers of "chip", "core" and "neuron", as far as it is one), *asked* and *allowed* are how many. None
    where it is not said.

    Examples
    --------
    >>> from brianhw.errors import CapacityError
    >>> from brianhw.hardware import DynapSE1
    >>> try:
    ...     DynapSE1().population(300, core=1)
    ... except CapacityError as error:
    ...     print(error)
    ...     print(error.limit, error.where, error.asked, error.allowed)
    DYNAP-SE1 core 1 has 256 of 256 neurons free, 300 were asked for. No core has room for 300;
    spread=True would place them on cores 0 and 1.
    neurons {'chip': 0, 'core': 1} 300 256
    """

    def __init__(
        self,
        summary: str,
        *,
        limit: str | None = None,
        where: Mapping[str, int] | None = None,
        asked: int | None = None,
        allowed: int | None = None,
    ) -> None:
        super().__init__(summary)
        self.limit = limit
        self.where = dict(where or {})
        self.asked = asked
        self.allowed = allowed


class AddressError(CapacityError):
    """There is no address left by which a chip could tell a sender from others, or the one asked for is not to be had.

    Examples
    --------
    >>> from brian2 import Hz, PoissonGroup
    >>> from brianhw import Board
    >>> board = Board(mismatch=None)
    >>> source, cells = PoissonGroup(2, 10*Hz, name="camera"), board.population(2, name="cells")
    >>> connection = board.connect(source, cells, "AMPA")
    >>> board.give_addresses(source, [1023, 1024])
    Traceback (most recent call last):
        ...
    brianhw.errors.AddressError: DYNAP-SE1 board has addresses 0 to 1023; the source 'camera' was given 1023 to
        1024.
    """


class AliasError(CapacityError):
    """Senders that a core could not tell apart: each would drive the other's synapses.

    *pairs* names them, ``[("X[0]", "Y[0]"), ...]``; *aliased_pairs* is how many there are.

    Examples
    --------
    >>> from brianhw import Board
    >>> board = Board(mismatch=None)
    >>> x = board.population(2, chip=0, core=2, first=0, name="x")
    >>> y = board.population(2, chip=1, core=2, first=0, name="y")
    >>> cells = board.population(1, chip=2, name="cells")
    >>> connection = board.connect(x, cells, "AMPA")
    >>> board.connect(y, cells, "AMPA")
    Traceback (most recent call last):
        ...
    brianhw.errors.AliasError: DYNAP-SE1 board chip 2 core 0 could not tell x[0] (chip 0 core 2 neuron 0) and y[0]
        (chip 1 core 2 neuron 0) apart: both have address 512, all that a CAM word compares, so that each would
        drive the other's synapses there. 2 pairs of senders are alike so. Move 'y' to neurons 2 to 3 (first=2) or
        to another core. Or let the chip mix them up with aliases='deliver'.
    """

    def __init__(self, summary: str, *, pairs: Iterable[tuple[str, str]] = (), **where: Any) -> None:
        super().__init__(summary, **where)
        self.pairs = list(pairs)
        self.aliased_pairs = len(self.pairs)


class ChipWarning(UserWarning):
    """A run leaves out something that lies on a chip: it is in no network.

    Examples
    --------
    >>> import warnings
    >>> from brian2 import Network, PoissonGroup, Hz, ms
    >>> from brianhw.errors import ChipWarning
    >>> from brianhw.hardware import DynapSE1
    >>> chip = DynapSE1()
    >>> source, cells = PoissonGroup(1, 50*Hz, name="source"), chip.population(1, name="cells")
    >>> connections = [chip.connect(source, cells, "AMPA", name="input")]
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("error", ChipWarning)
    ...     Network(source, cells).run(1*ms)
    Traceback (most recent call last):
        ...
    brianhw.errors.ChipWarning: DYNAP-SE1: connection 'input' is on the chip and in no network, so it is not
        simulated. A network holds what it was given, and collect() finds what a variable names, not what is in a
        list, a dict or an attribute. Before the run write: network.add(chip.connections['input'])
    """


class ConfigurationError(BrianHWError, ValueError):
    """A file does not describe a board: something in it is missing, of another kind, or does not fit.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from brianhw import Board
    >>> with TemporaryDirectory() as folder:
    ...     Path(folder, "board.json").write_text('{"board": "DYNAP-SE1"}')
    ...     Board.load(Path(folder, "board.json"))
    Traceback (most recent call last):
        ...
    brianhw.errors.ConfigurationError: ...board.json is no board of brianhw: it has no 'format': 'brianhw board'.
    """


class ConnectionRefused(BrianHWError, ValueError):
    """A connection that the chip cannot make, for a reason other than its size.

    Examples
    --------
    >>> from brianhw.hardware import DynapSE1
    >>> chip, other = DynapSE1(), DynapSE1()
    >>> here, there = chip.population(2, name="here"), other.population(2, name="there")
    >>> chip.connect(here, there, "AMPA")
    Traceback (most recent call last):
        ...
    brianhw.errors.ConnectionRefused: DYNAP-SE1: the target 'there' is not on this chip. Allocate it with
        population(...); allocated: here.
    """


class RequestError(BrianHWError, ValueError):
    """A request that no chip could meet: a name used twice, no neurons at all, an index out of range.

    Examples
    --------
    >>> from brianhw.hardware import DynapSE1
    >>> DynapSE1().population(0, name="cells")
    Traceback (most recent call last):
        ...
    brianhw.errors.RequestError: population 'cells': the number of neurons must be at least 1, not 0.
    """


class RunArgumentError(BrianHWError, TypeError):
    """What ``device.run`` cannot take: a value in *run_args* that does not fit what it is for, an absolute folder.

    Examples
    --------
    >>> from brian2 import device, set_device
    >>> from brianhw.device import activate
    >>> activate()
    >>> device.run(results_directory="/results")
    Traceback (most recent call last):
        ...
    brianhw.errors.RunArgumentError: results_directory is a relative path for Brian2, not '/results'.
    >>> set_device("runtime")
    """


class ScriptError(BrianHWError, ValueError):
    """A file cannot be run: it is not there, or it is not Python that runs outside a notebook server.

    Examples
    --------
    >>> from brianhw import scripts
    >>> scripts.run("my_network.py")
    Traceback (most recent call last):
        ...
    brianhw.errors.ScriptError: There is no script 'my_network.py'.
    """


class _NeuronLimitError(CapacityError):
    """A limit that each neuron has, with the figures for a caller that has more advice to give.

    *neuron* is the lowest-numbered neuron over the limit, *offenders* are all of them (an array of
    indices in the population), *largest_weight* the largest weight that would fit everywhere, if any.
    """

    def __init__(
        self,
        summary: str,
        *,
        neuron: int | None = None,
        offenders: Any = (),
        largest_weight: int | None = None,
        **limit: Any,
    ) -> None:
        super().__init__(summary, **limit)
        self.neuron = neuron
        self.offenders = offenders
        self.largest_weight = largest_weight

    def with_advice(self, advice: str) -> Self:
        """Return the same error with one more way out: "..., or the largest p is 0.22."."""
        link = "; " if self.largest_weight is None else ", or "
        figures = {key: value for key, value in vars(self).items() if not key.startswith("_")}
        return type(self)(f"{str(self).removesuffix('.')}{link}{advice}.", **figures)


class FanInError(_NeuronLimitError):
    """A neuron would listen to more input words than it has.

    Examples
    --------
    >>> from brian2 import PoissonGroup, Hz
    >>> from brianhw.hardware import DynapSE1
    >>> chip = DynapSE1()
    >>> source, cells = PoissonGroup(40, 10*Hz, name="source"), chip.population(1, name="cells")
    >>> chip.connect(source, cells, "AMPA", weight=2)  # two words for each of 40 senders
    Traceback (most recent call last):
        ...
    brianhw.errors.FanInError: neuron 0 of population 'cells' would listen to 80 CAM words, DYNAP-SE1 has 64. 1 of
        1 neurons is over; the largest weight that fits everywhere is 1, or the largest p is ...
    """


class FanOutError(_NeuronLimitError):
    """A neuron would send to more destinations than it can address.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from brianhw.allocation import Plan
    >>> from brianhw.chips import DYNAP_SE1
    >>> chip = replace(DYNAP_SE1, fan_out=4, fan_out_counts="synapses", destination="axon")
    >>> plan = Plan(chip).place("a", 1).place("b", 5)
    >>> plan.connect("a to b", "a", "b", [0]*5, range(5), 1, "AMPA")
    Traceback (most recent call last):
        ...
    brianhw.errors.FanOutError: neuron 0 of population 'a' would need 5 axons, one per synapse, DYNAP-SE1 has 4. 1
        of 1 neurons is over; send each of them to fewer synapses.
    """


class SpinnakerError(CapacityError):
    """SpiNNaker, or the vendor's tool, cannot do what was asked; in strict mode also: only with a loss.

    Examples
    --------
    >>> import brianhw.spinnaker as sim
    >>> sim.setup(timestep=1.0, arithmetic="fixed")
    Traceback (most recent call last):
        ...
    brianhw.errors.SpinnakerError: setup(): arithmetic must be 'integer' or 'float', not 'fixed'.
    """


class SpinnakerWarning(UserWarning):
    """SpiNNaker does nearly what was asked: weights are rounded to zero, sums saturate.

    Examples
    --------
    >>> import warnings
    >>> import brianhw.spinnaker as sim
    >>> from brianhw.errors import SpinnakerWarning
    >>> number = sim.setup(timestep=1.0, device="runtime")
    >>> source, cells = (sim.Population(1, sim.IF_curr_exp(), label=name) for name in ("source", "cells"))
    >>> for name, weight in (("strong", 50.0), ("weak", 1e-4)):
    ...     one_to_one = sim.OneToOneConnector()
    ...     projection = sim.Projection(source, cells, one_to_one, sim.StaticSynapse(weight=weight), label=name)
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("error", SpinnakerWarning)
    ...     sim.run(1.0)
    Traceback (most recent call last):
        ...
    brianhw.errors.SpinnakerWarning: weak: 1 of 1 weights become 0 on SpiNNaker: they are as small as 0.0001 nA,
        one step of the excitatory ring buffer of cells is 0.00195312 nA. The steps become finer with fewer or
        smaller synapses onto that receptor.
    """


class SweepError(BrianHWError, ValueError):
    """A sweep that makes no sense: values without a common unit, a point twice, a way that its model cannot go.

    Examples
    --------
    >>> from brian2 import ms, mV
    >>> from brianhw.equations import LIF
    >>> from brianhw.explore import firing_rate, sweep
    >>> sweep(LIF, {"t_ref": [2*ms, 3*mV]}, firing_rate, duration=10*ms)
    Traceback (most recent call last):
        ...
    brianhw.errors.SweepError: t_ref: the values 2. * msecond and 3. * mvolt have different units.
    """


class SweepWarning(UserWarning):
    """A sweep gives results, but points failed, were stored damaged, or will not be found again.

    Examples
    --------
    >>> import warnings
    >>> from brianhw.errors import SweepWarning
    >>> from brianhw.explore import sweep
    >>> def inverse(x):
    ...     return {"inverse": 1/x}
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("error", SweepWarning)
    ...     sweep(inverse, {"x": [0, 1]}, device=None, quiet=True)
    Traceback (most recent call last):
        ...
    brianhw.errors.SweepWarning: 1 of 2 points failed. The first, at x = 0: ZeroDivisionError: division by zero.
        See result.sweep.failures.
    """


class StoreError(BrianHWError, OSError):
    """The results of a sweep cannot be kept where they were to be.

    Examples
    --------
    >>> from brianhw.explore import stored
    >>> stored("rates of last year")
    Traceback (most recent call last):
        ...
    brianhw.errors.StoreError: There is no store rates of last year. Give the folder that sweep(store=...) was
        given.
    """


class WeightError(BrianHWError, ValueError):
    """A weight that the chip cannot hold.

    Examples
    --------
    >>> from brianhw.hardware import DynapSE1
    >>> chip = DynapSE1()
    >>> cells = chip.population(2, name="cells")
    >>> chip.connect(cells, cells, "AMPA", weight=1.5)
    Traceback (most recent call last):
        ...
    brianhw.errors.WeightError: connection 'AMPA_cells_cells': synapse 0 cannot have weight 1.5 (4 of 4 weights
        are not allowed); weights are counts of CAM words: whole numbers from 0; the nearest is 1.
    """


class WriteError(BrianHWError, OSError):
    """A file or folder cannot be written where it was to be: another is there, or the place is not to be written to.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from brianhw.new_files import write_new
    >>> with TemporaryDirectory() as folder:
    ...     write_new({Path(folder, "notes.txt"): "results of Monday"})
    ...     write_new({Path(folder, "notes.txt"): "results of Tuesday"})
    Traceback (most recent call last):
        ...
    brianhw.errors.WriteError: ...notes.txt is there already, and is not overwritten. Remove it, or name another
        folder.
    """


class ReleasedError(BrianHWError, RuntimeError):
    """A population or connection is used after it was freed from its chip.

    Examples
    --------
    >>> from brian2 import pA
    >>> from brianhw.hardware import DynapSE1
    >>> chip = DynapSE1()
    >>> cells = chip.population(2, name="cells")
    >>> chip.free(cells)
    >>> cells.Isoma_th = 2000*pA
    Traceback (most recent call last):
        ...
    brianhw.errors.ReleasedError: Population 'cells' was freed from DYNAP-SE1 and cannot be used or run; take it
        out of the network.
    """


class PyNNError(BrianHWError, ValueError):
    """The PyNN back end was asked for what it cannot do, or, in strict mode, what it can only do with a loss.

    Examples
    --------
    >>> import brianhw.pynn as sim
    >>> number = sim.setup(device="runtime")
    >>> cells = sim.Population(1, sim.IF_curr_exp(), label="cells")
    >>> number = sim.setup(device="runtime")
    >>> cells.record("v")
    Traceback (most recent call last):
        ...
    brianhw.errors.PyNNError: cells was made before setup(), which has forgotten it. Make it again after setup().
    """


class PyNNWarning(UserWarning):
    """The PyNN back end does nearly what was asked: a delay is rounded, spikes are merged.

    Examples
    --------
    >>> import warnings
    >>> import brianhw.pynn as sim
    >>> from brianhw.errors import PyNNWarning
    >>> number = sim.setup(timestep=1.0, device="runtime")
    >>> source = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0]), label="source")
    >>> now = sim.run(5.0)
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("error", PyNNWarning)
    ...     source.set(spike_times=[3.0, 6.0])
    Traceback (most recent call last):
        ...
    brianhw.errors.PyNNWarning: source: 1 of 2 spike times lie before now, 5 ms, the first at 3 ms; none is sent
        for them. Give times from now on.
    """


class EdlutError(BrianHWError, ValueError):
    """EDLUT's interface was asked for what it cannot do: an unknown index, a time that has passed, the wrong order.

    Examples
    --------
    >>> import brianhw.edlut as pyedlut
    >>> simulation = pyedlut.PySimulation_API()
    >>> simulation.RunSimulation(0.1)
    Traceback (most recent call last):
        ...
    brianhw.errors.EdlutError: RunSimulation: the simulation has not been initialised. Call Initialize() first.
    """


class EdlutWarning(UserWarning):
    """EDLUT's interface does nearly what was asked: activity of the past is left out.

    Examples
    --------
    >>> import warnings
    >>> import brianhw.edlut as pyedlut
    >>> from brianhw.errors import EdlutWarning
    >>> simulation = pyedlut.PySimulation_API()
    >>> fibre, cell = simulation.AddNeuronLayer(1), simulation.AddNeuronLayer(1, "LIFTimeDrivenModel")
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("error", EdlutWarning)
    ...     simulation.AddSynapticLayer(fibre, cell, {"delay": 1.0})
    Traceback (most recent call last):
        ...
    brianhw.errors.EdlutWarning: AddSynapticLayer: a delay of 1 s; delays are in seconds. Are milliseconds meant?
    """


class TwinError(BrianHWError, ValueError):
    """No differentiable twin can be made of this: a function without a PyTorch form, an object without equations.

    Examples
    --------
    >>> import brianhw.torch
    >>> brianhw.torch.twin([])  # A twin needs neurons: give it a NeuronGroup, or a model.
    Traceback (most recent call last):
        ...
    brianhw.errors.TwinError: ...
    """


class CompilerError(BrianHWError, RuntimeError):
    """Compiled code was asked for and no working C++ compiler was found.

    Examples
    --------
    >>> import os
    >>> from unittest.mock import patch
    >>> from brian2 import NeuronGroup, ms, run, set_device
    >>> from brianhw.device import activate
    >>> activate(require_compiler=True)
    >>> group = NeuronGroup(1, "x : 1")
    >>> with patch.dict(os.environ, CXX="no-such-compiler"):
    ...     run(1*ms)
    Traceback (most recent call last):
        ...
    brianhw.errors.CompilerError: No C++ compiler was found: no-such-compiler is not there. Set the environment
        variable CXX to a compiler that works, or unset it. ...
    >>> set_device("runtime")
    """


class CacheError(BrianHWError, RuntimeError):
    """The cache of compiled models cannot be used: not written to, no room, or not safe from other users.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import NamedTemporaryFile
    >>> from brianhw.device.cache import Cache
    >>> with NamedTemporaryFile() as file:  # where a folder is wanted
    ...     Cache(Path(file.name)).check()
    Traceback (most recent call last):
        ...
    brianhw.errors.CacheError: The cache ... cannot be used: ... Set BRIANHW_CACHE_DIR to a folder of your own
        that you can write to, ...
    """


class CompilationError(BrianHWError, RuntimeError):
    """The C++ compiler refused generated code.

    *output* is all that it printed, *command* what was run.

    Examples
    --------
    >>> from brian2 import NeuronGroup, ms, prefs, run, set_device
    >>> from brianhw.device import activate
    >>> activate(require_compiler=True)
    >>> prefs["devices.brianhw.extra_compile_args"] = ["-no-such-option"]
    >>> group = NeuronGroup(1, "x : 1")
    >>> run(1*ms)
    Traceback (most recent call last):
        ...
    brianhw.errors.CompilationError: ... could not build the generated code: ...
    >>> prefs["devices.brianhw.extra_compile_args"] = []
    >>> set_device("runtime")
    """

    def __init__(self, summary: str, *, command: Iterable[str] = (), output: str = "") -> None:
        super().__init__(summary)
        self.command = tuple(command)
        self.output = output


class GeneratorError(BrianHWError, TypeError):
    """NumPy's global generator of random numbers is not the one that compiled code continues.

    Examples
    --------
    >>> import numpy as np
    >>> from brian2 import NeuronGroup, ms, run, set_device
    >>> from brianhw.device import activate
    >>> activate()
    >>> group = NeuronGroup(1, "x = rand() : 1 (constant over dt)")
    >>> np.random.set_bit_generator(np.random.PCG64(1))
    >>> run(1*ms)
    Traceback (most recent call last):
        ...
    brianhw.errors.GeneratorError: numpy.random uses the generator PCG64, and compiled code continues MT19937
        only. Restore it with numpy.random.set_bit_generator(numpy.random.MT19937()).
    >>> np.random.set_bit_generator(np.random.MT19937(1))
    >>> set_device("runtime")
    """


def unknown_name(owner: str, kind: str, name: object, known: Iterable[str]) -> UnknownNameError:
    """Return the error for an unknown *name*: it names the nearest known one, or lists them all.

    Examples
    --------
    >>> from brianhw.errors import unknown_name
    >>> raise unknown_name("cochlea", "channel", "lfet", ["left", "right"])
    Traceback (most recent call last):
        ...
    brianhw.errors.UnknownNameError: cochlea has no channel 'lfet'. Did you mean 'left'?
    >>> raise unknown_name("cochlea", "channel", 7, ["left", "right"])
    Traceback (most recent call last):
        ...
    brianhw.errors.UnknownNameError: cochlea has no channel 7. Known: left, right.
    """
    known = sorted(map(str, known))
    by_case = {each.lower(): each for each in known}
    near = [by_case[str(name).lower()]] if str(name).lower() in by_case else get_close_matches(str(name), known, n=1)
    advice = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(known) or 'none'}."
    return UnknownNameError(f"{owner} has no {kind} {name!r}. {advice}")
