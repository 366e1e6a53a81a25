"""The generalised integrate-and-fire neuron (GIF): stochastic spikes, a spike-triggered current, a moving threshold.

Source: Mensi et al. 2012, J. Neurophysiol. 107:1756, eqs. 1-5; Pozzorini et al. 2015, PLoS Comput. Biol. 11:e1004275.

Deviation: current and threshold move at the end of a spike's step and go on during the refractory period, as in NEST.

Ports: those of LIF, and ``I_step`` for currents that stay the same during a step; the spike-triggered current counts as one.
"""

from __future__ import annotations

from dataclasses import replace

from brianhw.equations.lif import LIF
from brianhw.model import Feed, NeuronModel

__all__ = ["gif"]

SOURCE = "Mensi et al. 2012, J. Neurophysiol. 107:1756; Pozzorini et al. 2015, PLoS Comput. Biol. 11:e1004275"


def gif(currents: int = 3, thresholds: int = 3) -> NeuronModel:
    """Return the neuron with that many exponentials in its spike-triggered current and in its threshold.

    Give it receptors with ``linear_lif(*receptors, neuron=gif())``.

    Examples
    --------
    >>> from brian2 import NeuronGroup, SpikeMonitor, mV, ms, nA, run, seed
    >>> from brianhw.equations import gif
    >>> cell = gif(currents=1, thresholds=1)
    >>> print([name for name in cell.parameters if name.endswith("_0")])
    ['lambda_0', 'q_eta_0', 'q_gamma_0', 'tau_eta_0', 'tau_gamma_0']
    """
    eta, gamma = range(currents), range(thresholds)
    lines = [
        f"I_eta = {_sum('eta', eta, 'amp')} : amp          # spike-triggered current",
        f"V_t = V_t_star + {_sum('gamma', gamma, 'volt')} : volt    # threshold, moved by spikes",
        "V_t_star : volt (constant)                   # threshold without spikes",
        "Delta_V : volt (constant)                    # its softness",
        "lambda_0 : Hz (constant)                     # rate at the threshold",
    ]
    for name, unit, numbers in (("eta", "amp", eta), ("gamma", "volt", gamma)):
        for k in numbers:
            lines.append(f"d{name}_{k}/dt = -{name}_{k}/tau_{name}_{k} : {unit}")
            lines.append(f"tau_{name}_{k} : second (constant)")
            lines.append(f"q_{name}_{k} : {unit} (constant)            # rise at a spike")
    decays = {
        f"{name}_{k}": f"{name}_{k}*exp(-dt/tau_{name}_{k})" for name, n in (("eta", eta), ("gamma", gamma)) for k in n
    }
    rises = [f"{name} += q_{name}" for name in decays]
    without = "\n".join(line for line in LIF.equations.splitlines() if not line.strip().startswith("V_th "))
    return replace(
        LIF,
        name="GIF",
        source=SOURCE,
        equations="\n".join([without, *lines]),
        ports={**LIF.ports, "I_step": "amp"},
        feeds=(Feed("I_step", "I_eta", "-"),),
        not_negative=(*LIF.not_negative, "lambda_0"),
        unbounded=(),
        positive=(*LIF.positive, "Delta_V", *(f"tau_{name}" for name in decays)),
        threshold="rand() < 1 - exp(-dt*lambda_0*exp((v - V_t)/Delta_V))",
        reset="\n".join([LIF.reset, *rises]),
        solutions=decays,
    )


def _sum(name: str, numbers: range, unit: str) -> str:
    return " + ".join(f"{name}_{k}" for k in numbers) or f"0*{unit}"
