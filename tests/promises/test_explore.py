"""Sweeps: grids, ways, workers, stores, failures; and the exploration of the pypet notebook."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from brian2 import (
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    SpikeMonitor,
    Synapses,
    collect,
    defaultclock,
    ms,
    mV,
    nA,
    pA,
    second,
)

from brianhw.device.device import brianhw_device
from brianhw.equations import LIF
from brianhw.errors import StoreError, SweepError, SweepWarning, UnitError, UnknownNameError
from brianhw.explore import (
    Reusable,
    cv_isi,
    firing_rate,
    isi_mean,
    isi_std,
    latency,
    listed,
    may_be_nan,
    random_sample,
    sobol_sample,
    spike_count,
    spike_times,
    sweep,
    trace,
    ways,
    zipped,
)
from brianhw.explore.experiment import Outcome, Task, Value
from brianhw.explore.fingerprint import fingerprint
from brianhw.explore.grids import grid_of
from brianhw.explore.recording import Recording
from brianhw.explore.store import Store
from brianhw.model import NeuronModel
from brianhw.parameters import lif
from exploration import GRID, ON_NUMPY, RUN, SEED003

# -- the pypet notebook -----------------------------------------------------------------------------


def test_the_way_is_chosen_and_said(capsys: pytest.CaptureFixture[str]) -> None:
    short = {**RUN, "duration": 1 * ms, "device": None, "progress": False}
    sweep(SEED003, {"I": [0.1, 0.2] / ms}, spike_count, **{**short, "fixed": {"tau_V": 12 * ms, "tau_ref": 5 * ms}})
    assert "2 points, vectorised: the points are independent neurons of one group" in capsys.readouterr().out
    noisy = NeuronModel("noisy", "dv/dt = -v/(5*ms) + xi*(5*ms)**-0.5 : 1\ntau : 1 (constant)")
    sweep(noisy, {"tau": [1.0, 2.0]}, spike_count, duration=1 * ms, device=None, progress=False)
    assert "compiled: only values change" in capsys.readouterr().out
    assert sweep(SEED003, {"dt": [0.1, 0.2] * ms}, spike_count, duration=5 * ms, device=None, progress=False, fixed={
        "tau_V": 12 * ms, "tau_ref": 5 * ms, "I": 0.2 / ms}).attrs["way"] == "rebuild"  # fmt: skip
    assert "dt changes what is compiled" in capsys.readouterr().out
    with pytest.raises(SweepError, match="'vectorised' is not possible: each point needs random numbers of its own"):
        sweep(noisy, {"tau": [1.0, 2.0]}, spike_count, duration=1 * ms, way="vectorised")
    with pytest.raises(SweepError, match="way must be one of"):
        sweep(noisy, {"tau": [1.0]}, spike_count, duration=1 * ms, way="fast")


# -- the same neurons again -------------------------------------------------------------------------


@pytest.mark.standalone
def test_a_second_sweep_of_a_neuron_finds_the_group_of_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    class Counted(ways.Neurons):
        def __init__(self, experiment: Any, model: Any, n: int, dt: Any) -> None:
            made.append(n)
            super().__init__(experiment, model, n, dt)

    monkeypatch.setattr(ways, "Neurons", Counted)
    monkeypatch.setattr(ways, "_kept", {})
    run = {**RUN, "duration": 100 * ms, "quiet": True, "progress": False}
    metrics = {"count": spike_count, "times": spike_times, "V": trace("V")}
    other = {"I": [0.3, 0.12] / ms, "tau_ref": [2.0] * ms}
    grid = {"I": [0.1, 0.2] / ms, "tau_ref": [5.0] * ms}
    first = sweep(SEED003, grid, metrics, **run)
    second = sweep(SEED003, other, metrics, **run)
    assert made == [2] and not collect()  # nor does a magic network find it
    assert first.identical(sweep(SEED003, grid, metrics, **run)) and made == [2]
    monkeypatch.setattr(ways, "_kept", {})
    assert second.identical(sweep(SEED003, other, metrics, **run)) and made == [2, 2]
    one_by_one = [sweep(SEED003, each, metrics, way="compiled", **run).drop_attrs() for each in (grid, other, grid)]
    assert made == [2, 2, 1] and first.drop_attrs().identical(one_by_one[2])
    assert second.drop_attrs().identical(one_by_one[1]) and one_by_one[0].identical(one_by_one[2])
    made.pop()
    # another step, number of points, mode or model is another group
    sweep(SEED003, grid, spike_count, **{**run, "dt": 0.2 * ms})
    sweep(SEED003, {**grid, "tau_ref": [5, 6] * ms}, spike_count, **run)
    sweep(SEED003, grid, spike_count, **run, device_options={"mode": "strict"})
    sweep(replace(SEED003, reset="V = 0.5"), grid, spike_count, **run)
    assert len(made) == 6
    assert len(ways._kept) == ways.KEPT
    defaultclock.dt = 0.2 * ms
    at_default = {**run, "dt": None, "duration": 20 * ms}
    coarse = sweep(SEED003, grid, spike_count, **at_default)
    brianhw_device.reinit()
    assert coarse.identical(sweep(SEED003, grid, spike_count, **at_default))


@pytest.mark.standalone
def test_a_neuron_that_is_made_once_gives_at_each_point_what_a_new_one_gives() -> None:
    noisy = NeuronModel(
        "noisy",
        """
        dv/dt = (top - v)/tau + amount*xi*tau**-0.5 : volt
        top : volt (constant)
        tau : second (constant)
        amount : volt (constant)
        """,
        threshold="v > 20*mV",
        reset="v = 0*mV",
        initial={"v": "top"},
        positive=("tau",),
    )
    grid = {"top": [5, 15, 21] * mV, "amount": [0, 4] * mV, "tau": [5, -1, 10] * ms}
    metrics = {"count": spike_count, "V": trace("v")}
    run: dict[str, Any] = {"duration": 20 * ms, "quiet": True, "progress": False}
    with pytest.warns(SweepWarning, match="6 of 18 points failed"):
        once = sweep(noisy, grid, metrics, way="compiled", **run)
    with pytest.warns(SweepWarning, match="6 of 18 points failed"):
        anew = sweep(noisy, grid, metrics, way="rebuild", **run)
    assert {each["tau"] for each in once.sweep.failures} == {-1.0}
    assert once.drop_attrs().identical(anew.drop_attrs())
    assert len(np.unique(once["count"].sel(amount=4, tau=5))) > 1


def test_a_result_is_what_xarray_makes_without_its_look_at_dask() -> None:
    program = """
