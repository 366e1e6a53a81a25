"""The model library: one circuit or model per file, mathematics only.

Import models from here; the file of each says what it is, where it comes from and what it deviates in.
"""

from brianhw.equations.adaptation import spike_conductance
from brianhw.equations.adex import ADEX
from brianhw.equations.adex_limited import adex_limited
from brianhw.equations.counted_stdp import COUNTED_STDP
from brianhw.equations.dopamine import taking_dopamine
from brianhw.equations.dpi import DPI_NEURON
from brianhw.equations.dpi_adaptation import DPI_ADAPTATION
from brianhw.equations.dpi_faithful import DPI_NEURON_FAITHFUL
from brianhw.equations.dpi_feedback import DPI_FEEDBACK
from brianhw.equations.dpi_soma import DPI_SOMA
from brianhw.equations.dpi_synapse import DPI_AMPA, DPI_GABA_A, DPI_GABA_B, DPI_NMDA, DPI_SYNAPSES
from brianhw.equations.gap_junction import gap_input, gap_junction
from brianhw.equations.gif import gif
from brianhw.equations.granule_cell import granule_cell
from brianhw.equations.hodgkin_huxley import HODGKIN_HUXLEY
from brianhw.equations.hodgkin_huxley_clipped import hodgkin_huxley_clipped
from brianhw.equations.inferior_olive import inferior_olive
from brianhw.equations.izhikevich import IZHIKEVICH
from brianhw.equations.izhikevich_stopped import IZHIKEVICH_STOPPED
from brianhw.equations.lif import LIF
from brianhw.equations.lif_adaptive_threshold import lif_adaptive_threshold
from brianhw.equations.lif_fractional import LIF_FRACTIONAL
from brianhw.equations.lif_stochastic import STOCHASTIC_LIF
from brianhw.equations.linear_membrane import linear_lif
from brianhw.equations.motion_detector import motion_detector
from brianhw.equations.nmda import gated_conductance, nmda_conductance
from brianhw.equations.poisson_seeded import POISSON_SEEDED
from brianhw.equations.purkinje import purkinje, purkinje_plastic
from brianhw.equations.receptors import (
    alpha_charge,
    alpha_conductance,
    alpha_current,
    beta_conductance,
    delta_charge,
    delta_synapse,
    exponential_conductance,
    exponential_current,
    static_synapse,
    sum_of_currents,
)
from brianhw.equations.short_term_plasticity import tsodyks_markram
from brianhw.equations.sine_current import SINE_CURRENT
from brianhw.equations.spike_sources import POISSON_SOURCE
from brianhw.equations.stdp import pair_stdp
from brianhw.equations.stdp_rules import stdp_synapse

__all__ = [
    "SINE_CURRENT",
    "STOCHASTIC_LIF",
    "POISSON_SEEDED",
    "LIF_FRACTIONAL",
    "lif_adaptive_threshold",
    "IZHIKEVICH_STOPPED",
    "adex_limited",
    "ADEX",
    "COUNTED_STDP",
    "DPI_ADAPTATION",
    "DPI_AMPA",
    "DPI_FEEDBACK",
    "DPI_GABA_A",
    "DPI_GABA_B",
    "DPI_NEURON",
    "DPI_NEURON_FAITHFUL",
    "DPI_NMDA",
    "DPI_SOMA",
    "DPI_SYNAPSES",
    "HODGKIN_HUXLEY",
    "IZHIKEVICH",
    "LIF",
    "POISSON_SOURCE",
    "alpha_charge",
    "alpha_conductance",
    "alpha_current",
    "beta_conductance",
    "delta_charge",
    "delta_synapse",
    "exponential_conductance",
    "exponential_current",
    "gap_input",
    "gap_junction",
    "gated_conductance",
    "gif",
    "granule_cell",
    "hodgkin_huxley_clipped",
    "inferior_olive",
    "linear_lif",
    "motion_detector",
    "nmda_conductance",
    "pair_stdp",
    "purkinje",
    "purkinje_plastic",
    "spike_conductance",
    "static_synapse",
    "stdp_synapse",
    "sum_of_currents",
    "taking_dopamine",
    "tsodyks_markram",
]
