"""The cells of SpiNNaker's software: PyNN's, with the vendor's parameters and recordables, and its extra ones.

Each has two realisations: ``realisation``, in floating point, and ``chip``, the integer model of the chip. In both what
a weight does is the receptor's, and inhibitory input is recorded as the amount that it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from pyNN.standardmodels import StandardCellType
from pyNN.standardmodels import cells as standard

from brianhw import equations
from brianhw.arithmetic.s1615 import to_s1615
from brianhw.chips.spinnaker1 import SPINNAKER1
from brianhw.equations import spinnaker as models
from brianhw.equations.receptors import Receptor
from brianhw.equations.spinnaker.parts import ChipNeuron, Step
from brianhw.errors import SpinnakerError
from brianhw.pynn.models import cells as ideal
from brianhw.pynn.models.cells import EXP_CONDUCTANCES, conductances
from brianhw.pynn.models.realisation import FromPyNN, Realisation, Realised, identity
from brianhw.pynn.models.units import unit_of

__all__ = [
    "ChipCell",
    "IFCondExpStoc",
    "IFCurrExpCa2Adaptive",
    "IF_cond_exp",
    "IF_curr_alpha",
    "IF_curr_delta",
    "IF_curr_dual_exp",
    "IF_curr_exp",
    "IF_curr_exp_sEMD",
    "Izhikevich",
    "Izhikevich_cond",
    "in_whole_steps",
]

SHORT = {"excitatory": "exc", "excitatory2": "exc2", "inhibitory": "inh"}


# -- in the chip's arithmetic -----------------------------------------------------------------------


@dataclass(frozen=True)
class ChipCell:
    """A cell in the chip's arithmetic.

    Parameters
    ----------
    name : str
        Of the cell in :mod:`brianhw.chips.spinnaker1`.
    neuron : ChipNeuron
        Integer model.
    constants : mapping of str to float
        Physical parameters that the vendor fixes.
    total : str
        The variable that is recorded as excitatory input, where there is more than one excitatory receptor.
    """

    name: str
    neuron: ChipNeuron
    constants: Mapping[str, float] = field(default_factory=dict)
    total: str = ""

    @property
    def receptors(self) -> dict[str, str]:
        """The receptors, each with its end of variables' names (``"exc"``)."""
        return {name: SHORT[name] for name in SPINNAKER1.receptors_of(self.name)}

    @property
    def responses(self) -> dict[str, str]:
        """For each receptor (``"exc"``) the model's variable that holds what has come through it."""
        known = self.neuron.parsed.names
        return {
            short: next(name for name in (f"I_{short}", f"g_{short}") if name in known)
            for short in self.receptors.values()
        }

    @property
    def unit(self) -> str:
        """In which PyNN counts synaptic input: ``"nA"`` or ``"uS"``."""
        units = {unit_of(self.neuron.parsed[name].dim) for name in self.responses.values()}
        (unit,) = units
        return unit

    def realisation(self, timestep_ms: float, shifts: Mapping[str, int]) -> Realisation:
        """Return the cell in Brian2, for a time step and the ring buffers' left *shifts* of each receptor."""
        step = Step.of(timestep_ms, self.neuron.substeps)
        neuron, unit = self.neuron, self.unit
        parameters = {
            name: FromPyNN(partial(self._raw, constant=constant, step=step), "1")
            for name, constant in neuron.constants.items()
        }
        for receptor, short in self.receptors.items():
            parameters[f"shift_{short}"] = FromPyNN(lambda _, shift=shifts[receptor]: shift, "1")  # type: ignore[misc]
        units = {"v": "mV", "u": "1", "i_ca2": "nA"}
        entries = _inputs({short: (name, unit) for short, name in self.responses.items()})
        own = {name: (name, units[name]) for name in neuron.states}
        inputs = _recorded(entries, self.total)
        initial = {name: (raw, partial(to_s1615, name=name)) for name, raw in neuron.states.items()}
        return Realisation(
            neuron,
            parameters,
            {**inputs, **own},
            {receptor: (f"input_{short}", unit) for receptor, short in self.receptors.items()},
            current_port="I_inj",
            initial={**initial, **{name: self._first_input(name) for name in entries}},
            spike_lag=0,  # the chip notes a spike at the time at which its step begins
        )

    def _first_input(self, name: str) -> tuple[str, Callable[[Any], Any]]:
        """Return the variable that holds synaptic input at time zero, and what makes its value of PyNN's number."""
        short = name.split("_")[1]
        if f"syn_{short}" in self.neuron.parsed.parameter_names:
            scale = SPINNAKER1.conductance_scale if self.unit == "uS" else 1.0
            return f"syn_{short}", lambda value: to_s1615(np.asarray(value) * scale, name)
        return f"linear_{short}", partial(self._none, name=name)  # an alpha function is a product

    def _none(self, value: Any, name: str) -> Any:
        if np.any(value):
            raise SpinnakerError(f"{self.name}: {name} is zero at time zero on SpiNNaker; it was given {value}.")
        return 0

    def _raw(self, values: Mapping[str, Any], constant: Callable[..., Any], step: Step) -> Any:
        """Return a constant of the chip, of PyNN's parameters."""
        physical = {**self.constants, **values}
        units = self.neuron.units
        fixed = _Converted({name: physical[name] for name in units if name in physical})
        return constant(fixed, step)


