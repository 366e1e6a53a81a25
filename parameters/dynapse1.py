"""Parameters of the DPI neuron and its four synapse circuits on DYNAP-SE1."""

from brian2.units import ms, mV, pA, pF

from brianhw.parameters import ParameterSet

SIMULATOR_DEFAULTS = ParameterSet(
    "DPI neuron, defaults of the DynapSE simulator",
    "dynapse-simulator (Demirag et al., UZH/ETH, June 2022), parameters/dynapse_param.py",
    # silicon
    kn=0.75,
    kp=0.66,
    Ut=25 * mV,
    I0=1 * pA,
    # soma
    Isoma_mem=1.1 * pA,  # initial value
    alpha_soma=4,
    Csoma_mem=2 * pF,
    Isoma_dpi_tau=5 * pA,  # 14.2 ms
    Isoma_th=2000 * pA,
    Isoma_reset=1.2 * pA,
    Isoma_const=1 * pA,
    soma_refP=5 * ms,
    # adaptation
    alpha_ahp=4,
    Csoma_ahp=4 * pF,
    Isoma_ahp_tau=2 * pA,  # 70.9 ms
    Isoma_ahp_w=1 * pA,
    # positive feedback
    Isoma_pfb_gain=100 * pA,
    Isoma_pfb_th=1000 * pA,
    Isoma_pfb_norm=20 * pA,
    # slow excitation
    alpha_nmda=4,
    Cnmda=2 * pF,
    Inmda_tau=2 * pA,  # 35.5 ms
    Inmda_w0=100 * pA,
    Inmda_thr=1 * pA,
    # fast excitation
    alpha_ampa=4,
    Campa=2 * pF,
    Iampa_tau=20 * pA,  # 3.55 ms
    Iampa_w0=100 * pA,
    # shunting inhibition
    alpha_gaba_a=4,
    Cgaba_a=2 * pF,
    Igaba_a_tau=5 * pA,  # 14.2 ms
    Igaba_a_w0=100 * pA,
    # subtractive inhibition
    alpha_gaba_b=4,
    Cgaba_b=2 * pF,
    Igaba_b_tau=5 * pA,  # 14.2 ms
    Igaba_b_w0=100 * pA,
)

SIMULATOR_STATES = ParameterSet(
    "DPI neuron, initial states of the DynapSE simulator whatever its dark current is set to",
    "dynapse-simulator (Demirag et al., UZH/ETH, June 2022), parameters/dynapse_param.py",
    Isoma_mem=1.1 * pA,
    Inmda=1 * pA,
    Iampa=1 * pA,
    Igaba_a=1 * pA,
    Igaba_b=1 * pA,
)
