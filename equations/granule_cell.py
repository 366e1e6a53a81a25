"""The granule cell of the cerebellum: one compartment, eleven currents and calcium; 15 differential equations.

Source: D'Angelo, Nieus, Maffei, Armano, Rossi, Taglietti, Fontana & Naldi 2001, J. Neurosci. 21:759; numbers of
EDLUT (branch head 74220e7, 2023, EgidioGranuleCell_TimeDriven), which are those of the authors' NEURON model.

Deviation: the reversal potential of calcium follows its concentration (Nernst). Rates are written with ``exprel(x)
= (exp(x) - 1)/x``, which has no gap at zero. ``faithful=True`` takes all functions of the potential from EDLUT's
table of 1024 points on [-100, 50] mV, and the rate of the slow potassium current as EDLUT has it, without the
exponential in its second term: it is then 1.9 to 4.5 times too slow between -80 and 0 mV.

Ports: ``I_syn`` is the synaptic current (positive depolarises), ``I_syn_slope`` its derivative by ``v``; both
belong to the whole cell, and the membrane's constants to its area.

Integration: the inactivation of sodium at rest has a rate of 15 per us, so that explicit schemes need steps below
0.1 us. Use ``granule_cell().integrated("bdf")``, after the receptors have been added.
"""

from __future__ import annotations

import re

from brianhw.equations.drawn_spike import BEFORE
from brianhw.equations.grids import on_grid
from brianhw.integration import NearSpike
from brianhw.model import NeuronModel

__all__ = ["granule_cell"]

TABLE = ("-100*mV", "50*mV", 1024)

# Gates with an opening rate alpha and a closing rate beta. A linoid A*x/(exp(x/k) - 1) is A*k/exprel(x/k).
RATES = {
    "x_Naf": (
        "0.3*10/exprel(-(V + 19*mV)/(10*mV))/ms*Q_20",
        "12*exp(-(V + 44*mV)/(18.182*mV))/ms*Q_20",
    ),
    "y_Naf": (
        "0.105*exp(-(V + 44*mV)/(3.333*mV))/ms*Q_20",
        "1.5/(1 + exp(-(V + 11*mV)/(5*mV)))/ms*Q_20",
    ),
    "x_Nar": (
        "(8e-5 + 0.00493*6.81881/exprel(-(V - 4.48754*mV)/(6.81881*mV)))/ms*Q_20",
        "(0.04752 + 0.01558*0.10818/exprel((V + 43.97494*mV)/(0.10818*mV)))/ms*Q_20",
    ),
    "y_Nar": (
        "0.31836*exp(-(V + 80*mV)/(62.52621*mV))/ms*Q_20",
        "0.01014*exp((V + 83.3332*mV)/(16.05379*mV))/ms*Q_20",
    ),
    "x_KV": (
        "0.01*10/exprel(-(V + 25*mV)/(10*mV))/ms*Q_6",
        "0.125*exp(-(V + 35*mV)/(80*mV))/ms*Q_6",
    ),
    "x_KIR": (
        "0.13289*exp(-(V + 83.94*mV)/(24.3902*mV))/ms*Q_20",
        "0.16994*exp((V + 83.94*mV)/(35.714*mV))/ms*Q_20",
    ),
    "x_KCa": (
        "2.5/(1 + 0.0015*mmolar*exp(-V/(11.765*mV))/Ca)/ms*Q_30",
        "1.5/(1 + Ca/(0.00015*mmolar*exp(-V/(11.765*mV))))/ms*Q_30",
    ),
    "x_Ca": (
        "0.04944*exp((V + 29.06*mV)/(15.873*mV))/ms*Q_20",
        "0.08298*exp(-(V + 18.66*mV)/(25.641*mV))/ms*Q_20",
    ),
    "y_Ca": (
        "0.0013*exp(-(V + 48*mV)/(18.183*mV))/ms*Q_20",
        "0.0013*exp((V + 48*mV)/(83.33*mV))/ms*Q_20",
    ),
}

