"""Networks of the library's models, driven so that they do all they can: the same on every device and target.

Each function builds one network; nothing in it is random. ``run_all`` runs them together and returns what to compare.

    python tests/support/reference_networks.py

runs all of them on every target, and prints the largest difference to NumPy relative to a variable's largest value. It
takes some minutes, most of them in the compilers of the other targets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from brian2 import (
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    ms,
    mV,
    nA,
    nS,
    prefs,
    second,
    set_device,
)  # fmt: skip

from brianhw import DynapSE1
from brianhw.equations import (
    ADEX,
    IZHIKEVICH,
    LIF,
    alpha_conductance,
    alpha_current,
    delta_synapse,
    exponential_conductance,
    exponential_current,
    nmda_conductance,
    pair_stdp,
    static_synapse,
    tsodyks_markram,
)
from brianhw.parameters import adex, izhikevich, lif, receptors, synapses

DURATION = 200 * ms


def _spikes(n: int, rate_hz: float, seed: int, name: str) -> SpikeGeneratorGroup:
    """Return *n* sources with fixed spikes at about this rate."""
    happens = np.random.default_rng(seed).random((2000, n)) < rate_hz * 1e-4
    steps, neurons = np.nonzero(happens)
    return SpikeGeneratorGroup(n, neurons, steps * 0.1 * ms, name=name)


def _all_to_all(
    source: Any, target: Any, model: Any, name: str, p: float, seed: int, delay_ms: float = 0.0
) -> Synapses:
    """Return synapses between fixed pairs, with delays from *delay_ms* up to three times as long."""
    rng = np.random.default_rng(seed)
    connection = Synapses(source, target, **model, name=name)
    i, j = np.nonzero(rng.random((len(source), len(target))) < p)
    connection.connect(i=i, j=j)
    if delay_ms:
        connection.delay = delay_ms * (1 + 2 * rng.random(len(i))) * ms
    return connection


def lif_currents() -> dict[str, Any]:
    """LIF neurons with exponential and alpha currents, recurrent with delays, STDP on the input."""
    exc, inh = exponential_current("exc"), alpha_current("inh", "-")
    cell = LIF + exc + inh
    cells = NeuronGroup(20, **cell, name="lif")
    cell.set(cells, lif.PYNN_DEFAULTS, tau_exc=5 * ms, tau_inh=7 * ms, I_ext=np.linspace(0, 1, 20) * nA)
    source = _spikes(30, 40, 1, "lif_input")
    plastic = pair_stdp(exc)
    feed = _all_to_all(source, cells, plastic, "lif_feed", 0.5, 2, 0.5)
    plastic.set(feed, synapses.SONG_STDP, w_max=0.4 * nA, weight=0.15 * nA)
    back = _all_to_all(cells, cells, static_synapse(inh), "lif_back", 0.2, 3, 1.0)
    back.weight = 0.1 * nA
    return dict(cells=cells, source=source, feed=feed, back=back, states=["v", "I_exc"], weights=feed)


def adex_conductances() -> dict[str, Any]:
    """Adaptive exponential neurons with exponential, alpha and NMDA conductances and depressing synapses."""
    exc, inh, slow = exponential_conductance("exc"), alpha_conductance("inh"), nmda_conductance("nmda")
    cell = ADEX + exc + inh + slow
    cells = NeuronGroup(12, **cell, name="adex")
    values = adex.REGULAR_SPIKING | receptors.PYNN_EXCITATION.suffixed("exc")
    values = values | receptors.PYNN_INHIBITION.suffixed("inh") | receptors.NMDA.suffixed("nmda")
    cell.set(cells, values, I_ext=np.linspace(0.2, 1, 12) * nA)
    source = _spikes(20, 60, 4, "adex_input")
    depressing = tsodyks_markram(exc)
    feed = _all_to_all(source, cells, depressing, "adex_feed", 0.6, 5, 0.3)
    depressing.set(feed, synapses.DEPRESSING, weight=20 * nS)
    inhibit = _all_to_all(cells, cells, static_synapse(inh), "adex_inhibit", 0.3, 6, 1.5)
    inhibit.weight = 5 * nS
    linger = _all_to_all(source, cells, static_synapse(slow), "adex_linger", 0.3, 7)
    linger.weight = 1 * nS
    return dict(
        cells=cells, source=source, feed=feed, inhibit=inhibit, linger=linger, states=["v", "w", "g_exc", "g_nmda"]
    )  # fmt: skip


def izhikevich_pulses() -> dict[str, Any]:
    """Izhikevich neurons that kick each other's voltage."""
    cells = NeuronGroup(10, **IZHIKEVICH, name="izhikevich")
    IZHIKEVICH.set(cells, izhikevich.CHATTERING, I_ext=np.linspace(2, 12, 10) * nA)
    kick = _all_to_all(cells, cells, delta_synapse(), "izhikevich_kick", 0.3, 8, 0.8)
    kick.weight = 0.5 * mV
    return dict(cells=cells, kick=kick, states=["v", "u"])


