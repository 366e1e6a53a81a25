"""The leaky integrate-and-fire neuron with a threshold that keeps its firing rate (ALIF).

Source: EDLUT (branch head 74220e7, 2023, ALIFTimeDrivenModel). The membrane is that of
:mod:`brianhw.equations.lif_fractional`. The threshold lies ``theta`` above the leak potential. A spike raises it by
``0.396 mV/(tau_th*rate_target)``, and it decays with ``tau_th`` in between: it is in balance where the neuron fires as often as
it should. An infinite ``tau_th`` holds it where it is.

Deviation: none. ``lif_adaptive_threshold(faithful=True)`` decays as EDLUT does, once whenever a counter of 1 ms has run out and
by one step only, so that the decay depends on the step: it is half as fast at 1 ms.

Ports: ``I_syn`` is the synaptic current (positive depolarises), ``I_syn_slope`` its derivative by ``v``.
"""

from __future__ import annotations

from dataclasses import replace

from brianhw.equations.lif_fractional import LIF_FRACTIONAL
from brianhw.model import NeuronModel

__all__ = ["lif_adaptive_threshold"]

DECAY = "theta *= exp(-dt/tau_th)"
# x - y in single precision, after Dekker 1971, Numer. Math. 18:224: whether the counter ends below zero hangs on rounding
COUNTED_DECAY = """
_left = counter - floor(dt/us + 0.5)/1000.
_left = 536870913.*_left - (536870913.*_left - _left)
_runs_out = int(_left < 0)
theta *= 1 + _runs_out*(exp(-dt/tau_th) - 1)
counter = _runs_out + (1 - _runs_out)*_left
"""


def lif_adaptive_threshold(faithful: bool = False) -> NeuronModel:
    """Return the neuron; *faithful* has the threshold decay as EDLUT's does.

    Examples
    --------
    >>> from brian2 import Hz, NeuronGroup, ms, mV, nA, run, second
    >>> from brianhw.equations import lif_adaptive_threshold
    >>> from brianhw.parameters import lif
    >>> cell = lif_adaptive_threshold()
    >>> group = NeuronGroup(1, **cell, dt=0.5*ms)
    >>> cell.set(group, lif.PYNN_DEFAULTS, I_ext=5*nA, tau_th=1*second, rate_target=1*Hz)
    >>> run(5*ms)
    >>> print((group.theta/mV).round(3))  # 15*exp(-5/1000) + 0.396, by one spike
    [15.321]
    """
    adaptive = """
    theta : volt                                 # threshold above E_L
    tau_th : second (constant)                   # time constant of the threshold
    rate_target : Hz (constant)                  # rate at which the threshold is in balance
    """
    counter = "counter : 1                       # ms until the threshold decays by a step" if faithful else ""
    return replace(
        LIF_FRACTIONAL,
        name="LIF with adaptive threshold",
        source=f"EDLUT (branch head 74220e7, 2023); {LIF_FRACTIONAL.source}",
        equations=LIF_FRACTIONAL.equations + adaptive + counter,
        positive=(*LIF_FRACTIONAL.positive, "tau_th", "rate_target"),
        after=f"since += dt\n{COUNTED_DECAY if faithful else DECAY}",
        threshold="v > E_L + theta",
        reset="""
        v = V_reset
        since = 0*second
        theta += 0.396*mV/(tau_th*rate_target)
        """,
        initial={**LIF_FRACTIONAL.initial, "theta": "V_th - E_L", **({"counter": "1"} if faithful else {})},
        optional=(*LIF_FRACTIONAL.optional, "theta", *(("counter",) if faithful else ())),
    )
