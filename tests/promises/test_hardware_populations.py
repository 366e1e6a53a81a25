"""Populations on a chip: Brian2 groups of exactly the size asked for, whose biases are their core's."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    SpikeMonitor,
    StateMonitor,
    Subgroup,
    Synapses,
    collect,
    defaultclock,
    device,
    ms,
    mV,
    nA,
    pA,
    pF,
    run,
    set_device,
)
from brian2.core.network import BrianObjectException

from brianhw import Chip, DynapSE1
from brianhw.equations.lif import LIF
from brianhw.equations.receptors import exponential_current, static_synapse
from brianhw.errors import CapacityError, ParameterError, ReleasedError, RequestError, UnitError, UnknownNameError
from brianhw.parameters.lif import PYNN_DEFAULTS

EXC = exponential_current("exc")
LIF_PARAMETERS = PYNN_DEFAULTS | {"tau_exc": 5 * ms}


def toy_chip(**changes) -> Chip:
    """A chip of four cores of eight LIF neurons, which share the time constant and the threshold."""
    settings = {
        "cores": 4,
        "neurons_per_core": 8,
        "model": LIF + EXC,
        "synapses": {"exc": static_synapse(EXC)},
        "parameters": LIF_PARAMETERS,
        "shared": ("tau_exc", "V_th"),
    }
    return Chip("toy", **{**settings, **changes})


def biases(chip: Chip, name: str = "tau_exc") -> list[float]:
    """Return one bias of each core, in ms or mV."""
    return [float(core.value(name)) * 1e3 for core in chip.cores]


# -- a Brian2 group ---------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 7, 8])
def test_a_population_is_a_brian2_group_of_exactly_n_neurons(n):
    population = toy_chip().population(n)
    assert isinstance(population, NeuronGroup)
    assert len(population) == population.N == len(population.v) == n


def test_a_population_on_several_cores_is_one_group_of_exactly_n_neurons():
    population = toy_chip().population(19, spread=True)
    assert len(population) == len(population.v) == 19
    assert population.placement.cores == (0, 1, 2)


def test_monitors_synapses_and_subgroups_take_a_population():
    chip = toy_chip()
    source, target = chip.population(3), chip.population(5)
    source.I_ext = 2 * nA
    synapses = Synapses(source[1:], target, on_pre="v_post += 1*mV")
    synapses.connect(j="i")
    trace = StateMonitor(target, "v", record=True)
    spikes, few = SpikeMonitor(source), SpikeMonitor(source[1:2])
    Network(source, target, synapses, trace, spikes, few).run(20 * ms)
    assert set(spikes.i[:]) == {0, 1, 2}
    assert 0 < few.num_spikes == spikes.num_spikes / 3
    assert (trace.v[:2].max(axis=1) > -65 * mV).all()
    assert (trace.v[2:] == -65 * mV).all()


def test_a_population_starts_with_the_chips_parameters_and_initial_states():
    chip = toy_chip(parameters=LIF_PARAMETERS | {"v": -60 * mV, "I_ext": 3 * pA})
    for population in (chip.population(2), chip.population(14, spread=True)):
        assert (population.v == -60 * mV).all()
        assert (population.I_ext == 3 * pA).all()
        assert (population.C_m == LIF_PARAMETERS["C_m"]).all()
        assert np.all(population.tau_exc == 5 * ms)
    assert (toy_chip().population(2).v == LIF_PARAMETERS["E_L"]).all()


def test_what_neurons_have_each_is_set_in_every_way_of_brian2():
    population = toy_chip().population(4)
    offset = 2  # noqa: F841 - the expression reads it
    population.v = "-70*mV + (i + offset)*mV"
    assert population.v / mV == pytest.approx([-68, -67, -66, -65])
    population.v["i > 1"] = -50 * mV
    population[0:1].v = -40 * mV
    population.set_states({"I_ext": [1, 2, 3, 4] * pA})
    assert population.v / mV == pytest.approx([-40, -67, -50, -50])
    assert population.get_states(["I_ext"])["I_ext"] / pA == pytest.approx([1, 2, 3, 4])


def test_the_magic_network_finds_populations():
    population = toy_chip().population(2)
    population.I_ext = 2 * nA
    spikes = SpikeMonitor(population)
    assert population in collect()
    run(10 * ms)
    assert spikes.num_spikes > 0


def test_populations_of_one_core_run_in_two_networks_with_the_bias_of_their_core():
    chip = toy_chip()
    first, second = chip.population(2), chip.population(2)
    for population in (first, second):
        population.I_ext = 1 * nA
    chip.core(0).bias(V_th=-60 * mV)
    counts = []
    for population in (first, second):
        monitor = SpikeMonitor(population)
        Network(population, monitor).run(30 * ms)
        counts.append(monitor.num_spikes)
    lone = toy_chip(parameters=LIF_PARAMETERS | {"V_th": -60 * mV}).population(2)
    lone.I_ext = 1 * nA
    monitor = SpikeMonitor(lone)
    Network(lone, monitor).run(30 * ms)
    assert counts == [monitor.num_spikes] * 2
    assert monitor.num_spikes > 2  # at -50 mV there would be fewer


def test_several_chips_in_one_script_share_nothing():
    one, other = toy_chip(), toy_chip()
    here, there = one.population(3), other.population(3)
    here.tau_exc = 1 * ms
    assert there.tau_exc == 5 * ms
    Network(here, there).run(0.2 * ms)
    assert here.name != there.name


def test_a_chip_may_have_a_name_that_brian2_would_not_allow():
    for name in ("2nd chip", "Größe-1", "<b>"):
        chip = Chip(
            name, cores=1, neurons_per_core=2, model=LIF, synapses={}, shared=["V_th"], parameters=PYNN_DEFAULTS
        )
        Network(chip.population(1)).run(0.1 * ms)


# -- biases -----------------------------------------------------------------------------------------

IN_ALL_WAYS = {
    "group.bias = value": lambda group, value: setattr(group, "tau_exc", value),
    "group.bias_ = number": lambda group, value: setattr(group, "tau_exc_", float(value)),
    "group.bias[:] = value": lambda group, value: group.tau_exc.__setitem__(slice(None), value),
    "group.bias = expression": lambda group, value: setattr(group, "tau_exc", f"{float(value)}*second"),
    "group.set_states(...)": lambda group, value: group.set_states({"tau_exc": value}),
    "group.set_states(..., units=False)": lambda group, value: group.set_states({"tau_exc": float(value)}, units=False),
    "part.bias = value": lambda group, value: setattr(group[1:2], "tau_exc", value),
    "part.bias[:] = value": lambda group, value: group[1:3].tau_exc.__setitem__(slice(None), value),
    "part.set_states(...)": lambda group, value: group[:2].set_states({"tau_exc": value}),
    "part of a part": lambda group, value: setattr(group[0:3][1:2], "tau_exc", value),
    "core.bias(...)": lambda group, value: group.chip.core(group.placement.cores[0]).bias(tau_exc=value),
}


@pytest.mark.parametrize("way", IN_ALL_WAYS.values(), ids=IN_ALL_WAYS.keys())
def test_a_bias_holds_for_all_populations_of_its_core_also_later_ones_and_no_other(way):
    chip = toy_chip()
    before, group, elsewhere = chip.population(2, 1), chip.population(3, 1), chip.population(2, 2)
    way(group, 9 * ms)
    after, later_elsewhere = chip.population(2, 1), chip.population(2, 3)
    assert biases(chip) == pytest.approx([5, 9, 5, 5])
    for population in (before, group, after):
        assert population.tau_exc / ms == pytest.approx(9)
    for population in (elsewhere, later_elsewhere):
        assert population.tau_exc / ms == pytest.approx(5)


def test_a_bias_set_before_any_population_is_there_holds():
    chip = toy_chip()
    chip.core("Core_1").bias(tau_exc=2 * ms, V_th=-45 * mV)
    population = chip.population(2, 1)
    assert population.tau_exc == 2 * ms
    assert population.V_th == -45 * mV


def test_an_expression_for_a_bias_may_use_the_scripts_names_and_other_biases():
    chip = toy_chip()
    population = chip.population(2, 1)
    factor = 3  # noqa: F841 - the expressions read it
    population.tau_exc = "factor*ms"
    assert population.tau_exc == 3 * ms
    population.tau_exc[:] = "tau_exc*factor"
    assert population.tau_exc == 9 * ms
    population.tau_exc += 1 * ms
    assert biases(chip) == pytest.approx([5, 10, 5, 5])


def test_a_population_on_several_cores_sees_each_cores_own_value():
    chip = toy_chip()
    population = chip.population(20, spread=True)
    chip.core(1).bias(tau_exc=7 * ms)
    assert population.tau_exc / ms == pytest.approx([5] * 8 + [7] * 8 + [5] * 4)
    neighbour = chip.population(2, 2)
    neighbour.tau_exc = 2 * ms
    assert population.tau_exc / ms == pytest.approx([5] * 8 + [7] * 8 + [2] * 4)


@pytest.mark.parametrize("way", [way for name, way in IN_ALL_WAYS.items() if name.startswith("group")])
def test_a_population_on_several_cores_sets_the_bias_of_them_all(way):
    chip = toy_chip()
    way(chip.population(20, spread=True), 9 * ms)
    assert biases(chip) == pytest.approx([9, 9, 9, 5])


def test_a_part_of_a_population_sets_the_bias_of_the_cores_that_it_is_on():
    chip = toy_chip()
    chip.population(20, spread=True)[6:12].tau_exc = 9 * ms
    assert biases(chip) == pytest.approx([9, 9, 5, 5])


def test_neurons_on_several_cores_spike_as_the_same_neurons_on_one_core_each_do():
    chip = toy_chip(shared=("tau_exc", "V_th", "g_L"))
    chip.core(1).bias(V_th=-60 * mV, g_L=20e-9 * 1 * PYNN_DEFAULTS["g_L"] / float(PYNN_DEFAULTS["g_L"]))
    spread = chip.population(16, spread=True)
    twin = toy_chip(shared=("tau_exc", "V_th", "g_L"))
    alone = [twin.population(8, core) for core in (0, 1)]
    alone[1].V_th, alone[1].g_L = -60 * mV, 20e-9 * PYNN_DEFAULTS["g_L"] / float(PYNN_DEFAULTS["g_L"])
    for group in (spread, *alone):
        group.I_ext = 1.1 * nA
    monitors = [SpikeMonitor(group) for group in (spread, *alone)]
    Network(spread, *alone, *monitors).run(60 * ms)
    counts = [list(monitor.count) for monitor in monitors]
    assert counts[0] == counts[1] + counts[2]
    assert counts[1][0] != counts[2][0]


def test_the_default_dpi_neuron_is_the_same_on_several_cores_as_on_one():
    chip = DynapSE1(cores=2, neurons_per_core=2)
    chip.core(1).bias(Isoma_dpi_tau=8 * pA, Csoma_mem=1 * pF)
    spread = chip.population(3, spread=True)
    twin = DynapSE1(cores=2, neurons_per_core=2)
    twin.core(1).bias(Isoma_dpi_tau=8 * pA, Csoma_mem=1 * pF)
    alone = [twin.population(2, 0), twin.population(1, 1)]
    for group in (spread, *alone):
        group.Isoma_const = 400 * pA
    traces = [StateMonitor(group, "Isoma_mem", record=True) for group in (spread, *alone)]
    Network(spread, *alone, *traces).run(20 * ms)
    expected = np.concatenate([trace.Isoma_mem_ for trace in traces[1:]])
    np.testing.assert_allclose(traces[0].Isoma_mem_, expected, rtol=1e-9)  # the sum over cores rounds


WRONG = {
    "unit": ({"tau_exc": 3 * mV}, UnitError, "'tau_exc' is in s.* it was given 3"),
    "no unit": ({"tau_exc": 3}, UnitError, "'tau_exc' is in s.*a number without unit"),
    "second": ({"tau_exc": 3 * ms, "V_th": 3 * ms}, UnitError, "'V_th' is in"),
    "unknown": ({"tau_exc": 3 * ms, "V_thr": 3 * mV}, UnknownNameError, "Did you mean 'V_th'"),
    "array": ({"tau_exc": [3, 4] * ms}, ParameterError, "it was given 2"),
    "nan": ({"tau_exc": np.nan * ms}, ParameterError, "must be above zero, it was given nan"),
    "nan of any sign": ({"tau_exc": 3 * ms, "V_th": np.nan * mV}, ParameterError, "one finite value"),
    "infinite": ({"tau_exc": np.inf * ms}, ParameterError, "one finite value"),
}


@pytest.mark.parametrize("where", ["core", "population", "part", "spread"])
@pytest.mark.parametrize(("values", "error", "message"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_bias_is_refused_and_nothing_has_changed(where, values, error, message):
    chip = toy_chip()
    spread, population = chip.population(14, spread=True), chip.population(2, 3)
    setters = {
        "core": lambda: chip.core(3).bias(**values),
        "population": lambda: population.set_states(values),
        "part": lambda: population[:1].set_states(values),
        "spread": lambda: spread.set_states(values),
    }
    with pytest.raises(error, match=message):
        setters[where]()
    assert biases(chip) == pytest.approx([5] * 4)
    assert biases(chip, "V_th") == pytest.approx([-50] * 4)
    assert np.all(spread.tau_exc == 5 * ms)


def test_a_wrong_state_beside_a_bias_changes_neither():
    population = toy_chip().population(2)
    with pytest.raises(UnitError, match="'v' is in"):
        population.set_states({"tau_exc": 1 * ms, "v": 3 * ms})
    with pytest.raises(TypeError, match="read-only"):
        population.set_states({"tau_exc": 1 * ms, "I_syn": 3 * pA})
    assert population.tau_exc == 5 * ms


def test_a_misspelt_attribute_is_an_error_with_the_nearest_name():
    population = toy_chip().population(2)
    with pytest.raises(AttributeError, match="Did you mean to write .*tau_exc"):
        population.tau_ecx = 3 * ms


@pytest.mark.parametrize("part", [False, True])
@pytest.mark.parametrize(
    ("name", "said"),
    [("Isoma_me", "Did you mean 'Isoma_mem'?"), ("Vmem", "Its state is .*Isoma_mem, and it has 35 parameters")],
)
def test_a_monitor_of_a_variable_that_is_none_is_told_which_there_are(name, said, part):
    chip = DynapSE1()
    cells = chip.population(3, name="cells")
    with pytest.raises(UnknownNameError, match=f"cells.* has no variable '{name}'. {said}"):
        StateMonitor(cells[0:2] if part else cells, name, record=True)


def test_a_monitor_of_synapses_on_a_chip_is_told_which_variables_there_are():
    chip = DynapSE1()
    cells = chip.population(3, name="cells")
    synapses = chip.connect(cells, cells, "AMPA", j="i")
    with pytest.raises(UnknownNameError, match="has no variable 'wight'. Did you mean 'weight'"):
        StateMonitor(synapses, "wight", record=True)


def test_a_bias_is_not_set_for_some_neurons_of_a_core():
    population = toy_chip().population(3)
    with pytest.raises(ParameterError, match="'tau_exc' has one value for all neurons of a core"):
        population.tau_exc[1] = 3 * ms
    with pytest.raises(ParameterError, match="takes one value, shared by the group; it was given 3"):
        population.tau_exc = [1, 2, 3] * ms


def test_a_bias_is_not_an_expression_for_a_core():
    with pytest.raises(ParameterError, match="one finite value; it was given '5.ms'"):
        toy_chip().core(0).bias(tau_exc="5*ms")


def test_biases_say_what_the_core_has_and_the_summary_what_was_changed():
    chip = toy_chip()
    chip.population(2, 1)[:1].tau_exc = 4 * ms
    chip.core(2).bias(V_th=-55 * mV)
    assert chip.core(1).biases["tau_exc"] == 4 * ms
    assert [list(core.changed_biases()) for core in chip.cores] == [[], ["tau_exc"], ["V_th"], []]


def test_restore_brings_biases_and_states_back():
    chip = toy_chip()
    alone, spread = chip.population(2, 3), chip.population(12, spread=True)
    net = Network(alone, spread)
    chip.core(1).bias(tau_exc=2 * ms)
    net.store()
    alone.tau_exc, spread.tau_exc, alone.v = 9 * ms, 8 * ms, -10 * mV
    net.restore()
    assert biases(chip) == pytest.approx([5, 2, 5, 5])
    assert (alone.v == -65 * mV).all()
    assert spread.tau_exc / ms == pytest.approx([5] * 8 + [2] * 4)


def test_a_stored_run_continues_as_it_would_have():
    population = toy_chip().population(3)
    population.I_ext = "(i + 1)*nA"
    monitor = SpikeMonitor(population)
    net = Network(population, monitor)
    net.run(10 * ms)
    net.store()
    net.run(20 * ms)
    once = monitor.count[:].tolist()
    population.V_th = -30 * mV
    net.restore()
    net.run(20 * ms)
    assert monitor.count[:].tolist() == once


def test_what_the_model_calls_shared_is_a_bias_of_the_core():
    model = LIF.with_flags(["V_reset"], "shared, constant")
    chip = toy_chip(model=model + EXC)
    spread, other = chip.population(12, spread=True), chip.population(2, 1)
    other.V_reset = -70 * mV
    assert spread.V_reset / mV == pytest.approx([-65] * 8 + [-70] * 4)


# -- faithful fidelity ------------------------------------------------------------------------------


def test_in_faithful_fidelity_neurons_may_differ_where_the_simulator_lets_them():
    chip = DynapSE1("faithful")
    first, other = chip.population(3, 1), chip.population(2, 1)
    first.Iampa_tau = [1, 2, 3] * pA
    assert first.Iampa_tau / pA == pytest.approx([1, 2, 3])
    assert other.Iampa_tau / pA == pytest.approx([20, 20])


def test_in_faithful_fidelity_core_bias_sets_every_neuron_of_the_core_also_later_ones():
    chip = DynapSE1("faithful", cores=2, neurons_per_core=8)
    first, other, spread = chip.population(3, 1), chip.population(1, 0), chip.population(9, spread=True)
    chip.core(1).bias(Iampa_tau=7 * pA, Isoma_th=900 * pA)
    later = chip.population(1, 1)
    assert first.Iampa_tau / pA == pytest.approx([7] * 3)
    assert later.Iampa_tau / pA == pytest.approx([7])
    assert other.Iampa_tau / pA == pytest.approx([20])
    on_core_1 = spread.placement.core_of == 1
    assert spread.Iampa_tau / pA == pytest.approx(np.where(on_core_1, 7, 20))
    assert spread.Isoma_th / pA == pytest.approx(np.where(on_core_1, 900, 2000))


# -- refusals and freeing ---------------------------------------------------------------------------

REFUSED = {
    "too many": (
        lambda chip: chip.population(9, 1, name="more"),
        CapacityError,
        "toy core 1 has 8 of 8 neurons free, 9",
    ),
    "none": (lambda chip: chip.population(0, name="more"), RequestError, "must be at least 1"),
    "core": (lambda chip: chip.population(1, "Core_4", name="more"), UnknownNameError, "Core_4"),
    "name": (lambda chip: chip.population(1, name="taken"), RequestError, "There is a population 'taken' already"),
    "no name": (
        lambda chip: chip.population(1, name="0"),
        RequestError,
        "toy: a population's name has letters, digits and underscores, and no digit first; it was given '0'",
    ),
    "no text": (lambda chip: chip.population(1, name=7), RequestError, "it was given 7"),
    "both": (lambda chip: chip.population(1, 1, spread=True, name="more"), RequestError, "a core or spread=True"),
}


@pytest.mark.parametrize(("request_", "error", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_population_leaves_no_trace(request_, error, message):
    chip = toy_chip()
    kept = chip.population(3, 0, name="taken")
    plan, objects, state = chip.plan, collect(), np.random.get_state()[1].copy()
    with pytest.raises(error, match=message):
        request_(chip)
    assert chip.plan is plan
    assert collect() == objects
    assert (np.random.get_state()[1] == state).all()
    assert list(chip.populations.values()) == [kept]
    more = chip.population(8, 1, name="more")
    assert more.name == "more"
    run(0.1 * ms)


@pytest.mark.parametrize("n", [255, 256])
def test_a_core_of_dynapse1_has_256_neurons(n):
    assert len(DynapSE1().population(n, 3)) == n


def test_a_core_of_dynapse1_has_no_257th_neuron():
    chip = DynapSE1()
    with pytest.raises(CapacityError, match="DYNAP-SE1 core 3 has 256 of 256 neurons free, 257 were asked for"):
        chip.population(257, 3)
    assert len(chip.population(1024, spread=True)) == 1024
    with pytest.raises(CapacityError, match="1 was asked for"):
        chip.population(1)


def test_freed_neurons_can_be_had_again_under_the_same_name():
    chip = toy_chip()
    chip.population(8, 1, name="first").free()
    assert chip.core(1).free_neurons == 8
    again = chip.population(8, 1, name="first")
    assert chip["first"] is again
    Network(again).run(0.1 * ms)


USES = {
    "bias": lambda group: setattr(group, "tau_exc", 1 * ms),
    "part": lambda group: setattr(group[:1], "tau_exc", 1 * ms),
    "free": lambda group: group.free(),
    "free by chip": lambda group: group.chip.free(group),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES.keys())
def test_a_freed_population_is_of_no_more_use(use):
    chip = toy_chip()
    gone, other = chip.population(2, name="gone"), chip.population(2)
    chip.free(gone)
    with pytest.raises(ReleasedError, match="gone.*was freed from toy"):
        use(gone)
    assert other.tau_exc == 5 * ms


def test_a_freed_population_refuses_to_run():
    gone = toy_chip().population(2, name="gone")
    net = Network(gone)
    gone.free()
    with pytest.raises(BrianObjectException) as raised:
        net.run(1 * ms)
    assert isinstance(raised.value.__cause__, ReleasedError)
    assert "'gone' was freed from toy" in str(raised.value.__cause__)


@pytest.mark.parametrize("stranger", [3, None, "exc", NeuronGroup])
def test_what_is_not_on_the_chip_cannot_be_freed(stranger):
    chip, elsewhere = toy_chip(), toy_chip().population(1, name="exc")
    chip.population(1, name="exc")
    thing = elsewhere if stranger is NeuronGroup else stranger
    with pytest.raises(ValueError, match="is not on toy"):
        chip.free(thing)
    assert list(chip.populations) == ["exc"]


def test_an_unknown_population_is_refused_with_the_nearest_name():
    chip = toy_chip()
    chip.population(1, name="excitatory")
    with pytest.raises(UnknownNameError, match="Did you mean 'excitatory'"):
        chip["excitatry"]


def test_parts_are_brian2_subgroups():
    part = toy_chip().population(8)[2:6]
    assert isinstance(part, Subgroup)
    assert (part.start, part.stop, len(part), len(part[1:3])) == (2, 6, 4, 2)
    assert part[1:3].start == 3


# -- compiled ---------------------------------------------------------------------------------------


def small_network(chip: Chip) -> tuple[Network, SpikeMonitor, SpikeMonitor]:
    alone, spread = chip.population(3, 3), chip.population(12, spread=True)
    chip.core(1).bias(V_th=-60 * mV)
    alone.V_th = -55 * mV
    alone[1:].tau_exc = 3 * ms
    for group in (alone, spread):
        group.I_ext = "(1 + 0.1*i)*nA"
    monitors = SpikeMonitor(alone), SpikeMonitor(spread)
    into = chip.connect(alone, spread, "exc", weight=0 * nA, condition="i != j")
    into.weight = "0.1*(1 + i)*nA"
    into.weight[3] = 0.5 * nA
    into.weight["i == 2"] = 0.2 * nA
    into.weight[1, :] = 0.3 * nA
    into.connect(i=[0], j=[0])
    return Network(alone, spread, into, *monitors), *monitors


@pytest.mark.standalone
def test_a_standalone_program_spikes_as_the_runtime_device_does(tmp_path):
    net, *monitors = small_network(toy_chip())
    net.run(40 * ms)
    expected = [(list(monitor.i), list(monitor.t / defaultclock.dt)) for monitor in monitors]

    set_device("cpp_standalone", directory=str(tmp_path / "program"))
    chip = toy_chip()
    net, *monitors = small_network(chip)
    planned = chip.plan
    for wrong in ([-1] * 3, -1):
        with pytest.raises(ParameterError):
            chip.core(0).bias(V_th=wrong)
    assert [list(core.changed_biases()) for core in chip.cores] == [[], ["V_th"], [], ["V_th", "tau_exc"]]
    assert float(chip.core(3).value("V_th")) == pytest.approx(-0.055)
    net.run(40 * ms)
    for monitor, (neurons, steps) in zip(monitors, expected, strict=True):
        assert list(monitor.i) == neurons
        assert list(monitor.t / defaultclock.dt) == pytest.approx(steps)
    (connection,) = chip.connections.values()
    np.testing.assert_array_equal(connection.weight_[:], planned.connections[connection.name].weights)
    device.reinit()
