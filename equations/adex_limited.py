"""The adaptive exponential integrate-and-fire neuron whose upstroke is limited (AdEx), for steps of a millisecond.

Source: Brette & Gerstner 2005, J. Neurophysiol. 94:3637, eqs. 1-3; the limits are those of EDLUT (branch head 74220e7, 2023,
AdExTimeDrivenModel and AdExTimeDrivenModelVector).

Deviation: in the slope of ``v``, also in synaptic currents, ``v`` counts as no more than ``V_T + 6*Delta_T``, and both
slopes are zero beyond ``V_cut``: within the step that crosses the cut nothing runs away, and the upstroke is slower than that of
:mod:`brianhw.equations.adex`. ``adex_limited(limit="exponent")`` limits the exponent alone, to 20, as the vector variant
of EDLUT does. There is no refractory period.

Ports: ``I_syn`` is the synaptic current (positive depolarises), ``I_syn_slope`` its derivative by ``v``; receptors of the neuron
with the limited potential take their voltage from ``V`` (``exponential_conductance("exc", voltage="V")``).
"""

from __future__ import annotations

from brianhw.equations.grids import on_grid
from brianhw.errors import ModelError
from brianhw.integration import NearSpike
from brianhw.model import NeuronModel

__all__ = ["adex_limited"]

LIMITS = {"voltage": "clip(v, -1*volt, V_T + 6*Delta_T)", "exponent": "v"}


def adex_limited(limit: str = "voltage", faithful: bool = False) -> NeuronModel:
    """Return the neuron.

    Parameters
    ----------
    limit : str
        What is limited: the ``"voltage"`` in the slope of ``v``, or the ``"exponent"``.
    faithful : bool
        Whether the exponential is taken from EDLUT's table of 16384 points on [-20, 20], which errs by up to 0.25 %.

    Raises
    ------
    ModelError
        If *limit* is neither.

    Examples
    --------
    >>> from brian2 import NeuronGroup, SpikeMonitor, ms, nA, run
    >>> from brianhw.equations import adex_limited
    >>> from brianhw.parameters import adex
    >>> group = NeuronGroup(1, **adex_limited(), dt=1*ms)
    >>> adex_limited().set(group, adex.BRETTE_GERSTNER, I_ext=1*nA)
    >>> spikes = SpikeMonitor(group)
    >>> run(50*ms)
    >>> print(spikes.t/ms)  # intervals grow: it adapts
    [12. 27. 44.]
    >>> adex_limited(limit="slope")
    Traceback (most recent call last):
        ...
    brianhw.errors.ModelError: The AdEx neuron can limit its voltage or exponent, not 'slope'.
    """
    if limit not in LIMITS:
        raise ModelError(f"The AdEx neuron can limit its {' or '.join(LIMITS)}, not {limit!r}.")
    exponent = "((V - V_T)/Delta_T)"
    if faithful:
        exponential = f"int({exponent} >= -20)*exp({on_grid(exponent, '-20', '20', 16384)})"
    else:
        exponential = f"exp(clip({exponent}, -200, 20))"
    return NeuronModel(
        name="AdEx, limited",
        source="Brette & Gerstner 2005, J. Neurophysiol. 94:3637; EDLUT (branch head 74220e7, 2023)",
        ports={"I_syn": "amp", "I_syn_slope": "siemens"},
        equations=f"""
        dv/dt = below*(g_L*(E_L - V) + I_spike - w + I_syn + I_ext)/C : volt     # membrane potential
        dw/dt = below*(a*(v - E_L) - w)/tau_w : amp                              # adaptation current
        I_spike = g_L*Delta_T*{exponential} : amp                                # upstroke of the spike
        V = {LIMITS[limit]} : volt                                               # v, as far as it counts
        below = int(v <= V_cut) : 1                                              # not beyond the cut

        C : farad (constant)                         # membrane capacitance
        g_L : siemens (constant)                     # leak conductance
        E_L : volt (constant)                        # leak reversal potential
        V_T : volt (constant)                        # threshold: where the exponential takes over
        Delta_T : volt (constant)                    # slope factor: sharpness of the upstroke
        a : siemens (constant)                       # subthreshold adaptation
        b : amp (constant)                           # jump of the adaptation at a spike
        tau_w : second (constant)                    # adaptation time constant
        V_r : volt (constant)                        # reset potential
        V_cut : volt (constant)                      # potential at which a spike is cut and counted
        I_ext : amp                                  # current injected, may change during a run
        """,
        positive=("C", "g_L", "Delta_T", "tau_w"),
        threshold="v > V_cut",
        reset="""
        v = V_r
        w += b
        """,
        initial={"v": "E_L", "w": "0*amp"},
        optional=("I_ext",),
        near_spike=NearSpike("v > V_T", "v < V_T", "2*ms"),
        scheme="rk4",
    )
