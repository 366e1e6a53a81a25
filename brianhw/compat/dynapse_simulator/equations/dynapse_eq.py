"""Stands in for equations/dynapse_eq.py of dynapse-simulator: arguments for NeuronGroup and Synapses."""

from brianhw.equations.dpi_faithful import DPI_NEURON_FAITHFUL
from brianhw.equations.dpi_synapse import DPI_SYNAPSES


def dynapse_eq():
    return dict(DPI_NEURON_FAITHFUL)


def dynapse_nmda_syn_eq():
    return dict(DPI_SYNAPSES["NMDA"])


def dynapse_ampa_syn_eq():
    return dict(DPI_SYNAPSES["AMPA"])


def dynapse_gaba_a_syn_eq():
    return dict(DPI_SYNAPSES["GABA_A"])


def dynapse_gaba_b_syn_eq():
    return dict(DPI_SYNAPSES["GABA_B"])
