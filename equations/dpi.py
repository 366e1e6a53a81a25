"""The whole DPI neuron of DYNAP-SE: soma, adaptation, positive feedback and the four synapse circuits."""

from brianhw.equations.dpi_adaptation import DPI_ADAPTATION
from brianhw.equations.dpi_feedback import DPI_FEEDBACK
from brianhw.equations.dpi_soma import DPI_SOMA
from brianhw.equations.dpi_synapse import DPI_AMPA, DPI_GABA_A, DPI_GABA_B, DPI_NMDA

DPI_NEURON = (DPI_SOMA + DPI_ADAPTATION + DPI_FEEDBACK + DPI_NMDA + DPI_AMPA + DPI_GABA_A + DPI_GABA_B).renamed(
    "DPI neuron"
)
