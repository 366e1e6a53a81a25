"""The vendor's names that are not here, each with what can be done in its place."""

from __future__ import annotations

from typing import Any

from brianhw.errors import SpinnakerError

__all__ = ["NOT_HERE", "refuse"]

_BY_LIST = "KernelConnector and FromListConnector make the same connections as synapses."
_BY_SYNAPSES = "Take StaticSynapse, and KernelConnector or FromListConnector."
_CEREBELLUM = (
    "it is of a robot's cerebellum, and no public text says enough of it; brianhw.edlut has cerebellar models."
)
NOT_HERE = {
    "ConvolutionConnector": f"convolutions are not simulated here. {_BY_LIST}",
    "PoolDenseConnector": f"pooled dense layers are not simulated here. {_BY_LIST}",
    "Convolution": f"convolutions are not simulated here. {_BY_SYNAPSES}",
    "PoolDense": f"pooled dense layers are not simulated here. {_BY_SYNAPSES}",
    "IFCondExpCerebellum": _CEREBELLUM,
    "TimingDependencePFPC": _CEREBELLUM,
    "WeightDependencePFPC": _CEREBELLUM,
    "TimingDependenceMFVN": _CEREBELLUM,
    "WeightDependenceMFVN": _CEREBELLUM,
}


def refuse(module: str, name: str) -> Any:
    """Raise for a name that a module of the vendor's has and ours has not.

    Raises
    ------
    SpinnakerError
        If it is one that is known not to be here; says why, and what to do.
    AttributeError
        If it is any other name.
    """
    if name in NOT_HERE:
        raise SpinnakerError(f"{name}: {NOT_HERE[name]}")
    raise AttributeError(f"module {module!r} has no attribute {name!r}")
