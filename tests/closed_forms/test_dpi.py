"""The default DPI neuron: against closed forms, its own derivatives, and a solution that shares no code with it."""

from functools import lru_cache

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    Quantity,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    amp,
    defaultclock,
    ms,
    pA,
    second,
    us,
)
from scipy.integrate import solve_ivp

from brianhw.equations.dpi import DPI_NEURON
from brianhw.equations.dpi_faithful import DPI_NEURON_FAITHFUL
from brianhw.equations.dpi_synapse import DPI_SYNAPSES
from brianhw.parameters.dynapse1 import SIMULATOR_DEFAULTS

STATES = ("Isoma_mem", "Isoma_ahp", "Inmda", "Iampa", "Igaba_a", "Igaba_b")
CIRCUITS = {"AMPA": "Iampa", "NMDA": "Inmda", "GABA_A": "Igaba_a", "GABA_B": "Igaba_b"}
P = {name: float(value) for name, value in SIMULATOR_DEFAULTS.items()}
KAPPA = (P["kn"] + P["kp"]) / 2


def time_constant(capacitance: str, leak: str) -> float:
    return P[capacitance] * P["Ut"] / (KAPPA * P[leak])


def group(n=1, model=DPI_NEURON, dt=0.1 * ms, **values):
    defaultclock.dt = dt
    cells = NeuronGroup(n, **model)
    model.set(cells, SIMULATOR_DEFAULTS, **values)
    return cells


# -- circuits with a closed form --------------------------------------------------------------------


@pytest.mark.parametrize("current", CIRCUITS.values())
@pytest.mark.parametrize("dt", [0.02 * ms, 1 * ms])
def test_a_synapse_decays_as_its_exponential_whatever_the_step(current, dt):
    cells = group(dt=dt, **{current: 500 * pA})
    Network(cells).run(10 * ms)
    tau = time_constant(f"C{current[1:]}", f"{current}_tau")
    expected = 500e-12 * np.exp(-10e-3 / tau)
    assert getattr(cells, f"{current}_")[0] == pytest.approx(expected, rel=1e-12)  # rounding of 500 products


@pytest.mark.parametrize("current", CIRCUITS.values())
def test_a_synapse_rests_at_the_dark_current(current):
    cells = group(**{current: 2 * pA})
    Network(cells).run(200 * ms)
    assert getattr(cells, f"{current}_")[0] == P["I0"]


@pytest.mark.parametrize("synapse_type", CIRCUITS)
def test_a_spike_adds_weight_times_gain_times_the_current_of_a_word(synapse_type):
    cells = group()
    source = SpikeGeneratorGroup(1, [0], [0] * ms)
    synapses = Synapses(source, cells, **DPI_SYNAPSES[synapse_type])
    synapses.connect()
    synapses.weight = 3
    Network(cells, source, synapses).run(defaultclock.dt)
    current = CIRCUITS[synapse_type]
    assert getattr(cells, f"{current}_")[0] == pytest.approx(P["I0"] + 3 * 4 * 100e-12, rel=1e-12)


def test_adaptation_decays_as_its_exponential_while_the_membrane_is_up():
    cells = group(Isoma_ahp=50 * pA, Isoma_const=400 * pA, Isoma_mem=100 * pA)
    Network(cells).run(5 * ms)
    assert cells.Isoma_mem_[0] > P["I0"]
    expected = 50e-12 * np.exp(-5e-3 / time_constant("Csoma_ahp", "Isoma_ahp_tau"))
    assert cells.Isoma_ahp_[0] == pytest.approx(expected, rel=1e-12)


def test_adaptation_decays_more_slowly_while_the_membrane_rests_at_the_dark_current():
    cells = group(Isoma_ahp=50 * pA, Isoma_mem=1 * pA, Isoma_const=0 * pA)
    Network(cells).run(5 * ms)
    assert cells.Isoma_mem_[0] == P["I0"]
    threshold = P["alpha_ahp"] * P["Isoma_ahp_tau"]
    tau = time_constant("Csoma_ahp", "Isoma_ahp_tau") * (1 + threshold / P["I0"])
    expected = (50e-12 + threshold) * np.exp(-5e-3 / tau) - threshold
    assert cells.Isoma_ahp_[0] == pytest.approx(expected, rel=1e-12)


