"""PyNN's composed neurons: a membrane and any number of receptors, each with a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pyNN.standardmodels import cells as standard
from pyNN.standardmodels import receptors as responses

from brianhw.equations import (
    ADEX,
    alpha_conductance,
    beta_conductance,
    exponential_conductance,
    exponential_current,
    linear_lif,
)
from brianhw.equations.receptors import Receptor
from brianhw.errors import PyNNError
from brianhw.model import NeuronModel
from brianhw.pynn.checks.domains import Domain
from brianhw.pynn.checks.text import NoText
from brianhw.pynn.models.cells import ADEX_MEMBRANE, BELOW_CUT, MEMBRANE, RESET_BELOW, V
from brianhw.pynn.models.realisation import FromPyNN, Realisation, domains_from, identity

__all__ = [
    "LIF",
    "AdExp",
    "AlphaPSR",
    "BetaPSR",
    "CondAlphaPostSynapticResponse",
    "CondBetaPostSynapticResponse",
    "CondExpPostSynapticResponse",
    "CurrExpPostSynapticResponse",
    "ExpPSR",
    "PointNeuron",
]


# -- receptors --------------------------------------------------------------------------------------


class _Response:
    """What our receptors add to PyNN's: the block of equations, and where its parameters come from."""

    block: Callable[[str], Receptor]
    brian_names: Mapping[str, str]  # PyNN's parameter -> how the block calls it, with {} for the receptor's name

    @property
    def domains(self) -> dict[str, Domain]:  # a class attribute of other models
        """What values its parameters can have."""
        named = {brian.format("own"): FromPyNN(pynn, "1") for pynn, brian in self.brian_names.items()}
        return domains_from(self.block("own"), named)

    @classmethod
    def parameters(cls, label: str, name: str) -> dict[str, FromPyNN]:
        """Return the parameters of the block *name* from those of the receptor *label*."""
        units = {"e_syn": "mV"}
        return {
            brian.format(name): FromPyNN(f"{label}.{pynn}", units.get(pynn, "ms"))
            for pynn, brian in cls.brian_names.items()
        }


class CurrExpPostSynapticResponse(_Response, NoText, responses.CurrExpPostSynapticResponse):  # type: ignore[misc]
    __doc__ = responses.CurrExpPostSynapticResponse.__doc__
    translations = identity(responses.CurrExpPostSynapticResponse)
    recordable = ["isyn"]
    block = staticmethod(exponential_current)
    brian_names = {"tau_syn": "tau_{}"}


class CondExpPostSynapticResponse(_Response, NoText, responses.CondExpPostSynapticResponse):  # type: ignore[misc]
    __doc__ = responses.CondExpPostSynapticResponse.__doc__
    translations = identity(responses.CondExpPostSynapticResponse)
    recordable = ["gsyn"]
    block = staticmethod(exponential_conductance)
    brian_names = {"tau_syn": "tau_{}", "e_syn": "E_{}"}


class CondAlphaPostSynapticResponse(_Response, NoText, responses.CondAlphaPostSynapticResponse):  # type: ignore[misc]
    __doc__ = responses.CondAlphaPostSynapticResponse.__doc__
    translations = identity(responses.CondAlphaPostSynapticResponse)
    recordable = ["gsyn"]
    block = staticmethod(alpha_conductance)
    brian_names = {"tau_syn": "tau_{}", "e_syn": "E_{}"}


class CondBetaPostSynapticResponse(_Response, NoText, responses.CondBetaPostSynapticResponse):  # type: ignore[misc]
    __doc__ = responses.CondBetaPostSynapticResponse.__doc__
    translations = identity(responses.CondBetaPostSynapticResponse)
    recordable = ["gsyn"]
    block = staticmethod(beta_conductance)
    brian_names = {"tau_rise": "tau_rise_{}", "tau_decay": "tau_decay_{}", "e_syn": "E_{}"}


ExpPSR = CondExpPostSynapticResponse
AlphaPSR = CondAlphaPostSynapticResponse
BetaPSR = CondBetaPostSynapticResponse


# -- membranes --------------------------------------------------------------------------------------


