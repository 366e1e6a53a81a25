"""The four DPI synapse circuits of DYNAP-SE: AMPA, NMDA, GABA_A (shunting) and GABA_B (subtractive).

Source: Bartolozzi, Indiveri, "Synaptic dynamics in analog VLSI", Neural Computation 19, 2007; Chicca et al.
2014, Proc. IEEE 102(9); jump and gating as in the DynapSE simulator (Demirag et al. 2022).

A DPI synapse is a linear filter: all synapses of one type onto a neuron share one circuit and one state
variable, however many they are. Above the dark current it is a plain exponential towards zero.

Deviation: the current never falls below the dark current I0 (in the simulator one Euler step may overshoot).
"""

from brianhw.model import Block, Feed, SynapseModel

SOURCE = "Bartolozzi & Indiveri 2007, Neural Comput. 19; Chicca et al. 2014, Proc. IEEE 102(9)"


def dpi_synapse(name: str, *feeds: Feed, source: str = SOURCE) -> Block:
    """Return the DPI circuit with output current ``I{name}`` that feeds the given ports.

    Its parameters are the leak ``I{name}_tau``, the capacitance ``C{name}``, the gain ``alpha_{name}`` and
    the weight current ``I{name}_w0``, all shared by a core.

    Examples
    --------
    >>> from brian2 import NeuronGroup, ms, pA, pF, run
    >>> from brianhw.equations import DPI_SOMA
    >>> from brianhw.equations.dpi_synapse import dpi_synapse
    >>> from brianhw.model import Feed
    >>> from brianhw.parameters import dynapse1
    >>> cell = DPI_SOMA + dpi_synapse("fast", Feed("Isoma_in", "Ifast"))
    >>> group = NeuronGroup(1, **cell)
    >>> soma = {name: value for name, value in dynapse1.SIMULATOR_DEFAULTS.items() if name in DPI_SOMA.parameters}
    >>> cell.set(group, soma, alpha_fast=4, Cfast=2*pF, Ifast_tau=20*pA, Ifast_w0=100*pA, Ifast=400*pA)
    >>> run(3.5*ms)
    >>> print((group.Ifast/pA).round(1))  # 400*exp(-3.5/3.55): tau = C*Ut/(kappa*Ifast_tau)
    [149.1]
    """
    return Block(
        name=f"DPI synapse {name}",
        source=source,
        equations=f"""
        dI{name}/dt = -int(I{name} > I0)*I{name}/tau_{name} : amp               # synaptic current
        tau_{name} = C{name}*Ut/(kappa*I{name}_tau) : second (shared)           # its time constant
        alpha_{name} : 1 (shared, constant)                                     # gain
        C{name} : farad (shared, constant)                                      # capacitance
        I{name}_tau : amp (shared, constant)                                    # leak current
        I{name}_w0 : amp (shared, constant)                                     # weight current of one word
        """,
        positive=(f"C{name}", f"I{name}_tau"),
        not_negative=(f"alpha_{name}", f"I{name}_w0"),
        feeds=feeds,
        solutions={f"I{name}": f"I{name}*exp(-dt/tau_{name})"},
        floors={f"I{name}": "I0"},
        initial={f"I{name}": "I0"},
    )


DPI_AMPA = dpi_synapse("ampa", Feed("Isoma_in", "Iampa"))

# The NMDA circuit opens with the membrane current, as the receptor does with depolarisation.
_NMDA_GATE = Block(
    name="NMDA gate",
    equations="""
    Inmda_share = 1/(Isoma_mem + Inmda_thr) : 1/amp
    Inmda_thr : amp (shared, constant)           # membrane current that opens the gate half
    """,
    not_negative=("Inmda_thr",),
)
DPI_NMDA = (
    dpi_synapse(
        "nmda",
        Feed("Isoma_in", "Inmda*Isoma_mem*Inmda_share"),
        Feed("Isoma_in_slope", "Inmda*Inmda_thr*Inmda_share**2"),
    )
    + _NMDA_GATE
).renamed("DPI synapse nmda")

# Shunting: joins the leak, which multiplies the membrane current. Subtractive: lowers the input, never below I0.
DPI_GABA_A = dpi_synapse("gaba_a", Feed("Isoma_leak", "Igaba_a"))
DPI_GABA_B = dpi_synapse("gaba_b", Feed("Isoma_in", "Igaba_b", "-"))


def dpi_connection(name: str) -> SynapseModel:
    r"""Return the synapses onto the circuit ``I{name}``: each spike adds ``weight`` times one word's current.

    Examples
    --------
    >>> from brian2 import NeuronGroup, SpikeGeneratorGroup, Synapses, ms, pA, run
    >>> from brianhw.equations.dpi_synapse import dpi_connection
    >>> source = SpikeGeneratorGroup(1, [0], [0]*ms)
    >>> circuit = NeuronGroup(1, "Ifast : amp\nIfast_w0 : amp\nalpha_fast : 1")
    >>> circuit.Ifast_w0, circuit.alpha_fast = 100*pA, 4
    >>> synapses = Synapses(source, circuit, **dpi_connection("fast"))
    >>> synapses.connect()
    >>> synapses.weight = 3  # CAM words
    >>> run(1*ms)
    >>> print(circuit.Ifast/pA)  # 3*100*4
    [1200.]
    """
    return SynapseModel(
        name=f"synapse onto {name}",
        source=SOURCE,
        equations="weight : 1  # CAM words: a non-negative integer on the chip",
        on_pre=f"I{name}_post += weight*I{name}_w0_post*alpha_{name}_post",
        weight="weight",
    )


DPI_SYNAPSES = {
    "AMPA": dpi_connection("ampa"),
    "NMDA": dpi_connection("nmda"),
    "GABA_A": dpi_connection("gaba_a"),
    "GABA_B": dpi_connection("gaba_b"),
}
