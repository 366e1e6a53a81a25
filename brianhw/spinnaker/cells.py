"""The cells of SpiNNaker's software: PyNN's, with the vendor's parameters and recordables, and its extra ones.

Each has two realisations: ``realisation``, in floating point, and ``chip``, the integer model of the chip.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from pyNN.standardmodels import StandardCellType
from pyNN.standardmodels import cells as standard

from brianhw import equations
from brianhw.arithmetic.s1615 import to_s1615
from brianhw.equations import spinnaker as models
from brianhw.equations.spinnaker.parts import ChipNeuron, Step
from brianhw.pynn import cells as ideal
from brianhw.pynn.cells import EXP_CONDUCTANCES, EXP_CURRENTS, conductances, currents, identity
from brianhw.pynn.realisation import FromPyNN, Realisation
from brianhw.pynn.text import NoText

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


@dataclass(frozen=True)
class ChipCell:
    """A cell in the chip's arithmetic.

    Parameters
    ----------
    name : str
        Of the cell in :mod:`brianhw.chips.spinnaker1`.
    neuron : ChipNeuron
        Integer model.
    unit : str
        In which PyNN counts synaptic input: ``"nA"`` or ``"uS"``.
    responses : mapping of str to str
        Receptor -> the variable that holds what has come through it.
    constants : mapping of str to float
        Physical parameters that the vendor fixes.
    """

    name: str
    neuron: ChipNeuron
    unit: str
    responses: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, float] = field(default_factory=dict)

    def realisation(self, timestep_ms: float, shifts: Mapping[str, int]) -> Realisation:
        """Return the cell in Brian2, for a time step and the ring buffers' left *shifts* of each receptor."""
        step = Step.of(timestep_ms, self.neuron.substeps)
        neuron = self.neuron
        parameters = {
            name: FromPyNN(partial(self._raw, constant=constant, step=step), "1")
            for name, constant in neuron.constants.items()
        }
        for receptor, short in SHORT.items():
            parameters[f"shift_{short}"] = FromPyNN(lambda _, shift=shifts[receptor]: shift, "1")  # type: ignore[misc]
        kinds = ("gsyn",) if self.unit == "uS" else ("isyn", "gsyn")  # the vendor calls a current gsyn, too
        recorded = {f"{kind}_{short}": short for kind in kinds for short in SHORT.values()}
        states = {name: (self.responses[short], self.unit) for name, short in recorded.items()}
        units = {"v": "mV", "u": "1", "i_ca2": "nA"}
        states |= {name: (name, units[name]) for name in neuron.states}
        return Realisation(
            neuron,
            parameters,
            states,
            {receptor: (f"input_{short}", self.unit) for receptor, short in SHORT.items()},
            current_port="I_inj",
            initial={name: (raw, partial(to_s1615, name=name)) for name, raw in neuron.states.items()},
            spike_lag=0,  # the chip notes a spike at the time at which its step begins
        )

    def _raw(self, values: Mapping[str, Any], constant: Callable[..., Any], step: Step) -> Any:
        """Return a constant of the chip, of PyNN's parameters."""
        physical = {**self.constants, **values}
        units = self.neuron.units
        fixed = _Converted({name: physical[name] for name in units if name in physical})
        return constant(fixed, step)


class _Converted(dict[str, Any]):
    """Physical parameters, made raw when they are asked for."""

    def __getitem__(self, name: str) -> Any:
        return to_s1615(super().__getitem__(name), name)


SHORT = {"excitatory": "exc", "inhibitory": "inh"}
CURRENTS = {"exc": "I_exc", "inh": "I_inh"}
CONDUCTANCES = {"exc": "g_exc", "inh": "g_inh"}


def _also_as_gsyn(found: Realisation) -> Realisation:
    """Let the synaptic currents be recorded under the vendor's name, too."""
    named = {name.replace("isyn", "gsyn"): value for name, value in found.states.items() if name.startswith("isyn")}
    return replace(found, states={**found.states, **named})


AS_GSYN = {"gsyn_exc": "nA", "gsyn_inh": "nA"}  # how the vendor calls currents, too


def _recordable(*more: str) -> list[str]:
    return ["spikes", "v", *more, "gsyn_exc", "gsyn_inh"]


class IF_curr_exp(ideal.IF_curr_exp):
    __doc__ = standard.IF_curr_exp.__doc__
    units = {**standard.IF_curr_exp.units, **AS_GSYN}
    recordable = _recordable("isyn_exc", "isyn_inh")
    realisation = _also_as_gsyn(ideal.IF_curr_exp.realisation)
    chip = ChipCell("IF_curr_exp", models.IF_CURR_EXP, "nA", CURRENTS)