import sys
import numpy as np
from brian2 import mV, ms
from brianhw.explore import sweep, zipped
grid = {"a": [1, 2] * mV, "b": np.array([1, 2]), "c": [0.5, 1.5]}
options = dict(device=None, quiet=True, progress=False)
found = [sweep(lambda a, b, c: {"x": b * c, "y": a}, each, **options) for each in (grid, zipped(grid))]
assert "dask" not in sys.modules
import xarray as xr
for each in found:
    parts = [{k: (v.dims, v.values, v.attrs) for k, v in group.items()} for group in (each.data_vars, each.coords)]
    again = xr.Dataset(*parts, each.attrs)
    assert again.identical(each) and repr(again) == repr(each)
    assert [type(v.variable) for v in again.coords.values()] == [type(v.variable) for v in each.coords.values()]
    assert each.identical(each.sel({d: each[d] for d in each.indexes}))
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)


# -- grids ------------------------------------------------------------------------------------------


def test_grids() -> None:
    assert len(grid_of({"a": [1, 2], "b": ["x", "y", "z"]})) == 6
    assert list(grid_of({"b": ["x", "y"], "a": [1.0]})) == [{"b": "x", "a": 1.0}, {"b": "y", "a": 1.0}]
    pairs = zipped({"a": [1, 2, 2] * mV, "b": [3, 3, 4]})
    assert [point["a"] / mV for point in pairs] == [1.0, 2.0, 2.0]
    assert pairs.dims == ("point",)
    assert len(listed([{"a": 1}, {"a": 2}])) == 2
    sample = random_sample({"a": (1 * mV, 2 * mV), "b": (0, 1)}, 50, seed=1)
    assert all(1 * mV <= point["a"] <= 2 * mV for point in sample)
    even = np.array([point["b"] for point in sobol_sample({"b": (0.0, 8.0)}, 8, seed=2)])
    assert sorted(np.floor(even)) == list(range(8))


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ({}, "at least one parameter"),
        ([], "an empty list"),
        ({"a": []}, "an empty list"),
        ({"a": 3.0}, "several values"),
        ({"a": [1 * mV, 1 * ms]}, "different units"),
        ({"a": [1.0, np.nan]}, "finite"),
        ({"a": [1.0, 2.0, 1.0] * mV}, r"a: the value 1\.0 occurs twice"),
        ([{"a": 1}, {"a": 1}], "A point occurs twice"),
        ([{"a": 1}, {"b": 1}], "All points need"),
    ],
)
def test_grids_that_make_no_sense(points: Any, message: str) -> None:
    with pytest.raises(SweepError, match=message):
        sweep(lambda **_: 1.0, points, quiet=True)


