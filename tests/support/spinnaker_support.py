"""What of the vendor's public names works, tried out; run as a script it writes docs/spinnaker_support.md."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

from pyNN.connectors import IndexBasedExpression

import brianhw.spinnaker as sim
from brianhw.errors import BrianHWError
from paths import CHECKOUT

__all__ = ["ENTRIES", "MODES", "PAGE", "Entry", "rows", "works"]

PAGE = CHECKOUT / "docs" / "spinnaker_support.md"
MODES = ("integer", "float")

HEAD = """# SpiNNaker: what of the vendor's names works

Made by `python tests/support/spinnaker_support.py`, which tries each in a small network; the test suite tries it
again. The names are those of `pyNN.spiNNaker` (sPyNNaker 5 to 7) and its `extra_models` and `external_devices`.
*integers* is the chip's arithmetic, *ideal* floating point. What says no is refused where it is asked for, or is not
there.
"""


class Entry(NamedTuple):
    """One public name: what is tried with it, and what to know."""

    section: str
    name: str
    attempt: Callable[[Any], Any]
    remark: str = ""


def _get(name: str) -> Any:
    found: Any = sim
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _cell(name: str, **parameters: Any) -> Callable[[Any], None]:
    def attempt(found: Any) -> None:
        cells = sim.Population(2, found(**parameters))
        cells.record("all" if hasattr(found, "chip") else "spikes")
        sim.run(2.0)
        cells.get_data()

    return attempt


def _connector(*arguments: Any, **options: Any) -> Callable[[Any], None]:
    def attempt(found: Any) -> None:
        grid = sim.Grid2D(1.0)
        source = sim.Population(4, sim.SpikeSourceArray(spike_times=[1.0]), structure=grid)
        target = sim.Population(4, sim.IF_curr_exp(), structure=grid)
        projection = sim.Projection(
            source, target, found(*arguments, **options), sim.StaticSynapse(weight=0.5, delay=1.0)
        )
        sim.run(2.0)
        projection.get("weight", "list")

    return attempt


class _Diagonal(IndexBasedExpression):  # type: ignore[misc]
    """A chance of one for equal indices."""

    def __call__(self, i: Any, j: Any) -> Any:
        return 1.0 * (i == j)


def _learning(synapse: Callable[[Any], Any]) -> Callable[[Any], None]:
    def attempt(found: Any) -> None:
        source = sim.Population(4, sim.SpikeSourceArray(spike_times=[1.0]))
        target = sim.Population(4, sim.IF_curr_exp())
        projection = sim.Projection(source, target, sim.OneToOneConnector(), synapse(found))
        sim.run(2.0)
        projection.get("weight", "list")

    return attempt


def _pair(**options: Any) -> Any:
    return sim.STDPMechanism(
        timing_dependence=options.get("timing") or sim.SpikePairRule(20.0, 20.0, 0.01, 0.01),
        weight_dependence=options.get("weights") or sim.AdditiveWeightDependence(w_min=0.0, w_max=1.0),
        weight=0.5,
        delay=1.0,
    )


def _structural(mechanism: str = "StructuralMechanismStatic", **parts: Any) -> Any:
    names = {
        "partner_selection": "RandomSelection", "formation": "DistanceDependentFormation",
        "elimination": "RandomByWeightElimination",
    }  # fmt: skip
    made = {key: parts.get(key) or _usual(name) for key, name in names.items()}
    more: dict[str, Any] = {"f_rew": 1000, "initial_weight": 0.5, "initial_delay": 1.0, "s_max": 4, "seed": 1}
    more |= {} if mechanism == "StructuralMechanismStatic" else {
        "timing_dependence": sim.SpikePairRule(20.0, 20.0, 0.01, 0.01),
        "weight_dependence": sim.AdditiveWeightDependence(w_min=0.0, w_max=1.0),
    }  # fmt: skip
    return _get(mechanism)(**made, **more, weight=0.5, delay=1.0)


def _usual(name: str) -> Any:
    if name == "DistanceDependentFormation":
        return sim.DistanceDependentFormation([2, 2], 0.2)
    return sim.RandomByWeightElimination(0.4) if name == "RandomByWeightElimination" else _get(name)()


def _rewiring(**parts: Callable[[Any], Any]) -> Callable[[Any], None]:
    def attempt(found: Any) -> None:
        source = sim.Population(4, sim.SpikeSourceArray(spike_times=[1.0]))
        target = sim.Population(4, sim.IF_curr_exp())
        made = {key: make(found) for key, make in parts.items() if key != "mechanism"}
        name = "StructuralMechanismSTDP" if "mechanism" in parts else "StructuralMechanismStatic"
        sim.Projection(source, target, sim.FixedProbabilityConnector(0.5), _structural(name, **made))
        sim.run(4.0)

    return attempt


def _current(**parameters: Any) -> Callable[[Any], None]:
    def attempt(found: Any) -> None:
        cells = sim.Population(2, sim.IF_curr_exp())
        cells.inject(found(**parameters))
        sim.run(2.0)

    return attempt


def _call(*arguments: Any) -> Callable[[Any], Any]:
    return lambda found: found(*(each() if callable(each) else each for each in arguments))


def _device(*arguments: Any, **options: Any) -> Callable[[Any], None]:
    def attempt(found: Any) -> None:
        sim.Population(2, found(*arguments, **options), label="device")

    return attempt


def _cells() -> Any:
    return sim.Population(2, sim.IF_curr_exp())


def _closed(**options: Any) -> Callable[[Any], None]:
    return lambda found: found(**options).close()


def _create(found: Any) -> None:
    found(sim.IF_curr_exp, {}, 3)


def _connect(found: Any) -> None:
    found(sim.Population(2, sim.SpikeSourceArray(spike_times=[1.0])), _cells(), weight=0.5, delay=1.0)


def _record(found: Any) -> None:
    found(["spikes"], _cells(), None)


def _neuromodulated(found: Any) -> None:
    source, reward = (sim.Population(2, sim.SpikeSourceArray(spike_times=[1.0])) for _ in range(2))
    target = sim.Population(2, sim.IF_curr_exp())
    sim.Projection(source, target, sim.OneToOneConnector(), _pair())
    modulation = found(tau_c=100.0, tau_d=20.0, w_max=1.0, weight=0.1)
    sim.Projection(reward, target, sim.AllToAllConnector(), synapse_type=modulation, receptor_type="reward")
    sim.run(3.0)


PUSH_BOT = [
    f"PushBot{link}{part}Device"
    for link in ("Ethernet", "SpiNNakerLink")
    for part in ("Retina", "Motor", "LED", "Laser", "Speaker")
]
ROBOTS = (
    *("ExternalCochleaDevice", "ExternalFPGARetinaDevice", "MunichRetinaDevice", "MunichMotorDevice"),
    *("ArbitraryFPGADevice", "ExternalDeviceLifControl", "SPIFRetinaDevice", "ICUBRetinaDevice"),
    *("PushBotLifEthernet", "PushBotLifSpinnakerLink", *PUSH_BOT),
)

ENTRIES = (
    *(Entry("Cells", name, _cell(name)) for name in (
        "IF_cond_exp", "IF_curr_alpha", "IF_curr_delta", "IF_curr_exp", "Izhikevich", "extra_models.Izhikevich_cond",
        "extra_models.IFCurDelta", "extra_models.IFCurrExpCa2Adaptive", "extra_models.IF_curr_dual_exp",
        "extra_models.IFCondExpStoc", "extra_models.IF_curr_exp_sEMD", "extra_models.IFCondExpCerebellum",
    )),
    Entry("Sources", "SpikeSourceArray", _cell("", spike_times=[1.0])),
    Entry("Sources", "SpikeSourcePoisson", _cell("", rate=100.0)),
    Entry("Sources", "extra_models.SpikeSourcePoissonVariable", _cell("", rates=[10.0, 20.0], starts=[0.0, 5.0])),
    Entry("Currents", "DCSource", _current(amplitude=0.5)),
    Entry("Currents", "ACSource", _current(amplitude=0.5)),
    Entry("Currents", "StepCurrentSource", _current(times=[1.0], amplitudes=[0.5])),
    Entry("Currents", "NoisyCurrentSource", _current(mean=0.5, stdev=0.1)),
    Entry("Connectors", "AllToAllConnector", _connector()),
    Entry("Connectors", "ArrayConnector", _connector(__import__("numpy").eye(4, dtype=bool))),
    Entry("Connectors", "DistanceDependentProbabilityConnector", _connector("d < 1.5")),
    Entry("Connectors", "FixedNumberPostConnector", _connector(2)),
    Entry("Connectors", "FixedNumberPreConnector", _connector(2)),
    Entry("Connectors", "FixedProbabilityConnector", _connector(0.5)),
    Entry("Connectors", "FixedTotalNumberConnector", _connector(5)),
    Entry("Connectors", "FromListConnector", _connector([(0, 1, 0.5, 1.0)])),
    Entry("Connectors", "IndexBasedProbabilityConnector", _connector(_Diagonal()), "text, or PyNN's objects"),
    Entry("Connectors", "OneToOneConnector", _connector()),
    Entry("Connectors", "SmallWorldConnector", _connector(1.5, 0.1)),
    Entry("Connectors", "KernelConnector", _connector((2, 2), (2, 2), (1, 1))),
    Entry("Connectors", "ConvolutionConnector", _connector()),
    Entry("Connectors", "PoolDenseConnector", _connector()),
    Entry("Synapses", "StaticSynapse", _learning(lambda found: found(weight=0.5, delay=1.0))),
    Entry("Synapses", "STDPMechanism", _learning(lambda _: _pair())),
    Entry("Synapses", "SpikePairRule", _learning(lambda found: _pair(timing=found(20.0, 20.0, 0.01, 0.01)))),
    Entry("Synapses", "AdditiveWeightDependence", _learning(lambda found: _pair(weights=found(w_min=0.0, w_max=1.0)))),
    Entry(
        "Synapses", "MultiplicativeWeightDependence",
        _learning(lambda found: _pair(weights=found(w_min=0.0, w_max=1.0))),
    ),
    Entry(
        "Synapses", "extra_models.SpikeNearestPairRule",
        _learning(lambda found: _pair(timing=found(tau_plus=20.0, tau_minus=20.0, A_plus=0.01, A_minus=0.01))),
    ),
    Entry(
        "Synapses", "extra_models.PfisterSpikeTriplet",
        _learning(lambda found: _pair(
            timing=found(tau_plus=16.8, tau_minus=33.7, tau_x=101.0, tau_y=125.0, A_plus=0.01, A_minus=0.01),
            weights=sim.extra_models.WeightDependenceAdditiveTriplet(w_min=0.0, w_max=1.0),
        )),
    ),
    Entry(
        "Synapses", "extra_models.Vogels2011Rule",
        _learning(lambda found: _pair(timing=found(alpha=0.12, tau=20.0, A_plus=0.05))),
    ),
    Entry(
        "Synapses", "extra_models.RecurrentRule",
        _learning(lambda found: _pair(timing=found(), weights=sim.MultiplicativeWeightDependence(w_max=1.0))),
        "`dual_fsm=True`; with multiplicative weights",
    ),
    Entry("Synapses", "extra_models.Neuromodulation", _neuromodulated),
    Entry("Synapses", "extra_models.TimingDependencePFPC", _learning(lambda found: _pair(timing=found()))),
    Entry("Synapses", "extra_models.TimingDependenceMFVN", _learning(lambda found: _pair(timing=found()))),
    Entry("Synapses", "Convolution", _learning(lambda found: found())),
    Entry("Synapses", "PoolDense", _learning(lambda found: found())),
    Entry("Rewiring", "StructuralMechanismStatic", _rewiring()),
    Entry("Rewiring", "StructuralMechanismSTDP", _rewiring(mechanism=lambda found: found)),
    Entry("Rewiring", "RandomSelection", _rewiring(partner_selection=lambda found: found())),
    Entry("Rewiring", "LastNeuronSelection", _rewiring(partner_selection=lambda found: found())),
    Entry("Rewiring", "DistanceDependentFormation", _rewiring(formation=lambda found: found([2, 2], 0.2))),
    Entry("Rewiring", "RandomByWeightElimination", _rewiring(elimination=lambda found: found(0.4))),
    Entry("Calls", "setup", _call(1.0)),
    Entry("Calls", "run", _call(1.0)),
    Entry("Calls", "run_until", _call(2.0)),
    Entry("Calls", "run_for", _call(1.0)),
    Entry("Calls", "reset", _call()),
    Entry("Calls", "end", _call()),
    Entry("Calls", "name", _call()),
    Entry("Calls", "rank", _call()),
    Entry("Calls", "num_processes", _call()),
    Entry("Calls", "create", _create),
    Entry("Calls", "connect", _connect),
    Entry("Calls", "record", _record),
    Entry("Calls", "initialize", lambda found: found(_cells(), v=-60.0)),
    Entry("Calls", "list_standard_models", _call()),
    Entry("Calls", "get_current_time", _call()),
    Entry("Calls", "get_time_step", _call()),
    Entry("Calls", "get_min_delay", _call()),
    Entry("Calls", "get_max_delay", _call()),
    Entry("Calls", "get_machine", _call(), "says what was asked for"),
    Entry("Calls", "set_number_of_neurons_per_core", lambda found: found(sim.IF_curr_exp, 50)),
    Entry("Calls", "set_number_of_synapse_cores", lambda found: found(sim.IF_curr_exp, 1)),
    Entry("Calls", "set_allow_delay_extensions", lambda found: found(sim.IF_curr_exp, True), "does nothing"),
    Entry("Live", "external_devices.SpikeInjector", _device()),
    Entry("Live", "external_devices.activate_live_output_for", lambda found: found(_cells())),
    Entry("Live", "external_devices.SpynnakerLiveSpikesConnection", _closed(receive_labels=["a"])),
    Entry("Live", "external_devices.add_poisson_live_rate_control",
          lambda found: found(sim.Population(2, sim.SpikeSourcePoisson(rate=1.0)))),
    Entry("Live", "external_devices.SpynnakerPoissonControlConnection", _closed(poisson_labels=["a"])),
    Entry("Live", "external_devices.add_database_socket_address", _call("localhost", 19999, None)),
    Entry("Live", "external_devices.register_database_notification_request", _call("localhost", 19999, None)),
    Entry("Live", "external_devices.run_forever", lambda found: _stopped(found)),
    Entry("Live", "external_devices.run_sync", lambda found: _stopped(lambda: found(10.0, 5.0))),
    Entry("Live", "external_devices.request_stop", lambda found: _stopped(sim.external_devices.run_forever, found)),
    Entry("Live", "external_devices.activate_live_output_to", lambda found: found(_cells(), _cells())),
    *(Entry("Robots and sensors", f"external_devices.{name}", _device()) for name in ROBOTS),
)  # fmt: skip


def _stopped(run: Callable[[], Any], stop: Callable[[], Any] = sim.external_devices.request_stop) -> None:
    """Call *run*, which a connection's callback ends."""
    connection = sim.external_devices.SpynnakerLiveSpikesConnection(send_labels=["stopped"])
    connection.add_start_resume_callback("stopped", lambda label, sender: stop())
    sim.Population(2, sim.external_devices.SpikeInjector(), label="stopped")
    try:
        run()
    finally:
        connection.close()


def works(entry: Entry, arithmetic: str) -> bool:
    """Return whether an entry does what is tried with it."""
    sim.setup(1.0, arithmetic=arithmetic, device="runtime")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            entry.attempt(_get(entry.name))
        except (AttributeError, BrianHWError):
            return False
    return True


def rows(found: dict[str, list[bool]]) -> str:
    """Return the page, of what works by name and mode."""
    parts, section = [HEAD], ""
    for entry in ENTRIES:
        if entry.section != section:
            section = entry.section
            parts.append(f"\n## {section}\n\n| name | integers | ideal | |\n|---|---|---|---|")
        cells = ["yes" if each else "no" for each in found[entry.name]]
        parts.append(f"| `{entry.name}` | {' | '.join(cells)} | {entry.remark} |")
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    from brian2 import prefs

    prefs.codegen.target = "numpy"
    PAGE.write_text(rows({entry.name: [works(entry, mode) for mode in MODES] for entry in ENTRIES}), encoding="utf-8")
