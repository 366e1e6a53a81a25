"""Neurons of a SpiNNaker core in the chip's arithmetic: leaky integrate-and-fire, Izhikevich's, and calcium adaptation.

Source: sPyNNaker's C sources, neuron_model_lif_impl.h, neuron_model_izh_impl.h and additional_input_ca2_adaptive_impl.h (October 2023), threshold_type_maass_stochastic.h
(2020, where the exponent is negative; in later ones its sign was lost);
Stewart & Bair 2009, J. Comput. Neurosci. 27:115 (Izhikevich's neuron by the midpoint method); Hopkins & Furber 2015,
Neural Comput. 27:2148 (its rearrangement for fixed point).
Deviation: none; the compiler of the chip's software groups one product of three as ``(h*a)*x``, and so does this.
"""

from __future__ import annotations

from functools import partial

from brianhw.arithmetic import s1615
from brianhw.equations.spinnaker.constants import (
    exponential_factor,
    first_step,
    given,
    inverse,
    minus_tenth_of_step,
    refractory_steps,
    resistance,
    step_length,
)
from brianhw.equations.spinnaker.parts import ChipBlock, ChipNeuron
from brianhw.model import Feed

__all__ = ["CALCIUM_ADAPTATION", "IZHIKEVICH", "LIF", "STOCHASTIC_LIF"]

SOURCE = "sPyNNaker, C sources of October 2023"
FUNCTIONS = s1615.functions()
PORTS = {"I_raw": "integer", "I_inj": "amp"}
MEMBRANE = """
v_raw : integer                          # S16.15, mV
v = v_raw*mV/32768 : volt
v_thresh_raw : integer (constant)        # S16.15, mV
i_offset_raw : integer (constant)        # S16.15, nA
injected = round_to_s1615(I_inj/nA) : integer
"""

MEMBRANE_UNITS = {"v": "mV", "v_thresh": "mV", "i_offset": "nA"}
MEMBRANE_CONSTANTS = {
    "v_thresh_raw": partial(given, name="v_thresh"),
    "i_offset_raw": partial(given, name="i_offset"),
}

FIXED_THRESHOLD = "fires = v_raw >= v_thresh_raw"


def _leaky(name: str, threshold: str = FIXED_THRESHOLD) -> ChipNeuron:
    """Return a leaky integrate-and-fire neuron with these statements that say whether it ``fires``."""
    return ChipNeuron(
        name=name,
        source=SOURCE,
        ports=PORTS,
        equations=f"""
        {MEMBRANE}
        v_rest_raw : integer (constant)          # S16.15, mV
        v_reset_raw : integer (constant)         # S16.15, mV
        resistance : integer (constant)          # S16.15, MOhm
        exp_TC : integer (constant)              # S16.15: exp(-step/tau_m)
        refractory_steps : integer (constant)
        refract : integer                        # steps left in which the potential is held
        """,
        advance=f"""
        integrates = refract <= 0
        steady = multiply(I_raw + i_offset_raw + injected, resistance) + v_rest_raw
        v_raw = select(integrates, steady - multiply(exp_TC, steady - v_raw), v_raw)
        refract = refract - int(not integrates)
        {threshold}
        v_raw = select(fires, v_reset_raw, v_raw)
        refract = select(fires, refractory_steps, refract)
        """,
        units={
            **MEMBRANE_UNITS,
            "tau_m": "ms",
            "cm": "nF",
            "v_rest": "mV",
            "v_reset": "mV",
            "tau_refrac": "ms",
        },
        constants={
            **MEMBRANE_CONSTANTS,
            "v_rest_raw": partial(given, name="v_rest"),
            "v_reset_raw": partial(given, name="v_reset"),
            "resistance": resistance,
            "exp_TC": partial(exponential_factor, tau="tau_m"),
            "refractory_steps": refractory_steps,
        },
        states={"v": "v_raw"},
        namespace=FUNCTIONS,
    )


LIF = _leaky("SpiNNaker leaky integrate-and-fire neuron")