def test_zipped_points_have_one_dimension() -> None:
    found = sweep(lambda a, b: a + b, zipped({"a": [1.0, 2.0], "b": [10.0, 20.0]}), **ON_NUMPY)
    assert found.result.dims == ("point",)
    assert found.result.values.tolist() == [11.0, 22.0]
    assert found.b.values.tolist() == [10.0, 20.0]


# -- metrics and results ----------------------------------------------------------------------------


def recording(*trains: list[float]) -> Recording:
    pairs = [(k, spike) for k, train in enumerate(trains) for spike in train]
    indices, times = np.array(pairs).reshape(-1, 2).T
    return Recording(len(trains), 2 * second, indices.astype(int), times)


def test_metrics_have_their_textbook_values() -> None:
    two = recording([0.1, 0.2, 0.4], [0.5, 0.6, 0.7, 0.8])
    assert spike_count(two) == 7
    assert firing_rate(two) == 7 / 2 / 2 * Hz
    intervals = [0.1, 0.2, 0.1, 0.1, 0.1]
    assert float(isi_mean(two)) == pytest.approx(np.mean(intervals))
    assert float(isi_std(two)) == pytest.approx(np.std(intervals))
    assert cv_isi(two) == pytest.approx((np.std([0.1, 0.2]) / 0.15 + 0) / 2)
    assert float(latency(two)) == 0.1
    assert spike_times(two).values.tolist() == sorted([0.1, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8])
    silent = recording([], [])
    assert np.isnan([float(latency(silent)), cv_isi(silent), float(isi_mean(silent))]).all()
    with pytest.raises(UnknownNameError):
        two.trace("v")


def test_traces_and_lists_of_different_length_are_kept() -> None:
    metrics = {"V": trace("V"), "at": spike_times, "first": latency}
    found = sweep(SEED003, {"I": [0.0, 0.2, 0.4] / ms}, metrics, duration=50 * ms, dt=0.1 * ms, record=["V"],
                  fixed={"tau_V": 12 * ms, "tau_ref": 5 * ms}, **ON_NUMPY)  # fmt: skip
    assert found.V.dims == ("I", "time") and found.V.shape == (3, 500)
    counts = np.isfinite(found.at).sum("spike").values.tolist()
    assert counts[0] == 0 and counts[2] > counts[1] > 0
    assert found.sweep.failures == []
    assert np.isnan(found["first"][0]) and found["first"].attrs["units"] == "s"


def test_results_can_be_drawn_and_written(tmp_path: Path) -> None:
    grid = {"a": [1.0, 2.0], "b": [3.0, 4.0], "c": [1.0, 2.0]}
    found = sweep(lambda a, b, c: {"sum": a + b, "product": a * b * c}, grid, **ON_NUMPY)
    assert found["product"].sel(a=2, b=4, c=2).item() == 16.0
    assert found.to_dataframe().shape == (8, 2)
    found.to_netcdf(tmp_path / "found.nc")
    assert xr.load_dataset(tmp_path / "found.nc")["sum"].equals(found["sum"])
    flat = found.sel(c=1)
    assert flat.sweep.lines("sum", x="a").get_xlabel() == "a"
    assert flat.sweep.heat_map("sum", x="a", y="b").get_ylabel() == "b"
    assert len(found.sweep.small_multiples("product", x="a", y="b", panels="c").axes) >= 2
    with pytest.raises(SweepError, match=r"no dimension 'd'"):
        flat.sweep.lines("sum", x="d")
    with pytest.raises(SweepError, match=r"varies with c, too"):
        found.sweep.heat_map("product", x="a", y="b")


