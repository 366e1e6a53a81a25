"""The whole DPI neuron of DYNAP-SE: soma, adaptation, positive feedback and the four synapse circuits.

Source: Chicca, Stefanini, Bartolozzi, Indiveri, "Neuromorphic electronic circuits for building autonomous cognitive
systems", Proc. IEEE 102(9), 2014; synapses: Bartolozzi, Indiveri, "Synaptic dynamics in analog VLSI", Neural Computation
19, 2007; all written out as in the DynapSE simulator (Demirag et al., 2022).

Deviation: no current falls below the dark current I0, whereas in the simulator only right-hand sides are clipped; the
circuits are those of ``dpi_soma``, ``dpi_adaptation``, ``dpi_feedback`` and ``dpi_synapse``, which say it of each.
``dpi_faithful`` is the simulator's neuron number for number.
"""

from brianhw.equations.dpi_adaptation import DPI_ADAPTATION
from brianhw.equations.dpi_feedback import DPI_FEEDBACK
from brianhw.equations.dpi_soma import DPI_SOMA
from brianhw.equations.dpi_synapse import DPI_AMPA, DPI_GABA_A, DPI_GABA_B, DPI_NMDA

DPI_NEURON = (DPI_SOMA + DPI_ADAPTATION + DPI_FEEDBACK + DPI_NMDA + DPI_AMPA + DPI_GABA_A + DPI_GABA_B).renamed(
    "DPI neuron"
)
