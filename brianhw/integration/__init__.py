"""Integration methods for Brian2's equations, in which what has a closed form is solved with it.

A DPI synapse is a plain exponential and an alpha conductance a known polynomial times one; only the membrane needs a
numerical scheme. The methods here take the closed forms from the model and use them at the end of a step and at every
intermediate point, so that a scheme keeps its order. Brian2 takes them as ``method=``, on every device:

- :class:`Integrator`: Runge-Kutta schemes, a Rosenbrock scheme;
- :class:`Bifixed`: a step that each neuron leaves for shorter ones around its spikes;
- :class:`BDF`: backward differentiation of orders 1 to 6, for stiff equations.

The latter two remember something from step to step: ``with_state`` adds the variables to equations.
"""

from brianhw.integration.backward_differentiation import BDF
from brianhw.integration.bifixed import Bifixed, NearSpike
from brianhw.integration.runge_kutta import SCHEMES, Integrator, Tableau

__all__ = ["BDF", "SCHEMES", "Bifixed", "Integrator", "NearSpike", "Tableau"]
