"""Synapses of a SpiNNaker core: a ring buffer's cell, shaped by an exponential, an alpha function, or nothing.

Source: sPyNNaker's C sources, synapse_types_exponential_impl.h, synapse_types_alpha_impl.h, synapse_types_delta_impl.h, synapse_types_semd_impl.h and
the ring buffers of synapses.c (October 2023).
Deviation: a cell saturates when it is read, not at each spike, which gives the same number.

Spikes add raw weights, unsigned 16-bit integers of scale ``2^(shift - 15)``, to ``input_{name}``, which is the ring buffer's
cell of the next step: a delay of *d* steps on the chip is *d - 1* steps in Brian2. What the chip records holds what has come for
a step, before the step; so do the values in nA and uS here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from brianhw.arithmetic import s1615
from brianhw.equations.spinnaker.constants import alpha_slope, decay_per_step, given, mean_over_step, steps_per_ms
from brianhw.equations.spinnaker.parts import ChipBlock, Constant
from brianhw.model import Feed
from brianhw.model.lines import joined, trimmed

__all__ = [
    "ChipReceptor",
    "alpha_current",
    "delta_current",
    "exponential_conductance",
    "exponential_current",
    "motion_detector",
]

SOURCE = "sPyNNaker, C sources of October 2023"
CONDUCTANCE_BITS = 10  # conductances are stored 1024 times larger
FUNCTIONS = s1615.functions()


@dataclass(frozen=True, eq=False)
class ChipReceptor(ChipBlock):
    """A receptor in the chip's arithmetic.

    ``entry`` is the variable that takes raw weights, ``raw`` the S16.15 number that the chip records, and ``response`` the
    same in SI units.
    """

    entry: str = ""
    raw: str = ""
    response: str = ""


def exponential_current(name: str, sign: str = "+", tau: str = "") -> ChipReceptor:
    """Return a current that decays with the physical parameter *tau* (``tau_{name}``).

    ``sign`` is that of its effect; weights are positive.

    Examples
    --------
    >>> from brian2 import NeuronGroup, ms, mV, nA, nF
    >>> from brianhw.equations.spinnaker import LIF, exponential_current
    >>> cell = LIF + exponential_current("exc") + exponential_current("inh", "-")
    >>> group = NeuronGroup(1, **cell, dt=1*ms)
    >>> membrane = {"tau_m": 20*ms, "cm": 1*nF, "v_rest": -65*mV, "v_reset": -65*mV, "v_thresh": -50*mV}
    >>> taus = {"tau_refrac": 2*ms, "tau_exc": 5*ms, "tau_inh": 5*ms}
    >>> cell.set(group, membrane, taus, i_offset=0*nA, v=-65*mV, shift_exc=5, shift_inh=5)
    >>> group.input_exc = 1024  # a raw weight of 2**(5 - 15)*1024 = 1 nA has come
    >>> print((group.I_exc/nA).round(4))  # its mean over the step, 5*(1 - exp(-1/5))
    [0.9062]
    """
    return _receptor(
        f"exponential current {name}",
        name,
        f"""{_decaying(name, "nA")}
        syn_{name}_now = syn_{name} + decay(arrived_{name}, init_{name}) : integer
        """,
        Feed("I_raw", f"syn_{name}", sign),
        arrive=f"syn_{name} = syn_{name}_now",
        after=f"syn_{name} = decay(syn_{name}, decay_{name})",
        units={tau or f"tau_{name}": "ms"},
        constants=_decay_constants(name, tau or f"tau_{name}"),
    )


def exponential_conductance(name: str, sign: str = "+", tau: str = "", reversal: str = "") -> ChipReceptor:
    """Return a conductance that decays with the physical parameter *tau* and pulls to *reversal* (``e_rev_{name}``).

    ``sign`` says as which of the two it is computed: an inhibitory product is rounded the other way.

    Examples
    --------
    >>> from brian2 import NeuronGroup, ms, mV, nA, nF, uS
    >>> from brianhw.equations.spinnaker import LIF, exponential_conductance
    >>> cell = LIF + exponential_conductance("exc")
    >>> group = NeuronGroup(1, **cell, dt=1*ms)
    >>> membrane = {"tau_m": 20*ms, "cm": 1*nF, "v_rest": -65*mV, "v_reset": -65*mV, "v_thresh": -50*mV}
    >>> cell.set(group, membrane, tau_refrac=2*ms, i_offset=0*nA, tau_exc=5*ms, e_rev_exc=0*mV, shift_exc=10)
    >>> group.input_exc = 1024  # a raw weight of 2**(10 - 15)*1024/1024 = 0.03125 uS has come
    >>> print((group.g_exc/uS).round(5))  # its mean over the step, 0.03125*5*(1 - exp(-1/5))
    [0.02832]
    """
    tau, reversal = tau or f"tau_{name}", reversal or f"e_rev_{name}"
    minus = "" if sign == "+" else "-"
    return _receptor(
        f"exponential conductance {name}",
        name,
        f"""{_decaying(name, "1024 times the conductance in uS")}
        e_rev_{name} : integer (constant)        # S16.15, mV
        syn_{name}_full = syn_{name} + decay(arrived_{name}, init_{name}) : integer
        syn_{name}_now = shift_right(syn_{name}_full, {CONDUCTANCE_BITS}) : integer
        """,
        Feed("I_raw", f"multiply({minus}shift_right(syn_{name}, {CONDUCTANCE_BITS}), e_rev_{name} - v_raw)", sign),
        arrive=f"syn_{name} = syn_{name}_full",
        after=f"syn_{name} = decay(syn_{name}, decay_{name})",
        units={tau: "ms", reversal: "mV"},
        constants={**_decay_constants(name, tau), f"e_rev_{name}": partial(given, name=reversal)},
        response=f"g_{name} = syn_{name}_now*uS/32768 : siemens",
    )


def delta_current(name: str, sign: str = "+") -> ChipReceptor:
    """Return an input of one step; a weight is the change of the potential in mV that it makes.

    Examples
    --------
    >>> from brian2 import NeuronGroup, ms, mV, nA, nF, run
    >>> from brianhw.equations.spinnaker import LIF, delta_current
    >>> cell = LIF + delta_current("exc")
    >>> group = NeuronGroup(1, **cell, dt=1*ms)
    >>> membrane = {"tau_m": 20*ms, "cm": 1*nF, "v_rest": -65*mV, "v_reset": -65*mV, "v_thresh": -50*mV}
    >>> cell.set(group, membrane, tau_refrac=2*ms, i_offset=0*nA, v=-65*mV, shift_exc=5)
    >>> group.input_exc = 2048  # 2**(5 - 15)*2048 = 2 mV
    >>> run(1*ms)
    >>> print((group.v/mV).round(3))  # held for the step on 1 nF, and leaking: -65 + 2*20*(1 - exp(-1/20))
    [-63.049]
    """
    return _receptor(
        f"delta input {name}",
        name,
        f"""
        syn_{name} : integer                     # S16.15
        scale_{name} : integer (constant)        # S16.15: steps per ms
        syn_{name}_now = syn_{name} + arrived_{name} : integer
        """,
        Feed("I_raw", f"multiply(syn_{name}, scale_{name})", sign),
        arrive=f"syn_{name} = syn_{name}_now",
        after=f"syn_{name} = 0",
        units={},
        constants={f"scale_{name}": steps_per_ms},
    )


def alpha_current(name: str, sign: str = "+", tau: str = "") -> ChipReceptor:
    """Return a current that rises and falls as an alpha function, a product of a line and an exponential.

    Examples
    --------
    >>> from brian2 import NeuronGroup, ms, mV, nA, nF, run
    >>> from brianhw.equations.spinnaker import LIF, alpha_current
    >>> cell = LIF + alpha_current("exc")
    >>> group = NeuronGroup(1, **cell, dt=1*ms)
    >>> membrane = {"tau_m": 20*ms, "cm": 1*nF, "v_rest": -65*mV, "v_reset": -65*mV, "v_thresh": -50*mV}
    >>> cell.set(group, membrane, tau_refrac=2*ms, i_offset=0*nA, v=-65*mV, tau_exc=5*ms, shift_exc=5)
    >>> group.input_exc = 1024  # 1 nA
    >>> run(5*ms)
    >>> print((group.I_exc/nA).round(4))  # near its peak, 1/5*exp(-1): it brings 1 nA*ms
    [0.0735]
    """
    tau = tau or f"tau_{name}"
    return _receptor(
        f"alpha current {name}",
        name,
        f"""
        last_{name} : integer                    # S16.15: the last input
        linear_{name} : integer                  # S16.15: the line
        exponential_{name} : integer             # S16.15: the exponential
        slope_{name} : integer (constant)        # S16.15: step/tau**2, without its whole part
        decay_{name} : integer (constant)        # U0.32: exponential after one step
        has_{name} = arrived_{name} > 0 : boolean
        higher_{name} = decay(exponential_{name}, decay_{name}) + 32768 : integer
        exponential_{name}_now = select(has_{name}, higher_{name}, exponential_{name}) : integer
        raised_{name} = linear_{name} + multiply(arrived_{name}, slope_{name}) : integer
        longer_{name} = multiply(raised_{name}, 32768 - reciprocal(higher_{name})) : integer
        linear_{name}_now = select(has_{name}, longer_{name}, linear_{name}) : integer
        rise_{name} = multiply(last_{name}, slope_{name}) : integer
        kept_{name} = multiply(linear_{name} + rise_{name}, 32768 - reciprocal(higher_{name})) : integer
        syn_{name}_now = multiply(linear_{name}_now, exponential_{name}_now) : integer
        """,
        Feed("I_raw", f"multiply(linear_{name}, exponential_{name})", sign),
        arrive=f"""
        last_{name} = select(has_{name}, arrived_{name}, last_{name})
        linear_{name} = select(has_{name}, kept_{name}, linear_{name})
        exponential_{name} = select(has_{name}, higher_{name}, exponential_{name})
        """,
        after=f"""
        linear_{name} = linear_{name} + rise_{name}
        exponential_{name} = decay(exponential_{name}, decay_{name})
        """,
        units={tau: "ms"},
        constants={
            f"slope_{name}": partial(alpha_slope, tau=tau),
            f"decay_{name}": partial(decay_per_step, tau=tau),
        },
    )


def motion_detector(exc: ChipReceptor, exc2: ChipReceptor) -> tuple[ChipBlock, ...]:
    """Return two excitatory currents of which the second acts, by what the first was when it began: the sEMD.

    While ``exc2`` is above 0.001 nA, the current is its product with ``exc`` at its beginning and ``scaling_factor``, all
    counted in nA; the first alone does nothing (Milde et al. 2018, Neural Comput. 30:2384: an elementary motion detector).

    Examples
    --------
    >>> from brianhw.equations.spinnaker import LIF, exponential_current, motion_detector
    >>> first, second, detector = motion_detector(exponential_current("exc"), exponential_current("exc2"))
    >>> cell = LIF + first + second + detector
    >>> print([feed.expression for feed in cell.feeds])  # the second input times what the first was
    ['multiply(multiply(syn_exc2, multiplicator), scaling_raw)']
    """
    least = 32  # of S16.15: 0.001
    begins = "select(multiplicator == 0 and exc2_old == 0, {first}, multiplicator)"
    gain = f"select({{second}} < {least}, 0, {begins})"
    now = gain.format(first=f"syn_{exc.entry[6:]}_now", second=f"syn_{exc2.entry[6:]}_now")
    first, second = (f"syn_{receptor.entry[6:]}" for receptor in (exc, exc2))
    product = "multiply(multiply({second}, {gain}), scaling_raw)"
    detector = ChipBlock(
        name="SpiNNaker elementary motion detector",
        source=SOURCE,
        equations=f"""
        multiplicator : integer                  # S16.15: the first input, when the second began
        exc2_old : integer                       # S16.15: the second input, a step ago
        scaling_raw : integer (constant)         # S16.15
        multiplicator_now = {now} : integer
        syn_semd_now = {product.format(second=f"{second}_now", gain="multiplicator_now")} : integer
        I_semd = syn_semd_now*nA/32768 : amp
        """,
        feeds=(Feed("I_raw", product.format(second=second, gain="multiplicator")),),
        before=f"multiplicator = {gain.format(first=first, second=second)}\nexc2_old = {second}",
        units={"scaling_factor": "1"},
        constants={"scaling_raw": partial(given, name="scaling_factor")},
        namespace=FUNCTIONS,
    )
    return replace(exc, feeds=()), replace(exc2, feeds=()), detector


# -- what they share --------------------------------------------------------------------------------


def _receptor(
    title: str,
    name: str,
    equations: str,
    feed: Feed,
    *,
    arrive: str,
    after: str,
    units: Mapping[str, str],
    constants: Mapping[str, Constant],
    response: str = "",
) -> ChipReceptor:
    """Return a receptor with a ring buffer's cell before these equations, and a view in SI units behind them."""
    cell = f"""
    input_{name} : integer                   # raw weights that have come for this step
    saturated_{name} : integer               # steps in which they were too many
    shift_{name} : integer (constant)        # bits between a raw weight and S16.15
    arrived_{name} = ring_buffer(input_{name}, shift_{name}) : integer
    """
    taken = f"""
    saturated_{name} = saturated_{name} + int(input_{name} > 65535)
    input_{name} = 0
    """
    response = response or f"I_{name} = syn_{name}_now*nA/32768 : amp"
    return ChipReceptor(
        name=f"SpiNNaker {title}",
        source=SOURCE,
        equations=joined(*map(trimmed, (cell, equations, response))),
        feeds=(feed,),
        arrive=joined(*map(trimmed, (arrive, taken))),
        after=after,
        namespace=FUNCTIONS,
        units=units,
        constants=constants,
        entry=f"input_{name}",
        raw=f"syn_{name}_now",
        response=response.split()[0],
    )


def _decaying(name: str, meaning: str) -> str:
    return f"""
        syn_{name} : integer                     # S16.15, {meaning}
        init_{name} : integer (constant)         # U0.32: mean of the exponential over one step
        decay_{name} : integer (constant)        # U0.32: exponential after one step"""


def _decay_constants(name: str, tau: str) -> dict[str, Constant]:
    return {f"init_{name}": partial(mean_over_step, tau=tau), f"decay_{name}": partial(decay_per_step, tau=tau)}
