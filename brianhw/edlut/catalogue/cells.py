"""EDLUT's neuron models, and what they are in the model library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any, NamedTuple

from brian2 import Hz, cm, farad, mmolar, ms, msiemens, mV, nS, pA, pF, second, siemens, uA, ufarad, volt

from brianhw.edlut.catalogue.methods import Method
from brianhw.edlut.catalogue.parameters import ModelDescription, Parameter
from brianhw.equations.adex_limited import adex_limited
from brianhw.equations.granule_cell import granule_cell
from brianhw.equations.hodgkin_huxley_clipped import hodgkin_huxley_clipped
from brianhw.equations.inferior_olive import inferior_olive
from brianhw.equations.izhikevich_stopped import IZHIKEVICH_STOPPED
from brianhw.equations.lif_adaptive_threshold import lif_adaptive_threshold
from brianhw.equations.lif_fractional import LIF_FRACTIONAL
from brianhw.equations.poisson_seeded import POISSON_SEEDED
from brianhw.equations.purkinje import purkinje, purkinje_plastic
from brianhw.equations.sine_current import SINE_CURRENT
from brianhw.model import NeuronModel
from brianhw.parameters import granule_cell as granule_parameters
from brianhw.parameters import inferior_olive as olive_parameters
from brianhw.parameters import purkinje as purkinje_parameters

__all__ = ["AMPA", "CELLS", "CURRENT", "GABA", "GAP", "NMDA", "PORTS", "Cell", "Column"]

AMPA, GABA, NMDA, CURRENT, GAP = range(5)
#: What the codes of synapse types mean.
PORTS = ("AMPA", "GABA", "NMDA", "current", "gap junction")
#: What the receptors of the first three are called in models.
RECEPTOR_NAMES = ("exc", "inh", "nmda")


class Column(NamedTuple):
    """A column of recorded states: its label, the variable of the model and its unit."""

    label: str
    variable: str
    unit: Any


class Meaning(NamedTuple):
    """What a parameter is in the library's model: the names it gives a value to, and its unit."""

    names: tuple[str, ...]
    unit: Any


@dataclass(frozen=True)
class Cell:
    """A neuron model of EDLUT.

    Parameters
    ----------
    name, info : str
        EDLUT's name; what it is, in a sentence.
    parameters : mapping of str to Parameter
        By EDLUT's names.
    kind : str
        ``"neuron"``; of input devices ``"spikes"``, ``"currents"``, ``"poisson"`` or ``"sine"``; ``"table"`` for the
        event-driven models, which are not here.
    build : callable
        Returns the library's model; its argument says whether it is to be faithful to EDLUT.
    meanings : mapping of str to Meaning
        What each parameter is there.
    fixed : mapping
        Values that EDLUT does not let one change.
    columns : tuple of Column
        The states of the membrane.
    types : tuple of int
        The types of synapses that it takes.
    voltage : str
        What drives the currents of conductances.
    """

    name: str
    info: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    kind: str = "neuron"
    build: Callable[[bool], NeuronModel] | None = None
    meanings: Mapping[str, Meaning] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    columns: tuple[Column, ...] = ()
    types: tuple[int, ...] = (AMPA, GABA, NMDA, CURRENT)
    voltage: str = "v"
    conductance: tuple[str, Any] = ("nS", nS)  # unit of conductances in recorded states
    current: tuple[str, Any] = ("pA", pA)  # and of currents
    exact_current: Any = pA  # unit in which EDLUT takes currents that it calls pA
    has_faulty_gate: bool = False  # whether EDLUT's NMDA receptors are closed below 0 mV
    difference: float | None = None  # by which EDLUT finds derivatives for BDF, in units of states; a tenth of the step
    iterations: int = 10  # of Newton's method
    longest_step: float = inf  # of explicit methods, in seconds: beyond it the default parameters are unstable

    @property
    def is_neuron(self) -> bool:
        """Whether it integrates something and takes synapses."""
        return self.kind == "neuron"

    @property
    def emits_current(self) -> bool:
        """Whether its synapses are of the type "current"."""
        return self.kind in ("currents", "sine")

    def options(self, method: Method, faithful: bool) -> dict[str, Any]:
        """Return options of an integration method beyond EDLUT's own."""
        if method.scheme != "bdf" or not faithful:
            return {}
        own = "0.1*floor(dt/us + 0.5)/1000" if self.difference is None else repr(self.difference)
        return {
            "iterations": self.iterations,
            "increments": {column.variable: f"{own}*{float(column.unit)!r}" for column in self.columns},
        }

    @property
    def vector_parameters(self) -> tuple[str, ...]:
        """The parameters of which each neuron may have its own value."""
        return tuple(name for name, each in sorted(self.parameters.items()) if each.vector)