# -- models -----------------------------------------------------------------------------------------


def pair_network() -> dict[str, Any]:
    source = PoissonGroup(20, rates=50 * Hz)
    cells = NeuronGroup(5, "dv/dt = -v/(10*ms) : 1", threshold="v > 1", reset="v = 0", method="exact")
    synapses = Synapses(source, cells, "w : 1", on_pre="v_post += w")
    synapses.connect()
    return {"source": source, "cells": cells, "synapses": synapses, "spikes": SpikeMonitor(cells)}


def assign(objects: dict[str, Any], w: float, v: float = 0.0) -> None:
    objects["synapses"].w = w
    objects["cells"].v = v


def count(objects: dict[str, Any]) -> float:
    return float(objects["spikes"].num_spikes)


def as_function(w: float) -> int:
    objects = pair_network()
    assign(objects, w)
    Network(*objects.values()).run(200 * ms)
    return int(objects["spikes"].num_spikes)


def test_a_network_gives_the_same_whether_it_is_made_once_or_anew() -> None:
    grid = {"w": [0.1, 0.3], "v": [0.0, 0.5]}
    model = Reusable(pair_network, assign)
    once = sweep(model, grid, count, duration=100 * ms, **ON_NUMPY)
    anew = sweep(model, grid, count, duration=100 * ms, way="rebuild", **ON_NUMPY)
    assert (once.attrs["way"], anew.attrs["way"]) == ("compiled", "rebuild")
    assert np.array_equal(once["count"], anew["count"])
    assert once["count"].sel(w=0.3, v=0).item() > once["count"].sel(w=0.1, v=0).item() > 0
    with pytest.raises(SweepError, match="needs duration="):
        sweep(model, grid, count)


def test_points_have_seeds_of_their_own() -> None:
    found = sweep(as_function, {"w": [0.1, 0.3]}, **ON_NUMPY)
    again = sweep(as_function, {"w": [0.3, 0.2, 0.1]}, **ON_NUMPY)
    assert found.result.sel(w=0.3).item() == again.result.sel(w=0.3).item()
    other = sweep(as_function, {"w": [0.1, 0.3]}, seed=1, **ON_NUMPY)
    assert not np.array_equal(found.result, other.result)


def test_a_function_can_have_the_points_seed() -> None:
    found = sweep(lambda a, seed: float(seed), {"a": [1.0, 2.0]}, **ON_NUMPY)
    assert found.result[0] != found.result[1]
    fixed = sweep(lambda a, seed: float(seed), {"a": [1.0, 2.0]}, fixed={"seed": 5}, **ON_NUMPY)
    assert fixed.result.values.tolist() == [5.0, 5.0]


def test_a_pynn_script_is_swept() -> None:
    def network(rate: float, seed: int) -> dict[str, float]:
        import brianhw.pynn as sim

        sim.setup(timestep=0.5, device="runtime", rng_seed=seed)
        source = sim.Population(20, sim.SpikeSourcePoisson(rate=rate))
        cells = sim.Population(20, sim.IF_curr_exp())
        sim.Projection(source, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=5.0, delay=0.5))
        cells.record("spikes")
        sim.run(200.0)
        return {"count": cells.mean_spike_count()}

    found = sweep(network, {"rate": [0.0, 100.0, 300.0]}, **ON_NUMPY)
    assert found["count"].values[0] == 0
    assert np.all(np.diff(found["count"]) > 0)


def test_a_sweep_leaves_numpys_generator_as_it_was() -> None:
    np.random.seed(5)
    expected = np.random.random()
    np.random.seed(5)
    sweep(lambda a: np.random.random(), {"a": [1.0, 2.0]}, **ON_NUMPY)
    assert np.random.random() == expected


