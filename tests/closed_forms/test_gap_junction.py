"""Gap junctions: two cells against the solution of their linear circuit, and the current over the voltage."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, Synapses, ms, mV, nS, pF

from brianhw.equations.gap_junction import gap_input, gap_junction
from brianhw.equations.lif import LIF
from brianhw.parameters.gap_junction import INFERIOR_OLIVE
from convergence import measured_order

CELL = LIF + gap_input()
JUNCTION = gap_junction()
VALUES = {"C_m": 200 * pF, "g_L": 10 * nS, "E_L": -70 * mV, "V_th": 100 * mV, "V_reset": -70 * mV}


def coupled(start_mv, dt_ms: float, **values) -> tuple[Network, NeuronGroup]:
    """Return two cells that a junction couples in both directions."""
    cells = NeuronGroup(2, **CELL, dt=dt_ms * ms)
    CELL.set(cells, VALUES, v=np.array(start_mv) * mV)
    junction = Synapses(cells, cells, **JUNCTION, dt=dt_ms * ms)
    junction.connect(i=[0, 1], j=[1, 0])
    JUNCTION.set(junction, INFERIOR_OLIVE, **values)
    return Network(cells, junction), cells


def errors_of_an_ohmic_pair(dt_ms: float) -> np.ndarray:
    """Return how far the sum and the difference of two cells are from the circuit's solution after 20 ms, in mV."""
    network, cells = coupled([-70, -50], dt_ms, w=5 * nS, open_gap=1)
    network.run(20 * ms)
    v = np.asarray(cells.v / mV) + 70
    leak, junction = 10 / 200, 5 / 200  # per ms
    return np.array([v[0] + v[1] - 20 * np.exp(-leak * 20), v[1] - v[0] - 20 * np.exp(-(leak + 2 * junction) * 20)])


def test_an_ohmic_junction_equalises_two_cells_and_loses_no_charge() -> None:
    total, difference = errors_of_an_ohmic_pair(0.1)
    assert total == pytest.approx(0, abs=1e-6)  # currents of the two directions cancel; the leak is integrated by rk4
    assert difference == pytest.approx(0, abs=0.02)


def test_coupled_cells_converge_with_first_order() -> None:
    order = measured_order(lambda dt_ms: abs(errors_of_an_ohmic_pair(dt_ms)[1]), (0.2, 0.1))
    assert order == pytest.approx(1, abs=0.035)


@pytest.mark.parametrize("across_mv", [-90.0, -20.0, 0.0, 35.0, 120.0])
def test_the_current_is_the_one_of_the_inferior_olive(across_mv: float) -> None:
    network, cells = coupled([-70 + across_mv, -70], 0.1, w=2 * nS)
    network.run(0.1 * ms)  # worked out at the start of the step
    expected_pa = 2 * across_mv * (0.6 * np.exp(-0.0004 * across_mv**2) + 0.4)
    assert np.asarray(cells.I_gap / (nS * mV)) == pytest.approx([-expected_pa, expected_pa], abs=1e-9)