# Gates with a steady state and a rate at which they go there.
RELAXATIONS = {
    "x_Nap": (
        "1/(1 + exp(-(V + 42*mV)/(5*mV)))",
        "0.2*(0.091*5/exprel(-(V + 42*mV)/(5*mV)) + 0.062*5/exprel((V + 42*mV)/(5*mV)))/ms*Q_30",
    ),
    "x_KA": (
        "1/(1 + exp(-(V + 46.7*mV)/(19.8*mV)))",
        "(4.88826/(1 + exp(-(V + 9.17203*mV)/(23.32708*mV))) + 0.99285*exp(-(V + 18.27914*mV)/(19.47175*mV)))/ms*Q_20",
    ),
    "y_KA": (
        "1/(1 + exp((V + 78.8*mV)/(8.4*mV)))",
        "(0.11042/(1 + exp((V + 111.33209*mV)/(12.8433*mV))) + 0.10353/(1 + exp(-(V + 49.9537*mV)/(8.90123*mV))))"
        "/ms*Q_20",
    ),
    "x_Ks": (
        "1/(1 + exp(-(V + 30*mV)/(6*mV)))",
        "0.0033*(exp((V + 30*mV)/(40*mV)) + exp(-(V + 30*mV)/(20*mV)))/ms*Q_22",
    ),
}
FAULTY_SLOW_RATE = "0.0033*(exp((V + 30*mV)/(40*mV)) - (V + 30*mV)/(20*mV))/ms*Q_22"


