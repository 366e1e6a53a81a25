"""Release of transmitter: deterministic shares of a pool, and quanta that are released or not.

Source: Tsodyks, Uziel & Markram 2000, J. Neurosci. 20:RC50, eqs. 1-4 (pool with an active state); Fuhrmann, Segev, Markram &
Tsodyks 2002, J. Neurophysiol. 87:140, eqs. 1-6 (quanta). NEST calls them ``tsodyks_synapse`` and ``quantal_stp_synapse``.

Deviation: none. Statements for a presynaptic spike; ``released`` is then what the weight is multiplied with.
"""

from __future__ import annotations

__all__ = ["POOL", "POOL_STATE", "quanta"]

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
x_release = x_release + (1 - x_release - y_release)*(1 - back) + y_release*((back - 1)*tau_rec - (closed - 1)*{tau})/({tau} - tau_rec)
y_release = y_release*closed
u_release = u_release*exp(-elapsed/tau_facil)
u_release = u_release + U_release*(1 - u_release)
released = u_release*x_release
x_release = x_release - released
y_release = y_release + released
t_release = t
"""


def quanta(sites: int) -> tuple[str, str]:
    """Return variables and statements of a synapse with up to *sites* release sites, ``n_release`` of which it has.

    Each site recovers and releases by itself; ``full_0`` ... say which are ready.
    """
    state = "\n".join(
        ["u_release : 1              # utilisation", "t_release : second         # when the last spike came"]
        + [f"full_{k} : 1                   # whether site {k} is ready" for k in range(sites)]
    )
    lines = [
        "elapsed = t - t_release",
        "u_release = u_release*exp(-elapsed/tau_facil)",
        "u_release = u_release + U_release*(1 - u_release)",
    ]
    for k in range(sites):
        lines.append(f"full_{k} = 1 - (1 - full_{k})*int(rand() > 1 - exp(-elapsed/tau_rec))")
        lines.append(f"out_{k} = full_{k}*int(rand() < u_release)*int({k} < n_release)")
        lines.append(f"full_{k} = full_{k} - out_{k}")
    lines.append("released = " + " + ".join(f"out_{k}" for k in range(sites)))
    lines.append("t_release = t")
    return state, "\n".join(lines)
