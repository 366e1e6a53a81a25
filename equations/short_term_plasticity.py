"""Short-term depression and facilitation of a synapse (Tsodyks & Markram).

Source: Tsodyks, Pawelzik & Markram 1998, Neural Comput. 10:821, eqs. 2.1-2.2 with instantaneous inactivation;
Markram, Wang & Tsodyks 1998, PNAS 95:5323, eqs. 1-4. NEST calls it ``tsodyks2_synapse``.

Deviation: none. ``tau_facil`` must be positive; without facilitation choose it far below the shortest interval
between spikes (the parameter sets have 1 us).
"""

from __future__ import annotations

from brianhw.equations.receptors import Receptor, entry_of
from brianhw.model import SynapseModel

__all__ = ["tsodyks_markram"]


def tsodyks_markram(target: Receptor | str, unit: str | None = None) -> SynapseModel:
    """Return a synapse onto *target* that releases the share ``u_SE`` of what it has recovered at each spike.

    A spike first facilitates, then adds ``weight*u_SE*x_SE`` to the target, then depletes. ``weight`` is the response
    if all were released at once; a rested synapse transmits ``weight*U_SE``. Between spikes, recovery is solved
    exactly at no cost. Parameters are one per synapse. The recovered share ``x_SE`` starts at one: call
    ``model.set(synapses, ...)``, or set it yourself.

    Parameters
    ----------
    target, unit
        As for :func:`~brianhw.equations.receptors.static_synapse`.

    Examples
    --------
    >>> from brian2 import NeuronGroup, SpikeGeneratorGroup, Synapses, ms, nA, run
    >>> from brianhw.equations import tsodyks_markram
    >>> from brianhw.parameters.synapses import DEPRESSING
    >>> source, target = SpikeGeneratorGroup(1, [0, 0], [0, 5]*ms), NeuronGroup(1, "I : amp")
    >>> model = tsodyks_markram("I", unit="amp")
    >>> synapses = Synapses(source, target, **model)
    >>> synapses.connect()
    >>> model.set(synapses, DEPRESSING, weight=1*nA)
    >>> run(6*ms)
    >>> print((target.I/nA).round(4))  # 0.5 of the first spike, 0.5*(1 - 0.5*exp(-5/800)) of the second
    [0.7516]
    """
    entry, unit = entry_of(target, unit)
    return SynapseModel(
        name=f"Tsodyks-Markram synapse onto {entry}",
        source="Tsodyks, Pawelzik & Markram 1998, Neural Comput. 10:821; Markram, Wang & Tsodyks 1998, PNAS 95:5323",
        equations=f"""
        weight : {unit}                                  # absolute efficacy A_SE
        du_SE/dt = -u_SE/tau_facil : 1 (event-driven)    # utilisation
        dx_SE/dt = (1 - x_SE)/tau_rec : 1 (event-driven)     # recovered share

        U_SE : 1 (constant)                              # utilisation of a rested synapse
        tau_rec : second (constant)                      # recovery time constant
        tau_facil : second (constant)                    # facilitation time constant
        """,
        positive=("tau_rec", "tau_facil"),
        not_negative=("U_SE",),
        on_pre=f"""
        u_SE += U_SE*(1 - u_SE)
        {entry}_post += weight*u_SE*x_SE
        x_SE -= u_SE*x_SE
        """,
        weight="weight",
        initial={"u_SE": "0", "x_SE": "1"},
    )