def _positive(default: float, unit: str, text: str, vector: bool = False) -> Parameter:
    return Parameter(default, unit, text, vector, lowest=0.0, open=True)


METHOD = Parameter(ModelDescription("Euler", {"step": 0.001}), "", "Integration method")


def _synaptic(exc: float, inh: float, nmda: float, second_: str = "ms", volt_: str = "mV") -> dict[str, Parameter]:
    scale = 1.0 if volt_ == "mV" else 1e-3
    return {
        "e_exc": Parameter(0.0, volt_, "Excitatory reversal potential"),
        "e_inh": Parameter(-80.0 * scale, volt_, "Inhibitory reversal potential"),
        "tau_exc": _positive(exc, second_, "AMPA receptor time constant"),
        "tau_inh": _positive(inh, second_, "GABA receptor time constant"),
        "tau_nmda": _positive(nmda, second_, "NMDA receptor time constant"),
        "int_meth": METHOD,
    }


def _receptors(time: Any, voltage: Any) -> dict[str, Meaning]:
    return {
        "e_exc": Meaning(("E_exc", "E_nmda"), voltage),
        "e_inh": Meaning(("E_inh",), voltage),
        "tau_exc": Meaning(("tau_exc",), time),
        "tau_inh": Meaning(("tau_inh",), time),
        "tau_nmda": Meaning(("tau_nmda",), time),
    }


RECEPTORS = _receptors(ms, mV)
V = Column("V_mV", "v", mV)
LEAK = {
    "c_m": _positive(2.0, "pF", "Membrane capacitance"),
    "e_leak": Parameter(-65.0, "mV", "Resting potential"),
    "g_leak": _positive(0.2, "nS", "Leak conductance"),
    "tau_ref": Parameter(1.0, "ms", "Refractory period", lowest=0.0),
    "v_thr": Parameter(-50.0, "mV", "Threshold potential"),
}
LEAK_MEANINGS = {
    "c_m": Meaning(("C_m",), pF),
    "e_leak": Meaning(("E_L", "V_reset"), mV),
    "g_leak": Meaning(("g_L",), nS),
    "tau_ref": Meaning(("t_ref",), ms),
    "v_thr": Meaning(("V_th",), mV),
}
LIF = Cell(
    "LIFTimeDrivenModel",
    "Leaky integrate-and-fire neuron, integrated in time, with AMPA, GABA and NMDA conductances and input currents",
    {**LEAK, **_synaptic(5.0, 10.0, 20.0)},
    build=lambda faithful: LIF_FRACTIONAL,
    meanings={**LEAK_MEANINGS, **RECEPTORS},
    columns=(V,),
)
LIF_IS = Cell(
    "LIFTimeDrivenModel_IS",
    f"{LIF.info}; parameters in units of the International System",
    {
        "c_m": _positive(2e-12, "F", "Membrane capacitance"),
        "e_leak": Parameter(-0.065, "V", "Resting potential"),
        "g_leak": _positive(2e-10, "S", "Leak conductance"),
        "tau_ref": Parameter(0.001, "s", "Refractory period", lowest=0.0),
        "v_thr": Parameter(-0.05, "V", "Threshold potential"),
        **_synaptic(0.005, 0.01, 0.02, "s", "V"),
    },
    build=lambda faithful: LIF_FRACTIONAL,
    meanings={
        "c_m": Meaning(("C_m",), farad),
        "e_leak": Meaning(("E_L", "V_reset"), volt),
        "g_leak": Meaning(("g_L",), siemens),
        "tau_ref": Meaning(("t_ref",), second),
        "v_thr": Meaning(("V_th",), volt),
        **_receptors(second, volt),
    },
    columns=(Column("V_V", "v", volt),),
)
ALIF = Cell(
    "ALIFTimeDrivenModel",
    "Leaky integrate-and-fire neuron with a threshold that keeps its firing rate",
    {
        **LIF.parameters,
        "tar_fir_rat": _positive(5.0, "Hz", "Target firing rate"),
        "tau_thr": Parameter(0.0, "s", "Time constant of the threshold, 0 for none", lowest=0.0),
    },
    build=lif_adaptive_threshold,
    meanings={
        **LIF.meanings,
        "tar_fir_rat": Meaning(("rate_target",), Hz),
        "tau_thr": Meaning(("tau_th",), second),
    },
    columns=(V,),
)
AFTER_CURRENT: Mapping[str, tuple[Column, ...]] = {
    ALIF.name: (Column("aux_FR", "counter", 1), Column("dyn_thr_mV", "theta", mV)),
    "TimeDrivenInferiorOliveCell": (Column("I_coupling_uA", "I_gap", uA),),
}