class IF_curr_alpha(ideal.IF_curr_alpha):
    __doc__ = standard.IF_curr_alpha.__doc__
    units = {**standard.IF_curr_alpha.units, **AS_GSYN}
    recordable = _recordable("isyn_exc", "isyn_inh")
    realisation = _also_as_gsyn(ideal.IF_curr_alpha.realisation)
    chip = ChipCell("IF_curr_alpha", models.IF_CURR_ALPHA, "nA", CURRENTS)


class IF_curr_delta(ideal.IF_curr_delta):
    __doc__ = standard.IF_curr_delta.__doc__
    chip = ChipCell("IF_curr_delta", models.IF_CURR_DELTA, "nA", CURRENTS)


class IF_cond_exp(ideal.IF_cond_exp):
    __doc__ = standard.IF_cond_exp.__doc__
    chip = ChipCell("IF_cond_exp", models.IF_COND_EXP, "uS", CONDUCTANCES)


# -- Izhikevich's neuron, with the receptors that the vendor gives it -------------------------------


SHAPE = {name: FromPyNN(name, unit) for name, unit in (("a", "1/ms"), ("b", "1/ms"), ("c", "mV"), ("d", "mV/ms"))}
IZHIKEVICH = {
    **SHAPE,
    "v_peak": ideal.constant(30.0, "mV"),
    "C_m": ideal.constant(1.0, "nF"),  # the chip counts the paper's dimensionless current in nA
    "I_ext": FromPyNN("i_offset", "nA"),
    **ideal.TIME_CONSTANTS,
}
U = {"u": ("u", "mV/ms")}
PEAK = {"v_thresh": 30.0}


class Izhikevich(NoText, StandardCellType):
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
    recordable = _recordable("u", "isyn_exc", "isyn_inh")
    units = {**standard.Izhikevich.units, "tau_syn_E": "ms", "tau_syn_I": "ms", "isyn_exc": "nA", "isyn_inh": "nA"}
    units |= AS_GSYN
    receptor_types = ("excitatory", "inhibitory")
    realisation = _also_as_gsyn(
        replace(
            currents(*EXP_CURRENTS),
            model=equations.IZHIKEVICH + EXP_CURRENTS[0] + EXP_CURRENTS[1],
            parameters=IZHIKEVICH,
            states={**currents(*EXP_CURRENTS).states, **U},
            current_port="I_syn",
        )
    )
    chip = ChipCell("Izhikevich", models.IZK_CURR_EXP, "nA", CURRENTS, PEAK)


class Izhikevich_cond(NoText, StandardCellType):
    """Izhikevich's neuron with synaptic conductances that decay exponentially, as the vendor's software has it."""

    default_parameters = {**Izhikevich.default_parameters, "e_rev_E": 0.0, "e_rev_I": -70.0}
    default_initial_values = {"v": -70.0, "u": -14.0, "gsyn_exc": 0.0, "gsyn_inh": 0.0}
    recordable = _recordable("u")
    units = {**Izhikevich.units, "e_rev_E": "mV", "e_rev_I": "mV", "gsyn_exc": "uS", "gsyn_inh": "uS"}
    receptor_types = ("excitatory", "inhibitory")
    conductance_based = True
    realisation = replace(
        conductances(*EXP_CONDUCTANCES),
        model=equations.IZHIKEVICH + EXP_CONDUCTANCES[0] + EXP_CONDUCTANCES[1],
        parameters={**IZHIKEVICH, **ideal.REVERSALS},
        states={**ideal.conductance_states(*EXP_CONDUCTANCES), **U},
        current_port="I_syn",
    )
    chip = ChipCell("Izhikevich_cond", models.IZK_COND_EXP, "uS", CONDUCTANCES, PEAK)


# -- calcium adaptation -----------------------------------------------------------------------------


def _adapting() -> Realisation:
    """Return the neuron in floating point: spikes let in calcium, which opens a current that decays."""
    found = ideal.currents(*EXP_CURRENTS)
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


class IFCurrExpCa2Adaptive(NoText, StandardCellType):
    """A leaky integrate-and-fire neuron that adapts by calcium (Liu & Wang 2001, J. Comput. Neurosci. 10:25)."""

    default_parameters = {
        **standard.IF_curr_exp.default_parameters,
        "tau_ca2": 50.0,
        "i_alpha": 0.1,
    }
    default_initial_values = {**standard.IF_curr_exp.default_initial_values, "i_ca2": 0.0}
    recordable = _recordable("isyn_exc", "isyn_inh", "i_ca2")
    units = {**standard.IF_curr_exp.units, "tau_ca2": "ms", "i_alpha": "nA", "i_ca2": "nA"}
    units |= AS_GSYN
    receptor_types = ("excitatory", "inhibitory")
    realisation = _also_as_gsyn(_adapting())
    chip = ChipCell("IFCurrExpCa2Adaptive", models.IF_CURR_EXP_CA2, "nA", CURRENTS)


for _cell in (Izhikevich, Izhikevich_cond, IFCurrExpCa2Adaptive):
    _cell.translations = identity(_cell)
