"""Tutorials run from the first cell to the last, are stored without output, and are right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from brian2 import Hz, ms, pA

from brianhw.notebooks import read_notebook
from paths import CHECKOUT, DATA

FOLDER = CHECKOUT / "tutorials"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def ran(notebook: str, changed: dict[str, str] | None = None) -> dict[str, Any]:
    """Return the names that *notebook* defines, run as a reader runs it but for the lines *changed*."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    left = dict(changed or {})
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    with matplotlib.rc_context():
        for cell in read_notebook(FOLDER / notebook):
            assert not cell.skipped
            code = cell.code
            for line in [line for line in left if line in code]:
                code = code.replace(line, left.pop(line))
            exec(compile(code, f"{notebook}, cell {cell.number}", "exec"), namespace)
            plt.close("all")
    assert not left, f"no such line: {left}"
    return namespace


def test_there_are_tutorials() -> None:
    assert len(NOTEBOOKS) >= 2


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_tutorial_is_stored_without_output(notebook: Path) -> None:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert code
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda file: file.stem)
def test_each_section_of_a_tutorial_suggests_something_to_try(notebook: Path) -> None:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    sections = text.split("\n## ")[1:]
    numbered = [section for section in sections if section[0].isdigit()]
    assert numbered
    assert all("**Try:**" in section for section in numbered)


@pytest.mark.slow
@pytest.mark.standalone
def test_the_dpi_tutorial_is_right_about_the_neuron(capsys: pytest.CaptureFixture[str]) -> None:
    found = ran("01_dpi_neuron.ipynb")
    printed = capsys.readouterr().out

    # section 2: tau = C U_T/(kappa I_tau); exact in the simulation, so that only the fit's rounding is left
    expected = 2e-12 * 25e-3 / ((0.75 + 0.66) / 2 * 20e-12)
    assert float(found["ampa_tau_computed"]) == pytest.approx(expected, rel=1e-12)
    assert float(found["ampa_tau_fitted"]) == pytest.approx(expected, rel=1e-6)
    assert found["chip"].model.text in printed

    # section 3: the gate lets more through the higher the membrane
    gate, after = found["gate"], np.argmax(found["nmda"].Inmda[0])
    assert np.all(np.diff(gate[:, after]) > 0)
    assert gate[0, after] < 0.1

    # shunting makes the line flatter by I_leak/(I_leak + I_GABA_A), subtraction only shifts it
    slopes = {label: np.diff(curve[-5:]).mean() for label, curve in found["curves"].items()}
    assert slopes["GABA_B, subtractive"] == pytest.approx(slopes["no inhibition"], rel=0.01)
    mean_shunt = 0.1 * 4 * 14.18  # pA: weight current, gain, mean of an exponential at one spike per ms
    assert slopes["GABA_A, shunting"] / slopes["no inhibition"] == pytest.approx(7 / (6 + mean_shunt), rel=0.02)
    for curve in found["curves"].values():
        assert np.all(curve >= 1 - 1e-9)  # pA, the dark current

    # section 4: adaptation lengthens the intervals, without it they stay
    assert found["plain_intervals"][-1] == pytest.approx(found["plain_intervals"][0], abs=0.2)  # two steps
    assert found["adapting_intervals"][-1] > 3 * found["adapting_intervals"][0]

    # section 5: silent below the computed rheobase, firing above; adaptation and the refractory period slow down
    constants = found["constants"] / pA
    plain, adapting = found["plain_rates"] / Hz, found["adapting_rates"] / Hz
    assert np.all((plain > 0) == (constants > found["rheobase"]))
    assert np.all(adapting[plain > 0] < plain[plain > 0])
    assert np.all(plain < 1 / (5 * ms) / Hz)

    # section 6: the chip's refusals, as printed
    assert "would listen to 65 CAM words, DYNAP-SE1 has 64" in printed
    assert "64 synapses fit" in printed
    assert "cannot have weight 2.5" in printed
    assert "has one value for all neurons of a core" in printed
    assert found["neighbour"].Iampa_w0 / pA == pytest.approx(30)
    assert "core 0 has 256 of 256 neurons free, 300 were asked for" in printed
    assert "300 neurons on several cores" in printed

    # section 7: the default holds the dark current, the simulator falls below zero
    assert found["lowest"]["default"] == pytest.approx(1)
    assert found["lowest"]["faithful"] < 0

    # the network at the end, in compiled code
    assert found["counts"]["C++"] == found["counts"]["NumPy"] > 0


@pytest.mark.standalone
def test_the_controller_of_the_closed_loop_reaches_its_rates() -> None:
    found = ran("03_closed_loops.ipynb")
    rates, wanted = np.array(found["rates"]), found["target"]
    for rate in (20, 60, 40):
        settled = rates[wanted == rate][20:]  # the second of its two seconds
        # 16 neurons in 1 s: some 3 % if they fired at random
        assert settled.mean() == pytest.approx(rate, rel=0.15)


