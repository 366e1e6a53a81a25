"""DYNAP-SE1: its description and its circuits together, as the user holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from brianhw.chips import DYNAP_SE1
from brianhw.equations.dpi import DPI_NEURON
from brianhw.equations.dpi_faithful import DPI_NEURON_FAITHFUL
from brianhw.equations.dpi_synapse import DPI_SYNAPSES
from brianhw.errors import unknown_name
from brianhw.hardware.chip import Chip
from brianhw.hardware.circuits import Circuits
from brianhw.parameters.dynapse1 import SIMULATOR_DEFAULTS, SIMULATOR_STATES

__all__ = ["DynapSE1"]

_NEURONS = {"default": DPI_NEURON, "faithful": DPI_NEURON_FAITHFUL}
_PARAMETERS = {"default": SIMULATOR_DEFAULTS, "faithful": SIMULATOR_DEFAULTS | SIMULATOR_STATES}


class DynapSE1(Chip):
    """One DYNAP-SE1 chip: four cores of 256 DPI neurons with 64 CAM words each.

    Parameters
    ----------
    fidelity : {"default", "faithful"}
        ``"default"``: what the silicon does, currents never below the dark current, integrated exactly where
        that is possible. ``"faithful"``: the DynapSE simulator number for number, forward Euler and all.
    parameters : mapping of str to Quantity, optional
        Values that differ from the simulator's defaults, for all cores.
    seed : int, optional
        Seed of connections made by chance.
    cores, neurons_per_core : int
        Size, where it shall differ from the chip's.

    Examples
    --------
    >>> from brian2 import *
    >>> from brianhw import DynapSE1
    >>> chip = DynapSE1(seed=7)
    >>> source = PoissonGroup(32, 80*Hz)
    >>> excitatory = chip.population(64, core=1)
    >>> chip.core(1).bias(Isoma_dpi_tau=5*pA)
    >>> into = chip.connect(source, excitatory, "AMPA", p=0.25, weight=2)
    """

    def __init__(
        self,
        fidelity: Literal["default", "faithful"] = "default",
        *,
        parameters: Mapping[str, Any] | None = None,
        seed: int | None = None,
        cores: int = DYNAP_SE1.cores,
        neurons_per_core: int = DYNAP_SE1.neurons_per_core,
    ) -> None:
        if fidelity not in _NEURONS:
            raise unknown_name("DYNAP-SE1", "fidelity", fidelity, _NEURONS)
        self.fidelity = fidelity
        model = _NEURONS[fidelity]
        # The simulator lets neurons of one core differ in some parameters; the silicon does not.
        shared = tuple(name for name in DYNAP_SE1.shared if "shared" in model.parsed[name].flags)
        description = replace(DYNAP_SE1, cores=cores, neurons_per_core=neurons_per_core)
        values = _PARAMETERS[fidelity] | (parameters or {})
        self._set_up(Circuits(description, model, DPI_SYNAPSES, values, shared), seed)
