"""The connectors of PyNN 0.4, which hold weights and delays, made of those of 0.13."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

import brianhw.pynn as sim
from brianhw.errors import PyNNError
from brianhw.pynn.checks.domains import DELAY, FRACTION, check, number
from brianhw.pynn.checks.refusals import ConnectionRefused, as_ours
from brianhw.pynn.checks.text import plain_numbers
from brianhw.pynn.wiring.connection_files import text_of
from brianhw.pynn.wiring.connector_domains import check_arguments

__all__ = [
    "AllToAllConnector",
    "Connector",
    "DistanceDependentProbabilityConnector",
    "FixedNumberPostConnector",
    "FixedNumberPreConnector",
    "FixedProbabilityConnector",
    "FromFileConnector",
    "FromListConnector",
    "OneToOneConnector",
    "connector_of",
]


NUMBERS = (int, float, np.number, np.ndarray, list, tuple)


class Connector:
    """Base class of connectors.

    Parameters
    ----------
    weights : float, RandomDistribution or array
        In nA or uS; an array has one value per connection, in the order of the list of connections.
    delays : float, RandomDistribution or array
        In ms; by default the smallest delay.
    """

    def __init__(self, weights: Any = 0.0, delays: Any = None) -> None:
        given = {"weights": weights, "delays": delays}
        with as_ours(type(self).__name__):
            plain = plain_numbers(type(self).__name__, given, ("delays",))
        known = {name: np.asarray(v, dtype=float) for name, v in plain.items() if isinstance(v, NUMBERS)}
        check(type(self).__name__, known, {"delays": DELAY}, "connection")
        self.weights, self.delays = plain["weights"], plain["delays"]
        self._taken = 0

    def getWeights(self, N: int) -> np.ndarray:
        """Return the next *N* weights."""
        found = _values(self.weights, N, self._taken)
        if np.ndim(self.weights):
            self._taken += N
        return found

    def getDelays(self, N: int, start: int = 0) -> np.ndarray:
        """Return *N* delays in ms, of an array those from *start* on."""
        return _values(sim.get_min_delay() if self.delays is None else self.delays, N, start)

    def make(self, rng: Any, post: Any) -> Any:
        """Return the connector of PyNN 0.13."""
        raise NotImplementedError(f"{type(self).__name__} is no connector but what connectors have in common.")

    def space(self) -> Any:
        """Return the space in which distances are measured."""
        return sim.Space()

    def connect(self, projection: Any) -> Any:
        """Connect the neurons of a projection; return how many connections there are."""
        projection._connect(self)
        return len(projection)


def _values(values: Any, number: int, start: int) -> np.ndarray:
    if hasattr(values, "next"):
        return np.atleast_1d(values.next(number))
    if np.ndim(values):
        found = np.asarray(values, dtype=float)[start : start + number]
        if len(found) < number:
            raise ConnectionRefused(f"{start + number} values are needed, {len(np.asarray(values))} were given.")
        return found
    return np.full(number, float(values))


class AllToAllConnector(Connector):
    """Connects all cells with all cells."""

    def __init__(self, allow_self_connections: bool = True, weights: Any = 0.0, delays: Any = None) -> None:
        super().__init__(weights, delays)
        self.allow_self_connections = allow_self_connections

    def make(self, rng: Any, post: Any) -> Any:
        return sim.AllToAllConnector(allow_self_connections=self.allow_self_connections)


class OneToOneConnector(Connector):
    """Connects cell *i* with cell *i*."""

    def make(self, rng: Any, post: Any) -> Any:
        return sim.OneToOneConnector()


class FixedProbabilityConnector(Connector):
    """Connects each pair of cells with a probability."""

    def __init__(
        self, p_connect: float, allow_self_connections: bool = True, weights: Any = 0.0, delays: Any = None
    ) -> None:
        super().__init__(weights, delays)
        self.p_connect = number("FixedProbabilityConnector: p_connect", p_connect, FRACTION)
        self.allow_self_connections = allow_self_connections

    def make(self, rng: Any, post: Any) -> Any:
        return sim.FixedProbabilityConnector(self.p_connect, self.allow_self_connections, rng=rng)


class DistanceDependentProbabilityConnector(Connector):
    """Connects each pair of cells with a probability that depends on their distance ``d``, such as ``"exp(-abs(d))"``.

    *axes*, *scale_factor* and *offset* say how the distance is measured; *periodic_boundaries* may be a box's size.
    """

    AXES: ClassVar[dict[Any, Any]] = {
        "x": [0], "y": [1], "z": [2], "xy": [0, 1], "yz": [1, 2], "xz": [0, 2], "xyz": None, None: None,
    }  # fmt: skip

    def __init__(
        self,
        d_expression: str,
        axes: str | None = None,
        scale_factor: float = 1.0,
        offset: float = 0.0,
        periodic_boundaries: Any = False,
        allow_self_connections: bool = True,
        weights: Any = 0.0,
        delays: Any = None,
    ) -> None:
        super().__init__(weights, delays)
        if axes not in self.AXES:
            raise PyNNError(f"axes must be one of {', '.join(map(repr, self.AXES))}, not {axes!r}.")
        self.d_expression, self.axes, self.allow_self_connections = d_expression, axes, allow_self_connections
        self.scale_factor, self.offset, self.periodic_boundaries = scale_factor, offset, periodic_boundaries

    def make(self, rng: Any, post: Any) -> Any:
        return sim.DistanceDependentProbabilityConnector(self.d_expression, self.allow_self_connections, rng=rng)

    def space(self) -> Any:
        boundaries = None
        if self.periodic_boundaries is not False and self.periodic_boundaries is not None:
            boundaries = tuple((0.0, float(size)) for size in self.periodic_boundaries)
        return sim.Space(self.axes, self.scale_factor, self.offset, boundaries)


class FixedNumberPostConnector(Connector):
    """Connects each presynaptic cell with *n* postsynaptic cells chosen at random; *n* may be a distribution."""

    def __init__(self, n: Any, allow_self_connections: bool = True, weights: Any = 0.0, delays: Any = None) -> None:
        super().__init__(weights, delays)
        check_arguments(type(self).__name__, {"n": n, "allow_self_connections": allow_self_connections})
        self.n, self.allow_self_connections = n, allow_self_connections

    def make(self, rng: Any, post: Any) -> Any:
        return sim.FixedNumberPostConnector(self.n, self.allow_self_connections, rng=rng)


class FixedNumberPreConnector(FixedNumberPostConnector):
    """Connects each postsynaptic cell with *n* presynaptic cells chosen at random; *n* may be a distribution."""

    def make(self, rng: Any, post: Any) -> Any:
        return sim.FixedNumberPreConnector(self.n, self.allow_self_connections, rng=rng)


class FromListConnector(Connector):
    """Connects the pairs of a list: presynaptic address, postsynaptic address, weight, delay."""

    def __init__(self, conn_list: Any) -> None:
        super().__init__()
        self.conn_list = list(conn_list)

    def make(self, rng: Any, post: Any) -> Any:
        raise AssertionError("The projection knows the addresses.")  # pragma: no cover

    def connections(self, pre: Any, post: Any) -> list[tuple[int, int, float, float]]:
        """Return the list with indices in the populations *pre* and *post*."""
        return [
            (pre._index(pre[_address(i)]), post._index(post[_address(j)]), float(weight), float(delay))
            for i, j, weight, delay in self.conn_list
        ]


def _address(address: Any) -> Any:
    return tuple(address) if np.iterable(address) else address


class FromFileConnector(FromListConnector):
    """Connects the pairs of a file that ``saveConnections`` wrote. The text is parsed, never evaluated.

    Raises
    ------
    ConnectionError
        If the file is not there, empty or no text; at a line that is no connection, naming it.
    """

    def __init__(self, filename: Any, distributed: bool = False) -> None:
        self.filename, self.distributed = filename, distributed
        super().__init__(self._read(Path(filename)))

    @staticmethod
    def _read(file: Path) -> list[tuple[Any, Any, float, float]]:
        try:
            text = text_of(str(file))
        except PyNNError as error:
            raise ConnectionRefused(str(error)) from error
        found = []
        for place, line in enumerate(text.splitlines(), start=1):
            if not line.strip() or line.startswith("#"):
                continue
            try:
                pre, post, weight, delay = line.split("\t")
                addresses = ast.literal_eval(_brackets(pre)), ast.literal_eval(_brackets(post))
                found.append((*addresses, float(weight), float(delay)))
            except (ValueError, SyntaxError) as error:
                raise ConnectionRefused(
                    f"{file}, line {place}: {line!r} is no connection; a line is an address, an address, a weight and "
                    "a delay, with tabs between them."
                ) from error
        return found


def _brackets(address: str) -> str:
    """Return an address without the label of its population."""
    return address[address.index("[") :]


METHODS: Mapping[str, tuple[type[Connector], str]] = {
    "allToAll": (AllToAllConnector, "allow_self_connections"),
    "oneToOne": (OneToOneConnector, ""),
    "fixedProbability": (FixedProbabilityConnector, "p_connect"),
    "distanceDependentProbability": (DistanceDependentProbabilityConnector, "d_expression"),
    "fixedNumberPre": (FixedNumberPreConnector, "n"),
    "fixedNumberPost": (FixedNumberPostConnector, "n"),
    "fromFile": (FromFileConnector, "filename"),
    "fromList": (FromListConnector, "conn_list"),
}


def connector_of(method: Any, parameters: Any) -> Connector:
    """Return the connector that a method string and its parameters (a dict, or one value) stand for.

    Raises
    ------
    PyNNError
        If there is no such method, or a parameter is missing or unknown.
    """
    if isinstance(method, Connector):
        return method
    if method not in METHODS:
        raise PyNNError(f"There is no method {method!r}. Known: {', '.join(METHODS)}; or give a Connector.")
    kind, only = METHODS[method]
    if parameters is None:
        given: dict[str, Any] = {}
    elif isinstance(parameters, Mapping):
        given = dict(parameters)
    else:
        given = {only: parameters}
    try:
        return kind(**given)
    except TypeError as error:
        raise PyNNError(
            f"method {method!r}, parameters {parameters!r}: {error}. {kind.__name__} says what it takes."
        ) from error