@pytest.mark.slow
def test_the_tutorial_of_an_own_chip_is_right_about_its_limits_and_learning(capsys: pytest.CaptureFixture[str]) -> None:
    found = ran("02_your_own_chip.ipynb")
    printed = capsys.readouterr().out

    assert found["cell"].text in printed
    assert "has 4 of 16 neurons free, 20 were asked for" in printed
    assert "input words, small chip has 12" in printed
    assert "a weight is a number from 0 A to 2 nA" in printed
    assert all(monitor.num_spikes > 0 for monitor in found["spikes"].values())

    # every pair of spikes counts, exactly
    np.testing.assert_allclose(found["change"], found["expected"], atol=1e-12)
    assert len(found["post"]) == 10
    assert np.all((found["change"] > 0) == (found["post"][0] >= found["first"]))


@pytest.mark.slow
@pytest.mark.standalone
def test_the_pynn_tutorial_shows_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    found = ran("04_pynn.ipynb")
    before, blocked, after = found["rates"]
    assert blocked > 1.5 * before
    assert after == pytest.approx(before, rel=0.2)
    assert 80 <= found["last"] <= 110  # held at 50 spikes per second for two seconds
    first, *_, last = np.diff(found["segment"].spiketrains[0].magnitude)
    assert last > 5 * first  # a burst, then regular
    assert "a delay of 0.5 ms was asked for" in found["messages"][0]
    assert "has no state variable 'V'" in found["messages"][1]


@pytest.mark.slow
@pytest.mark.standalone
def test_the_pynn_exercises_have_the_results_that_they_ask_for() -> None:
    found = ran("05_pynn_exercises.ipynb")
    # 1: one neuron a step after the other, both after the spike has arrived
    (first,), (second,) = found["pair"]
    assert second == first + 1 > 3
    # 2: the chain goes round, each cell after the one before, a whole number of steps later
    assert np.all(np.diff(found["chain_times"]) == found["per_cell"])
    assert np.array_equal(found["chain_cells"], np.arange(len(found["chain_cells"])) % 100)
    assert len(found["chain_times"]) > 100
    # 3: inhibition slows firing down
    assert 1 < found["with_inhibition"] < 0.7 * found["without_inhibition"]
    # 4: the synapse has learnt to drive the cell alone
    assert found["weights"][-1] > 4
    assert len(found["alone"]) >= 7
    # 5: the window
    assert found["change"] == pytest.approx(found["after"], abs=1e-12)


@pytest.mark.slow
@pytest.mark.standalone
def test_the_spinnaker_tutorial_is_right_about_what_is_lost(capsys: pytest.CaptureFixture[str]) -> None:
    found = ran("06_spinnaker.ipynb")
    printed = capsys.readouterr().out
    # 2: rates agree, weights are a whole number of steps
    assert found["chip_rate"] == pytest.approx(found["ideal_rate"], rel=0.03)
    excitation = next(row for row in found["report"].projections if row.label == "excitation")
    assert excitation.realised[0] == round(0.03 * 2**14) / 2**14 == 492 / 2**14
    assert excitation.error == pytest.approx(0.001, abs=1e-4)
    assert "2+2" in printed
    # 3: spikes part, rates do not
    compared = found["comparison"]["excitatory"]
    assert 0 < compared.first_divergence < 100
    assert compared.rates[0] == pytest.approx(compared.rates[1], rel=0.02)
    # 4 and 5: what a strong input costs the weak ones
    lost = [sum(row.zeroed for row in found[name].projections) for name in ("strong", "better")]
    assert lost[0] > 5000 and lost[1] < 0.02 * sum(row.synapses for row in found["better"].projections)
    assert np.count_nonzero(found["realised"]) < 0.7 * len(found["realised"])
    rates = found["axes"].patches[0].get_data().values  # of 400 cells, in steps of 1 ms
    assert rates[250:254].sum() * 400 * 1e-3 >= 400


@pytest.mark.slow
@pytest.mark.standalone
def test_the_sweeps_tutorial_reproduces_the_exploration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)  # the tutorial keeps its points there
    found = ran("07_sweeps.ipynb")
    printed = capsys.readouterr().out
    recorded = np.loadtxt(
        DATA / "exploration" / "seed003_counts_integer_refractory.csv", delimiter=",",
        skiprows=1,
    )  # fmt: skip
    counts = recorded[:, 3].reshape(3, 21).T
    assert np.array_equal(found["rates"].spike_count, counts)
    cell = read_notebook(FOLDER / "07_sweeps.ipynb")[0].code
    assert len([line for line in cell.splitlines() if line.strip()]) <= 25
    transfer = found["transfer"].output_rate
    assert transfer.size == 1000 and found["transfer"].attrs["way"] == "compiled"
    strongest = transfer.sel(weight=200, leak=2, method="nearest")
    assert strongest.values[-1] > strongest.values[0]
    assert transfer.sel(rate=200, weight=200).mean() > transfer.sel(rate=20, weight=20).mean()
    assert "1000 points are stored, 100 are computed." in printed
    assert found["more"].output_rate.isel(rate=slice(10)).equals(transfer)
    assert found["found"].sweep.failures == [{"a": 3.0, "failure": "ValueError: too much"}]