def test_wrong_names_units_and_missing_values_are_refused_before_anything_runs() -> None:
    common: dict[str, Any] = {"duration": 1 * ms, **ON_NUMPY}
    with pytest.raises(UnknownNameError, match="tau_reff"):
        sweep(SEED003, {"tau_reff": [5.0] * ms}, spike_count, **common)
    with pytest.raises(UnitError, match="tau_ref"):
        sweep(SEED003, {"tau_ref": [5.0] * mV}, spike_count, **common)
    with pytest.raises(SweepError, match="needs a value for I, tau_V"):
        sweep(SEED003, {"tau_ref": [5.0] * ms}, spike_count, **common)
    with pytest.raises(SweepError, match="needs duration="):
        sweep(SEED003, {"tau_ref": [5.0] * ms}, spike_count)
    with pytest.raises(SweepError, match="NeuronModel, a Reusable or a function"):
        sweep("LIF", {"a": [1.0]})
    with pytest.raises(SweepError, match="Two metrics have one name"):
        sweep(SEED003, GRID, [spike_count, spike_count], **common)


def test_a_model_of_the_library_with_its_parameters() -> None:
    found = sweep(LIF, {"I_ext": [0.1, 1.0] * nA}, firing_rate, duration=200 * ms, fixed=lif.PYNN_DEFAULTS, **ON_NUMPY)
    assert found.firing_rate[0] == 0 and found.firing_rate[1] > 5
    assert found.I_ext.attrs["units"] == "pA" and found.I_ext.values.tolist() == [100.0, 1000.0]
    assert (found.I_ext[1] * pA).item() == 1 * nA


# -- failures ---------------------------------------------------------------------------------------


def moody(a: float) -> float:
    if a == 2.0:
        raise ValueError("two is too much")
    if a == 3.0:
        return float("nan")
    if a == 4.0:
        time.sleep(5)
    return a


def test_a_point_that_fails_does_not_stop_the_others() -> None:
    found = sweep(moody, {"a": [1.0, 2.0, 3.0, 4.0, 5.0]}, timeout=0.2, **ON_NUMPY)
    assert found.result.sel(a=[1.0, 5.0]).values.tolist() == [1.0, 5.0]
    failures = {failure["a"]: failure["failure"] for failure in found.sweep.failures}
    assert failures == {
        2.0: "ValueError: two is too much",
        3.0: "NaN: result is not a number",
        4.0: "TimeoutError: not done after 0.2 s",
    }
    assert np.isnan(found.result.sel(a=[2.0, 3.0, 4.0])).all()


def test_one_point_that_breaks_a_vectorised_run_is_found() -> None:
    @may_be_nan
    def strict_rate(recording: Recording) -> float:
        if len(recording.times) > 3:
            raise RuntimeError("too many spikes")
        return len(recording.times)

    found = sweep(SEED003, {"I": [0.0, 0.2, 0.9] / ms}, strict_rate, duration=50 * ms, dt=0.1 * ms,
                  fixed={"tau_V": 12 * ms, "tau_ref": 5 * ms}, **ON_NUMPY)  # fmt: skip
    assert [failure["failure"] for failure in found.sweep.failures] == ["RuntimeError: too many spikes"] * 2
    wrong = sweep(SEED003, {"I": [0.1, 0.2] / ms}, lambda r: "text", duration=5 * ms, on_error="note",
                  fixed={"tau_V": 12 * ms, "tau_ref": 5 * ms}, **ON_NUMPY)  # fmt: skip
    assert "must be a number" in wrong.sweep.failures[0]["failure"]


# -- the store --------------------------------------------------------------------------------------


def doubled(a: float) -> float:
    return 2 * a


