"""DYNAP-SE1: four cores of 256 analogue neurons, 64 CAM words and 4 SRAM words per neuron."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

from brianhw.chips.description import ChipDescription
from brianhw.chips.weight import WeightRule
from brianhw.errors import ParameterError

__all__ = ["BIASES", "DYNAP_SE1", "Bias", "dynapse1_board"]

_CHIPS_OF_A_BOARD = 4

_MORADI = (
    "Moradi, Qiao, Stefanini, Indiveri, A scalable multicore architecture with heterogeneous memory structures "
    "for dynamic neuromorphic asynchronous processors (DYNAPs), IEEE TBioCAS 12(1), 2018"
)
_LIBCAER = (
    "libcaer, devices/dynapse.h (iniLabs, 2017): events made on the board have an address of 10 bits, one for each of "
    "its 1024 Poisson generators"
)
_HELPER = (
    "dynapse1constants and netgen (public helper library of samna): what a word holds that is in no use, from its code"
)
_SIMULATOR = (
    "parameters of dynapse-simulator (Demirag et al., 2022) that one bias generator per core sets on the chip; "
    "the simulator lets some of them differ within a core"
)

_SYNAPSES = ("nmda", "ampa", "gaba_a", "gaba_b")
_OF_A_SYNAPSE = ("alpha_{}", "C{}", "I{}_tau", "I{}_w0")

DYNAP_SE1 = ChipDescription(
    name="DYNAP-SE1",
    cores=4,
    neurons_per_core=256,
    fan_in=64,
    word="CAM word",
    fan_out=4,
    fan_out_counts="chips",
    destination="SRAM word",
    synapse_types=("AMPA", "NMDA", "GABA_A", "GABA_B"),
    weights=WeightRule.words(),
    # A CAM word holds a tag of 10 bits: a core that hears 1025 senders mixes two of them up.
    senders_per_core=2**10,
    # An event from outside carries nothing but such a tag, and may go to several cores at once.
    external_sources=2**10,
    # A word that was never written listens to (core 0, neuron 0) as NMDA.
    unused_word=(0, "NMDA"),
    shared=(
        *("kn", "kp", "Ut", "I0"),
        *("alpha_soma", "Csoma_mem", "Isoma_dpi_tau", "Isoma_th", "Isoma_reset", "soma_refP"),
        *("alpha_ahp", "Csoma_ahp", "Isoma_ahp_tau", "Isoma_ahp_w"),
        *("Isoma_pfb_gain", "Isoma_pfb_th", "Isoma_pfb_norm"),
        "Inmda_thr",
        *(name.format(synapse) for synapse in _SYNAPSES for name in _OF_A_SYNAPSE),
    ),
    sources={
        "cores": _MORADI,
        "neurons_per_core": _MORADI,
        "fan_in": _MORADI,
        "fan_out": _MORADI,
        "fan_out_counts": _MORADI,
        "synapse_types": _MORADI,
        "weights": _MORADI + ": a weight is the number of CAM words that hold the same tag",
        "senders_per_core": _MORADI + ": tags of 10 bits",
        "external_sources": _LIBCAER,
        "unused_word": _HELPER,
        "shared": _SIMULATOR,
    },
)


def dynapse1_board(chips: int = 4, *, monitoring: bool = True) -> ChipDescription:
    """Return the description of a board with *chips* DYNAP-SE1 chips.

    Parameters
    ----------
    chips : int
        From 1 to 4.
    monitoring : bool
        Whether one SRAM word of each neuron is kept to send its spikes to the host, as labs do; three are left then.

    Raises
    ------
    ParameterError
        If a board cannot have as many chips.

    Examples
    --------
    >>> from brianhw.chips import dynapse1_board
    >>> board = dynapse1_board(chips=2)
    >>> board.neurons, board.fan_out, dynapse1_board(chips=2, monitoring=False).fan_out
    (2048, 3, 4)
    >>> board.core_name(board.core_number("C1c2"))
    'chip 1 core 2'
    """
    if isinstance(chips, bool) or chips not in range(1, _CHIPS_OF_A_BOARD + 1):
        raise ParameterError(f"A DYNAP-SE1 board has 1 to {_CHIPS_OF_A_BOARD} chips, not {chips!r}.")
    assert DYNAP_SE1.fan_out is not None
    board = "the board of Moradi et al. 2018 and of samna: four chips; "
    return replace(
        DYNAP_SE1,
        name="DYNAP-SE1 board",
        chips=chips,
        cores=chips * DYNAP_SE1.cores,
        fan_out=DYNAP_SE1.fan_out - monitoring,
        addresses=2**10,
        sources={
            **DYNAP_SE1.sources,
            "chips": board + _MORADI,
            "addresses": _MORADI + ": a CAM word compares core and neuron of the sender, 10 bits, and not its chip",
        },
    )


class Bias(NamedTuple):
    """One bias generator of a core.

    *polarity* is the transistor type at the name's end, *current* the quantity that it sets (the
    public drivers' name), *parameter* the simulation parameter that this quantity decides, if any,
    *relation* how where they are not the same quantity, *certainty* how well that is known.
    """

    polarity: str
    meaning: str
    current: str | None
    parameter: str | None
    relation: str
    certainty: str


_SAME = ""
_RATIO = "gain current = parameter times leak current"
_UNKNOWN = "no public code maps it to a parameter"

# Names and meanings: dynapse1constants (public samna helper), certainty "code". Currents: the table
# sim2device of rockpool's history (SE1 column), with GABA split by its weight biases: certainty "code".
# The spike threshold and the width of the adaptation pulse have no bias on this chip.
BIASES: Mapping[str, Bias] = MappingProxyType(
    {
        "IF_AHTAU_N": Bias("N", "adaptation time constant", "Itau_ahp", "Isoma_ahp_tau", _SAME, "code"),
        "IF_AHTHR_N": Bias("N", "adaptation gain", "Igain_ahp", "alpha_ahp", _RATIO, "code"),
        "IF_AHW_P": Bias("P", "adaptation weight", "Iw_ahp", "Isoma_ahp_w", _SAME, "code"),
        "IF_BUF_P": Bias("P", "membrane monitor buffer", None, None, _UNKNOWN, "unknown"),
        "IF_CASC_N": Bias("N", "adaptation cascode (enables adaptation)", None, None, _UNKNOWN, "unknown"),
        # One value per core on the chip; the simulator lets it differ between neurons.
        "IF_DC_P": Bias("P", "constant input", "Idc", "Isoma_const", _SAME, "code"),
        "IF_NMDA_N": Bias("N", "NMDA gate", "If_nmda", "Inmda_thr", _SAME, "code"),
        "IF_RFR_N": Bias(
            "N", "refractory period", "Iref", "soma_refP", "period = threshold voltage x capacitance / current", "code"
        ),
        "IF_TAU1_N": Bias("N", "membrane leak, first choice", "Itau_mem", "Isoma_dpi_tau", _SAME, "code"),
        "IF_TAU2_N": Bias("N", "membrane leak, second choice (per-neuron switch)", None, None, _UNKNOWN, "unknown"),
        "IF_THR_N": Bias("N", "membrane gain", "Igain_mem", "alpha_soma", _RATIO, "code"),
        "NPDPIE_TAU_F_P": Bias("P", "AMPA time constant", "Itau_ampa", "Iampa_tau", _SAME, "code"),
        "NPDPIE_TAU_S_P": Bias("P", "NMDA time constant", "Itau_nmda", "Inmda_tau", _SAME, "code"),
        "NPDPIE_THR_F_P": Bias("P", "AMPA gain", "Igain_ampa", "alpha_ampa", _RATIO, "code"),
        "NPDPIE_THR_S_P": Bias("P", "NMDA gain", "Igain_nmda", "alpha_nmda", _RATIO, "code"),
        "NPDPII_TAU_F_P": Bias("P", "GABA_A time constant", "Itau_gaba_a", "Igaba_a_tau", _SAME, "code"),
        "NPDPII_TAU_S_P": Bias("P", "GABA_B time constant", "Itau_gaba_b", "Igaba_b_tau", _SAME, "code"),
        "NPDPII_THR_F_P": Bias("P", "GABA_A gain", "Igain_gaba_a", "alpha_gaba_a", _RATIO, "code"),
        "NPDPII_THR_S_P": Bias("P", "GABA_B gain", "Igain_gaba_b", "alpha_gaba_b", _RATIO, "code"),
        "PS_WEIGHT_EXC_F_N": Bias("N", "AMPA weight", "Iw_ampa", "Iampa_w0", _SAME, "code"),
        "PS_WEIGHT_EXC_S_N": Bias("N", "NMDA weight", "Iw_nmda", "Inmda_w0", _SAME, "code"),
        "PS_WEIGHT_INH_F_N": Bias("N", "GABA_A weight", "Iw_gaba_a", "Igaba_a_w0", _SAME, "code"),
        "PS_WEIGHT_INH_S_N": Bias("N", "GABA_B weight", "Iw_gaba_b", "Igaba_b_w0", _SAME, "code"),
        "PULSE_PWLK_P": Bias("P", "synaptic pulse width", "Ipulse", None, "the model's jump has no width", "code"),
        "R2R_P": Bias("P", "monitor output (R2R)", None, None, _UNKNOWN, "unknown"),
    }
)
