"""Learning from pairs whose order does not matter: a presynaptic spike, and a partner before or after it.

Source: EDLUT (branch head 74220e7, 2023), the rules Simetric...AdditiveKernel. Deviation: see the rules in
:mod:`brianhw.equations.teaching_rules` and :mod:`brianhw.equations.kernel_stdp`, which choose the partner.

A pair counts once, at the event of it that the simulation comes to second, by the kernel of the time between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from brianhw.equations.kernels import CENTRAL, COSINE, LATERAL, DampedCosines, Exponential
from brianhw.equations.receptors import Receptor
from brianhw.equations.weight_changes import BOUNDS, changed, delivery, lines_of, weights
from brianhw.model import SynapseModel

__all__ = ["COSINE_PAIRS", "COSINE_SINE_PAIRS", "FIRING", "TEACHING", "Pairs", "symmetric"]


class Event(NamedTuple):
    """One half of a pair: names of the synapse's variables of it, when it happens, how many at once, how many the last were."""

    plural: str
    last: str
    time: str
    number: str = "1"
    last_count: str = "1"


ARRIVAL = Event("arrivals", "last_arrival", "arrival_time")
FIRING = Event("firings", "last_firing", "t")
TEACHING = Event("triggers", "last_trigger", "t_taught_post", "taught_post", "last_triggers")


class Pairs(NamedTuple):
    """What pairs do: kernels with the parameter that each is multiplied by, and lines of parameters."""

    kernels: Mapping[str, tuple[str, DampedCosines]]  # what names of its variables begin with -> parameter, kernel
    parameters: str
    positive: tuple[str, ...]
    has_fixed_change: bool


COSINE_PAIRS = Pairs(
    {"": ("kernel_change", COSINE)},
    """
fixed_change : {unit} (shared, constant)    # by a presynaptic spike
kernel_change : {unit} (shared, constant)   # by a pair at the same time
tau : second (shared, constant)             # distance of the first zero of the kernel
exponent : 1 (shared, constant)             # damping of the kernel, in 1/tau
""",
    ("tau", "exponent"),
    has_fixed_change=True,
)

COSINE_SINE_PAIRS = Pairs(
    {"central_": ("central_amp", CENTRAL), "lateral_": ("lateral_amp", LATERAL)},
    """
central_amp : {unit} (shared, constant)     # by a pair at the same time
lateral_amp : {unit} (shared, constant)     # by a pair at the distance max_min_dist
max_min_dist : second (shared, constant)    # from the centre of the kernel to its side lobes
""",
    ("max_min_dist",),
    has_fixed_change=False,
)


@dataclass(frozen=True)
class _Memory:
    """The events of one kind so far, as sums of the kernels."""

    event: Event
    pairs: Pairs
    damping: Exponential

    @property
    def _sums(self) -> list[tuple[str, str, DampedCosines]]:
        return [(start + self.event.plural, change, kernel) for start, (change, kernel) in self.pairs.kernels.items()]

    @property
    def variables(self) -> Mapping[str, str]:
        """Names and units."""
        counts = [name for events, _, kernel in self._sums for name in kernel.traces(events)]
        counts += [self.event.last_count] * (self.event.last_count != "1")
        return {**dict.fromkeys(counts, "1"), self.event.last: "second"}

    @property
    def _since(self) -> str:
        return f"since_{self.event.last}"

    def passed(self, now: str) -> str:
        """Return statements for the time that has passed since the last event; *now* may be before it."""
        since = f"{self._since} = {now} - {self.event.last}"
        return "\n".join(
            [since, *(kernel.passed(events, self._since, self.damping) for events, _, kernel in self._sums), ""]
        )

    def changes(self, count: str = "1") -> str:
        """Return the change of the weight by pairs with all events, *count* times; it follows :meth:`passed`."""
        later = f"later_{self.event.plural}"
        terms = [
            f"{change}*({kernel.total(events, later)} + {later}*{kernel.mirrored(events, self._since, self.damping)})"
            for events, change, kernel in self._sums
        ]
        return f"{count}*({' + '.join(terms)})"

    @property
    def later(self) -> str:
        """The statement of how many events were later than now."""
        return f"later_{self.event.plural} = int({self._since} < 0*second)*{self.event.last_count}\n"

    def joined(self, now: str) -> str:
        """Return statements by which now is one of the events; they follow :meth:`passed`."""
        lines = [kernel.joined(events, self.event.number) for events, _, kernel in self._sums]
        lines += [f"{self.event.last_count} = {self.event.number}"] * (self.event.last_count != "1")
        return "\n".join([*lines, f"{self.event.last} = {now}"])


def symmetric(
    name: str,
    partner: Event,
    pairs: Pairs,
    target: Receptor | str | None,
    unit: str | None,
    time: str,
    damping: Exponential,
) -> SynapseModel:
    """Return the synapse that learns from *pairs* of arrivals with a *partner*."""
    deliver, unit = delivery(target, unit)
    arrivals, partners = _Memory(ARRIVAL, pairs, damping), _Memory(partner, pairs, damping)
    variables = {**arrivals.variables, **partners.variables}
    is_taught = partner is TEACHING
    change = partners.changes()
    if not pairs.has_fixed_change:
        at_arrival = changed(change)
    elif is_taught:
        at_arrival = changed("fixed_change") + changed(change)
    else:
        at_arrival = changed(f"fixed_change + {change}")
    on_pre = [
        f"{deliver}arrival_time = {time}\n",
        partners.passed("arrival_time") + partners.later + at_arrival,
        arrivals.passed("arrival_time") + arrivals.joined("arrival_time"),
    ]
    on_partner = [
        arrivals.passed(partner.time) + arrivals.later + changed(arrivals.changes(partner.number)),
        partners.passed(partner.time) + partners.joined(partner.time),
    ]
    return SynapseModel(
        name=name,
        source="EDLUT (branch head 74220e7, 2023)",
        equations=weights(unit) + pairs.parameters.format(unit=unit) + lines_of(variables),
        positive=pairs.positive,
        optional=tuple(variables),
        on_pre="".join(on_pre),
        on_post="" if is_taught else "".join(on_partner),
        on_trigger="".join(on_partner) if is_taught else "",
        weight="weight",
        bounds=BOUNDS,
    )
