"""Synapses that release transmitter at random.

Source: Fuhrmann, Segev, Markram & Tsodyks 2002, J. Neurophysiol. 87:140, eqs. 5-9 (one site, and several of them with
short-term plasticity); Loebel, Silberberg, Helbig, Markram, Tsodyks & Richardson 2009, Front. Comput. Neurosci. 3:27. NEST:
``bernoulli_synapse``, ``quantal_stp_synapse``.

Deviation: none. (In NEST a quantal synapse starts with one site available and with a utilisation of 0.5, whatever ``n`` and
``U`` are, unless the user sets both. Here it starts rested.)
"""

from __future__ import annotations

from functools import cache
from typing import Any

from brianhw.equations.receptors import Receptor, entry_and_weight
from brianhw.model import SynapseModel

__all__ = ["multi_quantal_synapse", "stochastic_synapse", "stochastic_tsodyks_markram"]

FUHRMANN = "Fuhrmann, Segev, Markram & Tsodyks 2002, J. Neurophysiol. 87:140"
SHORT_TERM = """
du_SE/dt = -u_SE/tau_facil : 1 (event-driven)    # utilisation: the probability of release from a site
U_SE : 1 (constant)                              # utilisation of a rested synapse
tau_rec : second (constant)                      # mean time until a site is available again
tau_facil : second (constant)                    # facilitation time constant
"""


def stochastic_synapse(target: Receptor | str, unit: str | None = None, counted_in: str | None = None) -> SynapseModel:
    """Return a synapse onto *target* that transmits each spike with the probability ``p_release``.

    Parameters
    ----------
    target, unit, counted_in
        As for :func:`~brianhw.equations.receptors.static_synapse`.
    """
    entry, unit, weight = entry_and_weight(target, unit, counted_in)
    return SynapseModel(
        name=f"stochastic synapse onto {entry}",
        source=FUHRMANN,
        equations=f"""
        weight : {unit}               # added to the receptor by a spike that is transmitted
        p_release : 1 (constant)      # probability of that
        """,
        not_negative=("p_release",),
        on_pre=f"{entry}_post += {weight}*int(rand() < p_release)",
        weight="weight",
    )


def stochastic_tsodyks_markram(
    target: Receptor | str, unit: str | None = None, counted_in: str | None = None
) -> SynapseModel:
    """Return a synapse onto *target* with one release site, which is available again after a random time.

    A spike is transmitted with the probability ``u_SE`` if the site is available; the time to recover from a release is
    distributed exponentially, with the mean ``tau_rec``.

    Parameters
    ----------
    target, unit, counted_in
        As for :func:`~brianhw.equations.receptors.static_synapse`.
    """
    entry, unit, weight = entry_and_weight(target, unit, counted_in)
    return SynapseModel(
        name=f"stochastic Tsodyks-Markram synapse onto {entry}",
        source=FUHRMANN,
        equations=f"""
        weight : {unit}                # added to the receptor by a release
        available : 1                  # one if the site can release
        {SHORT_TERM}""",
        positive=("tau_rec", "tau_facil"),
        not_negative=("U_SE",),
        on_pre=f"""
        u_SE += U_SE*(1 - u_SE)
        available = 1 - (1 - available)*int(rand() < exp(-(t - lastupdate)/tau_rec))
        released_SE = available*int(rand() < u_SE)
        {entry}_post += {weight}*released_SE
        available -= released_SE
        """,
        weight="weight",
        initial={"u_SE": "0", "available": "1"},
    )


def multi_quantal_synapse(
    target: Receptor | str, unit: str | None = None, counted_in: str | None = None
) -> SynapseModel:
    """Return a synapse onto *target* with several release sites, each as in :func:`stochastic_tsodyks_markram`.

    A spike adds ``weight`` for every site that releases.

    Parameters
    ----------
    target, unit, counted_in
        As for :func:`~brianhw.equations.receptors.static_synapse`.
    """
    entry, unit, weight = entry_and_weight(target, unit, counted_in)
    return SynapseModel(
        name=f"multi-quantal synapse onto {entry}",
        source=f"{FUHRMANN}; Loebel et al. 2009, Front. Comput. Neurosci. 3:27",
        equations=f"""
        weight : {unit}                # added to the receptor by a site that releases
        available : 1                  # sites that can release
        sites : 1 (constant)           # all of them
        {SHORT_TERM}""",
        positive=("tau_rec", "tau_facil"),
        not_negative=("U_SE", "sites"),
        on_pre=f"""
        u_SE += U_SE*(1 - u_SE)
        available += successes(sites - available, 1 - exp(-(t - lastupdate)/tau_rec))
        released_SE = successes(available, u_SE)
        {entry}_post += {weight}*released_SE
        available -= released_SE
        """,
        weight="weight",
        namespace={"successes": _successes()},
        initial={"u_SE": "0", "available": "sites"},
    )


CPP = """
static inline double successes(double trials, double probability, int _vectorisation_idx)
{
    double found = 0;
    for (int trial = 0; trial < trials; trial++)
        found += _rand(_vectorisation_idx) < probability;
    return found;
}
"""
CYTHON = """
cdef double successes(double trials, double probability, int _vectorisation_idx):
    cdef double found = 0
    cdef int trial
    for trial in range(<int>trials):
        if _rand(_vectorisation_idx) < probability:
            found += 1
    return found
"""


@cache
def _successes() -> Any:
    """Return the function ``successes(trials, probability)`` for Brian2: a draw from the binomial distribution.

    Brian2's own ``BinomialFunction`` has one number of trials and one probability for all.
    """
    import numpy as np
    from brian2 import DEFAULT_FUNCTIONS, Function

    def successes(trials: Any, probability: Any, _vectorisation_idx: Any) -> Any:
        # rounded, as a number of sites is kept as a floating point number
        return np.random.binomial(np.rint(trials).astype(int), np.clip(probability, 0, 1)).astype(float)

    function = Function(successes, arg_units=[1, 1], return_unit=1, stateless=False, auto_vectorise=True)
    uniform = {"_rand": DEFAULT_FUNCTIONS["rand"]}
    function.implementations.add_implementation("numpy", code=successes)
    function.implementations.add_implementation("cpp", code=CPP, dependencies=uniform, name="successes")
    function.implementations.add_implementation("cython", code=CYTHON, dependencies=uniform, name="successes")
    return function
