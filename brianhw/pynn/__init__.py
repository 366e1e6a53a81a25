"""A PyNN back end: PyNN scripts, run on brianhw by changing one import.

::

    import brianhw.pynn as sim

    sim.setup(timestep=0.1)
    cells = sim.Population(100, sim.IF_cond_exp(tau_m=15.0))

All of PyNN 0.13 is here but multi-compartment neurons, and a few things more: ``native_cell_type`` makes a cell type
of any model of :mod:`brianhw.equations`, ``setup(device=...)`` chooses a Brian2 device, ``setup(strict=True)`` makes
every loss an error.
"""

# ruff: noqa: A004
import brianhw.pynn.libraries  # before anything imports PyNN

# isort: split
from pyNN import errors, random, space
from pyNN.core import IndexBasedExpression
from pyNN.network import Network
from pyNN.parameters import ArrayParameter, LazyArray, ParameterSpace, Sequence
from pyNN.random import GSLRNG, AbstractRNG
from pyNN.recording import *
from pyNN.standardmodels import StandardCellType

from brianhw.pynn import simulator
from brianhw.pynn.checks.positions import Space
from brianhw.pynn.checks.random_numbers import NumpyRNG, RandomDistribution
from brianhw.pynn.control import *
from brianhw.pynn.current_sources import *
from brianhw.pynn.models.cells import *
from brianhw.pynn.models.native import *
from brianhw.pynn.models.plasticity import *
from brianhw.pynn.models.point_neuron import *
from brianhw.pynn.models.sources import *
from brianhw.pynn.models.synapses import *
from brianhw.pynn.populations import *
from brianhw.pynn.procedural import *
from brianhw.pynn.projections import *
from brianhw.pynn.shared_random import NativeRNG
from brianhw.pynn.simulator import ID, state
from brianhw.pynn.wiring.connectors import *


def list_standard_models() -> list[str]:
    """Return the names of all standard cell types."""
    return sorted(
        name for name, value in globals().items() if isinstance(value, type) and issubclass(value, StandardCellType)
        and value is not StandardCellType
    )  # fmt: skip