def _adex(vector: bool) -> dict[str, Parameter]:
    own = {
        "a": Parameter(1.0, "nS", "Subthreshold adaptation", vector),
        "b": Parameter(9.0, "pA", "Jump of the adaptation at a spike", vector),
        "c_m": _positive(110.0, "pF", "Membrane capacitance", vector),
        "e_leak": Parameter(-65.0, "mV", "Resting potential", vector),
        "e_reset": Parameter(-80.0, "mV", "Reset potential", vector),
        "g_leak": _positive(10.0, "nS", "Leak conductance", vector),
        "tau_w": _positive(50.0, "ms", "Adaptation time constant", vector),
        "thr_slo_fac": _positive(2.0, "mV", "Slope factor of the upstroke", vector),
        "v_thr": Parameter(-50.0, "mV", "Threshold potential", vector),
    }
    return {**own, **_synaptic(5.0, 10.0, 20.0)}


ADEX_MEANINGS = {
    "a": Meaning(("a",), nS),
    "b": Meaning(("b",), pA),
    "c_m": Meaning(("C",), pF),
    "e_leak": Meaning(("E_L",), mV),
    "e_reset": Meaning(("V_r",), mV),
    "g_leak": Meaning(("g_L",), nS),
    "tau_w": Meaning(("tau_w",), ms),
    "thr_slo_fac": Meaning(("Delta_T",), mV),
    "v_thr": Meaning(("V_T",), mV),
    **RECEPTORS,
}
ADEX = Cell(
    "AdExTimeDrivenModel",
    "Adaptive exponential integrate-and-fire neuron (AdEx)",
    _adex(vector=False),
    build=lambda faithful: adex_limited("voltage", faithful),
    meanings=ADEX_MEANINGS,
    fixed={"V_cut": 0 * mV},
    columns=(V, Column("w_pA", "w", pA)),
    voltage="V",
)
ADEX_VECTOR = Cell(
    "AdExTimeDrivenModelVector",
    "Adaptive exponential integrate-and-fire neuron (AdEx) with parameters of each neuron",
    _adex(vector=True),
    build=lambda faithful: adex_limited("exponent", faithful),
    meanings=ADEX_MEANINGS,
    fixed={"V_cut": 0 * mV},
    columns=ADEX.columns,
)
IZHIKEVICH = Cell(
    "IzhikevichTimeDrivenModel",
    "Simple spiking neuron of Izhikevich",
    {
        "a": Parameter(0.1, "dimensionless", "Rate of recovery (per ms)"),
        "b": Parameter(0.23, "dimensionless", "Sensitivity of the recovery to the potential"),
        "c": Parameter(-65.0, "dimensionless", "Reset potential (mV)"),
        "c_m": _positive(100.0, "pF", "Membrane capacitance"),
        "d": Parameter(0.2, "dimensionless", "Jump of the recovery at a spike"),
        **_synaptic(5.0, 10.0, 20.0),
    },
    build=lambda faithful: IZHIKEVICH_STOPPED,
    meanings={
        "a": Meaning(("a",), 1 / ms),
        "b": Meaning(("b",), 1 / ms),
        "c": Meaning(("c",), mV),
        "c_m": Meaning(("C_m",), pF),
        "d": Meaning(("d",), mV / ms),
        **RECEPTORS,
    },
    fixed={"v_peak": 30 * mV},
    columns=(V, Column("u", "u", mV / ms)),
)

