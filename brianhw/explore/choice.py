"""Which way a sweep goes, and why."""

from __future__ import annotations

from brianhw.errors import SweepError
from brianhw.explore.experiment import COMPILED, REBUILD, STRUCTURAL, VECTORISED, Experiment, Reusable
from brianhw.explore.grids import Grid
from brianhw.model import NeuronModel

__all__ = ["choose"]

WAYS = (VECTORISED, COMPILED, REBUILD)


def choose(experiment: Experiment, grid: Grid, way: str | None) -> tuple[str, str]:
    """Return the way to run a sweep and the reason.

    Raises
    ------
    SweepError
        If the way that was asked for cannot be gone, or the model and the points do not go together.
    """
    if way is not None and way not in WAYS:
        raise SweepError(f"way must be one of {', '.join(WAYS)}, not {way!r}.")
    possible = _possible(experiment, grid)
    if way is None:
        way = next(each for each in WAYS if not possible[each][0])
        return way, possible[way][1]
    obstacle, reason = possible[way]
    if obstacle:
        raise SweepError(f"way={way!r} is not possible: {obstacle}.")
    return way, f"as asked for; {reason}"


def _possible(experiment: Experiment, grid: Grid) -> dict[str, tuple[str, str]]:
    """Return for each way what is in its way, if anything, and what speaks for it."""
    model = experiment.model
    if isinstance(model, NeuronModel):
        _check_neuron(experiment, grid)
        structural = [name for name in grid.names if name in STRUCTURAL]
        fixed_structure = f"{', '.join(structural)} changes what is compiled" if structural else ""
        noisy = _draws_random_numbers(model)
        return {
            VECTORISED: (
                fixed_structure or ("each point needs random numbers of its own" if noisy else ""),
                "the points are independent neurons of one group",
            ),
            COMPILED: (fixed_structure, "only values change, so that one compiled model serves all points"),
            REBUILD: ("", fixed_structure or "each point makes the model anew"),
        }
    if isinstance(model, Reusable):
        if experiment.duration is None:
            raise SweepError("A Reusable needs duration=, how long each point runs.")
        return {
            VECTORISED: ("a network is no group of independent neurons", ""),
            COMPILED: ("", "the network says how it takes values, so that one compiled model serves all points"),
            REBUILD: ("", "each point makes the network anew"),
        }
    if not callable(model):
        raise SweepError(f"A model is a NeuronModel, a Reusable or a function, not {model!r}.")
    why = "a function makes its network itself, at each call"
    return {VECTORISED: (why, ""), COMPILED: (f"{why}; give a Reusable", ""), REBUILD: ("", why)}


def _draws_random_numbers(model: NeuronModel) -> bool:
    text = model.text
    return bool(model.parsed.stochastic_variables) or any(f"{name}(" in text for name in ("rand", "randn", "poisson"))


def _check_neuron(experiment: Experiment, grid: Grid) -> None:
    """Refuse names, units and missing values before anything runs."""
    model = experiment.model
    lacks_duration = experiment.duration is None and "duration" not in grid.names
    if lacks_duration:
        raise SweepError("A neuron model needs duration=, how long each point runs.")
    values = {name: value for name, value in grid.point(0).items() if name not in STRUCTURAL}
    model.check(values)
    model.check(experiment.fixed)
    missing = model.missing({**experiment.fixed, **values})
    if missing:
        raise SweepError(f"{model.name} needs a value for {', '.join(missing)}: give it in fixed= or sweep over it.")
