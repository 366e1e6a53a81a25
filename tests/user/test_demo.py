"""The main job, as a user starts it: the demo in C++ and without a compiler, and a simulator script in C++."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from brianhw.demo import DT_MS, DURATION_MS, INPUT_RATE_HZ, PULSE_MS, _finds_compiler, random_spikes
from paths import environment_of

# A script as they are written for the DynapSE simulator; one that came with it cannot be copied here.
SIMULATOR_SCRIPT = """
import os, sys
sys.path.insert(0, os.path.expanduser("./dynapse-simulator"))
import numpy as np
import matplotlib.pyplot as plt
from brian2 import *
from DynapSE import DynapSE
from equations.dynapse_eq import *
from parameters.dynapse_param import *

set_device("cpp_standalone")
defaultclock.dt = 100 * us
device.reinit()
device.activate()
defaultclock.dt = 100 * us

network = Network()
chip = DynapSE(network)
source = SpikeGeneratorGroup(1, np.zeros(40), np.arange(40) * 2 * ms, name="InpSpikeGenerator")
DPI_neuron = chip.get_neurons(1, "Core_1")
DPI_synapse = chip.add_connection(source, DPI_neuron, synapse_type="AMPA")
chip.connect(DPI_synapse, True)
DPI_synapse.weight = 2
chip.set_bias({"Isoma_ahp_tau": 1 * pA, "alpha_ahp": 2}, "Core_1")
DPI_neuron.set_states({"Isoma_pfb_th": 1000 * pA, "Isoma_th": 2000 * pA})
mon_synapse = StateMonitor(DPI_synapse, "Iampa", record=[0])
mon_output = SpikeMonitor(DPI_neuron, name="mon_neuron_output")
network.add([source, DPI_neuron, DPI_synapse, mon_synapse, mon_output])
network.run(100 * ms)
plt.plot(mon_synapse.t / ms, mon_synapse.Iampa[0] / namp)
plt.show()
print("spikes:", len(mon_output.t), "peak:", float(mon_synapse.Iampa[0].max() / pA))
"""


def run_brianhw(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "brianhw", *arguments],
        cwd=folder,
        env=environment_of(**environment),
        capture_output=True,
        text=True,
    )


def spike_counts(output: str) -> list[int]:
    [line] = re.findall(rf"Spikes in {DURATION_MS} ms: (.*)", output)
    return [int(count) for count in re.findall(r"\d+", line)]


@pytest.fixture(scope="module")
def without_compiler(tmp_path_factory) -> Path:
    """Return a folder that holds no compiler, to stand for PATH."""
    return tmp_path_factory.mktemp("empty")


@pytest.fixture(scope="module")
def numpy_demo(tmp_path_factory, without_compiler):
    folder = tmp_path_factory.mktemp("demo")
    return folder, run_brianhw("demo", "--output", "out", folder=folder, PATH=str(without_compiler), CXX="")


def test_without_a_compiler_the_demo_says_so_in_one_line_and_runs_numpy_code(numpy_demo):
    folder, done = numpy_demo
    assert done.returncode == 0, done.stderr
    assert len(re.findall("No working C\\+\\+ compiler", done.stdout)) == 1
    assert "NumPy" in done.stdout.splitlines()[-1]
    assert (folder / "out" / "demo.png").stat().st_size > 20_000
    assert "120 of 1024 neurons used" in (folder / "out" / "summary.txt").read_text()


@pytest.mark.standalone
@pytest.mark.parametrize(("name", "found"), [("c++", True), ("cc", False)])
def test_the_demo_compiles_with_what_the_device_finds(name, found, tmp_path, monkeypatch):
    compiler = tmp_path / name
    compiler.write_text(f'#!/bin/sh\nPATH={os.environ["PATH"]} exec g++ "$@"\n')
    compiler.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    assert _finds_compiler() is found


@pytest.mark.standalone
def test_the_demo_in_compiled_code_gives_the_spikes_of_numpy_code(tmp_path, numpy_demo):
    done = run_brianhw("demo", "--output", "out", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "C++" in done.stdout.splitlines()[-1]
    counts, in_numpy = spike_counts(done.stdout), spike_counts(numpy_demo[1].stdout)
    assert counts[2] == in_numpy[2]  # the same input
    # a recurrent network: a difference in the last bit may move a spike by a step, later ones by more
    assert counts[:2] == pytest.approx(in_numpy[:2], rel=0.02)
    assert min(counts) > 500
    assert [file.name for file in tmp_path.iterdir()] == ["out"]  # the model was built elsewhere


@pytest.mark.slow
@pytest.mark.standalone
def test_a_simulator_script_runs_unchanged_in_compiled_code(tmp_path):
    (tmp_path / "script.py").write_text(SIMULATOR_SCRIPT)
    done = run_brianhw("run", "--figures", "figures", "script.py", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "1 neurons are allocated from Core_1.\nNew bias values are loaded to Core_1.\n" in done.stdout
    [(spikes, peak)] = re.findall(r"spikes: (\d+) peak: ([\d.]+)", done.stdout)
    assert int(spikes) >= 2
    assert float(peak) > 800  # two words of 100 pA times the gain of 4
    assert len(list((tmp_path / "figures").glob("*.png"))) == 1


def test_the_input_is_silent_outside_its_pulse_and_has_the_rate_it_says():
    import numpy as np

    channels, steps = random_spikes(500, np.random.default_rng(0))
    assert steps.min() * DT_MS >= PULSE_MS[0]
    assert steps.max() * DT_MS < PULSE_MS[1]
    expected = 500 * INPUT_RATE_HZ * (PULSE_MS[1] - PULSE_MS[0]) / 1000
    assert len(channels) == pytest.approx(expected, abs=5 * expected**0.5)  # five standard deviations


WANTS_COMPILED_CODE = """
from brian2 import *
set_device('cpp_standalone')
G = NeuronGroup(1, 'dv/dt = 1/ms : 1')
run(1*ms)
print(G.v[0])
"""


def test_a_script_that_means_brian2s_compiled_code_without_a_compiler_ends_with_status_four(tmp_path, without_compiler):
    (tmp_path / "script.py").write_text(WANTS_COMPILED_CODE)
    done = run_brianhw(
        "run", "--device", "as-written", "script.py", folder=tmp_path, PATH=str(without_compiler), CXX=""
    )
    assert done.returncode == 4
    assert re.search("CompilerError: The script asks for compiled code.*C\\+\\+ compiler.*make", done.stderr)
    assert "Traceback" not in done.stderr


def test_a_script_that_wants_compiled_code_without_a_compiler_runs_in_numpy_and_is_told(tmp_path, without_compiler):
    (tmp_path / "script.py").write_text(WANTS_COMPILED_CODE)
    done = run_brianhw("run", "script.py", folder=tmp_path, PATH=str(without_compiler), CXX="")
    assert done.returncode == 0
    assert float(done.stdout) == pytest.approx(1)
    assert "NumPy" in done.stderr
