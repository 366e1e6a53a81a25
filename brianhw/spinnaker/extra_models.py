"""Cells and rules that SpiNNaker's software has beyond PyNN's; scripts know them as ``sim.extra_models``."""

from typing import Any

from brianhw.spinnaker.cells import IF_curr_delta as IFCurDelta
from brianhw.spinnaker.cells import (
    IF_curr_dual_exp,
    IF_curr_exp_sEMD,
    IFCondExpStoc,
    IFCurrExpCa2Adaptive,
    Izhikevich_cond,
)
from brianhw.spinnaker.modulation import Neuromodulation
from brianhw.spinnaker.plasticity import (
    PfisterSpikeTriplet,
    RecurrentRule,
    SpikeNearestPairRule,
    Vogels2011Rule,
    WeightDependenceAdditiveTriplet,
)
from brianhw.spinnaker.refused import refuse
from brianhw.spinnaker.variable_rates import SpikeSourcePoissonVariable

__all__ = [
    "IFCondExpStoc",
    "IFCurDelta",
    "IFCurrExpCa2Adaptive",
    "IF_curr_dual_exp",
    "IF_curr_exp_sEMD",
    "Izhikevich_cond",
    "Neuromodulation",
    "PfisterSpikeTriplet",
    "RecurrentRule",
    "SpikeNearestPairRule",
    "SpikeSourcePoissonVariable",
    "Vogels2011Rule",
    "WeightDependenceAdditiveTriplet",
]


def __getattr__(name: str) -> Any:
    return refuse(__name__, name)
