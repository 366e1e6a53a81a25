"""The gap junction against EDLUT: the current of its inferior olive at each step, from the potentials before it."""

from __future__ import annotations

import numpy as np
from brian2 import Network, NeuronGroup, Synapses, ms, mV, nS, pA, pF

from brianhw.equations.gap_junction import gap_input, gap_junction
from brianhw.equations.lif import LIF
from brianhw.parameters.gap_junction import INFERIOR_OLIVE
from paths import DATA

CHAIN = np.array([[0, 1], [1, 0], [1, 2], [2, 1]])  # of three cells, in both directions
POTENTIAL, COUPLING = 1, 6  # columns of the recorded states


def recorded(column: int) -> np.ndarray:
    """Return one column of the three cells' states, shape (steps, cells)."""
    with np.load(DATA / "edlut" / "gap_junction_IO_a.npz", allow_pickle=False) as file:
        return np.column_stack([file[f"state_cell_{cell}"][:, column] for cell in range(3)]).astype(float)


def coupling_pa(v_mv: np.ndarray) -> np.ndarray:
    """Return the current into each cell of as many chains as *v_mv* has rows, at these potentials."""
    model, junction = LIF + gap_input(), gap_junction()
    cells = NeuronGroup(v_mv.size, **model)
    model.set(cells, C_m=200 * pF, g_L=10 * nS, E_L=-70 * mV, V_th=100 * mV, V_reset=-70 * mV, v=v_mv.ravel() * mV)
    pairs = (3 * np.arange(len(v_mv))[:, None, None] + CHAIN).reshape(-1, 2)
    junctions = Synapses(cells, cells, **junction)
    junctions.connect(i=pairs[:, 0], j=pairs[:, 1])
    junction.set(junctions, INFERIOR_OLIVE, w=1 * nS)
    Network(cells, junctions).run(0.1 * ms)  # the current is worked out at the start of the step
    return np.asarray(cells.I_gap / pA).reshape(v_mv.shape)


def test_the_current_is_what_edlut_recorded() -> None:
    v_mv = recorded(POTENTIAL)
    difference = recorded(COUPLING)[1:] * 1e6 - coupling_pa(v_mv[:-1])  # recorded in uA
    # When a spike of the first cell arrives, EDLUT shows the synapse's weight (1) on top in the second cell's column;
    # the membrane does not see it.
    arrivals = abs(difference - 1) < 0.05
    assert np.argwhere(arrivals)[:, 1].tolist() == [1] * 8
    # EDLUT takes exp from a table with 16383 intervals over 40: it is up to 0.25 % too small. The error of one junction
    # is at most 0.6*D*exp(-0.0004*D**2)*0.0025, whose largest value, at D = 35 mV, is 0.032 pA; a cell has up to two.
    assert abs(difference[~arrivals]).max() < 0.064
    assert abs(recorded(COUPLING)).max() * 1e6 > 30