@pytest.mark.slow
@pytest.mark.standalone
def test_a_cerebellum_learns_when_to_act(capsys: pytest.CaptureFixture[str]) -> None:
    found = ran("08_edlut.ipynb")
    printed = capsys.readouterr().out
    # 2: STDP takes the exciting synapses away; those from currents stay
    weights = found["weights"]
    assert weights.shape == (101, 12)
    assert (weights[-1, [0, 1, 4, 5]] == 0).all() and (np.abs(weights[-1, 2:4] - 0.77) < 0.05).all()
    assert (weights[:, 6:] == 1).all()
    # 4: the error falls, the response has its peak in the pulse and is small outside
    errors, seconds = found["errors"], found["seconds"]
    assert errors[-3:].mean() < errors[:3].mean() / 4
    response = found["rates"][-3:].mean(axis=0)
    assert 0.5 < seconds[np.argmax(response)] < 0.7
    assert response[np.abs(seconds - 0.6) > 0.2].mean() < 0.1 * response.max()
    phases, learnt = found["phases"], found["learnt"]
    assert 25 <= int(np.argmin(learnt)) < 32  # of 50 phases, in the pulse
    assert learnt[np.abs(phases - 0.57) < 0.06].mean() < 0.7 * learnt[np.abs(phases - 0.6) > 0.25].mean()
    # 5: EDLUT's tables move the potential by little; what cannot be is said
    difference = np.abs(found["edlut"]["V_mV"] - found["published"]["V_mV"]).max()
    assert 0.01 < difference < 0.2
    assert "0.01 s lies before now, 30 s" in printed


@pytest.mark.slow
@pytest.mark.standalone
def test_a_network_is_trained_for_the_chip_as_a_twin(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    found = ran("09_train_for_the_chip.ipynb", {"batches = 40": "batches = 20", "more = 10": "more = 4"})
    assert found["untrained"] < 0.7
    assert min(found[name] for name in ("trained", "varied", "after")) > 0.8
    assert found["losses"][-1] < 0.7 * found["losses"][0]
    assert np.array_equal(found["counts"], found["expected"])
    assert found["on_chip"] > 0.8
    assert (found["realised"] == np.rint(found["realised"])).all()
    assert found["words"] > 50


@pytest.mark.slow
@pytest.mark.standalone
def test_the_tutorial_of_boards_is_right_about_curves_and_refusals(capsys: pytest.CaptureFixture[str]) -> None:
    found = ran("10_board_and_biases.ipynb")
    printed = capsys.readouterr().out

    # section 1: nominal currents, and the range of a refractory period
    assert "(4, 80) 1.5686274509803922e-08 A" in printed
    assert "IF_RFR_N sets refractory_period of membrane from 3.65 us to 1.05 s; 3 s was asked for" in printed

    # section 2: silent without input, more input and more weight give more spikes
    curves = found["curves"]
    for synapse_type, jumps in (("AMPA", (40, 80, 160)), ("NMDA", (4, 8, 16))):
        low, middle, high = (curves[synapse_type, jump] for jump in jumps)
        for rates in (low, middle, high):
            assert rates[0] == 0
            # groups of twenty differ by their mismatch: compare over wide steps of input
            assert rates[2] < rates[6] < rates[9]
        assert np.all(low[3:] < middle[3:]) and np.all(middle[3:] < high[3:])

    # section 3: a longer refractory period and more adaptation slow down
    assert np.all(np.diff(found["by_period"]) < 0) and np.all(np.diff(found["by_jump"]) < 0)
    limits = 1 / (found["periods"] * ms) / Hz
    assert np.all(found["by_period"] < limits * 1.3)  # of the mean of neurons whose periods differ by 20 %

    # section 4: the three refusals
    assert "could not tell x[0] (chip 1 core 2 neuron 0) and y[0] (chip 2 core 2 neuron 0) apart" in printed
    assert "would listen to" in printed and "would need 4 SRAM words" in printed

    # section 5: the file holds all of it
    assert "C0c0:(IF_AHTAU_N,1,49)" in printed and printed.rstrip().endswith("True")


@pytest.mark.slow
@pytest.mark.standalone
def test_the_winner_takes_all_on_more_boards_once_it_is_tuned_there() -> None:
    found = ran("11_winner_take_all.ipynb")
    assert np.all(found["silence"] == 0)
    for each in found["tuned"]:
        assert each.rate / Hz == pytest.approx(40, rel=0.05)
    assert np.all(found["together"] > found["apart"])
    copied, retuned = ((found[name] > 0).all(axis=1).sum() for name in ("copied", "retuned"))
    assert retuned >= 8 > copied
