"""The DPI neuron exactly as the DynapSE simulator computes it, number for number.

Source: dynapse-simulator (Demirag et al., UZH/ETH, master of June 2022): forward Euler of all six
derivatives, currents gated at the dark current with a strict ``>``, states not clamped.

Deviation: none but rounding (about 1e-15), by the simulator's divisions carried out.

What that implies, and the default DPI neuron does not do: strong inhibition carries the membrane below the
dark current and below zero, from where it comes back only linearly; the adaptation current starts at 0 A
and stays there until the first spike; with dt >= 2 tau a synapse is unstable.

The gated quantities of the simulator, <Q> = Q above the dark current and I0 at or below it, make two
branches of each equation; both are written out.
"""

from brianhw.model import Block, Feed, NeuronModel

SOURCE = "dynapse-simulator (Demirag et al., UZH/ETH, June 2022), after Chicca et al. 2014, Proc. IEEE 102(9)"


def _synapse(name: str, *feeds: Feed) -> Block:
    return Block(
        name=f"DPI synapse {name}",
        source=SOURCE,
        equations=f"""
        dI{name}/dt = int(I{name} > I0)*(-I{name}/tau_{name}) + int(I{name} <= I0)*I{name}_lift : amp
        I{name}_lift = (I0 - I{name})*I{name}*kappa*I0/(C{name}*Ut*(I0 + I{name})) : amp/second
        tau_{name} = C{name}*Ut/(kappa*I{name}_tau) : second
        alpha_{name} : 1 (constant)
        C{name} : farad (constant)
        I{name}_tau : amp (constant)
        I{name}_w0 : amp (constant)
        """,
        positive=(f"C{name}", f"I{name}_tau"),
        not_negative=(f"alpha_{name}", f"I{name}_w0"),
        feeds=feeds,
        initial={f"I{name}": "I0"},
    )


_ADAPTATION = Block(
    name="adaptation",
    source=SOURCE,
    equations="""
    # four branches: Isoma_ahp above or at the dark current, the membrane above or at it
    dIsoma_ahp/dt = above*(ahp_above*(-Isoma_ahp/tau_ahp) + ahp_below*(I0 - Isoma_ahp)*Isoma_ahp*kappa*I0/(Csoma_ahp*Ut*(I0 + Isoma_ahp))) + below*(ahp_above*(-(Isoma_ahp + Isoma_ahp_tau*alpha_ahp)/(tau_ahp*(1 + alpha_ahp*Isoma_ahp_tau/I0))) + ahp_below*(I0 - Isoma_ahp)*kappa*I0/(2*Csoma_ahp*Ut)) : amp
    tau_ahp = Csoma_ahp*Ut/(kappa*Isoma_ahp_tau) : second
    ahp_above = int(Isoma_ahp > I0) : 1
    ahp_below = int(Isoma_ahp <= I0) : 1
    alpha_ahp : 1 (constant)
    Csoma_ahp : farad (shared, constant)
    Isoma_ahp_tau : amp (shared, constant)
    Isoma_ahp_g : amp (shared, constant)             # declared by the simulator, used by no equation
    Isoma_ahp_w : amp (constant)
    """,
    positive=("Csoma_ahp", "Isoma_ahp_tau"),
    not_negative=("alpha_ahp", "Isoma_ahp_w"),
    feeds=(Feed("Isoma_leak", "Isoma_ahp"),),
    reset="Isoma_ahp += Isoma_ahp_w*alpha_ahp",
    optional=("Isoma_ahp_g",),
)

_FEEDBACK = Block(
    name="positive feedback",
    source=SOURCE,
    equations="""
    Isoma_pfb = Isoma_pfb_gain/(1 + exp(-(Isoma_mem - Isoma_pfb_th)/Isoma_pfb_norm)) : amp
    Isoma_pfb_gain : amp (shared, constant)
    Isoma_pfb_th : amp (shared, constant)
    Isoma_pfb_norm : amp (shared, constant)
    """,
    positive=("Isoma_pfb_norm",),
    not_negative=("Isoma_pfb_gain", "Isoma_pfb_th"),
    feeds=(Feed("Isoma_leak", "Isoma_pfb", "-"),),
)

_SOMA = NeuronModel(
    name="DPI soma, faithful",
    source=SOURCE,
    ports={"Isoma_in": "amp", "Isoma_leak": "amp"},
    equations="""
    dIsoma_mem/dt = above*(alpha_soma*(Isoma_input - Isoma_sum) - Isoma_sum*Isoma_clip/Isoma_dpi_tau)/(tau_soma*(1 + alpha_soma*Isoma_dpi_tau/Isoma_clip)) + below*alpha_soma*(Isoma_input - I0)*kappa*I0/(2*Csoma_mem*Ut) : amp (unless refractory)
    Isoma_input = clip(Isoma_in + Isoma_const, I0, 1*amp) : amp
    Isoma_sum = Isoma_dpi_tau + Isoma_leak : amp
    Isoma_clip = clip(Isoma_mem, I0, 1*amp) : amp
    above = int(Isoma_mem > I0) : 1
    below = int(Isoma_mem <= I0) : 1
    tau_soma = Csoma_mem*Ut/(kappa*Isoma_dpi_tau) : second
    kappa = (kn + kp)/2 : 1

    kn : 1 (shared, constant)
    kp : 1 (shared, constant)
    Ut : volt (shared, constant)
    I0 : amp (shared, constant)
    alpha_soma : 1 (constant)
    Csoma_mem : farad (shared, constant)
    Isoma_dpi_tau : amp (shared, constant)
    Isoma_th : amp (shared, constant)
    Isoma_reset : amp (shared, constant)
    soma_refP : second (shared, constant)
    Isoma_const : amp (constant)
    """,
    positive=("kn", "kp", "Ut", "I0", "alpha_soma", "Csoma_mem", "Isoma_dpi_tau", "Isoma_th"),
    not_negative=("soma_refP", "Isoma_reset"),
    threshold="Isoma_mem > Isoma_th",
    reset="Isoma_mem = Isoma_reset",
    refractory="soma_refP",
    scheme="euler",
)

_NMDA_GATE = Block(name="NMDA gate", equations="Inmda_thr : amp (constant)", not_negative=("Inmda_thr",))

DPI_NEURON_FAITHFUL = (
    _SOMA
    + _ADAPTATION
    + _FEEDBACK
    + _synapse("nmda", Feed("Isoma_in", "Inmda/(1 + Inmda_thr/Isoma_clip)"))
    + _NMDA_GATE
    + _synapse("ampa", Feed("Isoma_in", "Iampa"))
    + _synapse("gaba_a", Feed("Isoma_leak", "Igaba_a"))
    + _synapse("gaba_b", Feed("Isoma_in", "Igaba_b", "-"))
).renamed("DPI neuron, faithful")
