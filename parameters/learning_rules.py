"""Parameters of learning rules, as EDLUT has them. Weights (``weight``, ``w_max``) are the network's and not here."""

from brian2.units import ms, nS

from brianhw.parameters import ParameterSet

_SOURCE = "EDLUT (branch head 74220e7, 2023), defaults of "

EXPONENTIAL = ParameterSet(
    "exponential kernel",
    _SOURCE + "ExpAdditiveKernel",
    fixed_change=0.001 * nS,
    kernel_change=-0.01 * nS,
    kernel_peak=100 * ms,
)

DELAYED_EXPONENTIAL = ParameterSet(
    "delayed exponential kernel",
    _SOURCE + "ExpBufferedAdditiveKernel",
    fixed_change=0.001 * nS,
    kernel_change=-0.01 * nS,
    kernel_peak=100 * ms,
    init_time=50 * ms,
)

COSINE = ParameterSet(
    "cosine kernel, also symmetric and of spikes",
    _SOURCE + "CosAdditiveKernel and the SimetricCos rules",
    fixed_change=0.001 * nS,
    kernel_change=-0.01 * nS,
    tau=100 * ms,
    exponent=2,
)

SINE = ParameterSet(
    "sine kernel (power 2), also its lobe",
    _SOURCE + "SinAdditiveKernel and SinBufferedAdditiveKernel",
    fixed_change=0.001 * nS,
    kernel_change=-0.01 * nS,
    kernel_peak=100 * ms,
)

COSINE_SINE = ParameterSet(
    "symmetric cosine-sine kernel, also of spikes",
    _SOURCE + "the SimetricCosSin rules",
    central_amp=0.01 * nS,
    lateral_amp=-0.005 * nS,
    max_min_dist=50 * ms,
)

ADDITIVE_STDP = ParameterSet(
    "additive STDP",
    _SOURCE + "STDP and STDPLS",
    max_LTP=0.01 * nS,
    max_LTD=0.02 * nS,
    tau_LTP=100 * ms,
    tau_LTD=100 * ms,
)
