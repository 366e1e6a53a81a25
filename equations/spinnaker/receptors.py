"""Synapses of a SpiNNaker core: a ring buffer's cell, shaped by an exponential, an alpha function, or nothing.

Source: sPyNNaker's C sources, synapse_types_exponential_impl.h, synapse_types_alpha_impl.h, synapse_types_delta_impl.h and
the ring buffers of synapses.c (October 2023).
Deviation: a cell saturates when it is read, not at each spike, which gives the same number.

Spikes add raw weights, unsigned 16-bit integers of scale ``2^(shift - 15)``, to ``input_{name}``, which is the ring buffer's
cell of the next step: a delay of *d* steps on the chip is *d - 1* steps in Brian2. What the chip records holds what has come for
a step, before the step; so do the values in nA and uS here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from brianhw.arithmetic import s1615
from brianhw.equations.spinnaker.constants import alpha_slope, decay_per_step, given, mean_over_step, steps_per_ms
from brianhw.equations.spinnaker.parts import ChipBlock, Constant
from brianhw.model import Feed
from brianhw.model.lines import joined, trimmed

__all__ = ["ChipReceptor", "alpha_current", "delta_current", "exponential_conductance", "exponential_current"]

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
    """Return an input of one step; a weight is the change of the potential in mV that it makes."""
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
    """Return a current that rises and falls as an alpha function, a product of a line and an exponential."""
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