def test_each_spike_adds_to_adaptation_and_adaptation_lengthens_the_intervals():
    cells = group(2, Isoma_const=1000 * pA, Isoma_ahp_tau=0.5 * pA)
    adapting = NeuronGroup(2, **DPI_NEURON.per_neuron("Isoma_ahp_w"))
    DPI_NEURON.per_neuron("Isoma_ahp_w").set(
        adapting, SIMULATOR_DEFAULTS, Isoma_const=1000 * pA, Isoma_ahp_tau=0.5 * pA, Isoma_ahp_w=[0, 5] * pA
    )
    spikes = SpikeMonitor(adapting)
    Network(cells, adapting, spikes).run(400 * ms)
    plain, adapted = (np.diff(train / ms) for train in spikes.spike_trains().values())
    assert adapted[-1] > 1.2 * adapted[0]
    assert plain[-1] == pytest.approx(plain[0], abs=0.2)  # two steps of the grid


def test_the_membrane_settles_where_gain_times_input_balances_the_leak():
    cells = group(Isoma_const=100 * pA, Isoma_pfb_gain=0 * pA)
    Network(cells).run(1 * second)
    leaving = P["Isoma_dpi_tau"] + 2 * P["I0"]  # leak, and the dark currents of adaptation and shunt
    # at rest AMPA and GABA_B cancel; NMDA adds the dark current, gated by a membrane far above it
    settled = P["alpha_soma"] * (101e-12 - leaving) * P["Isoma_dpi_tau"] / leaving
    assert cells.Isoma_mem_[0] == pytest.approx(settled, rel=1e-3)  # the gate is 0.4 % open less


def test_the_nmda_circuit_is_half_open_where_the_membrane_equals_its_threshold():
    cells = group(Inmda=200 * pA, Isoma_mem=30 * pA, Inmda_thr=30 * pA)
    assert cells.Isoma_in_[0] == pytest.approx(100e-12, rel=1e-12)  # AMPA and GABA_B at rest cancel


def test_shunting_divides_and_subtraction_never_reverses_the_input():
    cells = group(3, Iampa=400 * pA, Igaba_a=[1, 100, 100] * pA, Igaba_b=[1, 1, 1000] * pA)
    assert np.all(np.diff(cells.Isoma_sum_[:2]) > 0)
    assert cells.Isoma_input_[2] == P["I0"]


# -- integration ------------------------------------------------------------------------------------


def test_the_jacobian_is_the_derivative_of_the_rise():
    membrane = np.concatenate([np.geomspace(1.5, 200, 20), np.linspace(850, 1990, 20)])
    states = dict(Inmda=80 * pA, Iampa=300 * pA, Igaba_a=40 * pA, Igaba_b=100 * pA, Isoma_ahp=20 * pA)
    step = 1e-6
    low, at, high = (
        group(len(membrane), Isoma_mem=membrane * factor * pA, Inmda_thr=20 * pA, **states)
        for factor in (1 - step, 1, 1 + step)
    )
    numeric = (high.Isoma_rise_ - low.Isoma_rise_) / (2 * step * membrane * 1e-12)
    scale = np.abs(at.Isoma_rise_ / (membrane * 1e-12)) + np.abs(numeric)
    assert np.max(np.abs(at.Isoma_rise_slope_ - numeric) / scale) < 1e-7  # central difference: step squared


def membrane_after(duration, dt):
    cells = group(dt=dt, Isoma_mem=20 * pA, Iampa=300 * pA, Igaba_a=30 * pA, Inmda=50 * pA, Isoma_ahp=5 * pA)
    Network(cells).run(duration)
    return cells.Isoma_mem_[0]


def test_the_membrane_is_integrated_with_order_two():
    steps = np.array([0.4, 0.2, 0.1, 0.05])
    exact = membrane_after(4 * ms, 0.005 * ms)
    errors = [abs(membrane_after(4 * ms, step * ms) - exact) for step in steps]
    order = np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert order == pytest.approx(2, abs=0.15)
    assert errors[2] < 1e-3 * exact  # at 0.1 ms, the step of the tutorials


def test_no_current_falls_below_the_dark_current_however_strong_the_inhibition():
    cells = group(Isoma_mem=500 * pA, Igaba_a=50_000 * pA, Igaba_b=50_000 * pA, dt=1 * ms)
    traces = StateMonitor(cells, STATES, record=True, when="end")
    Network(cells, traces).run(50 * ms)
    assert all(np.all(getattr(traces, f"{state}_") >= P["I0"]) for state in STATES)


def test_strong_shunting_pulls_the_membrane_down_without_overshoot_at_a_coarse_step():
    cells = group(Isoma_mem=500 * pA, Igaba_a=2_000 * pA, dt=0.5 * ms)  # decay per step: exp(-14)
    traces = StateMonitor(cells, "Isoma_mem", record=True, when="end")
    Network(cells, traces).run(5 * ms)
    trace = traces.Isoma_mem_[0]
    # at the dark current the two branches pull against each other by 1 % of it
    assert np.all((np.diff(trace) <= 0) | (trace[1:] < 1.01 * P["I0"]))