class LIF(NoText, standard.LIF):
    __doc__ = standard.LIF.__doc__
    translations = identity(standard.LIF)
    parameters = MEMBRANE
    domains = domains_from(linear_lif(), MEMBRANE)
    orders = RESET_BELOW
    states = V
    current_port = "I_step"

    @staticmethod
    def model(*receptors: Receptor) -> NeuronModel:
        """Return the neuron with these receptors."""
        return linear_lif(*receptors)


class AdExp(NoText, standard.AdExp):
    __doc__ = standard.AdExp.__doc__
    translations = identity(standard.AdExp)
    parameters = ADEX_MEMBRANE
    domains = domains_from(ADEX, ADEX_MEMBRANE)
    orders = BELOW_CUT
    states = {**V, "w": ("w", "nA")}
    current_port = "I_syn"

    @staticmethod
    def model(*receptors: Receptor) -> NeuronModel:
        """Return the neuron with these receptors."""
        model = ADEX
        for receptor in receptors:
            model = model + receptor
        return model


# -- both -------------------------------------------------------------------------------------------


class PointNeuron(standard.PointNeuron):
    """A membrane (:class:`LIF` or :class:`AdExp`) with named receptors.

    ``PointNeuron(LIF(tau_m=10.0), AMPA=ExpPSR(tau_syn=2.0), GABA=ExpPSR(tau_syn=10.0, e_syn=-70.0))`` has the receptor
    types ``"AMPA"`` and ``"GABA"``, the parameter ``"AMPA.tau_syn"`` and the recordable ``"AMPA.gsyn"``.

    Raises
    ------
    PyNNError
        If the membrane or a receptor is of another kind, or a name cannot be used.
    """

    injectable = True

    def __init__(self, neuron: Any, **post_synaptic_receptors: Any) -> None:
        if not isinstance(neuron, LIF | AdExp):
            raise PyNNError(f"PointNeuron: the neuron must be a LIF or an AdExp, not a {type(neuron).__name__}.")
        for label, receptor in post_synaptic_receptors.items():
            if not isinstance(receptor, _Response):
                raise PyNNError(f"PointNeuron: the receptor {label!r} must be one of brianhw.pynn, not {receptor!r}.")
        super().__init__(neuron, **post_synaptic_receptors)

    @property
    def default_parameters(self) -> dict[str, Any]:
        """The default of every parameter, those of receptors by their full names."""
        found = dict(self.neuron.default_parameters)
        for label, receptor in self.post_synaptic_receptors.items():
            found |= {f"{label}.{name}": value for name, value in receptor.default_parameters.items()}
        return found

    @property
    def translations(self) -> dict[str, Any]:
        """PyNN's parameters are the native ones."""

        def same(name: str) -> dict[str, Any]:
            def get(**values: Any) -> Any:
                return values[name]

            return {"translated_name": name, "forward_transform": get, "reverse_transform": get, "type": "simple"}

        return {name: same(name) for name in self.default_parameters}

    def get_parameter_names(self) -> list[str]:
        return list(self.default_parameters)

    def has_parameter(self, name: str) -> bool:
        return name in self.default_parameters

    def computed_parameters_include(self, parameter_names: Any) -> bool:
        return False

    @property
    def realisation(self) -> Realisation:
        """The membrane with all receptors."""
        blocks = {label: receptor.block(f"syn_{label}") for label, receptor in self.post_synaptic_receptors.items()}
        parameters = dict(self.neuron.parameters)
        states = dict(self.neuron.states)
        receptors = {}
        for label, receptor in self.post_synaptic_receptors.items():
            unit = "uS" if receptor.conductance_based else "nA"
            parameters |= receptor.parameters(label, f"syn_{label}")
            states[f"{label}.{receptor.recordable[0]}"] = (blocks[label].response, unit)
            receptors[label] = (blocks[label].entry, unit)
        model = self.neuron.model(*blocks.values())
        taus = {
            label: receptor.brian_names.get("tau_syn", "tau_decay_{}").format(f"syn_{label}")
            for label, receptor in self.post_synaptic_receptors.items()
        }
        port = self.neuron.current_port
        return Realisation(model, parameters, states, receptors, port, taus, orders=self.neuron.orders)
