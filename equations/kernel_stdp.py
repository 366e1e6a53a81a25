"""Spike-timing-dependent plasticity with symmetric kernels: pairs of spikes count the same in both orders.

Source: EDLUT (branch head 74220e7, 2023), the rules SimetricCosSTDPAdditiveKernel and SimetricCosSinSTDPAdditiveKernel.

Deviation: in EDLUT, sums over postsynaptic spikes lie among those of synapses, and a neuron created before them can share one
with a synapse, which makes weights depend on the order of creation. That is not rebuilt.

A presynaptic spike is transmitted with the old weight. It and a postsynaptic spike change the weight by all pairs with
earlier spikes of the other side; the weight stays between 0 and ``w_max``. Time differences are between the arrival at the
synapse and the postsynaptic spike. Arguments are those of :mod:`brianhw.equations.teaching_rules`.
"""

from __future__ import annotations

from brianhw.equations.kernels import exact, tabulated
from brianhw.equations.receptors import Receptor
from brianhw.equations.symmetric_kernels import COSINE_PAIRS, COSINE_SINE_PAIRS, FIRING, symmetric
from brianhw.model import SynapseModel

__all__ = ["symmetric_cosine_sine_stdp", "symmetric_cosine_stdp"]


def symmetric_cosine_stdp(
    target: Receptor | str | None, unit: str | None = None, *, time: str = "t", faithful: bool = False
) -> SynapseModel:
    """Return a synapse that learns from pairs of spikes the time ``s`` apart, in either order.

    A presynaptic spike adds ``fixed_change`` and a pair ``kernel_change*exp(-exponent*s/tau)*cos(pi*s/(2*tau))**2``. The kernel
    goes on after its first zero at ``tau``.

    Examples
    --------
    >>> from brian2 import SpikeGeneratorGroup, Synapses, ms, nS, run
    >>> from brianhw.equations.kernel_stdp import symmetric_cosine_stdp
    >>> from brianhw.parameters import learning_rules
    >>> source, target = SpikeGeneratorGroup(1, [0], [11]*ms), SpikeGeneratorGroup(1, [0], [1]*ms)
    >>> rule = symmetric_cosine_stdp(None, "siemens")
    >>> synapses = Synapses(source, target, **rule)
    >>> synapses.connect()
    >>> rule.set(synapses, learning_rules.COSINE, fixed_change=0*nS, weight=1*nS, w_max=2*nS)
    >>> run(12*ms)
    >>> round(float(synapses.weight[0]/nS), 5)  # 1 - 0.01*exp(-2*10/100)*cos(pi*10/200)**2
    0.99201
    """
    damping = tabulated if faithful else exact
    return symmetric("symmetric cosine STDP", FIRING, COSINE_PAIRS, target, unit, time, damping)


def symmetric_cosine_sine_stdp(
    target: Receptor | str | None, unit: str | None = None, *, time: str = "t", faithful: bool = False
) -> SynapseModel:
    """Return a synapse that learns from pairs of spikes the time ``s`` apart, in either order.

    The kernel is that of :func:`~brianhw.equations.teaching_rules.symmetric_cosine_sine_kernel`. *faithful* changes nothing.

    Examples
    --------
    >>> from brian2 import SpikeGeneratorGroup, Synapses, ms, nS, run
    >>> from brianhw.equations.kernel_stdp import symmetric_cosine_sine_stdp
    >>> from brianhw.parameters import learning_rules
    >>> source, target = SpikeGeneratorGroup(1, [0], [51]*ms), SpikeGeneratorGroup(1, [0], [1]*ms)
    >>> rule = symmetric_cosine_sine_stdp(None, "siemens")
    >>> synapses = Synapses(source, target, **rule)
    >>> synapses.connect()
    >>> rule.set(synapses, learning_rules.COSINE_SINE, weight=1*nS, w_max=2*nS)
    >>> run(52*ms)
    >>> round(float(synapses.weight[0]/nS), 5)  # lateral_amp, 50 ms apart
    0.995
    """
    return symmetric("symmetric cosine-sine STDP", FIRING, COSINE_SINE_PAIRS, target, unit, time, exact)