@pytest.mark.parametrize(("weight", "leak"), [(60, 200), (60, 20), (32, 20), (16, 20)])
def test_strong_excitation_lifts_the_membrane_from_the_dark_current_as_fast_at_a_coarse_step(weight, leak):
    """One step of 0.1 ms spans up to exp(34) of linear growth here; a stalled step would lose the spike."""

    def first_spike(dt):
        cells = group(dt=dt, Iampa_tau=leak * pA)
        source = SpikeGeneratorGroup(1, [0], [5 * ms] - dt)  # delivered at the end of its step
        synapses = Synapses(source, cells, **DPI_SYNAPSES["AMPA"])
        synapses.connect()
        synapses.weight = weight
        spikes = SpikeMonitor(cells)
        Network(cells, source, synapses, spikes).run(9 * ms)
        return spikes.t[0] / ms

    assert first_spike(100 * us) == pytest.approx(first_spike(4 * us), abs=0.13)  # a step, and one of rounding


# -- spikes, against a solution of the circuit equations by other means ------------------------------


def slopes(_, state, constant):
    """Sections 4 to 6 of the simulator's equations, gate by gate, with every state held at I0 or above."""
    i0, ut = P["I0"], P["Ut"]
    membrane, ahp, nmda, ampa, shunt, subtract = np.maximum(state, i0)
    up = membrane > i0 * (1 + 1e-9)

    def synapse(value, name):
        return -value / time_constant(f"C{name}", f"I{name}_tau") if value > i0 * (1 + 1e-12) else 0.0

    entering = nmda / (1 + P["Inmda_thr"] / membrane) + ampa - subtract + constant
    entering = max(entering, i0)
    tau_ahp, g_ahp = time_constant("Csoma_ahp", "Isoma_ahp_tau"), P["alpha_ahp"] * P["Isoma_ahp_tau"]
    if ahp <= i0 * (1 + 1e-12):
        ahp_slope = 0.0
    elif up:
        ahp_slope = -ahp / tau_ahp
    else:
        ahp_slope = -(ahp + g_ahp) / (tau_ahp * (1 + g_ahp / i0))
    tau, leak = time_constant("Csoma_mem", "Isoma_dpi_tau"), P["Isoma_dpi_tau"]
    if up:
        feedback = P["Isoma_pfb_gain"] / (1 + np.exp(-(membrane - P["Isoma_pfb_th"]) / P["Isoma_pfb_norm"]))
        leaving = leak + ahp + shunt - feedback
        gain = P["alpha_soma"] * leak
        membrane_slope = (P["alpha_soma"] * (entering - leaving) - leaving * membrane / leak) / (
            tau * (1 + gain / membrane)
        )
    else:
        membrane_slope = P["alpha_soma"] * (entering - i0) * KAPPA * i0 / (2 * P["Csoma_mem"] * ut)
    rest = synapse(nmda, "nmda"), synapse(ampa, "ampa"), synapse(shunt, "gaba_a"), synapse(subtract, "gaba_b")
    return np.array([membrane_slope, ahp_slope, *rest])


def reference_spikes(events, constant, duration):
    """Return the spike times of one neuron, solved with tight tolerances between events; *events*: time -> jumps."""

    def crossing(_, state):
        return state[0] - P["Isoma_th"]

    crossing.terminal, crossing.direction = True, 1
    state = np.array([P["Isoma_mem"], *[P["I0"]] * 5])
    now, free_from, spikes = 0.0, 0.0, []
    for until in [*sorted(events), duration]:
        while now < until:
            frozen = now < free_from
            stop = min(until, free_from) if frozen else until

            def slope(t, y, frozen=frozen):
                change = slopes(t, y, constant)
                change[0] *= not frozen
                return change

            solved = solve_ivp(
                slope, (now, stop), state, events=None if frozen else crossing, rtol=1e-7, atol=1e-16, max_step=5e-4
            )
            now, state = solved.t[-1], np.maximum(solved.y[:, -1], P["I0"])
            if solved.status == 1:
                spikes.append(now)
                state[1] += P["Isoma_ahp_w"] * P["alpha_ahp"]
                state[0] = P["Isoma_reset"]
                free_from = now + P["soma_refP"]
        if until in events:
            state[2:] += events[until]
    return np.array(spikes)


DURATION, GRID = 0.15, 1e-4
CONSTANTS = np.array([20, 100]) * 1e-12


def random_inputs(neuron):
    """Return when input spikes arrive, on a grid of 0.1 ms: type -> times."""
    rng = np.random.default_rng(neuron)
    rates = {"NMDA": 40, "AMPA": 300, "GABA_A": 25, "GABA_B": 25}
    fires = {kind: rng.random(round(DURATION / GRID) - 1) < rate * GRID for kind, rate in rates.items()}
    return {kind: (np.flatnonzero(fire) + 1) * GRID for kind, fire in fires.items()}


