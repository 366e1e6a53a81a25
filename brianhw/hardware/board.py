"""A board of DYNAP-SE1 chips as a lab has it: addresses, bias codes, mismatch, and what is delivered by accident."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from brian2 import Quantity, amp, kelvin, ms, second, volt
from brian2.core.namespace import get_local_namespace
from brian2.core.spikesource import SpikeSource

from brianhw.allocation import Plan
from brianhw.chips import ChipDescription
from brianhw.chips.bias_codes import BiasCode
from brianhw.chips.bias_files import read_biases, write_biases
from brianhw.chips.bias_map import BiasMap
from brianhw.chips.dynapse1 import dynapse1_board
from brianhw.chips.mismatch import Mismatch
from brianhw.chips.temperature import VOLT_PER_KELVIN, dark_current_at, thermal_voltage
from brianhw.equations.dpi import DPI_NEURON
from brianhw.equations.dpi_synapse import DPI_SYNAPSES
from brianhw.errors import ParameterError, RequestError, unknown_name
from brianhw.hardware.board_core import BoardCore, StartingPoint, with_code
from brianhw.hardware.board_population import BoardPopulation, per_neuron
from brianhw.hardware.board_summary import BoardSummary, CoreBiases
from brianhw.hardware.chip import Chip
from brianhw.hardware.circuits import Circuits
from brianhw.hardware.configuration import board_from_dict, board_to_dict, read, write
from brianhw.hardware.connection import Connection
from brianhw.hardware.deliveries import Deliveries
from brianhw.hardware.draft import Draft
from brianhw.hardware.learning import Homeostasis, WordLearning
from brianhw.hardware.pairs import Pairs
from brianhw.hardware.parts import first, whole
from brianhw.hardware.planning import Planning
from brianhw.hardware.population import Population
from brianhw.hardware.tuning import Tuned, tune
from brianhw.hardware.units import in_unit
from brianhw.parameters.dynapse1 import SIMULATOR_DEFAULTS

__all__ = ["Board"]


class _BoardPlanning(Planning):
    """Plans of a board; where one holds, populations are where it has them, and what it delivers is delivered."""

    deliveries: Deliveries

    def adopt(self, plan: Plan) -> None:
        before = self.register.plan
        super().adopt(plan)
        for name, placement in plan.placements.items():
            old = before.placements.get(name)
            if old is not None and old != placement:
                self.register.populations[name].move(placement)
        self.deliveries.follow()


class Board(Chip):
    """A board with up to four DYNAP-SE1 chips, each of four cores of 256 DPI neurons with 64 CAM words.

    Parameters
    ----------
    chips : int
        How many chips are used, from 1 to 4.
    serial : int
        Which board: its mismatch follows from it, the same in every script.
    mismatch : float, Mismatch or None
        Coefficient of variation of what biases set, or all about it; None for an ideal board.
    aliases : {"refuse", "deliver"}
        What to do with senders of equal address that send to one core: refuse the connection, or deliver
        what the chip would.
    monitoring : bool
        Whether one SRAM word of each neuron is kept to send its spikes to the host; three are left then.
    broken_words : mapping of (chip, core, neuron) to CAM words, optional
        Which of the 64 words of a neuron do not work on this board.
    parameters : mapping of str to Quantity, optional
        Values that differ from the simulator's defaults, for all cores. Each core begins with the codes nearest to
        them; capacitances are the bias map's, so that it is the time constants that stay.
    bias_map : BiasMap or path, optional
        What each bias does to the circuits; a lab's own file in the place of the one that comes with brianhw.
    temperature : Quantity, optional
        Of the silicon, in kelvin; see :meth:`set_temperature`.
    seed : int, optional
        Seed of connections made by chance.

    Examples
    --------
    >>> from brian2 import *
    >>> from brianhw import Board
    >>> board = Board(serial=3, seed=7)
    >>> source = PoissonGroup(32, 80*Hz)
    >>> excitatory = board.population(64, chip=1, core=2)
    >>> into = board.connect(source, excitatory, "AMPA", p=0.25, weight=2)
    """

    _planning_type = _BoardPlanning
    planning: _BoardPlanning
    _population_type = BoardPopulation

    def __init__(
        self,
        chips: int = 4,
        *,
        serial: int = 0,
        mismatch: float | Mismatch | None = 0.2,
        aliases: Literal["refuse", "deliver"] = "refuse",
        monitoring: bool = True,
        broken_words: Mapping[tuple[int, int, int], Iterable[int]] | None = None,
        parameters: Mapping[str, Any] | None = None,
        bias_map: BiasMap | str | Path | None = None,
        temperature: Quantity | None = None,
        seed: int | None = None,
    ) -> None:
        if aliases not in ("refuse", "deliver"):
            raise unknown_name("DYNAP-SE1 board", "way to treat aliases", aliases, ("refuse", "deliver"))
        description = dynapse1_board(chips, monitoring=monitoring)
        self.monitoring = bool(monitoring)
        self._silicon = mismatch if isinstance(mismatch, Mismatch) else Mismatch(serial, mismatch or 0.0)
        self._aliases = aliases == "deliver"
        self._broken_words = _numbered(description, broken_words or {})
        shared = (*description.shared, "Isoma_const")
        description = replace(description, shared=shared)
        model = per_neuron(DPI_NEURON, shared)
        circuits = Circuits(description, model, DPI_SYNAPSES, SIMULATOR_DEFAULTS | (parameters or {}), shared)
        self.bias_map = bias_map if isinstance(bias_map, BiasMap) else BiasMap.load(bias_map)
        in_si = {name: circuits.parameters[name] for name in circuits.model.parameters}
        self._start = StartingPoint.of(description.name, self.bias_map, in_si)
        self._set_up(circuits, seed)
        self._helpers: list[WordLearning | Homeostasis] = []
        self._deliveries = Deliveries(self, self._circuits, self._register)
        self.planning.deliveries = self._deliveries
        if temperature is not None:
            self.set_temperature(temperature)

    _cores: tuple[BoardCore, ...]

    def _make_core(self, number: int) -> BoardCore:
        return BoardCore(self._circuits, self._register, number, self.bias_map, self._start)

    def _first_plan(self) -> Plan:
        return Plan(self.description, aliases=self._aliases, broken_words=self._broken_words)

    # -- allocation -----------------------------------------------------------------------------

    def draft(self) -> Draft:
        """Return an empty draft: a whole network is asked for and then placed at once, with connections in view."""
        return Draft(self)

    def build(
        self, plan: Plan, sources: Mapping[str, SpikeSource]
    ) -> tuple[dict[str, Population], dict[str, Connection]]:
        """Put all on the board that *plan* has more than ``plan``, and return it by name.

        Parameters
        ----------
        plan : brianhw.allocation.Plan
            Holds all that is on the board now.
        sources : mapping of str to Brian2 spike source
            The sources outside that the plan names.

        Raises
        ------
        RequestError
            If a source is missing or has another size, or something on the board is not in the plan.
        """
        self._check_that_it_continues(plan, sources)
        populations, connections = {}, {}
        for name in plan.placements:
            if name not in self._register.populations:
                populations[name] = self._make_population(plan, name)
        for name, wiring in plan.connections.items():
            if name in self._register.connections:
                continue
            source = sources[wiring.source] if wiring.external else self[wiring.source]
            model = self._circuits.synapse(wiring.synapse_type)
            connection = self._connection(source, self[wiring.target], wiring.synapse_type, model, name)
            connection.build(Pairs(wiring.pre, wiring.post), wiring.weights, None)
            connections[name] = connection
        self.planning.adopt(plan)
        return populations, connections

    def _check_that_it_continues(self, plan: Plan, sources: Mapping[str, SpikeSource]) -> None:
        gone = [name for name in self._register.populations if name not in plan.placements]
        gone += [name for name in self.plan.connections if name not in plan.connections]
        if gone or plan.description != self.description:
            raise RequestError(f"{self.name}: the plan is not of this board: {', '.join(gone) or 'other limits'}.")
        for wiring in plan.connections.values():
            if wiring.external and wiring.name not in self._register.connections:
                group = sources.get(wiring.source)
                if group is None or len(group) != wiring.source_size:
                    has = "is missing" if group is None else f"has {len(group)} neurons"
                    raise RequestError(
                        f"{self.name}: the source {wiring.source!r} {has}; connection {wiring.name!r} needs one of "
                        f"{wiring.source_size} neurons. Give sources={{{wiring.source!r}: group}}."
                    )

    @property
    def sources(self) -> dict[str, SpikeSource]:
        """The sources outside that are connected, by name; :attr:`objects` does not hold them."""
        groups = [whole(each.source) for each in self._register.connections.values()]
        return {group.name: group for group in groups if not self._register.has(group)}

    def free(self, allocated: Any) -> None:
        super().free(allocated)
        self._helpers = [each for each in self._helpers if not each.follows.is_released]
        self._deliveries.follow()

    free.__doc__ = Chip.free.__doc__

    @property
    def objects(self) -> list[Any]:
        """All that is on the board, to put into a network; what is unintended, learns or keeps rates is among it."""
        helpers = [part for each in self._helpers for part in each.objects]
        return [*super().objects, *self._deliveries.synapses.values(), *helpers]

    @property
    def unintended(self) -> dict[tuple[str, str, str], Any]:
        """The synapses that nobody asked for, by (source, target, type)."""
        return dict(self._deliveries.synapses)

    def give_addresses(self, source: Any, addresses: Any) -> None:
        """Let the neurons of a source outside have these addresses, and keep them.

        Parameters
        ----------
        source : Brian2 spike source
        addresses : array of int, shape (neurons,)
            From 0 to 1023, each once; core x 256 + index as neurons of a chip have them.

        Raises
        ------
        AddressError, AliasError, RequestError
            If they are no such addresses, or would be mixed up with others. Nothing has changed then.
        """
        self.planning.adopt(self.plan.give_addresses(self._register.sender(source)[0], addresses))

    def addresses(self, sender: Any) -> np.ndarray:
        """Return the address of each neuron of a population, of a source outside or of a part; -1: it sends nothing."""
        of_the_whole = self.plan.addresses_of(self._register.sender(sender)[0])
        return of_the_whole[first(sender) : first(sender) + len(sender)].copy()

    def locate(self, chip: int, core: int, neuron: int) -> tuple[str, int] | None:
        """Return the population that has a neuron of the board, and its index in that; None if it is free."""
        number = self.description.core_number((chip, core)) * self.description.neurons_per_core + neuron
        for name, placement in self.plan.placements.items():
            here = np.flatnonzero(placement.neurons == number)
            if here.size:
                return name, int(here[0])
        return None

    # -- biases that follow the network -----------------------------------------------------------

    def bias_name(self, name: str) -> str:
        """Return the bias that *name* stands for: itself, or the one that sets that parameter."""
        if name in self.bias_map.by_name:
            return name
        by_name, by_parameter = self.bias_map.by_name, self.bias_map.by_parameter
        if name not in by_parameter:
            raise unknown_name(self.name, "bias or parameter that one sets,", name, [*by_name, *by_parameter])
        return by_parameter[name].name

    def tune(
        self,
        population: BoardPopulation,
        rate: Quantity,
        vary: Sequence[str] = ("Isoma_dpi_tau",),
        *,
        duration: Quantity = 1 * second,
        settle: Quantity = 0.1 * second,
        tolerance: float = 0.05,
        also: Sequence[Any] = (),
        namespace: Mapping[str, Any] | None = None,
    ) -> Tuned:
        """Find codes by simulation with which *population* fires at a mean *rate*, and set them.

        All that is on the board runs, with the sources outside, but what learns and what keeps rates rests, since it
        would change what is tuned; afterwards, everything but the codes is as before.
        Codes of the first bias are bisected; if all of them are too little or too much, the nearest stays, and the
        next bias is tried.

        Parameters
        ----------
        rate : Quantity, hertz
        vary : sequence of str
            Names of biases, or of parameters that a bias sets.
        duration, settle : Quantity, second
            How long spikes are counted in each simulation, and how long it runs before.
        tolerance : float
            How near is near enough, as a share of the rate.
        also : sequence of Brian2 objects
            What else belongs into the network.
        namespace : mapping, optional
            Names that the sources use, such as those of a ``TimedArray``; the caller's if not given.

        Raises
        ------
        UnknownNameError, UnitError, ParameterError
            If there is no such bias, or the rate is none.
        """
        self._check_whole(population)
        return tune(
            self, population, rate, vary, duration=duration, settle=settle, tolerance=tolerance, also=also,
            namespace=get_local_namespace(level=1) if namespace is None else namespace,
        )  # fmt: skip

    def learn(
        self,
        connection: Connection,
        *,
        every: Quantity = 100 * ms,
        largest: int | None = None,
        seed: int | None = None,
        **parameters: Any,
    ) -> WordLearning:
        """Let the weights of *connection* learn by STDP in whole input words, as closed-loop users of the chip do.

        Pairs of spikes are counted; *every* so often, the changes become words, rounded by chance: never below 0, never
        above *largest*, and never more than a neuron has words for. What does it is among :attr:`objects`.

        Parameters
        ----------
        connection : Connection
        every : Quantity, second
        largest : int, optional
            Most words of one synapse.
        seed : int, optional
            Of the rounding.
        tau_plus, tau_minus : Quantity, second
            Time constants of potentiation and depression.
        A_plus, A_minus : float
            What a pair of spikes at the same time changes, in words.
        """
        if any(isinstance(each, WordLearning) and each.connection is connection for each in self._helpers):
            raise RequestError(f"{self.name}: {connection.name!r} learns already; a second rule would count it twice.")
        learning = WordLearning(self, connection, parameters, every, largest, seed)
        self._helpers.append(learning)
        return learning

    def keep_rate(
        self,
        population: BoardPopulation,
        rate: Quantity,
        bias: str = "IF_DC_P",
        *,
        every: Quantity = 1 * second,
        steps: int = 100,
    ) -> Homeostasis:
        """Let a bias of the cores of *population* follow its mean rate, so that it comes near *rate* while it runs.

        Parameters
        ----------
        rate : Quantity, hertz
        bias : str
            A bias, or a parameter that one sets.
        every : Quantity, second
            How often the bias moves.
        steps : int
            The most codes by which it moves.
        """
        self._check_whole(population)
        homeostasis = Homeostasis(self, population, self.bias_name(bias), rate, every, steps)
        self._helpers.append(homeostasis)
        return homeostasis

    def _check_whole(self, population: Any) -> None:
        if not self._register.has(population):
            raise RequestError(
                f"{self.name}: codes are those of whole cores; give a population of the board, not {population!r}."
            )

    # -- files ----------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Return the board and all that is on it as plain data, as :meth:`save` writes it."""
        return board_to_dict(self)

    def save(self, path: str | Path) -> None:
        """Write the board and all that is on it as a JSON file, for :meth:`load` and for scripts at the board.

        The file says for each input word in use what it listens to, for each neuron where it sends, for each source
        outside its addresses, and for each core its biases as codes. Spikes and states are not in it.
        """
        write(path, self.to_dict())

    @classmethod
    def load(
        cls,
        path: str | Path,
        sources: Mapping[str, SpikeSource] | None = None,
        seed: int | None = None,
        bias_map: BiasMap | str | Path | None = None,
    ) -> Board:
        """Return the board that :meth:`save` wrote. All is checked before anything is built; nothing is executed.

        Parameters
        ----------
        path : str or Path
        sources : mapping of str to Brian2 spike source, optional
            The sources outside, by the names in the file; those not given are empty ``SpikeGeneratorGroup``\\ s, which
            :attr:`sources` gives.
        seed : int, optional
            Seed of connections made by chance afterwards.
        bias_map : BiasMap or path, optional
            The one that the saved board had, if it was not the one that comes with brianhw.

        Raises
        ------
        ConfigurationError
            If the file describes no board, or what it describes does not fit; says where in the file.
        """
        return board_from_dict(cls, read(path), str(path), sources, {"seed": seed, "bias_map": bias_map})

    def bias(self, *code: Any, **values: Any) -> None:
        """Set biases of every core: :meth:`BoardCore.bias` for all of them, checked before any is set."""
        values = with_code(self.name, code, values)
        for core in self._cores:
            core.check_biases(values)
        for core in self._cores:
            core.bias(**values)

    @property
    def codes(self) -> dict[str, dict[str, BiasCode]]:
        """The code of each bias of each core, by the labs' name of the core, ``"C1c2"``."""
        return {self.description.lab_name(core.number): core.codes for core in self._cores}

    def __getitem__(self, name: str) -> Any:
        """Return a population by its name, or a core by the labs' name of it, ``board["C1c2"]``."""
        if name not in self._register.populations and name in self.codes:
            return self.core(name)
        return super().__getitem__(name)

    def load_biases(self, path: str | Path) -> None:
        """Set the codes in a lab's file, JSON or lines such as ``C0c0:(IF_AHTAU_N,4,80)``; biases not in it stay.

        Raises
        ------
        ParameterError, UnknownNameError
            If an entry is wrong, or is of a chip that the board does not have. Nothing has been set then.
        """
        found = read_biases(path)
        cores = {place: self.description.core_number(place) for place in found}
        for place, codes in found.items():
            self._cores[cores[place]].bias(**codes)

    def save_biases(self, path: str | Path) -> None:
        """Write the codes of all cores as labs do: JSON if the file's name ends in .json, else lines."""
        write_biases(path, {self.description.chip_and_core(core.number): core.codes for core in self._cores})

    # -- looking --------------------------------------------------------------------------------

    def summary(self) -> BoardSummary:
        """Return what the network uses of the board: shows as text, as a table in a notebook, as a dict."""
        used = {core: self._cores[core] for core, number in enumerate(self.plan.used_neurons()) if number}
        return BoardSummary(
            self.plan.report(),
            {
                number: CoreBiases(core.codes, core.asked, {kind: core.jump(kind) for kind in self.synapses})
                for number, core in used.items()
            },
        )

    # -- silicon --------------------------------------------------------------------------------

    @property
    def silicon(self) -> Mismatch:
        """The mismatch of this board. Another one, or another ``serial``, can be set while a network runs."""
        return self._silicon

    @silicon.setter
    def silicon(self, silicon: Mismatch) -> None:
        if not isinstance(silicon, Mismatch):
            raise ParameterError(f"{self.name}: the silicon is a Mismatch, as Mismatch(serial=3), not {silicon!r}.")
        self._silicon = silicon
        for population in self._register.populations.values():
            population.move(population.placement)

    @property
    def serial(self) -> int:
        """Which board this is: another number is another mismatch of the same distribution."""
        return self.silicon.serial

    @serial.setter
    def serial(self, serial: int) -> None:
        self.silicon = Mismatch(serial, self.silicon.cv, self.silicon.overrides)

    @property
    def temperature(self) -> Quantity:
        """The temperature of the silicon, in kelvin, by its thermal voltage; setting it is :meth:`set_temperature`."""
        return float(self._cores[0].value("Ut")) / VOLT_PER_KELVIN * kelvin

    @temperature.setter
    def temperature(self, temperature: Quantity) -> None:
        self.set_temperature(temperature)

    def set_temperature(self, temperature: Quantity) -> None:
        """Let the silicon have this temperature: the thermal voltage and the dark current follow, codes stay.

        Parameters
        ----------
        temperature : Quantity, kelvin
            From 233 to 398 K. The parameters of the simulator, 25 mV and 1 pA, are those of 290.1 K.

        Raises
        ------
        UnitError, ParameterError
            If it has another unit, or is out of range.
        """
        kelvins = in_unit(f"{self.name}: the temperature", temperature, kelvin)
        known = {name: float(self._circuits.parameters[name]) for name in ("Ut", "I0", "kn", "kp")}
        kappa = (known["kn"] + known["kp"]) / 2
        voltage = thermal_voltage(kelvins)
        current = dark_current_at(kelvins, known["I0"], known["Ut"], kappa)
        self.bias(Ut=voltage * volt, I0=current * amp)

    def factors(self, parameter: str, neurons: np.ndarray) -> np.ndarray:
        """Return the mismatch of *neurons*, numbered over all chips: the factor on *parameter* of each."""
        of_a_bias = parameter in self.bias_map.by_parameter
        return self.silicon.factors(parameter, neurons, self.description.neurons_per_chip, of_a_bias)


def _numbered(
    description: ChipDescription, broken_words: Mapping[tuple[int, int, int], Iterable[int]]
) -> dict[int, tuple[int, ...]]:
    """Return broken words by neuron, numbered over all chips."""
    fan_in = description.fan_in or 0
    numbered = {}
    for place, words in broken_words.items():
        try:
            chip, core, neuron = (operator.index(each) for each in place)
            number = description.core_number((chip, core)) * description.neurons_per_core + neuron
            listed = tuple(sorted({operator.index(word) for word in words}))
        except (TypeError, ValueError):
            raise ParameterError(
                f"{description.name}: broken words are given as {{(chip, core, neuron): [words]}}, not {place!r}."
            ) from None
        if not (0 <= neuron < description.neurons_per_core and all(0 <= each < fan_in for each in listed)):
            raise ParameterError(
                f"{description.name}: broken words are those of neurons 0 to {description.neurons_per_core - 1}, each "
                f"from 0 to {fan_in - 1}, not {list(listed)} of {place!r}."
            )
        numbered[number] = listed
    return numbered
