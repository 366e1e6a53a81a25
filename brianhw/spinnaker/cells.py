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
    "IFCurrExpCa2Adaptive",
    "IF_cond_exp",
    "IF_curr_alpha",
    "IF_curr_delta",
    "IF_curr_exp",
    "Izhikevich",
    "Izhikevich_cond",
]

SHORT = {"excitatory": "exc", "inhibitory": "inh"}


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
    """

    name: str
    neuron: ChipNeuron
    constants: Mapping[str, float] = field(default_factory=dict)

    @property
    def responses(self) -> dict[str, str]:
        """For each receptor (``"exc"``) the model's variable that holds what has come through it."""
        known = self.neuron.parsed.names
        return {short: next(name for name in (f"I_{short}", f"g_{short}") if name in known) for short in SHORT.values()}

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
        for receptor, short in SHORT.items():
            parameters[f"shift_{short}"] = FromPyNN(lambda _, shift=shifts[receptor]: shift, "1")  # type: ignore[misc]
        units = {"v": "mV", "u": "1", "i_ca2": "nA"}
        own = {name: (name, units[name]) for name in neuron.states}
        inputs = _inputs({short: (name, unit) for short, name in self.responses.items()})
        initial = {name: (raw, partial(to_s1615, name=name)) for name, raw in neuron.states.items()}
        return Realisation(
            neuron,
            parameters,
            {**inputs, **own},
            {receptor: (f"input_{short}", unit) for receptor, short in SHORT.items()},
            current_port="I_inj",
            initial={**initial, **{name: self._first_input(name) for name in inputs}},
            spike_lag=0,  # the chip notes a spike at the time at which its step begins
        )

    def _first_input(self, name: str) -> tuple[str, Callable[[Any], Any]]:
        """Return the variable that holds synaptic input at time zero, and what makes its value of PyNN's number."""
        short = name[-3:]
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


class _Converted(dict[str, Any]):
    """Physical parameters, made raw when they are asked for."""

    def __getitem__(self, name: str) -> Any:
        return to_s1615(super().__getitem__(name), name)


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


def _cell(exc: Receptor, inh: Receptor, found: Realisation) -> Realisation:
    """Return a cell with these two receptors, whose weights are amounts: they pull down by the model's sign."""
    receptors = {"excitatory": exc, "inhibitory": inh}
    unit = {"amp": "nA", "siemens": "uS"}[exc.unit]
    own = {name: state for name, state in found.states.items() if name[1:5] != "syn_"}
    responses = {SHORT[label]: (receptor.response, unit) for label, receptor in receptors.items()}
    return replace(
        found,
        states={**own, **_inputs(responses)},
        receptors={label: (receptor.entry, unit) for label, receptor in receptors.items()},
        spike_lag=0,  # as on the chip
    )


def _currents(exc: Receptor, inh: Receptor) -> Realisation:
    return _cell(exc, inh, ideal.currents(exc, inh))


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
    realisation = _cell(*EXP_CONDUCTANCES, conductances(*EXP_CONDUCTANCES))
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
    return _cell(exc, inh, Realisation(model, parameters, states, {}, time_constants=ideal.TAUS))


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