@lru_cache
def accurate_spikes(neuron):
    jumps: dict[float, np.ndarray] = {}
    for row, times in enumerate(random_inputs(neuron).values()):
        for time in times:
            jumps.setdefault(time, np.zeros(4))[row] += 4 * 100e-12
    return reference_spikes(jumps, CONSTANTS[neuron], DURATION)


@pytest.mark.parametrize("dt", [100 * us, 20 * us])
def test_spikes_are_those_of_an_accurate_solution_of_the_circuit_equations(dt):
    cells = group(len(CONSTANTS), dt=dt, Isoma_const=Quantity(CONSTANTS, dim=amp.dim))
    objects = []
    for neuron in range(len(CONSTANTS)):
        for kind, times in random_inputs(neuron).items():
            # Brian2 delivers a spike at the end of its step
            source = SpikeGeneratorGroup(1, np.zeros(len(times), int), (times - float(dt)) * second)
            synapses = Synapses(source, cells, **DPI_SYNAPSES[kind])
            synapses.connect(i=0, j=neuron)
            synapses.weight = 1
            objects += [source, synapses]
    spikes = SpikeMonitor(cells)
    Network(cells, spikes, *objects).run(DURATION * second)

    for neuron, train in spikes.spike_trains().items():
        times = accurate_spikes(neuron)
        assert len(times) >= 3
        assert len(train) == len(times)
        # A spike is noted at the start of the step in which the threshold is crossed, and the refractory period
        # counts from there: the k-th spike is up to k steps early.
        early = (times - np.asarray(train)) / float(dt)
        assert np.all(early > -0.5)
        assert np.all(early < np.arange(1, len(times) + 1))


def test_a_twentieth_of_the_step_changes_spike_times_by_less_than_a_step():
    def trains(dt):
        cells = group(20, dt=dt, Isoma_const=np.linspace(450, 900, 20) * pA)
        spikes = SpikeMonitor(cells)
        Network(cells, spikes).run(100 * ms)
        return [np.asarray(train) for train in spikes.spike_trains().values()]

    for coarse, fine in zip(trains(100 * us), trains(5 * us), strict=True):
        assert len(coarse) == len(fine) >= 1
        np.testing.assert_allclose(coarse, fine, atol=100e-6 * (1 + len(fine)) / 2)


# -- fidelities -------------------------------------------------------------------------------------


def test_the_faithful_neuron_falls_below_the_dark_current_where_the_default_does_not():
    lowest = {}
    for model in (DPI_NEURON, DPI_NEURON_FAITHFUL):
        cells = group(model=model, Isoma_mem=200 * pA, Igaba_a=2000 * pA)
        traces = StateMonitor(cells, "Isoma_mem", record=True)
        Network(cells, traces).run(5 * ms)
        lowest[model.name] = traces.Isoma_mem_[0].min()
    assert lowest[DPI_NEURON.name] == P["I0"]
    assert lowest[DPI_NEURON_FAITHFUL.name] < 0


def test_faithful_adaptation_stays_zero_until_the_first_spike_and_the_default_starts_at_the_dark_current():
    faithful, default = group(model=DPI_NEURON_FAITHFUL, Isoma_const=60 * pA), group(Isoma_const=60 * pA)
    assert default.Isoma_ahp_[0] == P["I0"]
    Network(faithful).run(20 * ms)
    assert faithful.Isoma_mem_[0] > P["I0"]
    assert faithful.Isoma_ahp_[0] == 0


def test_one_value_per_neuron_gives_what_a_shared_value_gives():
    names = [name for name in DPI_NEURON.parameters if name != "Isoma_const"]
    each = DPI_NEURON.per_neuron(*names)
    currents = []
    for model in (DPI_NEURON, each):
        cells = group(3, model=model, Isoma_const=[300, 600, 900] * pA)
        Network(cells).run(50 * ms)
        currents.append(cells.Isoma_mem_[:])
    np.testing.assert_allclose(currents[0], currents[1], rtol=1e-9)  # other order of products


def test_parameters_of_both_fidelities_have_the_same_names_and_units():
    different = set(DPI_NEURON.parameters) ^ set(DPI_NEURON_FAITHFUL.parameters)
    assert different == {"Isoma_ahp_g"}  # declared by the simulator, used by nothing
    for name in set(DPI_NEURON.parameters) - different:
        assert DPI_NEURON.parsed[name].dim is DPI_NEURON_FAITHFUL.parsed[name].dim
