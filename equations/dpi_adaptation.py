"""Spike-frequency adaptation of the DPI neuron: an after-hyperpolarising (AHP) current behind a DPI.

Source: Chicca et al. 2014, Proc. IEEE 102(9); the gate of the denominator by the membrane current is that
of the DynapSE simulator (Demirag et al. 2022).

Deviation: the current starts at, and never falls below, the dark current (0 A in the simulator until the
first spike). Both branches are exponentials, so the solution over a step is exact while the membrane stays
on one side of the dark current.
"""

from brianhw.model import Block, Feed

_DECAY = "exp(-dt*kappa*Isoma_ahp_tau/(Csoma_ahp*Ut))"
_SLOW_DECAY = "exp(-dt*kappa*Isoma_ahp_tau/(Csoma_ahp*Ut*(1 + Isoma_ahp_g/I0)))"

DPI_ADAPTATION = Block(
    name="DPI adaptation",
    source="Chicca et al. 2014, Proc. IEEE 102(9); DynapSE simulator (Demirag et al. 2022)",
    equations="""
    # plain decay while the membrane is above the dark current, slower while it rests there
    dIsoma_ahp/dt = -int(Isoma_ahp > I0)*(Isoma_ahp + int(not above)*Isoma_ahp_g) / (tau_ahp*(1 + int(not above)*Isoma_ahp_g/I0)) : amp
    tau_ahp = Csoma_ahp*Ut/(kappa*Isoma_ahp_tau) : second (shared)       # adaptation time constant
    Isoma_ahp_g = alpha_ahp*Isoma_ahp_tau : amp (shared)                 # DPI threshold current

    alpha_ahp : 1 (shared, constant)             # gain: DPI threshold current / leak current
    Csoma_ahp : farad (shared, constant)         # capacitance
    Isoma_ahp_tau : amp (shared, constant)       # leak current
    Isoma_ahp_w : amp (shared, constant)         # jump per spike, times the gain
    """,
    feeds=(Feed("Isoma_leak", "Isoma_ahp"),),
    positive=("Csoma_ahp", "Isoma_ahp_tau"),
    not_negative=("alpha_ahp", "Isoma_ahp_w"),
    reset="Isoma_ahp += Isoma_ahp_w*alpha_ahp",
    solutions={
        "Isoma_ahp": f"int(above)*Isoma_ahp*{_DECAY}"
        f" + int(not above)*((Isoma_ahp + Isoma_ahp_g)*{_SLOW_DECAY} - Isoma_ahp_g)"
    },
    floors={"Isoma_ahp": "I0"},
    initial={"Isoma_ahp": "I0"},
)
