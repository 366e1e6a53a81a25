"""EDLUT's Python interface: a simulation that is described first, then initialised, then run.

Source: the Python interface of EDLUT (github.com/EduardoRosLab/edlut, branch head 74220e7, 2023); names, arguments and
units are its own, as scripts use them.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from brianhw.edlut import files
from brianhw.edlut.building.network import Network
from brianhw.edlut.catalogue.cells import CELLS
from brianhw.edlut.catalogue.methods import METHODS
from brianhw.edlut.catalogue.parameters import (
    ModelDescription,
    Parameter,
    as_single,
    check_value,
    defaults,
    is_float,
    is_integer,
    look_up,
)
from brianhw.edlut.catalogue.rules import RULES
from brianhw.edlut.currents import HeldCurrents
from brianhw.edlut.described import Description, Layer, RuleInUse, indices_of
from brianhw.errors import EdlutError, EdlutWarning, ParameterError, unknown_name

__all__ = ["PyModelDescription", "PySimulation_API"]


class PyModelDescription(ModelDescription):
    __doc__ = ModelDescription.__doc__


SIMULATION_PARAMETERS = {
    "num_threads": Parameter(1, "", "Threads", lowest=1),
    "num_simulation_queues": Parameter(1, "", "Queues of events", lowest=1),
    "resolution": Parameter(0.001, "s", "Resolution", lowest=0.0, open=True),
}
DEVICES = ("brianhw", "runtime")
ROUNDING = 1e-9  # seconds: by which sums such as 0.1 + 0.2 differ from 0.3, and more


class PySimulation_API:  # noqa: N801 - EDLUT's name
    """A simulation of spiking neurons.

    First everything is added: neuron layers, learning rules, synapses, file drivers. After ``Initialize()`` nothing can
    be added any more; external activity is given, the simulation runs to absolute times, and spikes and weights are
    read. Times are seconds, weights nS and currents pA.

    Parameters
    ----------
    exact : bool
        Whether to compute what EDLUT computes, look-up tables and defects included, so that its recordings are met.
        By default the models are the published ones; the documentation lists the differences.
    device : str
        ``"brianhw"`` for compiled code, ``"runtime"`` for Brian2's own code generation.

    Raises
    ------
    EdlutError
        If a method is called in the wrong phase, with unknown indices or values that cannot be; also
        :class:`~brianhw.errors.ParameterError` and :class:`~brianhw.errors.UnknownNameError` for parameters. Nothing
        has changed then.

    Examples
    --------
    >>> import brianhw.edlut as pyedlut
    >>> simulation = pyedlut.PySimulation_API(device="runtime")
    >>> fibre = simulation.AddNeuronLayer(1, "InputSpikeNeuronModel")
    >>> method = pyedlut.PyModelDescription("RK4", {"step": 0.0005})
    >>> cell = simulation.AddNeuronLayer(1, "LIFTimeDrivenModel", {"int_meth": method}, output_activity=True)
    >>> synapses = simulation.AddSynapticLayer(fibre, cell, {"weight": 1.0})
    >>> simulation.Initialize()
    >>> simulation.AddExternalSpikeActivity([0.002, 0.012], fibre * 2)
    >>> simulation.RunSimulation(0.02)
    >>> times, neurons = simulation.GetSpikeActivity()
    >>> print([round(time, 4) for time in times], neurons)  # seconds, global indices
    [0.0035, 0.0055, 0.008, 0.0125, 0.0145, 0.0165, 0.0195] [1, 1, 1, 1, 1, 1, 1]
    """

    def __init__(self, exact: bool = False, device: str = "brianhw") -> None:
        if not isinstance(exact, bool | np.bool_):
            raise EdlutError(f"PySimulation_API: exact is True or False, not {exact!r}.")
        if not isinstance(device, str) or device not in DEVICES:
            raise unknown_name("PySimulation_API", "device", device, DEVICES)
        self._exact, self._device = bool(exact), device
        self._described = Description()
        self._network: Network | None = None
        self._currents: HeldCurrents | None = None
        self._injected: set[int] = set()  # layers that are no inputs and are given spikes all the same
        self._is_initialized = False
        self._now = 0.0
        self._recorded: list[int] = []
        self._sent: list[tuple[np.ndarray, np.ndarray]] = []  # spikes from outside on their way into the output
        self._output: list[tuple[np.ndarray, np.ndarray]] = []
        self._drivers: list[files.Driver] = []
        self._inputs: list[files.Activity] = []
        self._waiting: list[tuple[np.ndarray, np.ndarray]] = []
        self._lost: set[int] = set()  # layers with potentials that are no numbers, of which was told
        self._settings = {name: each.default for name, each in SIMULATION_PARAMETERS.items()}

    # -- phases -------------------------------------------------------------------------------------

    def _before(self, method: str) -> None:
        if self._is_initialized:
            when = "once" if method == "Initialize" else "before Initialize()"
            raise EdlutError(f"{method}: the simulation has been initialised. Call it {when}.")

    def _after(self, method: str) -> None:
        if not self._is_initialized:
            raise EdlutError(f"{method}: the simulation has not been initialised. Call Initialize() first.")

    # -- describing ---------------------------------------------------------------------------------

    def AddNeuronLayer(
        self,
        num_neurons: int = 1,
        model_name: str = "InputSpikeNeuronModel",
        param_dict: Mapping[str, Any] = {},  # noqa: B006 - as EDLUT's signature has it; it is not changed
        log_activity: bool = False,
        output_activity: bool = False,
    ) -> list[int]:
        """Add neurons of one model with one set of parameters.

        Parameters
        ----------
        num_neurons : int
            How many.
        model_name : str
            One of ``GetAvailableNeuronModels()``.
        param_dict : dict
            Parameters; those left out have their defaults (``GetNeuronModelDefParams``).
        log_activity : bool
            Whether the layer's activity goes to the monitor driver's file.
        output_activity : bool
            Whether its spikes are given by ``GetSpikeActivity`` and written by the spike driver.

        Returns
        -------
        list of int
            The global indices of the neurons.
        """
        self._before("AddNeuronLayer")
        layer = self._described.add_layer(num_neurons, model_name, param_dict, log_activity, output_activity)
        if not self._exact and layer.method is not None and layer.method.shortest_step > layer.cell.longest_step:
            warnings.warn(
                f"AddNeuronLayer: {model_name} with {layer.method_name} wants steps of "
                f"{layer.cell.longest_step * 1e3:g} ms at most, or it can leave all bounds; it was given "
                f"{layer.method.shortest_step * 1e3:g} ms. Give 'int_meth' a shorter step"
                + (", or BDF with steps of 0.02 ms." if layer.cell.longest_step < 1e-6 else "."),
                EdlutWarning,
                stacklevel=2,
            )
        return list(range(layer.first, layer.first + layer.size))

    def AddLearningRule(self, model_name: str, param_dict: Mapping[str, Any] = {}) -> int:  # noqa: B006
        """Add a learning rule, and return its number, for ``wchange`` and ``trigger_wchange`` of synapses.

        Parameters
        ----------
        model_name : str
            One of ``GetAvailableLearningRules()``.
        param_dict : dict
            Parameters; those left out have their defaults (``GetLearningRuleDefParams``).
        """
        self._before("AddLearningRule")
        return self._described.add_rule(model_name, param_dict).number

    def AddSynapticLayer(
        self,
        source_list: Sequence[int],
        target_list: Sequence[int],
        param_dict: Mapping[str, Any] = {},  # noqa: B006
    ) -> list[int]:
        """Add one synapse for each pair of a source and a target.

        Parameters
        ----------
        source_list, target_list : list of int
            Global indices of neurons, as many in both.
        param_dict : dict
            ``weight`` (nS, 1.0), ``max_weight`` (nS, 1.0), ``type`` (0 AMPA, 1 GABA, 2 NMDA, 3 current, 4 gap junction;
            0), ``delay`` (s, 0.001), ``wchange`` (learning rule, -1 for none), ``trigger_wchange`` (the rule that
            spikes of the synapse teach, -1 for none): each one value, or a list of one for each synapse. Weights begin
            at no more than ``max_weight``.

        Returns
        -------
        list of int
            The indices of the synapses.
        """
        self._before("AddSynapticLayer")
        return list(self._described.add_synapses(source_list, target_list, param_dict))

    def SetSimulationParameters(self, params_dict: Mapping[str, Any]) -> None:
        """Set ``num_threads``, ``num_simulation_queues`` or ``resolution``.

        They are checked and have no effect: one queue gives the same results, and delays need no resolution.
        """
        self._before("SetSimulationParameters")
        if not isinstance(params_dict, Mapping):
            raise ParameterError(f"SetSimulationParameters: params_dict is a dict, not {params_dict!r}.")
        for name, value in params_dict.items():
            if name not in SIMULATION_PARAMETERS:
                raise unknown_name("SetSimulationParameters", "parameter", name, SIMULATION_PARAMETERS)
            check_value("SetSimulationParameters", name, SIMULATION_PARAMETERS[name], value)
        self._settings.update(params_dict)

    def SetRandomGeneratorSeed(self, seed: int) -> None:
        """Set the seed of the random sources that are added from now on."""
        self._before("SetRandomGeneratorSeed")
        if not is_integer(seed) or seed < 0:
            raise EdlutError(f"SetRandomGeneratorSeed: the seed is an integer of 0 or more, not {seed!r}.")
        self._described.generator_seed = int(seed)

    def RecordStates(self, indices: Sequence[int]) -> None:
        """Record the states of neurons at each integration step, for :meth:`GetStates`. (EDLUT has no such method.)

        Parameters
        ----------
        indices : list of int
            Global indices of neurons.
        """
        if self._network is not None:
            raise EdlutError("RecordStates: the simulation has run. Call it before the first RunSimulation().")
        found = indices_of("RecordStates", "neuron", indices, self._described.n_neurons)
        for neuron in map(int, found):
            layer = self._described.layer_of(neuron)
            if not layer.cell.is_neuron:
                raise EdlutError(f"RecordStates: neuron {neuron} is a {layer.cell.name}, which has no states.")
        self._recorded += [neuron for neuron in dict.fromkeys(map(int, found)) if neuron not in self._recorded]

    def AddFileInputSpikeActivityDriver(self, file_name: str) -> None:
        """Read spikes from a file when the simulation is initialised.

        Parameters
        ----------
        file_name : str
            A text file: the number of lines that follow; then in each the time of the first spike (s), how many there
            are, the interval between them (s), the index of the first neuron and how many neurons send them.
        """
        self._before("AddFileInputSpikeActivityDriver")
        self._inputs.append(files.read_activity(file_name, with_values=False))

    def AddFileInputCurrentActivityDriver(self, file_name: str) -> None:
        """Read currents from a file when the simulation is initialised.

        Parameters
        ----------
        file_name : str
            A text file as for ``AddFileInputSpikeActivityDriver``, each line with the current (pA) at its end.
        """
        self._before("AddFileInputCurrentActivityDriver")
        self._inputs.append(files.read_activity(file_name, with_values=True))

    def AddFileOutputSpikeActivityDriver(self, file_name: str) -> None:
        """Write the spikes of layers with ``output_activity`` to a text file: time (s) and neuron in each line."""
        self._before("AddFileOutputSpikeActivityDriver")
        self._drivers.append(files.SpikeDriver(file_name))

    def AddFileOutputWeightDriver(self, file_name: str, save_period: float) -> None:
        """Write all weights (nS) to a text file every *save_period* seconds: in each line the time and the weights."""
        self._before("AddFileOutputWeightDriver")
        if not (is_float(save_period) or is_integer(save_period)) or not 0 < save_period < np.inf:
            raise EdlutError(f"AddFileOutputWeightDriver: save_period is a time above zero (s), not {save_period!r}.")
        self._drivers.append(files.WeightDriver(file_name, float(save_period)))

    def AddFileOutputMonitorDriver(self, file_name: str, monitor_state: bool) -> None:
        """Write the activity of layers with ``log_activity`` to a text file.

        Parameters
        ----------
        file_name : str
            The file.
        monitor_state : bool
            Whether to write states (time in s, neuron, and the columns that the file names) after each integration
            step, or spikes (time in s and neuron).
        """
        self._before("AddFileOutputMonitorDriver")
        if not isinstance(monitor_state, bool | np.bool_):
            raise EdlutError(f"AddFileOutputMonitorDriver: monitor_state is True or False, not {monitor_state!r}.")
        self._drivers.append(files.MonitorDriver(file_name, bool(monitor_state)))

    def Initialize(self) -> None:
        """End the description: from now on the simulation can be given activity, run and read."""
        self._before("Initialize")
        self._described.check_complete()
        for driver in self._drivers:
            driver.open()
        self._currents = HeldCurrents(self._described, self._described.wiring, self._exact)
        self._is_initialized = True
        for activity in self._inputs:
            self._check_file(activity)
            if activity.values is None:
                self.AddExternalSpikeActivity(activity.times.tolist(), activity.neurons.tolist())
            else:
                self.AddExternalCurrentActivity(
                    activity.times.tolist(), activity.neurons.tolist(), activity.values.tolist()
                )

    def _check_file(self, activity: files.Activity) -> None:
        unknown = activity.neurons[activity.neurons >= self._described.n_neurons]
        if len(unknown):
            raise EdlutError(
                f"Initialize: the activity file {activity.file_name!r} names neuron {unknown[0]}; there are "
                f"{self._described.n_neurons}, from 0."
            )

    # -- activity -----------------------------------------------------------------------------------

    def AddExternalSpikeActivity(self, event_times_list: Sequence[float], neuron_indices_list: Sequence[int]) -> None:
        """Let neurons send spikes.

        Parameters
        ----------
        event_times_list : list of float
            Times in seconds, in any order. Spikes of the past are left out, and that is said.
        neuron_indices_list : list of int
            Global indices of the neurons, one for each time. Neurons that are no inputs send these spikes in addition
            to their own; the first ones for a layer must come before the first ``RunSimulation``.
        """
        self._after("AddExternalSpikeActivity")
        times, neurons = self._activity("AddExternalSpikeActivity", event_times_list, neuron_indices_list)
        layers = self._described.layer_numbers(neurons)
        for number in np.unique(layers):
            layer = self._described.layers[number]
            if layer.cell.emits_current:
                raise EdlutError(
                    f"AddExternalSpikeActivity: neuron {neurons[layers == number][0]} is a {layer.cell.name}, which "
                    "sends currents. Give spikes to neurons that send spikes."
                )
            if layer.cell.kind != "spikes" and self._network is not None and number not in self._injected:
                raise EdlutError(
                    f"AddExternalSpikeActivity: neuron {neurons[layers == number][0]} is a {layer.cell.name}. Its "
                    "layer can be given spikes in addition to its own only if the first come before the first "
                    "RunSimulation(). Or connect a neuron of InputSpikeNeuronModel to the same targets."
                )
        times, neurons = self._not_past("AddExternalSpikeActivity", times, neurons)
        self._described.refuse_bursts("AddExternalSpikeActivity", times, neurons)
        if len(times):
            if self._network is None:
                self._injected |= {int(number) for number in layers} - {
                    layer.number for layer in self._described.layers if layer.cell.kind == "spikes"
                }
            self._waiting.append((times, neurons))
            self._sent.append((times, neurons))

    def AddExternalCurrentActivity(
        self,
        event_times_list: Sequence[float],
        neuron_indices_list: Sequence[int],
        current_values_list: Sequence[float],
    ) -> None:
        """Let input neurons send currents, each of which holds until the next.

        Parameters
        ----------
        event_times_list : list of float
            Times in seconds, in any order. Currents of the past are left out, and that is said.
        neuron_indices_list : list of int
            Global indices of neurons of the model ``InputCurrentNeuronModel``, one for each time.
        current_values_list : list of float
            Currents in pA, one for each time.
        """
        owner = "AddExternalCurrentActivity"
        self._after(owner)
        times, neurons = self._activity(owner, event_times_list, neuron_indices_list)
        values = _floats(owner, "current_values_list", current_values_list, len(times))
        layers = self._described.layer_numbers(neurons)
        for number in np.unique(layers):
            layer = self._described.layers[number]
            if layer.cell.kind != "currents":
                raise EdlutError(
                    f"{owner}: neuron {neurons[layers == number][0]} is a {layer.cell.name}; currents come from "
                    "neurons of InputCurrentNeuronModel."
                )
        times, neurons, values = self._not_past(owner, times, neurons, values)
        if len(times):
            assert self._currents is not None
            self._currents.add(times, neurons, values)

    def _activity(self, owner: str, times: Any, neurons: Any) -> tuple[np.ndarray, np.ndarray]:
        found = indices_of(owner, "neuron", neurons, self._described.n_neurons)
        return _floats(owner, "event_times_list", times, len(found)), found

    def _not_past(self, owner: str, times: np.ndarray, *others: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return activity in the order of time, without that of the past."""
        times = np.where((times < self._now) & (times > self._now - ROUNDING), self._now, times)
        past = times < self._now
        if past.any():
            warnings.warn(
                f"{owner}: {past.sum()} of {len(times)} events lie before now, {self._now:.12g} s, the first at "
                f"{times.min():.12g} s; they are left out. Give times from now on.",
                EdlutWarning,
                stacklevel=3,
            )
        order = np.argsort(times, kind="stable")
        order = order[~past[order]]
        return tuple(each[order] for each in (times, *others))

    # -- running ------------------------------------------------------------------------------------

    def RunSimulation(self, end_simulation_time: float) -> None:
        """Run to a time.

        Parameters
        ----------
        end_simulation_time : float
            The absolute time in seconds; not before the time that was reached.
        """
        end = end_simulation_time
        network = self._network
        is_simple = network is not None and not self._waiting and not self._drivers and type(end) is float
        if is_simple and self._now <= end < np.inf:  # the short way, for closed loops
            network.run_until(end)  # type: ignore[union-attr]
            self._now = end
            return
        self._after("RunSimulation")
        if not (is_float(end) or is_integer(end)) or not 0 <= end < np.inf:
            raise EdlutError(f"RunSimulation: the end is a time in seconds of 0 or more, not {end!r}.")
        if end < self._now - ROUNDING:
            raise EdlutError(
                f"RunSimulation: the end is an absolute time; {end:.12g} s lies before now, {self._now:.12g} s. "
                f"To run {end:g} s more, give {self._now + end:.12g}."
            )
        end = max(float(end), self._now)
        network = self._built()
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            network.add_spikes(*_in_order(waiting))
        network.runner.check_end(end)
        for driver in self._drivers:
            for time in driver.times_between(self._now, end):
                network.run_until(time)
                self._now = time
                driver.write(self, time)
        network.run_until(float(end))
        self._now = float(end)
        for driver in self._drivers:
            driver.write_until(self)

    def _built(self) -> Network:
        if self._network is None:
            logged = [layer for layer in self._described.layers if layer.is_logged and layer.cell.is_neuron]
            recorded = list(self._recorded)
            if any(driver.wants_states for driver in self._drivers):
                recorded += [neuron for layer in logged for neuron in range(layer.first, layer.first + layer.size)]
            chosen = np.array(sorted(set(recorded)), np.int64)
            assert self._currents is not None
            self._network = Network(self._described, self._exact, self._device, chosen, self._currents, self._injected)
        return self._network

    # -- reading ------------------------------------------------------------------------------------

    def GetSpikeActivity(self) -> tuple[list[float], list[int]]:
        """Return the spikes of layers with ``output_activity`` since the last call.

        Returns
        -------
        times : list of float
            In seconds, in single precision, in the order of time.
        neurons : list of int
            Global indices.
        """
        self._after("GetSpikeActivity")
        self._tell_lost("GetSpikeActivity")
        self._collect()
        parts, self._output = self._output, []
        if not parts:
            return [], []
        times, neurons = (np.concatenate(each) for each in zip(*parts, strict=True))
        return times.astype(np.float32).astype(float).tolist(), neurons.tolist()

    def _collect(self) -> None:
        """Take spikes that have come since the last call into the output, and into files."""
        found: list[tuple[np.ndarray, np.ndarray]] = []
        logged: list[tuple[np.ndarray, np.ndarray]] = []
        waiting = []
        if len(self._sent) > 1:
            self._sent = [_in_order(self._sent)]
        for times, neurons in self._sent:
            done = int(np.searchsorted(times, self._now, side="right"))
            for flag, into in (("is_output", found), ("is_logged", logged)):
                numbers = self._described.layer_numbers(neurons[:done])
                chosen = np.array([getattr(layer, flag) for layer in self._described.layers])[numbers]
                into.append((times[:done][chosen], neurons[:done][chosen]))
            if done < len(times):
                waiting.append((times[done:], neurons[done:]))
        self._sent = waiting
        if self._network is not None:
            for layer, times, neurons in self._network.take_spikes():
                if layer.is_output:
                    found.append((times, neurons))
                if layer.is_logged:
                    logged.append((times, neurons))
        spikes = _in_order(found)
        if len(spikes[0]):
            self._output.append(spikes)
        for driver in self._drivers:
            driver.take_spikes(spikes, _in_order(logged))

    def GetStates(self, indices: Sequence[int] | None = None) -> dict[str, np.ndarray]:
        """Return the states of the neurons that :meth:`RecordStates` was given. (EDLUT has no such method.)

        Parameters
        ----------
        indices : list of int, optional
            Some of these neurons; by default all.

        Returns
        -------
        dict of str to ndarray
            ``"t_s"``, the times of the integration steps in seconds, shape ``(steps,)``; and by names that end in their
            units, such as ``"V_mV"`` or ``"g_AMPA_nS"``, shape ``(steps, neurons)``: the states just after each step,
            in the order of *indices*. What a neuron does not have is not a number.
        """
        self._after("GetStates")
        if indices is None:
            chosen = np.array(self._recorded, np.int32)
        else:
            chosen = indices_of("GetStates", "neuron", indices, self._described.n_neurons)
        for neuron in chosen.tolist():
            if neuron not in self._recorded:
                raise EdlutError(
                    f"GetStates: neuron {neuron} is not recorded. Call RecordStates([{neuron}]) before the run."
                )
        if not len(chosen):
            raise EdlutError("GetStates: no neuron is recorded. Call RecordStates(indices) before the run.")
        self._tell_lost("GetStates")
        return self._built().states(chosen)

    def _tell_lost(self, owner: str) -> None:
        """Warn, once for each layer, of neurons whose equations the method could not integrate."""
        for layer, neurons in self._network.lost() if self._network is not None else ():
            if layer.number in self._lost:
                continue
            self._lost.add(layer.number)
            assert layer.method is not None
            warnings.warn(
                f"{owner}: the potential of {len(neurons)} of {layer.size} neurons of {layer.cell.name} (layer "
                f"{layer.number}, the first is neuron {neurons[0]}) is no number any more: {layer.method_name} with "
                f"steps of {layer.method.step * 1e3:g} ms does not follow their equations. Give 'int_meth' a shorter "
                "step, or another method: see GetAvailableIntegrationMethods().",
                EdlutWarning,
                stacklevel=3,
            )

    def GetWeights(self) -> list[float]:
        """Return the weights (nS) of all synapses, in the order of their indices."""
        self._after("GetWeights")
        self._tell_lost("GetWeights")
        return self._weights().tolist()

    def _weights(self) -> np.ndarray:
        weights = self._described.wiring.weight if self._network is None else self._network.read_weights()
        return weights.astype(np.float32).astype(float)

    def GetSelectedWeights(self, indexes: Sequence[int]) -> list[float]:
        """Return the weights (nS) of some synapses.

        Parameters
        ----------
        indexes : list of int
            Indices of synapses, as ``AddSynapticLayer`` returned them.
        """
        self._after("GetSelectedWeights")
        self._tell_lost("GetSelectedWeights")
        chosen = indices_of("GetSelectedWeights", "synapse", indexes, self._described.n_synapses)
        return self._weights()[chosen].tolist()

    def GetCompressedWeights(self) -> tuple[list[int], list[float]]:
        """Return the weights (nS) of all synapses as runs of equal values: how long each run is, and its value."""
        self._after("GetCompressedWeights")
        self._tell_lost("GetCompressedWeights")
        weights = self._weights()
        if not len(weights):
            return [], []
        first = np.flatnonzero(np.concatenate([[True], weights[1:] != weights[:-1]]))
        counts = np.diff(np.concatenate([first, [len(weights)]]))
        return counts.tolist(), weights[first].tolist()

    # -- parameters ---------------------------------------------------------------------------------

    def GetNeuronParams(self, neuron_indices_list: Sequence[int]) -> list[dict[str, Any]]:
        """Return the parameters of the layers of some neurons, with ``name``, the model's, for each neuron."""
        self._after("GetNeuronParams")
        chosen = indices_of("GetNeuronParams", "neuron", neuron_indices_list, self._described.n_neurons)
        return [self._shown(layer, layer.parameters()) for layer in map(self._described.layer_of, chosen.tolist())]

    def GetSpecificNeuronParams(self, neuron_indices_list: Sequence[int]) -> list[dict[str, Any]]:
        """Return the parameters that each of some neurons has for itself."""
        self._after("GetSpecificNeuronParams")
        chosen = indices_of("GetSpecificNeuronParams", "neuron", neuron_indices_list, self._described.n_neurons)
        shown = []
        for neuron in chosen.tolist():
            layer = self._described.layer_of(neuron)
            own = {name: float(values[neuron - layer.first]) for name, values in layer.own.items()}
            shown.append(self._shown(layer, own))
        return shown

    @staticmethod
    def _shown(layer: Layer, values: Mapping[str, Any]) -> dict[str, Any]:
        shown = {name: as_single(value) if is_float(value) else value for name, value in values.items()}
        return dict(sorted({**shown, "name": layer.cell.name}.items()))

    def SetSpecificNeuronParams(self, neuron_index: int, params_dict: Mapping[str, Any]) -> None:
        """Give one neuron parameters of its own.

        Parameters
        ----------
        neuron_index : int
            The global index of the neuron.
        params_dict : dict
            Parameters that ``GetVectorizableParameters`` lists for its model.
        """
        owner = "SetSpecificNeuronParams"
        self._after(owner)
        if not is_integer(neuron_index):
            raise EdlutError(f"{owner}: neuron_index is one integer, not {neuron_index!r}.")
        neuron = int(indices_of(owner, "neuron", neuron_index, self._described.n_neurons)[0])
        layer = self._described.layer_of(neuron)
        if not isinstance(params_dict, Mapping):
            raise ParameterError(f"{owner}: params_dict is a dict, not {params_dict!r}.")
        vector = layer.cell.vector_parameters
        if not vector:
            raise EdlutError(
                f"{owner}: neurons of {layer.cell.name} have no parameters of their own; its layer has them all."
            )
        values = {}
        for name, value in params_dict.items():
            if name not in vector:
                raise unknown_name(f"{owner}: {layer.cell.name}", "parameter of single neurons", name, vector)
            values[name] = check_value(f"{owner}: {layer.cell.name}", name, layer.cell.parameters[name], value)
        for name, value in values.items():
            layer.own[name][neuron - layer.first] = value
        if self._network is not None and values:
            self._network.follow_neuron(layer, values)

    def GetLearningRuleParams(self, rule_index: int) -> dict[str, Any]:
        """Return the parameters of the learning rule with this number."""
        self._after("GetLearningRuleParams")
        rule = self._rule("GetLearningRuleParams", rule_index)
        return {name: as_single(value) if is_float(value) else value for name, value in sorted(rule.values.items())}

    def SetLearningRuleParams(self, rule_index: int, params_dict: Mapping[str, Any]) -> None:
        """Change parameters of a learning rule; those not named stay."""
        owner = "SetLearningRuleParams"
        self._after(owner)
        rule = self._rule(owner, rule_index)
        if not isinstance(params_dict, Mapping):
            raise ParameterError(f"{owner}: params_dict is a dict, not {params_dict!r}.")
        rule.values = self._described.rule_values(rule.rule, {**rule.values, **params_dict})
        if self._network is not None:
            self._network.follow_rule(rule)

    def _rule(self, owner: str, number: Any) -> RuleInUse:
        rules = self._described.rules
        if not is_integer(number) or not 0 <= number < len(rules):
            known = f"they are 0 to {len(rules) - 1}" if rules else "none has been added"
            raise EdlutError(f"{owner}: there is no learning rule {number!r}; {known}.")
        return rules[int(number)]

    # -- listings -----------------------------------------------------------------------------------

    def GetAvailableNeuronModels(self) -> list[str]:
        """Return the names of the neuron models."""
        return list(CELLS)

    def GetAvailableIntegrationMethods(self) -> list[str]:
        """Return the names of the integration methods."""
        return list(METHODS)

    def GetAvailableLearningRules(self) -> list[str]:
        """Return the names of the learning rules."""
        return list(RULES)

    def GetNeuronModelInfo(self, model_name: str) -> dict[str, str]:
        """Return what a neuron model is (``info``), and what each of its parameters is, with units."""
        cell = look_up("GetNeuronModelInfo", "neuron model", model_name, CELLS)
        return {"info": cell.info, **{name: each.info for name, each in sorted(cell.parameters.items())}}

    def GetNeuronModelDefParams(self, param_name: str) -> dict[str, Any]:
        """Return the default parameters of the neuron model of this name."""
        shown = defaults(look_up("GetNeuronModelDefParams", "neuron model", param_name, CELLS).parameters)
        if "int_meth" in shown:
            method = shown["int_meth"]
            step = {name: as_single(value) for name, value in method.params_dict.items()}
            shown["int_meth"] = PyModelDescription(method.model_name, {"name": method.model_name, **step})
        return shown

    def GetVectorizableParameters(self, model_name: str) -> dict[str, str]:
        """Return the parameters of a neuron model that each neuron may have for itself, and what they are."""
        cell = look_up("GetVectorizableParameters", "neuron model", model_name, CELLS)
        return {name: cell.parameters[name].info for name in cell.vector_parameters}

    def GetIntegrationMethodDefParams(self, model_name: str) -> dict[str, Any]:
        """Return the default parameters of an integration method, and its ``name``."""
        shown = defaults(look_up("GetIntegrationMethodDefParams", "integration method", model_name, METHODS))
        return dict(sorted({**shown, "name": model_name}.items()))

    def GetLearningRuleDefParams(self, rule_name: str) -> dict[str, Any]:
        """Return the default parameters of a learning rule."""
        return defaults(look_up("GetLearningRuleDefParams", "learning rule", rule_name, RULES).parameters)

    def PrintAvailableNeuronModels(self) -> None:
        """Print the names of the neuron models."""
        print(*self.GetAvailableNeuronModels(), sep="\n")

    def PrintAvailableIntegrationMethods(self) -> None:
        """Print the names of the integration methods."""
        print(*self.GetAvailableIntegrationMethods(), sep="\n")

    def PrintAvailableLearningRules(self) -> None:
        """Print the names of the learning rules."""
        print(*self.GetAvailableLearningRules(), sep="\n")

    def PrintNeuronModelInfo(self, model_name: str) -> None:
        """Print what a neuron model is, and its parameters."""
        info = self.GetNeuronModelInfo(model_name)
        print(f"{model_name}: {info.pop('info')}", *(f"  {name}: {text}" for name, text in info.items()), sep="\n")

    def PrintVectorizableParameters(self, model_name: str) -> None:
        """Print the parameters of a neuron model that each neuron may have for itself."""
        found = self.GetVectorizableParameters(model_name)
        print(f"{model_name}:", *(f"  {name}: {text}" for name, text in found.items()), sep="\n")


def _floats(owner: str, what: str, values: Any, size: int) -> np.ndarray:
    """Return times or currents as an array.

    Raises
    ------
    EdlutError
        If they are not as many as the neurons, or no finite numbers.
    """
    try:
        found = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise EdlutError(f"{owner}: {what} is a list of numbers.") from None
    if found.shape != (size,):
        what = f"{what} is one number" if found.ndim == 0 else f"{what} has {found.size} values"
        raise EdlutError(f"{owner}: {what} for {size} neurons; give a list with one for each.")
    if not np.isfinite(found).all():
        raise EdlutError(f"{owner}: {what} holds values that are not finite.")
    return found


def _in_order(parts: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Return spikes in the order of time."""
    if not parts:
        return np.empty(0), np.empty(0, np.int64)
    times, neurons = (np.concatenate(each) for each in zip(*parts, strict=True))
    order = np.argsort(times, kind="stable")
    return times[order], neurons[order]
