"""SpiNNaker without a board: PyNN scripts in the chip's integers, with its delays and cores.

::

    import brianhw.spinnaker as sim  # instead of pyNN.spiNNaker

    sim.setup(timestep=1.0)
    ...
    sim.run(1000)
    print(sim.report())
    print(sim.compare())

It is :mod:`brianhw.pynn` with the vendor's list of cells and rules, its defaults and its refusals.
``arithmetic="float"`` in ``setup()`` runs the same script in floating point.
"""

# ruff: noqa: A004, I001
from typing import Any

from brianhw.pynn import *  # first: PyNN's own modules load Neo and SciPy unless these have been asked to wait
from brianhw.pynn import (
    GSLRNG,
    AbstractRNG,
    NativeRNG,
    NumpyRNG,
    RandomDistribution,
    Space,
    errors,
    random,
    simulator,
    space,
    state,
)
from pyNN import common
from pyNN.space import Cuboid, Grid2D, Grid3D, Line, RandomStructure, Sphere, distance

from brianhw.spinnaker import external_devices, extra_models
from brianhw.spinnaker.cells import IF_cond_exp, IF_curr_alpha, IF_curr_delta, IF_curr_exp, Izhikevich
from brianhw.spinnaker.connectors import *
from brianhw.spinnaker.control import (
    compare,
    name,
    report,
    set_number_of_neurons_per_core,
    set_number_of_synapse_cores,
    setup,
)
from brianhw.spinnaker.kernels import KernelConnector
from brianhw.spinnaker.machine import get_machine, set_allow_delay_extensions
from brianhw.spinnaker.plasticity import (
    AdditiveWeightDependence,
    MultiplicativeWeightDependence,
    SpikePairRule,
    STDPMechanism,
)
from brianhw.spinnaker.populations import Population, PopulationView
from brianhw.spinnaker.projections import Projection
from brianhw.spinnaker.refused import refuse
from brianhw.spinnaker.running import run, run_for
from brianhw.spinnaker.structural import (
    DistanceDependentFormation,
    LastNeuronSelection,
    RandomByWeightElimination,
    RandomSelection,
    StructuralMechanismStatic,
    StructuralMechanismSTDP,
)

create = common.build_create(Population)
connect = common.build_connect(Projection, FixedProbabilityConnector, StaticSynapse)


def list_standard_models() -> list[str]:  # type: ignore[no-redef]
    """Return the names of the standard cell types that SpiNNaker's software has."""
    return ["IF_cond_exp", "IF_curr_alpha", "IF_curr_delta", "IF_curr_exp", "Izhikevich", "SpikeSourceArray",
            "SpikeSourcePoisson"]  # fmt: skip


def __getattr__(asked: str) -> Any:
    return refuse(__name__, asked)
