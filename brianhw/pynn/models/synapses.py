"""PyNN's synapse types that do not learn: static, electrical, stochastic and short-term plastic ones."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent
from typing import Any

import numpy as np
from pyNN.standardmodels import synapses as standard

from brianhw.equations.stochastic_synapses import POOL, POOL_STATE, QUANTA, QUANTA_STATE, successes
from brianhw.pynn.checks.domains import COUNT, DELAY, FRACTION, NOT_NEGATIVE, NUMBER, Domain, check, known_values
from brianhw.pynn.checks.expressions import parsed
from brianhw.pynn.checks.refusals import KindRefused, as_ours, refuse_unknown
from brianhw.pynn.checks.text import plain_numbers
from brianhw.pynn.models.grid import grid
from brianhw.pynn.models.realisation import FromPyNN, identity
from brianhw.pynn.models.synapse_realisation import WEIGHT, Pathway, SynapseRealisation, transmission

__all__ = [
    "ElectricalSynapse",
    "MultiQuantalSynapse",
    "SimpleStochasticSynapse",
    "StaticSynapse",
    "StochasticTsodyksMarkramSynapse",
    "TsodyksMarkramSynapse",
]

MAY_BE_NONE = ("weight", "delay")  # which then are 0 and the smallest delay
ALWAYS: Mapping[str, Domain] = {"weight": NUMBER, "delay": DELAY}


def synapse_domains(synapse_type: Any) -> dict[str, Domain]:
    """Return the domains of a synapse type's parameters."""
    return {**ALWAYS, **getattr(synapse_type, "domains", {})}


class Synapse:
    """What our synapse types share; mixed in before PyNN's class."""

    default_parameters: Any  # these two are PyNN's
    parameter_space: Any
    domains: Mapping[str, Domain] = {}

    def __init__(self, *values: Any, **parameters: Any) -> None:
        owner = type(self).__name__
        if values:
            names = ", ".join(self.default_parameters)
            raise KindRefused(f"{owner} takes its parameters by name: {names}; it was given {values[0]!r}.")
        refuse_unknown(owner, parameters, self.default_parameters)
        as_functions = {name: parsed(value) for name, value in parameters.items()}
        plain = plain_numbers(owner, as_functions, MAY_BE_NONE)
        with as_ours(owner):
            super().__init__(**plain)
        known = known_values(self.parameter_space)
        given = {name: known[name] for name in parameters if name in known}
        check(owner, given, synapse_domains(self), "connection", subject="name")

    def get_schema(self) -> dict[str, Any]:
        """Return the type of each parameter: numbers, also where PyNN's default is a whole one."""
        return dict.fromkeys(self.default_parameters, float)

    def _get_minimum_delay(self) -> float:
        return grid.smallest_delay


def _positive(name: str) -> FromPyNN:
    """Return a time constant in ms that is never zero: nothing is left after a nanosecond of it."""
    return FromPyNN(lambda values: np.maximum(values[name], 1e-6), "ms")


class StaticSynapse(Synapse, standard.StaticSynapse):
    __doc__ = standard.StaticSynapse.__doc__
    translations = identity(standard.StaticSynapse)

    def realise(self, entry: str, unit: str, time_constant: str) -> SynapseRealisation:
        """Return its text: a spike adds the weight."""
        transmit = Pathway(transmission(entry, unit, "weight"), "total")
        return SynapseRealisation(WEIGHT, {"transmit": transmit}, {"weight": FromPyNN("weight", "1")})


class ElectricalSynapse(Synapse, standard.ElectricalSynapse):
    """A gap junction: a current flows between the cells of each connection, from the higher potential to the lower."""

    translations = identity(standard.ElectricalSynapse)

    def realise(self, entry: str, unit: str, time_constant: str) -> SynapseRealisation:
        """Return its text; *entry* is a current of the target neuron, and has its like in the source."""
        text = f"""
        {entry}_post = weight*uS*(v_pre - v_post) : amp (summed)
        {entry}_back_pre = weight*uS*(v_post - v_pre) : amp (summed)
        """
        return SynapseRealisation(f"{WEIGHT}{dedent(text)}", {}, {"weight": FromPyNN("weight", "1")})