HH = Cell(
    "HHTimeDrivenModel",
    "Hodgkin-Huxley neuron with the channels of Traub and Miles; its default parameters want steps of 0.02 ms",
    {
        "c_m": _positive(120.0, "pF", "Membrane capacitance"),
        "e_k": Parameter(-90.0, "mV", "Reversal potential of potassium"),
        "e_leak": Parameter(-65.0, "mV", "Resting potential"),
        "e_na": Parameter(50.0, "mV", "Reversal potential of sodium"),
        "g_kd": Parameter(6000.0, "nS", "Peak conductance of the delayed rectifier", lowest=0.0),
        "g_leak": _positive(10.0, "nS", "Leak conductance"),
        "g_na": Parameter(20000.0, "nS", "Peak conductance of sodium", lowest=0.0),
        "v_thr": Parameter(-52.0, "mV", "Shift of the rates, which sets the threshold"),
        **_synaptic(5.0, 10.0, 20.0),
    },
    build=hodgkin_huxley_clipped,
    meanings={
        "c_m": Meaning(("C_m",), pF),
        "e_k": Meaning(("E_K",), mV),
        "e_leak": Meaning(("E_L",), mV),
        "e_na": Meaning(("E_Na",), mV),
        "g_kd": Meaning(("g_K",), nS),
        "g_leak": Meaning(("g_L",), nS),
        "g_na": Meaning(("g_Na",), nS),
        "v_thr": Meaning(("V_T",), mV),
        **RECEPTORS,
    },
    fixed={"V_th": -30 * mV},
    columns=(V, *(Column(name, name, 1) for name in ("m", "h", "n"))),
    longest_step=5e-5,
)
_DRAWN = {
    "e_leak": Parameter(-70.0, "mV", "Resting potential"),
    "tau_ref": _positive(1.35, "ms", "Length of the drawn spike"),
}
_DRAWN_MEANINGS = {"tau_ref": Meaning(("t_ref",), ms), "v_thr": Meaning(("V_th",), mV), **RECEPTORS}
OLIVE = Cell(
    "TimeDrivenInferiorOliveCell",
    "Neuron of the inferior olive with gap junctions",
    {
        **_DRAWN,
        "area": _positive(1e-5, "cm^2", "Area of the membrane"),
        "c_m": _positive(1.0, "uF/cm^2", "Membrane capacitance"),
        "g_leak": _positive(0.015, "mS/cm^2", "Leak conductance"),
        "v_thr": Parameter(-50.0, "mV", "Threshold potential"),
        **_synaptic(1.0, 2.0, 20.0),
    },
    build=inferior_olive,
    meanings={
        **_DRAWN_MEANINGS,
        "area": Meaning(("area",), cm**2),
        "c_m": Meaning(("C_m",), ufarad / cm**2),
        "e_leak": Meaning(("E_L", "V_reset"), mV),
        "g_leak": Meaning(("g_L",), msiemens / cm**2),
    },
    fixed=olive_parameters.EDLUT,
    columns=(V,),
    types=(AMPA, GABA, NMDA, CURRENT, GAP),
    conductance=("mS", msiemens),
    current=("uA", uA),
    exact_current=uA,
    has_faulty_gate=True,
)
PURKINJE = Cell(
    "TimeDrivenPurkinjeCell",
    "Purkinje cell with a calcium and an M current",
    {**_DRAWN, "v_thr": Parameter(-35.0, "mV", "Threshold potential"), **_synaptic(1.0, 2.0, 20.0)},
    build=purkinje,
    meanings={**_DRAWN_MEANINGS, "e_leak": Meaning(("V_reset",), mV)},
    fixed=purkinje_parameters.EDLUT,
    columns=(V, Column("Ca_gate", "c", 1), Column("M_gate", "m", 1)),
)
PURKINJE_IP = Cell(
    "TimeDrivenPurkinjeCell_IP",
    "Purkinje cell with a calcium and an M current, and intrinsic plasticity",
    {
        **PURKINJE.parameters,
        "ep_c_m": Parameter(0.0475, "uF*ms/cm^2", "Growth of the capacitance by a spike", lowest=0.0),
    },
    build=purkinje_plastic,
    meanings={**PURKINJE.meanings, "ep_c_m": Meaning(("jump_C",), ufarad * ms / cm**2)},
    fixed=purkinje_parameters.EDLUT_PLASTIC,
    columns=(*PURKINJE.columns, Column("c_m_uF_cm2", "C_m", ufarad / cm**2)),
)
# in EDLUT's order: its names of the gates, and ours
GATES = {
    "xNa_f": "x_Naf", "yNa_f": "y_Naf", "xNa_r": "x_Nar", "yNa_r": "y_Nar", "xNa_p": "x_Nap", "xK_V": "x_KV",
    "xK_A": "x_KA", "yK_A": "y_KA", "xK_IR": "x_KIR", "xK_Ca": "x_KCa", "xCa": "x_Ca", "yCa": "y_Ca", "xK_sl": "x_Ks",
}  # fmt: skip
GRANULE = Cell(
    "EgidioGranuleCell_TimeDriven",
    "Granule cell of the cerebellum with 15 differential equations; integrate it with BDF",
    {"int_meth": METHOD},
    build=granule_cell,
    fixed={
        **granule_parameters.DANGELO, "E_exc": 0 * mV, "E_nmda": 0 * mV, "E_inh": -80 * mV,
        "tau_exc": 0.5 * ms, "tau_inh": 10 * ms, "tau_nmda": 15 * ms,
    },
    columns=(V, *(Column(*names, 1) for names in GATES.items()), Column("Ca", "Ca", mmolar)),
    difference=1e-5,
    iterations=5,
    longest_step=1e-7,
)  # fmt: skip

