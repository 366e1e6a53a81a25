"""A PyNN back end: PyNN scripts, run on brianhw by changing one import."""
import brianhw.pynn.simulator
from brianhw.pynn.connectors import *
from brianhw.pynn.cells import *
from brianhw.pynn.synapses import *
from brianhw.pynn.electrodes import *
from brianhw.pynn.populations import *
from brianhw.pynn.projections import *
from brianhw.pynn.control import *
from pyNN.random import NumpyRNG, RandomDistribution
