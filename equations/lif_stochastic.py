"""A leaky integrate-and-fire neuron that fires by chance.

Source: Habenschuss, Jonke & Maass 2013, PLoS Comput. Biol. 9:e1003311, "Stochastic computations in cortical microcircuit models",
eq. 1 (hazard exp((v - V_th)/Delta)/tau); its discretisation is that of sPyNNaker, threshold_type_maass_stochastic.h.

Deviation: in a step ``dt`` the chance is 0.8*(1 - exp(-dt/10*hazard)), and 0.8 from five ``du_th`` above the threshold on; the
vendor's software has the tenth and the 0.8. A neuron that is refractory does not fire.
"""

from dataclasses import replace

from brianhw.equations.lif import LIF

__all__ = ["STOCHASTIC_LIF"]

STOCHASTIC_LIF = replace(
    LIF,
    name="LIF with a stochastic threshold",
    source="Habenschuss, Jonke & Maass 2013, PLoS Comput. Biol. 9:e1003311, eq. 1",
    equations=f"""{LIF.equations}
    du_th : volt (constant)                      # how far above the threshold the hazard is e times larger
    tau_th : second (constant)                   # inverse of the hazard at the threshold
    above = (v - V_th)/du_th : 1
    chance = 0.8*(1 - int(above < 5)*exp(-dt/(10*tau_th)*exp(clip(above, -100, 5)))) : 1
    """,
    positive=(*LIF.positive, "du_th", "tau_th"),
    threshold="rand() <= chance",
)