INPUT_CURRENT = Cell("InputCurrentNeuronModel", "Input that sends currents (pA) it is given", kind="currents", types=())
INPUT_SPIKE = Cell("InputSpikeNeuronModel", "Input that sends spikes it is given", kind="spikes", types=())
POISSON = Cell(
    "PoissonGeneratorDeviceVector",
    "Source of random spikes with a generator of its own, at most one spike in 0.1 ms",
    {"frequency": Parameter(10.0, "Hz", "Mean rate", vector=True, lowest=0.0)},
    kind="poisson",
    build=lambda faithful: POISSON_SEEDED,
    meanings={"frequency": Meaning(("rate",), Hz)},
    types=(),
)
SINE = Cell(
    "SinCurrentDeviceVector",
    "Source of sinusoidal current (pA), which changes every millisecond",
    {
        "amplitude": Parameter(200.0, "pA", "Amplitude of the sine", vector=True),
        "frequency": Parameter(1.0, "Hz", "Frequency of the sine", vector=True, lowest=0.0),
        "offset": Parameter(200.0, "pA", "Mean current", vector=True),
        "phase": Parameter(0.0, "rad", "Phase of the sine", vector=True),
    },
    kind="sine",
    build=lambda faithful: SINE_CURRENT,
    meanings={
        "amplitude": Meaning(("amplitude",), pA),
        "frequency": Meaning(("frequency",), Hz),
        "offset": Meaning(("offset",), pA),
        "phase": Meaning(("phase",), 1),
    },
    types=(),
)
FILES = {
    "conf_filename": Parameter("FILE.cfg", "", "Configuration file"),
    "tab_filename": Parameter("FILE.dat", "", "File of tables"),
}


def _tables(name: str) -> Cell:
    return Cell(
        name,
        "Event-driven neuron whose course is read from tables; it is not here, take the time-driven model instead",
        FILES,
        kind="table",
    )


TABLES = (
    "CompressSynchronousTableBasedModel", "CompressTableBasedModel", "SynchronousTableBasedModel", "TableBasedModel",
)  # fmt: skip
CELLS: Mapping[str, Cell] = {
    cell.name: cell
    for cell in (
        INPUT_CURRENT, INPUT_SPIKE, POISSON, SINE, ADEX, ADEX_VECTOR, GRANULE, HH, IZHIKEVICH, LIF, ALIF, LIF_IS, OLIVE,
        PURKINJE, PURKINJE_IP, *map(_tables, TABLES),
    )
}  # fmt: skip