def test_stored_points_are_not_computed_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options: dict[str, Any] = {"store": tmp_path / "store", "device": None, "progress": False}
    log = tmp_path / "log"

    def counted(a: float) -> float:
        with open(log, "a") as file:
            file.write(f"{float(a)}\n")
        return 2 * a

    first = sweep(counted, {"a": [1.0, 2.0]}, **options)
    assert log.read_text().split() == ["1.0", "2.0"]
    more = sweep(counted, {"a": [1.0, 2.0, 3.0]}, **options)
    assert log.read_text().split() == ["1.0", "2.0", "3.0"]
    assert "2 points are stored, 1 is computed" in capsys.readouterr().out
    assert more.result.values.tolist() == [2.0, 4.0, 6.0] and first.result.values.tolist() == [2.0, 4.0]


def test_a_changed_model_is_not_mixed_with_old_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options: dict[str, Any] = {"store": tmp_path, "device": None, "progress": False}
    factor = 2.0

    def scaled(a: float) -> float:
        return factor * a

    assert sweep(scaled, {"a": [1.0]}, **options).result.item() == 2.0
    factor = 3.0
    assert sweep(scaled, {"a": [1.0]}, **options).result.item() == 3.0
    assert "results of 1 other model or metric; it is left alone" in capsys.readouterr().out
    factor = 2.0
    assert sweep(scaled, {"a": [1.0]}, **options).result.item() == 2.0
    printed = capsys.readouterr().out
    assert printed.startswith("1 point, rebuild: ") and "1 point is stored, 0 are computed" in printed


def test_stored_failures_can_be_tried_again(tmp_path: Path) -> None:
    (tmp_path / "broken").touch()

    def depends(a: float) -> float:
        if (tmp_path / "broken").exists():
            raise RuntimeError("broken")
        return a

    options: dict[str, Any] = {"store": tmp_path / "store", "on_error": "note", **ON_NUMPY}
    assert len(sweep(depends, {"a": [1.0]}, **options).sweep.failures) == 1
    (tmp_path / "broken").unlink()
    assert len(sweep(depends, {"a": [1.0]}, **options).sweep.failures) == 1
    assert sweep(depends, {"a": [1.0]}, retry=True, **options).result.item() == 1.0


KILLED = """
import os, signal, sys
from brian2 import prefs
from brianhw.explore import sweep

def model(a):
    with open({log!r}, "a") as file:
        file.write(f"{{a}}\\n")
    if a == 3.0 and not os.path.exists({done!r}):
        open({done!r}, "w").close()
        os.kill(os.getpid(), signal.{signal})
    return a

signal.signal(signal.SIGINT, signal.default_int_handler)
prefs.codegen.target = "numpy"
found = sweep(model, {{"a": [1.0, 2.0, 3.0, 4.0]}}, store={store!r}, device=None, progress=False)
"""


@pytest.mark.parametrize("how", ["SIGKILL", "SIGINT"])
def test_a_killed_sweep_goes_on_where_it_was(tmp_path: Path, how: str) -> None:
    log, done = tmp_path / "log", tmp_path / "done"
    program = KILLED.format(log=str(log), store=str(tmp_path / "store"), signal=how, done=str(done))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    killed = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert killed.returncode != 0 and done.exists(), killed.stderr
    assert ("What is finished is in" in killed.stdout) == (how == "SIGINT")
    before = signal.getsignal(signal.SIGINT)
    try:
        exec(program, again := {"__name__": "__main__"})
    finally:
        signal.signal(signal.SIGINT, before)
    assert again["found"].result.values.tolist() == [1.0, 2.0, 3.0, 4.0]
    assert [float(line) for line in log.read_text().split()] == [1.0, 2.0, 3.0, 3.0, 4.0]


def test_a_store_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path, "model")
    a, b, c = (Task(7, {}, 5, key) for key in "abc")
    outcome = Outcome(0, {"x": Value(np.arange(3.0), ("k",), {"k": np.arange(3)}, "mV")}, "", 0.1)
    store.put(a, {"p": "1.0"}, outcome)
    again = store.get(a)
    assert again is not None and again.number == 7 and again.values["x"].unit == "mV"
    assert again.values["x"].numbers.tolist() == [0.0, 1.0, 2.0] and again.values["x"].coords["k"].tolist() == [0, 1, 2]

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(StoreError, match="No space left on device.*intact"):
        store.put(b, {"p": "2.0"}, outcome)
    assert store.get(a) is not None and store.get(b) is None
    assert sorted(file.name for file in store.folder.iterdir()) == ["a.npz", "about.json"]
    (store.folder / "c.npz").write_bytes(b"half a file")
    assert store.get(c) is None
    with pytest.raises(StoreError, match="cannot be made"):
        Store(store.folder / "a.npz", "model")


