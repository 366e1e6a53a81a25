"""Learning as closed-loop users of a board do it: in whole input words, and by biases of a core, while it runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from brian2 import Hz, NetworkOperation, Quantity, SpikeMonitor, Synapses, get_device, second
from brian2.core.names import find_name
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice

from brianhw.chips.bias_codes import BiasCode, usable_codes
from brianhw.equations.counted_stdp import COUNTED_STDP
from brianhw.errors import CapacityError, ParameterError
from brianhw.hardware.allocated import Allocated, Holder
from brianhw.hardware.board_population import BoardPopulation
from brianhw.hardware.connection import Connection
from brianhw.hardware.units import in_unit

# laws of biases whose current lowers the rate
_SLOWER_WITH_MORE = ("leak", "second leak")

__all__ = ["Homeostasis", "WordLearning", "fitted", "rounded_by_chance", "time_of"]


def rounded_by_chance(values: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return whole numbers whose expected values are *values*: 1.3 gives 1, and 2 in three cases of ten."""
    low = np.floor(values)
    return np.asarray(low + (random.random(values.shape) < values - low))


def fitted(
    words: np.ndarray, wanted: np.ndarray, post: np.ndarray, room: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """Return *wanted* words, but gains only as far as each target has room for them; which are left out is chance.

    Parameters
    ----------
    words, wanted : arrays of int, shape (synapses,)
        As they are, and as they should be.
    post : array of int, shape (synapses,)
        Target neuron of each.
    room : array of int, shape (targets,)
        Words that these synapses may take together.
    """
    result = np.minimum(words, wanted)
    left = room - np.bincount(post, result, minlength=len(room)).astype(int)
    gains = np.repeat(np.arange(len(words)), np.maximum(wanted - words, 0))
    gains = random.permutation(gains)
    of_target = post[gains]
    order = np.argsort(of_target, kind="stable")
    rank = np.empty(len(gains), dtype=int)
    sorted_targets = of_target[order]
    rank[order] = np.arange(len(gains)) - np.searchsorted(sorted_targets, sorted_targets)
    given = gains[rank < left[of_target]]
    return np.asarray(result + np.bincount(given, minlength=len(words)))


class BetweenSteps(NetworkOperation):
    """What happens in Python while a network runs."""

    def before_run(self, run_namespace: dict[str, Any]) -> None:
        device = get_device()
        # one that is derived from it and keeps values in memory leaves storing to Brian2
        if isinstance(device, CPPStandaloneDevice) and hasattr(device, "network_store"):
            raise NotImplementedError(
                f"{self.name}: cpp_standalone is a program without Python: nothing would be learned, no bias moved; "
                'use set_device("brianhw") or the runtime.'
            )
        super().before_run(run_namespace)


class CountedSynapses(Allocated, Synapses):
    """Synapses at which pairs of spikes are counted, and that transmit nothing."""

    def __init__(self, board: Holder, connection: Connection, name: str) -> None:
        self.set_chip(board, {})
        super().__init__(connection.source, connection.target, **COUNTED_STDP, name=name)


class WordLearning:
    """STDP in whole input words; ``board.learn(connection, ...)`` makes it.

    Pairs of spikes are counted in Brian2; every so often the changes that have added up become words, rounded by
    chance, through the plan of the board: never below 0, never more than a neuron has. A synapse without a word gets
    one only where the board could make it; pairs that a rewiring left out do not learn.

    Attributes
    ----------
    connection : Connection
        What learns.
    counted : Synapses
        Where changes add up, in words.

    Examples
    --------
    >>> from brian2 import *
    >>> from brianhw import Board
    >>> board = Board(mismatch=None, seed=1)
    >>> source, cells = SpikeGeneratorGroup(1, [0, 0, 0], [2, 12, 22]*ms), board.population(1)
    >>> cells.Isoma_const = 4*nA
    >>> synapses = board.connect(source, cells, "AMPA", weight=2)
    >>> rule = {"tau_plus": 20*ms, "tau_minus": 20*ms, "A_plus": 1, "A_minus": 0.2}
    >>> learning = board.learn(synapses, every=10*ms, seed=1, **rule)
    >>> Network(board.objects, source).run(30*ms)
    >>> int(synapses.weight[0])
    5
    """

    def __init__(
        self,
        board: Any,
        connection: Connection,
        parameters: dict[str, Any],
        every: Quantity,
        largest: int | None,
        seed: int | None,
    ) -> None:
        self.board, self.connection, self.largest = board, connection, largest
        self.random = np.random.default_rng(seed)
        in_unit(f"{board.name}: how often words change", every, second)
        COUNTED_STDP.check(parameters, None)
        missing = COUNTED_STDP.missing({*parameters, COUNTED_STDP.weight})
        if missing:
            raise ParameterError(f"{board.name}: learning needs a value for {', '.join(missing)}.")
        name = find_name(f"{connection.name}_counted*")
        self.counted = CountedSynapses(board, connection, name)
        self._follow_pairs()
        COUNTED_STDP.assign(self.counted, parameters)
        self.operation = BetweenSteps(self.apply, dt=every, when="end", name=f"{name}_applied")

    @property
    def follows(self) -> Connection:
        """What it changes."""
        return self.connection

    @property
    def objects(self) -> list[Any]:
        """What belongs into the network beside the connection."""
        return [self.counted, self.operation]

    def _follow_pairs(self) -> None:
        """Count for the synapses that the connection has more than it had."""
        done = len(self.counted) if self.counted._connect_called else 0
        pre, post = self.connection.i[done:], self.connection.j[done:]
        if len(pre):
            self.counted.connect(i=np.asarray(pre), j=np.asarray(post))

    def apply(self) -> None:
        """Turn the changes that have added up into words."""
        self._follow_pairs()
        connection, plan = self.connection, self.board.plan
        change = np.where(connection.is_wired, self.counted.change[:], 0.0)
        if not change.any():
            return
        words = connection.asked_weights.astype(int)
        wanted = np.maximum(words + rounded_by_chance(change, self.random), 0).astype(int)
        if self.largest is not None:
            wanted = np.minimum(wanted, np.maximum(words, self.largest))
        wiring = plan.connections[connection.name]
        placement = plan.placements[wiring.target]
        room = plan.words_that_work(placement.neurons) - plan.fan_in(wiring.target) + wiring.words_in
        fitting = fitted(words, wanted, wiring.post, room, self.random)
        if (fitting != words).any():
            try:
                setattr(connection, connection.model.weight, fitting)
            except CapacityError:  # a synapse that had no word would send to a chip or core that it must not
                setattr(connection, connection.model.weight, np.where(words == 0, 0, fitting))
        self.counted.change = 0


class Homeostasis:
    """A bias of a core that follows the rate of a population; ``board.keep_rate(population, ...)`` makes it.

    Every so often the population's mean rate is compared with the one that is wanted, and the bias goes up or down by
    a number of codes that is proportional to how far the logarithms are apart, but at most *steps*.

    Attributes
    ----------
    history : list of (float, float, dict of int to BiasCode)
        Each move: time in seconds, rate in Hz until then, and the new code of each core.

    Examples
    --------
    >>> from brian2 import *
    >>> from brianhw import Board
    >>> board = Board(mismatch=None)
    >>> cells = board.population(2)
    >>> cells.Isoma_const = 760*pA
    >>> keeping = board.keep_rate(cells, 100*Hz, "IF_DC_P", every=50*ms)
    >>> Network(board.objects).run(150*ms)
    >>> [round(rate) for _, rate, _ in keeping.history]  # Hz, each 50 ms
    [60, 100]
    >>> keeping.history[-1][2][0]  # the code of core 0
    BiasCode(coarse=3, fine=50)
    """

    def __init__(
        self, board: Any, population: BoardPopulation, bias: str, rate: Quantity, every: Quantity, steps: int
    ) -> None:
        self.board, self.population, self.bias = board, population, bias
        self.rate = in_unit(f"{board.name}: the rate to keep", rate, Hz)
        if not self.rate > 0:
            raise ParameterError(f"{board.name}: the rate to keep is one above 0 Hz, not {rate}.")
        if isinstance(steps, bool) or not isinstance(steps, int | np.integer) or steps < 1:
            raise ParameterError(f"{board.name}: steps, the most codes of one move, are 1 or more, not {steps!r}.")
        self.every = in_unit(f"{board.name}: how often a bias moves", every, second)
        self.steps = steps
        self.direction = -1 if board.bias_map.by_name[bias].law in _SLOWER_WITH_MORE else 1
        self.monitor = SpikeMonitor(population, record=False)
        self._counted: list[tuple[float, int]] = []  # times and spikes until then
        self.history: list[tuple[float, float, dict[int, BiasCode]]] = []
        self.operation = BetweenSteps(self.apply, dt=every, when="end")

    @property
    def follows(self) -> BoardPopulation:
        """Whose bias it moves."""
        return self.population

    @property
    def objects(self) -> list[Any]:
        """What belongs into the network beside the population."""
        return [self.monitor, self.operation]

    def apply(self) -> None:
        """Move the bias by what the rate since the last time asks for."""
        spikes = int(self.monitor.num_spikes)
        now = time_of(self.operation.clock)
        if now == 0:
            return
        while self._counted and self._counted[-1][0] >= now:  # undone by restoring the network
            self._counted.pop()
        self.history = [each for each in self.history if each[0] < now]
        before = self._counted[-1][1] if self._counted else 0
        rate = (spikes - before) / (len(self.population) * self.every)
        self._counted.append((now, spikes))
        # half a spike where there was none: the logarithm has to have a value
        least = 0.5 / (len(self.population) * self.every)
        distance = np.log2(self.rate / max(rate, least))
        step = int(np.clip(np.rint(distance * self.steps / 2), -self.steps, self.steps)) * self.direction
        codes = {}
        for core in self.population._cores:
            codes[core.number] = moved(core.codes[self.bias], step)
            core.bias(**{self.bias: codes[core.number]})
        self.history.append((now, rate, codes))


def time_of(clock: Any) -> float:
    """Return the time of a Brian2 clock in seconds."""
    return float(clock.variables["t"].get_value().item())


def moved(code: Sequence[int], steps: int) -> BiasCode:
    """Return the usable code *steps* after *code*, the first or the last where there are no more."""
    codes, currents = usable_codes()
    index = int(np.argmin(np.abs(currents - BiasCode.of(code).current)))
    return BiasCode(*codes[min(max(index + steps, 0), len(codes) - 1)].tolist())
