"""Cells and rules that SpiNNaker's software has beyond PyNN's; scripts know them as ``sim.extra_models``."""

from brianhw.spinnaker.cells import IF_curr_delta as IFCurDelta
from brianhw.spinnaker.cells import IFCurrExpCa2Adaptive, Izhikevich_cond
from brianhw.spinnaker.plasticity import (
    PfisterSpikeTriplet,
    SpikeNearestPairRule,
    Vogels2011Rule,
    WeightDependenceAdditiveTriplet,
)

__all__ = [
    "IFCurDelta",
    "IFCurrExpCa2Adaptive",
    "Izhikevich_cond",
    "PfisterSpikeTriplet",
    "SpikeNearestPairRule",
    "Vogels2011Rule",
    "WeightDependenceAdditiveTriplet",
]
