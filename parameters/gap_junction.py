"""Parameters of gap junctions."""

from brian2.units import mV

from brianhw.parameters import ParameterSet

INFERIOR_OLIVE = ParameterSet(
    "gap junction of the inferior olive",
    "EDLUT (branch head 74220e7, 2023), TimeDrivenInferiorOliveCell: 0.6 exp(-0.0004 V**2) + 0.4 with V in mV; "
    "form of Schweighofer et al. 1999, J. Neurophysiol. 82:804",
    open_gap=0.4,
    V_gap=50 * mV,  # 1/sqrt(0.0004)
)