def granule_cell(faithful: bool = False) -> NeuronModel:
    """Return the cell; *faithful* takes EDLUT's table and its rate of the slow potassium current.

    Examples
    --------
    >>> from brian2 import NeuronGroup, mV
    >>> from brianhw.equations import granule_cell
    >>> from brianhw.parameters.granule_cell import DANGELO
    >>> cell = granule_cell()  # for runs, granule_cell().integrated("bdf")
    >>> group = NeuronGroup(1, **cell)
    >>> cell.set(group, DANGELO)
    >>> print(len(cell.state_variables), (group.E_Ca/mV).round(1))  # Nernst potential of calcium at rest
    15 [129.3]
    """
    relaxations = dict(RELAXATIONS)
    if faithful:
        relaxations["x_Ks"] = (RELAXATIONS["x_Ks"][0], FAULTY_SLOW_RATE)
        steady = {
            gate: re.sub(r"\bV\b", "(-80*mV)", text) for gate, text in _steady_states().items()
        }  # not the table's
    else:
        steady = {gate: f"{gate}_inf" for gate in _steady_states()}
    return NeuronModel(
        name="granule cell",
        source="D'Angelo et al. 2001, J. Neurosci. 21:759; EDLUT (branch head 74220e7, 2023)",
        ports={"I_syn": "amp", "I_syn_slope": "siemens"},
        equations=f"""
    dv/dt = (I_Na + I_K + I_Ca + I_L + (I_syn + I_ext)/area)/C_m : volt             # membrane potential
    dCa/dt = I_Ca/(2*F*depth) - (Ca - Ca_rest)/tau_Ca : mmolar                      # calcium below the membrane
    I_Na = (g_Naf*x_Naf**3*y_Naf + g_Nar*x_Nar*y_Nar + g_Nap*x_Nap)*(E_Na - v) : amp/meter**2
    I_K = g_K_open*(E_K - v) : amp/meter**2
    g_K_open = g_KV*x_KV**4 + g_KA*x_KA**3*y_KA + g_KIR*x_KIR + g_KCa*x_KCa + g_Ks*x_Ks : siemens/meter**2
    I_Ca = g_Ca*x_Ca**2*y_Ca*(E_Ca - v) : amp/meter**2
    I_L = g_L*(E_L - v) + g_GABA*(E_GABA - v) : amp/meter**2                        # leak and tonic inhibition
    E_Ca = R*T/(2*F)*log(Ca_out/Ca) : volt                                          # Nernst potential
    {_gates(RATES, relaxations)}
    V = {on_grid("v", *TABLE) if faithful else "v"} : volt      # potential at which the gates are
    Q_20 = 3**((T - 293.15*kelvin)/(10*kelvin)) : 1             # rates were measured at 20 degrees Celsius
    Q_22 = 3**((T - 295.15*kelvin)/(10*kelvin)) : 1             # at 22
    Q_30 = 3**((T - 303.15*kelvin)/(10*kelvin)) : 1             # at 30
    Q_6 = 3**((T - 279.45*kelvin)/(10*kelvin)) : 1              # at 6.3
    was_below : 1                                # whether v was below the threshold at the start of the step

    C_m : farad/meter**2 (constant)              # membrane capacitance
    g_Naf : siemens/meter**2 (constant)          # peak conductance of the fast sodium current
    g_Nar : siemens/meter**2 (constant)          # resurgent sodium
    g_Nap : siemens/meter**2 (constant)          # persistent sodium
    g_KV : siemens/meter**2 (constant)           # delayed rectifier
    g_KA : siemens/meter**2 (constant)           # A current
    g_KIR : siemens/meter**2 (constant)          # inward rectifier
    g_KCa : siemens/meter**2 (constant)          # potassium opened by calcium
    g_Ks : siemens/meter**2 (constant)           # slow potassium
    g_Ca : siemens/meter**2 (constant)           # calcium
    g_L : siemens/meter**2 (constant)            # leak
    g_GABA : siemens/meter**2 (constant)         # tonic inhibition
    E_Na : volt (constant)                       # reversal potentials
    E_K : volt (constant)
    E_L : volt (constant)
    E_GABA : volt (constant)
    Ca_out : mmolar (constant)                   # calcium outside the cell
    Ca_rest : mmolar (constant)                  # calcium that it rests at
    tau_Ca : second (constant)                   # time constant of its removal
    depth : meter (constant)                     # of the shell that it is in
    area : meter**2 (constant)                   # of the membrane
    V_th : volt (constant)                       # crossing it upwards is a spike
    T : kelvin (shared, constant)                # temperature
    R : joule/kelvin/mole (shared, constant)      # gas constant
    F : coulomb/mole (shared, constant)          # Faraday's constant
    I_ext : amp                                  # current injected, may change during a run
    """,
        positive=("C_m", "Ca_out", "Ca_rest", "tau_Ca", "depth", "area", "T", "R", "F"),
        not_negative=("g_L", "g_GABA", "g_Naf", "g_Nar", "g_Nap", "g_KV", "g_KA", "g_KIR", "g_KCa", "g_Ks", "g_Ca"),
        before=BEFORE,
        threshold="v >= V_th and was_below > 0",
        reset="was_below = 0",  # the crossing is past
        initial={"v": "-80*mV", "Ca": "Ca_rest", **steady, "was_below": "0"},
        optional=("I_ext", "was_below"),
        near_spike=NearSpike("v > V_th - 40*mV", "v < V_th - 40*mV", "2*ms"),
        scheme="rk4",
    )


def _steady_states() -> dict[str, str]:
    ratios = {gate: f"1/(1 + ({closing})/({opening}))" for gate, (opening, closing) in RATES.items()}
    return ratios | {gate: steady for gate, (steady, _) in RELAXATIONS.items()}


def _gates(rates: dict[str, tuple[str, str]], relaxations: dict[str, tuple[str, str]]) -> str:
    """Return the equations of all gates, each with its steady state ``{gate}_inf``."""
    lines = []
    for gate, (opening, closing) in rates.items():
        lines += [
            f"d{gate}/dt = alpha_{gate} - (alpha_{gate} + beta_{gate})*{gate} : 1",
            f"{gate}_inf = alpha_{gate}/(alpha_{gate} + beta_{gate}) : 1",
            f"alpha_{gate} = {opening} : Hz",
            f"beta_{gate} = {closing} : Hz",
        ]
    for gate, (steady, rate) in relaxations.items():
        lines += [
            f"d{gate}/dt = rate_{gate}*({gate}_inf - {gate}) : 1",
            f"{gate}_inf = {steady} : 1",
            f"rate_{gate} = {rate} : Hz",
        ]
    return "\n    ".join(lines)
