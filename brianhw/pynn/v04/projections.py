"""Projections of PyNN 0.4."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import brianhw.pynn as sim
from brianhw.errors import PyNNError
from brianhw.pynn.checks.domains import whole
from brianhw.pynn.checks.refusals import ConnectionRefused, KindRefused, as_ours
from brianhw.pynn.shared_random import drawn
from brianhw.pynn.v04.connectors import Connector, FromListConnector, connector_of
from brianhw.pynn.v04.plasticity import SynapseDynamics
from brianhw.pynn.v04.populations import Population

__all__ = ["Projection", "has_negative_weights", "signed"]

NO_DELAY = 1e12  # stands for a connection that is not there


def signed(weights: Any, target: str | None, celltype: Any) -> Any:
    """Return weights as PyNN 0.13 wants them: negative for inhibitory currents, whatever their sign was."""
    if not has_negative_weights(target, celltype):
        return weights
    return -np.abs(weights) if np.ndim(weights) else -abs(weights)


def has_negative_weights(target: str | None, celltype: Any) -> bool:
    """Say whether the weights of synapses of the type *target* are negative."""
    return target == "inhibitory" and not celltype.target.conductance_based


class Projection:
    """All connections of a type (the same synapse type and plasticity) between two populations.

    Parameters
    ----------
    presynaptic_population, postsynaptic_population : Population
    method : str or Connector
        ``"allToAll"``, ``"oneToOne"``, ``"fixedProbability"``, ``"distanceDependentProbability"``,
        ``"fixedNumberPre"``, ``"fixedNumberPost"``, ``"fromFile"``, ``"fromList"``, or a connector.
    method_parameters : dict, float, str or list
        For a method that is a string.
    source : str
        Of no meaning: a cell has one axon.
    target : str
        ``"excitatory"`` (the default) or ``"inhibitory"``.
    synapse_dynamics : SynapseDynamics
        Plasticity.
    label : str
        A name.
    rng : NumpyRNG
        Chooses connections.
    """

    def __init__(
        self,
        presynaptic_population: Population,
        postsynaptic_population: Population,
        method: Any = "allToAll",
        method_parameters: Any = None,
        source: str | None = None,
        target: str | None = None,
        synapse_dynamics: SynapseDynamics | None = None,
        label: str | None = None,
        rng: Any = None,
    ) -> None:
        for side, cells in (("presynaptic", presynaptic_population), ("postsynaptic", postsynaptic_population)):
            if not isinstance(cells, Population):
                raise KindRefused(f"{label or 'Projection'}: the {side} cells must be a Population, not {cells!r}.")
        self.pre, self.post = presynaptic_population, postsynaptic_population
        self.source, self.target, self.rng = source, target or "excitatory", rng
        self.synapse_dynamics = synapse_dynamics or SynapseDynamics()
        self.label = label or f"{self.pre.label}-->{self.post.label}"
        connector_of(method, method_parameters).connect(self)

    def _connect(self, connector: Connector) -> None:
        if isinstance(connector, FromListConnector):
            listed = connector.connections(self.pre, self.post)
            made = sim.FromListConnector([(i, j, self._signed(w), d) for i, j, w, d in listed])
            self._project(made, connector, 0.0, None)
            return
        arrays = {"weight": connector.weights, "delay": connector.delays}
        later = {name for name, value in arrays.items() if value is not None and np.ndim(value) > 0}
        if hasattr(connector.weights, "next") and has_negative_weights(self.target, self.post.celltype):
            later.add("weight")
        weight = 0.0 if "weight" in later else self._signed(connector.weights)
        delay = None if "delay" in later else connector.delays
        self._project(connector.make(self.rng, self.post), connector, weight, delay)
        if "weight" in later:
            self.setWeights(connector.getWeights(len(self)))
        if "delay" in later:
            self.setDelays(connector.getDelays(len(self)))

    def _project(self, made: Any, connector: Connector, weight: Any, delay: Any) -> None:
        self.projection = sim.Projection(
            self.pre.population,
            self.post.population,
            made,
            self.synapse_dynamics.synapse(weight, delay),
            receptor_type=self.target,
            space=connector.space(),
            label=self.label,
        )

    def _signed(self, weights: Any) -> Any:
        return signed(weights, self.target, self.post.celltype)

    def __len__(self) -> int:
        return len(self.projection)

    # -- setting ------------------------------------------------------------------------------------

    def _set(self, name: str, value: Any) -> None:
        """Set a parameter: one number for all, or one per connection in the order of the list."""
        if np.ndim(value) and len(value) != len(self):
            raise ConnectionRefused(
                f"{self.label} has {len(self)} connections, {len(value)} values of {name} were given."
            )
        self.projection.set_in_order(name, np.asarray(value, dtype=float) if np.ndim(value) else float(value))

    def setWeights(self, w: Any) -> None:
        """Set the weights, in nA or uS: a number, or one per connection."""
        self._set("weight", self._signed(w))

    def randomizeWeights(self, rand_distr: Any) -> None:
        """Set the weights to values of a random distribution."""
        self.setWeights(drawn(self.label, rand_distr, len(self)))

    def setDelays(self, d: Any) -> None:
        """Set the delays in ms: a number, or one per connection."""
        self._set("delay", d)

    def randomizeDelays(self, rand_distr: Any) -> None:
        """Set the delays to values of a random distribution."""
        self.setDelays(drawn(self.label, rand_distr, len(self)))

    def setSynapseDynamics(self, param: str, value: Any) -> None:
        """Set a parameter of the plasticity: a number, or one per connection."""
        if param not in self.projection.synapse_type.get_parameter_names():
            known = ", ".join(self.projection.synapse_type.get_parameter_names())
            raise PyNNError(f"{self.label} has no parameter {param!r}. Known: {known}.")
        self._set(param, value)

    def randomizeSynapseDynamics(self, param: str, rand_distr: Any) -> None:
        """Set a parameter of the plasticity to values of a random distribution."""
        self.setSynapseDynamics(param, drawn(self.label, rand_distr, len(self)))

    # -- getting ------------------------------------------------------------------------------------

    def _get(self, name: str, format: str, missing: float) -> Any:
        if format == "list":
            return self.projection.get(name, format="list", with_address=False)
        if format == "array":
            values = self.projection.get(name, format="array")
            return np.where(np.isnan(values), missing, values)
        raise PyNNError(f"The format must be 'list' or 'array', not {format!r}.")

    def getWeights(self, format: str = "list", gather: bool = True) -> Any:
        """Return the weights: a list, or an array of shape (pre, post) with 0 where there is no connection."""
        return self._get("weight", format, 0.0)

    def getDelays(self, format: str = "list", gather: bool = True) -> Any:
        """Return the delays in ms: a list, or an array of shape (pre, post) with 1e12 where there is no connection."""
        return self._get("delay", format, NO_DELAY)

    def printWeights(self, filename: Any, format: str = "list", gather: bool = True) -> None:
        """Write the weights to a file: one in a line, or a line for each presynaptic cell."""
        weights = self.getWeights(format)
        rows = [[weight] for weight in weights] if format == "list" else weights.tolist()
        text = "".join("\t".join(f"{weight:g}" for weight in row) + "\n" for row in rows)
        Path(filename).write_text(text, encoding="utf-8")

    def saveConnections(self, filename: Any, gather: bool = False) -> None:
        """Write the connections to a file that the method ``"fromFile"`` reads."""
        connections = self.projection.get(["weight", "delay"], format="list")
        pre = [list(address) for address in self.pre.addresses()]
        post = [list(address) for address in self.post.addresses()]
        lines = [
            f"{self.pre.label}{pre[i]}\t{self.post.label}{post[j]}\t{weight!r}\t{delay!r}\n"
            for i, j, weight, delay in connections
        ]
        Path(filename).write_text("".join(lines), encoding="utf-8")

    def weightHistogram(
        self, min: float | None = None, max: float | None = None, nbins: int = 10
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return how many weights are in each of *nbins* bins from *min* to *max* (or theirs), and the bins' edges."""
        weights = np.array(self.getWeights())
        low = weights.min() if min is None else min
        high = weights.max() if max is None else max
        with as_ours(self.label):
            return np.histogram(weights, np.linspace(low, high, whole(f"{self.label}: nbins", nbins, 1) + 1))

    def describe(self) -> str:
        """Return a description for reading."""
        kind = type(self.projection.synapse_type).__name__.lstrip("_")
        return (
            f"Projection {self.label!r} from {self.pre.label!r} to {self.post.label!r}, {self.target}: "
            f"{len(self)} connections, {kind}"
        )
