"""Release of transmitter: deterministic shares of a pool, and quanta that are released or not.

Source: Tsodyks, Uziel & Markram 2000, J. Neurosci. 20:RC50, eqs. 1-4 (pool with an active state); Fuhrmann, Segev, Markram &
Tsodyks 2002, J. Neurophysiol. 87:140, eqs. 1-6 (quanta). NEST calls them ``tsodyks_synapse`` and ``quantal_stp_synapse``.

Deviation: none. Statements for a presynaptic spike; ``released`` is then what the weight is multiplied with.
"""

from __future__ import annotations

from functools import cache
from typing import Any

__all__ = ["POOL", "POOL_STATE", "QUANTA", "QUANTA_STATE", "successes"]

POOL_STATE = """
u_release : 1              # utilisation
x_release : 1              # recovered share
y_release : 1              # share that is active in the receptors
t_release : second         # when the last spike came
"""

#: The active share decays with the receptor's time constant ``{tau}``.
POOL = """
elapsed = t - t_release
back = exp(-elapsed/tau_rec)
closed = exp(-elapsed/{tau})
apart = abs(1/tau_rec - 1/{tau})
waiting = elapsed/{tau}*exp(-elapsed*(1/tau_rec + 1/{tau} - apart)/2)*exprel(-elapsed*apart)
x_release = x_release + (1 - x_release - y_release)*(1 - back) + y_release*(1 - closed - waiting)
y_release = y_release*closed
u_release = u_release*exp(-elapsed/tau_facil)
u_release = u_release + U_release*(1 - u_release)
released = u_release*x_release
x_release = x_release - released
y_release = y_release + released
t_release = t
"""


QUANTA_STATE = """
u_release : 1              # utilisation: the probability of a release
t_release : second         # when the last spike came
available : 1              # sites that can release
"""

#: A synapse with ``n_release`` sites, each of which recovers and releases by itself; needs :func:`successes`.
QUANTA = """
elapsed = t - t_release
u_release = u_release*exp(-elapsed/tau_facil)
u_release = u_release + U_release*(1 - u_release)
available = available + successes(n_release - available, 1 - exp(-elapsed/tau_rec))
released = successes(available, u_release)
available = available - released
t_release = t
"""

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
def successes() -> Any:
    """Return the Brian2 function ``successes(trials, probability)``: a draw from the binomial distribution.

    Brian2's own ``BinomialFunction`` has one number of trials and one probability for all.
    """
    import numpy as np
    from brian2 import DEFAULT_FUNCTIONS, Function

    def draw(trials: Any, probability: Any, _vectorisation_idx: Any) -> Any:
        # rounded, as a number of sites is kept as a floating point number
        return np.random.binomial(np.rint(trials).astype(int), np.clip(probability, 0, 1)).astype(float)

    function = Function(draw, arg_units=[1, 1], return_unit=1, stateless=False, auto_vectorise=True)
    uniform = {"_rand": DEFAULT_FUNCTIONS["rand"]}
    function.implementations.add_implementation("numpy", code=draw)
    function.implementations.add_implementation("cpp", code=CPP, dependencies=uniform, name="successes")
    function.implementations.add_implementation("cython", code=CYTHON, dependencies=uniform, name="successes")
    return function