class SimpleStochasticSynapse(Synapse, standard.SimpleStochasticSynapse):
    __doc__ = standard.SimpleStochasticSynapse.__doc__
    translations = identity(standard.SimpleStochasticSynapse)
    domains = {"p": FRACTION}

    def realise(self, entry: str, unit: str, time_constant: str) -> SynapseRealisation:
        """Return its text: a spike is transmitted or not."""
        return SynapseRealisation(
            f"{WEIGHT}p_release : 1              # probability",
            {"transmit": Pathway(transmission(entry, unit, "weight*int(rand() < p_release)"), "total")},
            {"weight": FromPyNN("weight", "1"), "p_release": FromPyNN("p", "1")},
        )


SHORT_TERM = """
U_release : 1              # utilisation of a rested synapse
tau_rec : second           # recovery
tau_facil : second         # facilitation
"""
SHORT_TERM_PARAMETERS = {
    "weight": FromPyNN("weight", "1"),
    "U_release": FromPyNN("U", "1"),
    "tau_rec": _positive("tau_rec"),
    "tau_facil": _positive("tau_facil"),
}
#: A synapse recovers at once where a time constant is 0.
SHORT_TERM_DOMAINS: Mapping[str, Domain] = {"U": FRACTION, "tau_rec": NOT_NEGATIVE, "tau_facil": NOT_NEGATIVE}
RELEASE_STATES = {name: (f"{name}_release", "t_release") for name in "uxy"}
QUANTA_STATES = {"u": ("u_release", "t_release"), "a": ("available", "t_release")}
FASTEST = "(1e-6*ms)"  # of receptors without a time constant


class TsodyksMarkramSynapse(Synapse, standard.TsodyksMarkramSynapse):
    __doc__ = standard.TsodyksMarkramSynapse.__doc__
    translations = identity(standard.TsodyksMarkramSynapse)
    domains = SHORT_TERM_DOMAINS

    def realise(self, entry: str, unit: str, time_constant: str) -> SynapseRealisation:
        """Return its text: what is released stays active as long as the receptors are, then recovers."""
        released = POOL.format(tau=f"{time_constant}_post" if time_constant else FASTEST)
        return SynapseRealisation(
            f"{WEIGHT}{SHORT_TERM}{POOL_STATE}",
            {"transmit": Pathway(f"{released}{transmission(entry, unit, 'weight*released')}", "total")},
            SHORT_TERM_PARAMETERS,
            {"x_release": "1"},
            states=RELEASE_STATES,
        )


class MultiQuantalSynapse(Synapse, standard.MultiQuantalSynapse):
    """A synapse with *n* release sites, which recover and release each by itself; the weight is that of one."""

    translations = identity(standard.MultiQuantalSynapse)
    domains = {**SHORT_TERM_DOMAINS, "n": COUNT}
    sites = FromPyNN("n", "1")

    def realise(self, entry: str, unit: str, time_constant: str) -> SynapseRealisation:
        """Return its text."""
        return SynapseRealisation(
            f"{WEIGHT}{SHORT_TERM}n_release : 1              # release sites\n{QUANTA_STATE}",
            {"transmit": Pathway(f"{QUANTA}{transmission(entry, unit, 'weight*released')}", "total")},
            {**SHORT_TERM_PARAMETERS, "n_release": self.sites},
            {"available": "n_release"},
            namespace={"successes": successes()},
            states=QUANTA_STATES,
        )


class StochasticTsodyksMarkramSynapse(Synapse, standard.StochasticTsodyksMarkramSynapse):
    """A synapse with one release site, which must recover before it releases again."""

    translations = identity(standard.StochasticTsodyksMarkramSynapse)
    domains = SHORT_TERM_DOMAINS
    sites = FromPyNN(lambda _: 1.0, "1")
    realise = MultiQuantalSynapse.realise
