"""PyNN as it was at version 0.4: a thin translation onto :mod:`brianhw.pynn`.

::

    from brianhw.pynn.v04 import *

    setup(timestep=0.1)
    cells = Population((8, 8), IF_curr_exp, {"tau_m": 15.0})
    cells[3, 4].i_offset = 1.0

Every name of the 0.4 documentation is here. Where its behaviour is not that of 0.13, the module with the name says so.
"""

from brianhw.pynn.checks.random_numbers import NumpyRNG, RandomDistribution
from brianhw.pynn.v04.cells import *
from brianhw.pynn.v04.connectors import *
from brianhw.pynn.v04.errors import *
from brianhw.pynn.v04.functions import *
from brianhw.pynn.v04.ids import ID, IDMixin
from brianhw.pynn.v04.models import StandardModelType
from brianhw.pynn.v04.plasticity import *
from brianhw.pynn.v04.populations import Population
from brianhw.pynn.v04.projections import Projection
from brianhw.pynn.v04.utility import Timer
