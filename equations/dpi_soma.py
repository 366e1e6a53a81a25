"""The DPI soma of DYNAP-SE: a current-mode integrate-and-fire neuron.

Source: Chicca, Stefanini, Bartolozzi, Indiveri, "Neuromorphic electronic circuits for building autonomous
cognitive systems", Proc. IEEE 102(9), 2014; written out as in the DynapSE simulator (Demirag et al., 2022).

Deviation: the state never falls below the dark current I0. In the simulator only right-hand sides are
clipped, so that strong inhibition carries its state below zero (``dpi_faithful`` keeps that).

Ports: ``Isoma_in`` is the excitation, ``Isoma_leak`` all that the leak current is joined by (adaptation
and shunting with +, positive feedback with -).
"""

from brianhw.model import NeuronModel

DPI_SOMA = NeuronModel(
    name="DPI soma",
    source="Chicca et al. 2014, Proc. IEEE 102(9); DynapSE simulator (Demirag et al. 2022)",
    ports={"Isoma_in": "amp", "Isoma_leak": "amp", "Isoma_in_slope": "1", "Isoma_leak_slope": "1"},
    equations="""
    dIsoma_mem/dt = int(above)*Isoma_rise + int(not above)*Isoma_lift : amp (unless refractory)
    above = Isoma_mem > I0 : boolean

    # above the dark current
    Isoma_rise = Isoma_mem*Isoma_drive/tau_soma*Isoma_share : amp/second
    Isoma_drive = alpha_soma*(Isoma_input - Isoma_sum) - Isoma_sum*Isoma_mem*(1/Isoma_dpi_tau) : amp
    Isoma_share = 1/(Isoma_mem + alpha_soma*Isoma_dpi_tau) : 1/amp
    # at the dark current, where leak, adaptation and shunting do nothing
    Isoma_lift = (Isoma_input - I0)*(alpha_soma*kappa*I0/(2*Csoma_mem*Ut)) : amp/second

    # what enters the DPI, at least the dark current (written with booleans, which are cheaper than clip)
    Isoma_input = int(not closed)*(Isoma_in + Isoma_const) + int(closed)*I0 : amp
    closed = Isoma_in + Isoma_const < I0 : boolean
    Isoma_sum = Isoma_dpi_tau + Isoma_leak : amp                         # what leaves it
    tau_soma = Csoma_mem*Ut/(kappa*Isoma_dpi_tau) : second (shared)      # membrane time constant
    kappa = (kn + kp)/2 : 1 (shared)                                     # subthreshold slope factor

    # derivative of Isoma_rise by Isoma_mem, for the integration; also at the dark current, which a lifted
    # membrane leaves at once and within the step grows as above it
    Isoma_rise_slope = ((Isoma_drive + Isoma_mem*Isoma_drive_slope)/tau_soma - Isoma_rise)*Isoma_share : hertz
    Isoma_drive_slope = alpha_soma*(Isoma_in_slope - Isoma_leak_slope) - (Isoma_sum + Isoma_leak_slope*Isoma_mem)*(1/Isoma_dpi_tau) : 1

    kn : 1 (shared, constant)                    # subthreshold slope factor, n-FET
    kp : 1 (shared, constant)                    # subthreshold slope factor, p-FET
    Ut : volt (shared, constant)                 # thermal voltage
    I0 : amp (shared, constant)                  # dark current
    alpha_soma : 1 (shared, constant)            # gain: DPI threshold current / leak current
    Csoma_mem : farad (shared, constant)         # membrane capacitance
    Isoma_dpi_tau : amp (shared, constant)       # leak current
    Isoma_th : amp (shared, constant)            # spike threshold
    Isoma_reset : amp (shared, constant)         # reset
    soma_refP : second (shared, constant)        # refractory period
    Isoma_const : amp (constant)                 # constant input, one value per neuron
    """,
    positive=("kn", "kp", "Ut", "I0", "alpha_soma", "Csoma_mem", "Isoma_dpi_tau", "Isoma_th"),
    not_negative=("soma_refP", "Isoma_reset"),
    threshold="Isoma_mem > Isoma_th",
    reset="Isoma_mem = Isoma_reset",
    refractory="soma_refP",
    floors={"Isoma_mem": "I0"},
    jacobian={"Isoma_mem": "Isoma_rise_slope"},
    scheme="rosenbrock",
)