# In a step of h ms a neuron fires with the chance 0.8*(1 - exp(-h/10*exp((v - v_thresh)/du_th)/tau_th)); beyond five
# du_th above the threshold with 0.8. It can fire while it is refractory, as on the chip.
STOCHASTIC_LIF = _leaky(
    "SpiNNaker leaky integrate-and-fire neuron with a stochastic threshold",
    """above = multiply(v_raw - v_thresh_raw, inverse_du)
        hazard = multiply(exponential(smaller(above, 163840)), inverse_tau)
        chance = select(above < 163840, multiply(32768 - exponential(multiply(hazard, minus_tenth)), 26214), 26214)
        drawn = int(65536*rand())
        fires = 2*chance >= drawn""",
) + ChipBlock(
    name="SpiNNaker stochastic threshold",
    source=f"{SOURCE}; Habenschuss, Jonke & Maass 2013, PLoS Comput. Biol. 9:e1003311",
    equations="""
    inverse_du : integer (constant)          # S16.15, 1/mV: how steeply the hazard rises
    inverse_tau : integer (constant)         # S16.15, 1/ms: the hazard at the threshold
    minus_tenth : integer (constant)         # S16.15: minus a tenth of the step in ms
    """,
    units={"du_th": "mV", "tau_th": "ms"},
    constants={
        "inverse_du": partial(inverse, name="du_th"),
        "inverse_tau": partial(inverse, name="tau_th"),
        "minus_tenth": minus_tenth_of_step,
    },
    namespace=FUNCTIONS,
)

IZHIKEVICH = ChipNeuron(
    name="SpiNNaker Izhikevich neuron",
    source=SOURCE,
    ports=PORTS,
    equations=f"""
    {MEMBRANE}
    u_raw : integer                          # S16.15, recovery
    u = u_raw/32768 : 1
    a_raw : integer (constant)               # S16.15
    b_raw : integer (constant)               # S16.15
    c_raw : integer (constant)               # S16.15, mV
    d_raw : integer (constant)               # S16.15
    step_raw : integer (constant)            # S16.15, ms
    first_raw : integer (constant)           # S16.15, ms: the first step, whole also where steps have parts
    next_step : integer                      # S16.15, ms: longer after a spike
    started : boolean
    """,
    advance="""
    next_step = select(started, next_step, first_raw)
    started = True
    pull = 4587520 + I_raw + i_offset_raw + injected - u_raw
    slope = pull + multiply(163840 + multiply(1311, v_raw), v_raw)
    middle = v_raw + multiply(multiply(next_step, slope), 16384)
    pace = multiply(next_step, a_raw)
    bend = multiply(multiply(pace, multiply(b_raw, v_raw) - u_raw), 16384)
    v_raw = v_raw + multiply(next_step, pull - bend + multiply(163840 + multiply(1311, middle), middle))
    u_raw = u_raw + multiply(pace, multiply(b_raw, middle) - u_raw - bend)
    fires = v_raw >= v_thresh_raw
    v_raw = select(fires, c_raw, v_raw)
    u_raw = u_raw + select(fires, d_raw, 0)
    next_step = select(fires, multiply(step_raw, 60620), step_raw)
    """,
    units={**MEMBRANE_UNITS, "u": "1", "a": "1", "b": "1", "c": "mV", "d": "1"},
    constants={
        **MEMBRANE_CONSTANTS,
        "a_raw": partial(given, name="a"),
        "b_raw": partial(given, name="b"),
        "c_raw": partial(given, name="c"),
        "d_raw": partial(given, name="d"),
        "step_raw": step_length,
        "first_raw": first_step,
    },
    states={"v": "v_raw", "u": "u_raw"},
    namespace=FUNCTIONS,
)

CALCIUM_ADAPTATION = ChipBlock(
    name="SpiNNaker calcium adaptation",
    source=SOURCE,
    equations="""
    i_ca2_raw : integer                      # S16.15, nA
    i_ca2 = i_ca2_raw*nA/32768 : amp
    i_alpha_raw : integer (constant)         # S16.15, nA: what a spike adds
    exp_ca2 : integer (constant)             # S16.15: exp(-step/tau_ca2)
    """,
    feeds=(Feed("I_raw", "i_ca2_raw", "-"),),
    before="i_ca2_raw = multiply(i_ca2_raw, exp_ca2)",
    spike="i_ca2_raw = i_ca2_raw + select(fires, i_alpha_raw, 0)",
    units={"i_ca2": "nA", "i_alpha": "nA", "tau_ca2": "ms"},
    constants={
        "i_alpha_raw": partial(given, name="i_alpha"),
        "exp_ca2": partial(exponential_factor, tau="tau_ca2"),
    },
    states={"i_ca2": "i_ca2_raw"},
    namespace=FUNCTIONS,
)