def _inputs(responses: Mapping[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Return the recordables of synaptic input, by receptor; the vendor calls a current gsyn, too."""
    found = {}
    for short, (variable, unit) in responses.items():
        for kind in ("gsyn",) if unit == "uS" else ("isyn", "gsyn"):
            found[f"{kind}_{short}"] = (variable, unit)
    return found


def _recorded(inputs: Mapping[str, tuple[str, str]], total: str) -> dict[str, tuple[str, str]]:
    """Return the recordables of synaptic input, where *total* is all excitatory input, which the vendor records."""
    found = {name: state for name, state in inputs.items() if name != "gsyn_exc2"}
    if total:
        found["gsyn_exc"] = (total, found["gsyn_exc"][1])
    return found


class _Converted(dict[str, Any]):
    """Physical parameters, made raw when they are asked for."""

    def __getitem__(self, name: str) -> Any:
        return to_s1615(super().__getitem__(name), name)


def in_whole_steps(found: Realisation, timestep_ms: float) -> Realisation:
    """Return a cell in floating point whose refractory period is the chip's: any fraction of a step counts as one.

    That is a property of the cell and no loss to integers: with PyNN's 0.1 ms and steps of 1 ms a chip's neuron waits
    for a step, which costs a tenth of the spikes of a neuron that fires at 60 Hz.
    """
    if "t_ref" not in found.parameters:
        return found
    one = 2**15

    def waits(values: Mapping[str, Any]) -> Any:
        # the chip's quotient of raw numbers, cut to 2^-15: 2 ms are 20 steps of 0.1 ms, whose raw 3277 is a bit more
        steps = np.rint(np.asarray(values["tau_refrac"]) * one) / np.rint(timestep_ms * one)
        return np.ceil(np.floor(steps * one) / one) * timestep_ms

    return replace(found, parameters={**found.parameters, "t_ref": FromPyNN(waits, "ms")})


# -- what all cells share ---------------------------------------------------------------------------


class OnChip(Realised):
    """A cell of the vendor's: what can be recorded, and in which units, follows from its realisation.

    States at time zero may be among its parameters, ``Izhikevich(v=-75.0)``, as the vendor has it; what
    ``initial_values=`` or ``initialize()`` says goes before them.
    """

    realisation: Realisation
    recordable: list[str]  # these five are PyNN's
    units: Any
    translations: Any
    default_parameters: Mapping[str, Any]
    default_initial_values: Mapping[str, Any]

    def __init__(self, **parameters: Any) -> None:
        starts = {name: value for name, value in parameters.items() if name in self.default_initial_values}
        super().__init__(**{name: value for name, value in parameters.items() if name not in starts})
        if starts:
            self.default_initial_values = {**self.default_initial_values, **starts}

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        states = {name: unit for name, (_, unit) in cls.realisation.states.items()}
        cls.recordable = ["spikes", *states]
        cls.units = {**cls.units, **states}
        cls.translations = identity(cls)


def _cell(receptors: Mapping[str, Receptor], found: Realisation, total: str = "") -> Realisation:
    """Return a cell with these receptors, whose weights are amounts: they pull down by the model's sign."""
    (unit,) = {{"amp": "nA", "siemens": "uS"}[receptor.unit] for receptor in receptors.values()}
    own = {name: state for name, state in found.states.items() if name[1:5] != "syn_"}
    responses = _inputs({SHORT[label]: (receptor.response, unit) for label, receptor in receptors.items()})
    states = {**own, **_recorded(responses, total)}
    return replace(
        found,
        states=states,
        receptors={label: (receptor.entry, unit) for label, receptor in receptors.items()},
        initial={**found.initial, **{name: _nano(name, state) for name, state in responses.items() if total}},
        spike_lag=0,  # as on the chip
    )


def _nano(name: str, state: tuple[str, str]) -> tuple[str, Callable[[Any], Any]]:
    """Return the variable that holds a current at time zero, and what makes its SI value of nA."""
    return state[0], lambda value: np.asarray(value) * 1e-9


def _pair(exc: Receptor, inh: Receptor) -> dict[str, Receptor]:
    return {"excitatory": exc, "inhibitory": inh}


def _currents(exc: Receptor, inh: Receptor) -> Realisation:
    return _cell(_pair(exc, inh), ideal.currents(exc, inh))


EXP_CURRENTS = equations.exponential_current("exc"), equations.exponential_current("inh", "-")
ALPHA_CURRENTS = equations.alpha_charge("exc"), equations.alpha_charge("inh", "-")
DELTA_CURRENTS = equations.delta_charge("exc"), equations.delta_charge("inh", "-")


# -- integrate and fire -----------------------------------------------------------------------------


class IF_curr_exp(OnChip, ideal.IF_curr_exp):
    __doc__ = standard.IF_curr_exp.__doc__
    realisation = _currents(*EXP_CURRENTS)
    chip = ChipCell("IF_curr_exp", models.IF_CURR_EXP)


class IF_curr_alpha(OnChip, ideal.IF_curr_alpha):
    __doc__ = standard.IF_curr_alpha.__doc__
    realisation = _currents(*ALPHA_CURRENTS)
    chip = ChipCell("IF_curr_alpha", models.IF_CURR_ALPHA)


class IF_curr_delta(OnChip, ideal.IF_curr_delta):
    __doc__ = standard.IF_curr_delta.__doc__
    realisation = replace(_currents(*DELTA_CURRENTS), parameters=ideal.MEMBRANE, time_constants={})
    chip = ChipCell("IF_curr_delta", models.IF_CURR_DELTA)


class IF_cond_exp(OnChip, ideal.IF_cond_exp):
    __doc__ = standard.IF_cond_exp.__doc__
    realisation = _cell(_pair(*EXP_CONDUCTANCES), conductances(*EXP_CONDUCTANCES))
    chip = ChipCell("IF_cond_exp", models.IF_COND_EXP)


# -- Izhikevich's neuron, with the receptors that the vendor gives it -------------------------------


SHAPE = {name: FromPyNN(name, unit) for name, unit in (("a", "1/ms"), ("b", "1/ms"), ("c", "mV"), ("d", "mV/ms"))}
IZHIKEVICH = {
    **SHAPE,
    "v_peak": ideal.constant(30.0, "mV"),
    "C_m": ideal.constant(1.0, "nF"),  # the chip counts the paper's dimensionless current in nA
    "I_ext": FromPyNN("i_offset", "nA"),
    **ideal.TIME_CONSTANTS,
}
PEAK = {"v_thresh": 30.0}


def _izhikevich(exc: Receptor, inh: Receptor, parameters: Mapping[str, FromPyNN]) -> Realisation:
    states = {**ideal.V, "u": ("u", "mV/ms")}
    model = equations.IZHIKEVICH + exc + inh
    return _cell(_pair(exc, inh), Realisation(model, parameters, states, {}, time_constants=ideal.TAUS))


class Izhikevich(OnChip, StandardCellType):
    """Izhikevich's neuron with synaptic currents that decay exponentially, as the vendor's software has it."""

    default_parameters = {
        "a": 0.02,
        "b": 0.2,
        "c": -65.0,
        "d": 2.0,
        "i_offset": 0.0,
        "tau_syn_E": 5.0,
        "tau_syn_I": 5.0,
    }
    default_initial_values = {"v": -70.0, "u": -14.0, "isyn_exc": 0.0, "isyn_inh": 0.0}
    units = {**standard.Izhikevich.units, "tau_syn_E": "ms", "tau_syn_I": "ms"}
    realisation = _izhikevich(*EXP_CURRENTS, IZHIKEVICH)
    chip = ChipCell("Izhikevich", models.IZK_CURR_EXP, PEAK)


class Izhikevich_cond(OnChip, StandardCellType):
    """Izhikevich's neuron with synaptic conductances that decay exponentially, as the vendor's software has it."""

    default_parameters = {**Izhikevich.default_parameters, "e_rev_E": 0.0, "e_rev_I": -70.0}
    default_initial_values = {"v": -70.0, "u": -14.0, "gsyn_exc": 0.0, "gsyn_inh": 0.0}
    units = {**Izhikevich.units, "e_rev_E": "mV", "e_rev_I": "mV"}
    realisation = _izhikevich(*EXP_CONDUCTANCES, {**IZHIKEVICH, **ideal.REVERSALS})
    chip = ChipCell("Izhikevich_cond", models.IZK_COND_EXP, PEAK)


# -- calcium adaptation -----------------------------------------------------------------------------


def _adapting() -> Realisation:
    """Return the neuron in floating point: spikes let in calcium, which opens a current that decays."""
    found = _currents(*EXP_CURRENTS)
    calcium = equations.exponential_current("ca2", "-")
    model = equations.linear_lif(*EXP_CURRENTS, calcium)
    return replace(
        found,
        model=replace(
            model, equations=f"{model.equations}\ni_alpha : amp (constant)", reset=f"I_ca2 += i_alpha\n{model.reset}"
        ),
        parameters={**found.parameters, "tau_ca2": FromPyNN("tau_ca2", "ms"), "i_alpha": FromPyNN("i_alpha", "nA")},
        states={**found.states, "i_ca2": ("I_ca2", "nA")},
    )


class IFCurrExpCa2Adaptive(OnChip, StandardCellType):
    """A leaky integrate-and-fire neuron that adapts by calcium (Liu & Wang 2001, J. Comput. Neurosci. 10:25)."""

    default_parameters = {
        **standard.IF_curr_exp.default_parameters,
        "tau_ca2": 50.0,
        "i_alpha": 0.1,
    }
    default_initial_values = {**standard.IF_curr_exp.default_initial_values, "i_ca2": 0.0}
    units = {**standard.IF_curr_exp.units, "tau_ca2": "ms", "i_alpha": "nA"}
    realisation = _adapting()
    chip = ChipCell("IFCurrExpCa2Adaptive", models.IF_CURR_EXP_CA2)


# -- a stochastic threshold -------------------------------------------------------------------------


def _stochastic() -> Realisation:
    """Return the neuron in floating point: it fires by chance, the more often the higher its potential."""
    found = _cell(_pair(*EXP_CONDUCTANCES), conductances(*EXP_CONDUCTANCES))
    model = equations.linear_lif(*EXP_CONDUCTANCES, neuron=equations.STOCHASTIC_LIF)
    more = {"du_th": FromPyNN("du_th", "mV"), "tau_th": FromPyNN("tau_th", "ms")}
    return replace(found, model=model, parameters={**found.parameters, **more}, orders=())


class IFCondExpStoc(OnChip, StandardCellType):
    """A leaky integrate-and-fire neuron that fires by chance.

    Habenschuss, Jonke & Maass 2013, PLoS Comput. Biol. 9:e1003311.
    In a step of *h* ms it fires with the chance 0.8 (1 - exp(-h/10 exp((v - v_thresh)/du_th)/tau_th)), from 5 ``du_th``
    above ``v_thresh`` on with 0.8: the vendor's formula. On the chip it can fire while it is refractory.
    """

    default_parameters = {**standard.IF_cond_exp.default_parameters, "du_th": 0.5, "tau_th": 20.0}
    default_initial_values = dict(standard.IF_cond_exp.default_initial_values)
    units = {**standard.IF_cond_exp.units, "du_th": "mV", "tau_th": "ms"}
    realisation = _stochastic()
    chip = ChipCell("IF_cond_exp_stoc", models.IF_COND_EXP_STOC)


# -- two excitatory currents ------------------------------------------------------------------------


SECOND = equations.exponential_current("exc2")
THREE = {"excitatory": EXP_CURRENTS[0], "excitatory2": SECOND, "inhibitory": EXP_CURRENTS[1]}
SECOND_PARAMETERS = {"tau_exc2": FromPyNN("tau_syn_E2", "ms")}
SECOND_TAUS = {**ideal.TAUS, "excitatory2": "tau_exc2"}


def _dual() -> Realisation:
    """Return the neuron in floating point: a second excitatory current, with a time constant of its own."""
    found = ideal.currents(*EXP_CURRENTS)
    model = equations.linear_lif(*THREE.values()) + equations.sum_of_currents("I_exc_sum", "I_exc", "I_exc2")
    parameters = {**found.parameters, **SECOND_PARAMETERS}
    made = replace(found, model=model, parameters=parameters, time_constants=SECOND_TAUS)
    return _cell(THREE, made, "I_exc_sum")


TWO_CURRENTS = {**standard.IF_curr_exp.default_parameters, "tau_syn_E2": 5.0}
TWO_INITIAL = {**standard.IF_curr_exp.default_initial_values, "isyn_exc2": 0.0}
TWO_UNITS = {**standard.IF_curr_exp.units, "tau_syn_E2": "ms"}


class IF_curr_dual_exp(OnChip, StandardCellType):
    """A leaky integrate-and-fire neuron with two excitatory currents that decay exponentially.

    Its receptors are ``"excitatory"``, ``"excitatory2"`` and ``"inhibitory"``; ``gsyn_exc`` is the sum of both.
    """

    default_parameters = TWO_CURRENTS
    default_initial_values = TWO_INITIAL
    units = TWO_UNITS
    realisation = _dual()
    chip = ChipCell("IF_curr_dual_exp", models.IF_CURR_DUAL_EXP, total="I_exc_sum")


def _motion_detector() -> Realisation:
    """Return the neuron in floating point: the second current counts by what the first was when it began."""
    found = ideal.currents(*EXP_CURRENTS)
    parameters = {**found.parameters, **SECOND_PARAMETERS, "scaling_factor": FromPyNN("scaling_factor", "1")}
    model = equations.motion_detector(*THREE.values())
    made = replace(found, model=model, parameters=parameters, time_constants=SECOND_TAUS)
    return _cell(THREE, made, "I_semd")


class IF_curr_exp_sEMD(OnChip, StandardCellType):
    """An elementary motion detector (Milde et al. 2018, Neural Comput. 30:2384): one input opens the way for another.

    The current is that of ``"excitatory2"`` times that of ``"excitatory"`` as it was when the second began, times
    ``scaling_factor``, all counted in nA. It is recorded as ``gsyn_exc``.
    """

    default_parameters = {**TWO_CURRENTS, "scaling_factor": 1.0}
    default_initial_values = dict(TWO_INITIAL)
    units = {**TWO_UNITS, "scaling_factor": "dimensionless"}
    realisation = _motion_detector()
    chip = ChipCell("IF_curr_exp_sEMD", models.IF_CURR_EXP_SEMD, total="I_semd")
