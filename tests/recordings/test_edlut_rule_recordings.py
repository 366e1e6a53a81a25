"""Learning rules against EDLUT: weights over time of twelve synapses, around one trigger or one postsynaptic spike."""

from __future__ import annotations

import json

import numpy as np
import pytest
from brian2 import nS, second

from brianhw.equations import additive_stdp as pairs
from brianhw.equations import kernel_stdp
from brianhw.equations import teaching_rules as taught
from learning import INHIBITION, weights_over_time
from paths import DATA

RULES = {
    "ExpAdditiveKernel": taught.exponential_kernel,
    "ExpBufferedAdditiveKernel": taught.delayed_exponential_kernel,
    "CosAdditiveKernel": taught.cosine_kernel,
    "SinAdditiveKernel": taught.sine_kernel,
    "SinBufferedAdditiveKernel": taught.sine_lobe_kernel,
    "SimetricCosAdditiveKernel": taught.symmetric_cosine_kernel,
    "SimetricCosBufferedAdditiveKernel": taught.symmetric_cosine_kernel,
    "SimetricCosSinAdditiveKernel": taught.symmetric_cosine_sine_kernel,
    "SimetricCosSTDPAdditiveKernel": kernel_stdp.symmetric_cosine_stdp,
    "SimetricCosSinSTDPAdditiveKernel": kernel_stdp.symmetric_cosine_sine_stdp,
    "STDP": pairs.additive_stdp,
    "STDPLS": pairs.nearest_additive_stdp,
}
DELAY_S = 1e-3


def in_si(name: str, value: float):
    """Return one of EDLUT's parameters under our name with its unit."""
    if name == "exp":
        return "exponent", value
    return name, value * (nS if name.endswith(("change", "amp")) or name.startswith("max_LT") else second)


@pytest.mark.parametrize("faithful", [False, True])
@pytest.mark.parametrize("name", RULES)
def test_weights_are_what_edlut_recorded(name: str, faithful: bool) -> None:
    cases = json.loads((DATA / "edlut" / "cases.json").read_text())["cases"]
    case = next(each for each in cases if each["name"] == f"rule_{name}_a")
    with np.load(DATA / "edlut" / f"rule_{name}_a.npz", allow_pickle=False) as file:
        recorded, times = file["weights"][:, :12].astype(float), file["weight_times_s"]
        spikes, index = file["spike_times_s"], file["spike_index"]
    values = dict(in_si(*item) for item in case["rules"][0]["params"].items())
    arguments = {"exponent": values.pop("exponent")} if name.startswith("Sin") else {}
    trains = [spikes[index == neuron] for neuron in range(14)]
    is_taught = "trigger_wchange" in case["synapses"][1]
    t, weights = weights_over_time(
        RULES[name](INHIBITION, faithful=faithful, **arguments),
        {**values, "w_max": 10 * nS, "weight": 5 * nS},
        [train + DELAY_S for train in trains[:12]],
        triggers_s=[trains[12] + DELAY_S if is_taught else ()],
        firings_s=[trains[13]],
        end_s=times[-1] + 1e-3,
    )
    at = np.searchsorted(t, times[1:] - 1e-6) - 1  # the last step before
    difference = abs(weights[at] - recorded[1:])
    change = abs(recorded - 5).max()
    print(f"{name:36s} faithful={faithful!s:5s} change {change:.3f} nS, worst {difference.max():.2e} nS")
    assert change > 0.05
    # EDLUT's exponentials are up to 0.25 % too small, and its tables have 0.1 ms
    assert difference.max() < max(2.5e-3, 0.005 * change)