def dynapse_chip() -> dict[str, Any]:
    """Silicon neurons on two cores of a DYNAP-SE1, all four synapse types."""
    chip = DynapSE1(seed=3)
    cells = chip.population(16, core=0, name="silicon")
    others = chip.population(8, core=1, name="silicon_too")
    source = _spikes(12, 80, 9, "silicon_input")
    links = [
        chip.connect(source, cells, "AMPA", p=0.5, weight=3, name="silicon_ampa"),
        chip.connect(source, cells, "NMDA", p=0.3, weight=2, name="silicon_nmda"),
        chip.connect(cells, others, "AMPA", p=0.5, weight=2, name="silicon_feed"),
        chip.connect(others, cells, "GABA_A", p=0.4, weight=1, name="silicon_shunt"),
        chip.connect(others, cells, "GABA_B", p=0.4, weight=1, name="silicon_subtract"),
    ]
    return dict(
        cells=cells, others=others, source=source, links=links, states=["Isoma_mem", "Isoma_ahp", "Iampa", "Inmda"]
    )  # fmt: skip


NETWORKS: dict[str, Callable[[], dict[str, Any]]] = {
    build.__name__: build for build in (lif_currents, adex_conductances, izhikevich_pulses, dynapse_chip)
}


def run_all(runs: int = 1, names: Iterable[str] = tuple(NETWORKS)) -> dict[str, np.ndarray]:
    """Run networks together, in one run or several; return spike indices, spike times, traces and weights by name."""
    together, monitors = Network(), {}
    kept = []
    for name in names:
        parts = NETWORKS[name]()
        states, cells = parts.pop("states"), parts["cells"]
        parts.pop("weights", None)
        monitors[name] = SpikeMonitor(cells), StateMonitor(cells, states, record=True), states, parts.get("feed")
        together.add(parts, monitors[name][:2])
        kept.append(parts)
    for _ in range(runs):
        together.run(DURATION / runs)
    results = {}
    for name, (spikes, traces, states, feed) in monitors.items():
        results[f"{name}: spiking neurons"] = np.array(spikes.i)
        results[f"{name}: spike times"] = np.array(spikes.t / second)
        for state in states:
            results[f"{name}: {state}"] = np.array(getattr(traces, f"{state}_"))
        if feed is not None:
            results[f"{name}: weights"] = np.array(feed.weight_)
    return results


# -- all targets, as a command --------------------------------------------------------------------------

TARGETS = ("brianhw fast", "brianhw strict", "cpp_standalone", "cython")


def use(target: str) -> None:
    """Have Brian2 simulate on a target: a code generation target, a device, or ``"brianhw"`` with a mode."""
    if target in ("numpy", "cython"):
        prefs.codegen.target = target
    elif target == "cpp_standalone":
        set_device(target, directory=None)
    else:
        set_device("brianhw", mode=target.removeprefix("brianhw "))


def largest_error(found: np.ndarray, expected: np.ndarray) -> float:
    """Return the largest difference relative to the largest value of a variable."""
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def _run_in_process(target: str) -> dict[str, np.ndarray]:
    use(target)
    return run_all()


if __name__ == "__main__":
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    def results(target: str) -> dict[str, np.ndarray]:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            return process.submit(_run_in_process, target).result()

    expected = results("numpy")
    for target in TARGETS:
        found = results(target)
        same = all(np.array_equal(found[name], expected[name]) for name in expected if "spik" in name)
        errors = {name: largest_error(found[name], expected[name]) for name in expected if "spik" not in name}
        worst = max(errors, key=lambda name: errors[name])
        print(f"{target:15s} spikes {'identical' if same else 'DIFFER'}, largest error {errors[worst]:.1e} ({worst})")
