"""Short-term depression and facilitation of a synapse (Tsodyks & Markram).

Source: Tsodyks, Pawelzik & Markram 1998, Neural Comput. 10:821, eqs. 2.1-2.2 with instantaneous inactivation;
Markram, Wang & Tsodyks 1998, PNAS 95:5323, eqs. 1-4. NEST calls it ``tsodyks2_synapse``. With an active state that lasts:
Tsodyks, Uziel & Markram 2000, J. Neurosci. 20:RC50, eqs. 3-4; NEST: ``tsodyks_synapse``.

Deviation: none. ``tau_facil`` must be positive; without facilitation choose it far below the shortest interval
between spikes (the parameter sets have 1 us).
"""

from __future__ import annotations

from brianhw.equations.receptors import Receptor, entry_and_weight
from brianhw.model import SynapseModel

__all__ = ["tsodyks_markram", "tsodyks_uziel_markram"]


def tsodyks_markram(target: Receptor | str, unit: str | None = None, counted_in: str | None = None) -> SynapseModel:
    """Return a synapse onto *target* that releases the share ``u_SE`` of what it has recovered at each spike.

    A spike first facilitates, then adds ``weight*u_SE*x_SE`` to the target, then depletes. ``weight`` is the response
    if all were released at once; a rested synapse transmits ``weight*U_SE``. Between spikes, recovery is solved
    exactly at no cost. Parameters are one per synapse. The recovered share ``x_SE`` starts at one: call
    ``model.set(synapses, ...)``, or set it yourself.

    Parameters
    ----------
    target, unit, counted_in
        As for :func:`~brianhw.equations.receptors.static_synapse`.
    """
    entry, unit, weight = entry_and_weight(target, unit, counted_in)
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
        {entry}_post += {weight}*u_SE*x_SE
        x_SE -= u_SE*x_SE
        """,
        weight="weight",
        initial={"u_SE": "0", "x_SE": "1"},
    )


def tsodyks_uziel_markram(
    target: Receptor | str, time_constant: str, unit: str | None = None, counted_in: str | None = None
) -> SynapseModel:
    """Return a synapse onto *target* whose released share ``y_SE`` stays active for a while before it recovers.

    As :func:`tsodyks_markram`, but what is released is inactive, and begins to recover, only after the time constant of
    the synaptic current. All is brought up to date at a spike, exactly.

    Parameters
    ----------
    target, unit, counted_in
        As for :func:`~brianhw.equations.receptors.static_synapse`.
    time_constant : str
        Variable of the target neuron: decay time constant of the synaptic current, such as ``"tau_exc"``.
    """
    entry, unit, weight = entry_and_weight(target, unit, counted_in)
    tau = f"{time_constant}_post"
    return SynapseModel(
        name=f"Tsodyks-Uziel-Markram synapse onto {entry}",
        source="Tsodyks, Uziel & Markram 2000, J. Neurosci. 20:RC50",
        equations=f"""
        weight : {unit}                       # absolute efficacy A_SE
        u_SE : 1                              # utilisation
        x_SE : 1                              # recovered share
        y_SE : 1                              # active share
        t_SE : second                         # time of the last spike, that of u, x and y

        U_SE : 1 (constant)                   # utilisation of a rested synapse
        tau_rec : second (constant)           # recovery time constant
        tau_facil : second (constant)         # facilitation time constant
        """,
        positive=("tau_rec", "tau_facil"),
        not_negative=("U_SE",),
        # dx/dt = z/tau_rec, dy/dt = -y/tau, z = 1 - x - y: what leaves y goes through z. The product of t_ISI and exprel is
        # the difference of the two exponentials over that of the rates, which has a value where these are equal, too.
        on_pre=f"""
        t_ISI = t - t_SE
        z_new_SE = (1 - x_SE - y_SE)*exp(-t_ISI/tau_rec) + y_SE*t_ISI/{tau}*exp(-t_ISI*clip(1/tau_rec, 0*hertz, 1/{tau}))*exprel(-t_ISI*abs(1/{tau} - 1/tau_rec))
        y_SE *= exp(-t_ISI/{tau})
        x_SE = 1 - y_SE - z_new_SE
        u_SE *= exp(-t_ISI/tau_facil)
        u_SE += U_SE*(1 - u_SE)
        released_SE = u_SE*x_SE
        {entry}_post += {weight}*released_SE
        x_SE -= released_SE
        y_SE += released_SE
        t_SE = t
        """,
        weight="weight",
        initial={"u_SE": "0", "x_SE": "1", "y_SE": "0", "t_SE": "0*second"},
    )