def test_two_sweeps_do_not_write_to_one_store(tmp_path: Path) -> None:
    def nested(a: float) -> float:
        sweep(nested, {"a": [5.0]}, store=tmp_path, **ON_NUMPY)
        return a

    found = sweep(nested, {"a": [1.0]}, store=tmp_path, on_error="note", **ON_NUMPY)
    assert "Another sweep is writing to" in found.sweep.failures[0]["failure"]


def test_fingerprints_see_what_a_function_refers_to() -> None:
    def make(value: Any, default: float = 1.0) -> Any:
        def model(a: float, b: float = default) -> Any:
            return a + b + np.sum(value)

        return model

    assert fingerprint(make(1.0)) == fingerprint(make(1.0))
    others = [make(2.0), make(np.arange(3)), make(np.arange(4)), make(1.0, 2.0), as_function, SEED003, LIF]
    assert len({fingerprint(each) for each in (make(1.0), *others)}) == len(others) + 1


# -- workers ----------------------------------------------------------------------------------------


COMPILED: dict[str, Any] = {"quiet": True, "progress": False}


@pytest.mark.standalone
def test_workers_give_the_same(tmp_path: Path) -> None:
    grid = {"w": [0.05, 0.1, 0.15, 0.2, 0.25, 0.3]}
    one = sweep(as_function, grid, **COMPILED)
    two = sweep(as_function, grid, workers=2, store=tmp_path, **COMPILED)
    assert np.array_equal(one.result, two.result)
    assert len(list(tmp_path.glob("*/*.npz"))) == 6


def deadly(a: float) -> float:
    if a == 2.0:
        os.kill(os.getpid(), signal.SIGKILL)
    return a


def test_a_worker_that_dies_costs_its_point_only() -> None:
    found = sweep(deadly, {"a": [1.0, 2.0, 3.0, 4.0]}, workers=2, **ON_NUMPY)
    assert found.result.sel(a=[1.0, 3.0, 4.0]).values.tolist() == [1.0, 3.0, 4.0]
    assert [failure["a"] for failure in found.sweep.failures] == [2.0]
    assert "died" in found.sweep.failures[0]["failure"]


def test_what_cannot_be_sent_is_said() -> None:
    lock = __import__("threading").Lock()

    def locked(a: float) -> float:
        with lock:
            return a

    with pytest.raises(SweepError, match=r"cannot be sent to another process.*workers=1"):
        sweep(locked, {"a": [1.0, 2.0]}, workers=2, **ON_NUMPY)
    with pytest.raises(SweepError, match="store='' names no folder"):
        sweep(doubled, {"a": [1.0, 2.0]}, store="", **ON_NUMPY)
    with pytest.raises(SweepError, match="workers must be"):
        sweep(doubled, {"a": [1.0, 2.0]}, workers="many", **ON_NUMPY)


@pytest.mark.standalone
def test_dask_gives_the_same() -> None:
    from dask.distributed import Client, LocalCluster

    grid = {"w": [0.05, 0.1, 0.2, 0.3]}
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        found = sweep(as_function, grid, workers=client, **COMPILED)
        failed = sweep(moody, {"a": [1.0, 2.0, 5.0]}, workers=client, **ON_NUMPY)
    assert np.array_equal(found.result, sweep(as_function, grid, **COMPILED).result)
    assert [failure["a"] for failure in failed.sweep.failures] == [2.0]


def test_a_bar_shows_the_points(capsys: pytest.CaptureFixture[str]) -> None:
    sweep(doubled, {"a": [1.0, 2.0]}, device=None, quiet=True, progress=True)
    assert "2/2" in capsys.readouterr().err
    assert json.dumps(sweep(doubled, {"a": [1.0]}, **ON_NUMPY).attrs)
    assert defaultclock.dt == 0.1 * ms
