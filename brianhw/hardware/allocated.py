"""What populations and connections have in common: they are on a chip until it frees them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from brian2.core.variables import Variables

from brianhw.errors import ReleasedError, UnknownNameError, unknown_name

if TYPE_CHECKING:
    from brian2.groups.group import Group as _Mixin  # what it is mixed into
else:
    _Mixin = object

__all__ = ["Allocated", "Holder", "NamedVariables"]


class Holder(Protocol):
    """What a chip is to all that is on it."""

    @property
    def name(self) -> str:
        """What it is called in messages."""

    @property
    def objects(self) -> list[Any]:
        """All that is on it now."""

    def free(self, allocated: Any) -> None:
        """Take a population or a connection off it."""


class NamedVariables(Variables):
    """The variables of a group on a chip; of a name that is none, such as a monitor may be given, the error says more.

    Brian2's own says the name alone.
    """

    @classmethod
    def of(cls, group: Any, model: Any) -> None:
        """Let the variables of *group*, which is made of *model*, be such."""
        group.variables.__class__ = cls
        group.variables.known = (model.state_variables, model.parameters)

    def __contains__(self, name: object) -> bool:
        return name in self._variables

    def get(self, name: str, default: Any = None) -> Any:
        return self._variables.get(name, default)

    def __getitem__(self, name: str) -> Any:
        try:
            return self._variables[name]
        except KeyError:
            raise _NoVariable(self, name) from None


class _NoVariable(UnknownNameError):
    """Says which there are when somebody reads it: Brian2 asks for many names, to see whether they are there."""

    def __init__(self, variables: NamedVariables, name: str) -> None:
        super().__init__(name)
        self._variables, self._name = variables, name

    def __str__(self) -> str:
        states, parameters = self._variables.known
        try:
            owner = str(self._variables.owner.name)
        except ReferenceError:
            return repr(self._name)
        near = str(unknown_name(owner, "variable", self._name, [*states, *parameters]))
        if "Did you mean" in near:
            return near
        return (
            f"{owner} has no variable {self._name!r}. Its state is {', '.join(states) or 'empty'}, and it has "
            f"{len(parameters)} parameters; print its model's text to see all."
        )


class Allocated(_Mixin):
    """A Brian2 group that refuses to be used or run once its chip has freed it."""

    chip: Any  # for scripts, which know more of it than what is on it does
    _released = False

    def set_chip(self, chip: Holder, beside: Mapping[str, Allocated]) -> None:
        """Note on which chip it is, and the connections on it, as they are at any time."""
        self.chip = chip
        # The brianhw device prepares a network again, and so looks at what it leaves out, where an attribute changes.
        self._beside = beside

    @property
    def is_released(self) -> bool:
        """Whether the chip has freed it."""
        return self._released

    def release(self) -> None:
        """Mark the group as no longer on the chip; the chip calls this."""
        self._released = True

    def check_allocated(self) -> None:
        """Raise :class:`ReleasedError` if the group was freed."""
        if self._released:
            raise ReleasedError(
                f"{type(self).__name__} {self.name!r} was freed from {self.chip.name} and cannot be used or run; "
                "take it out of the network."
            )

    def resolve_all(
        self, identifiers: Any, run_namespace: Any, user_identifiers: Any = None, additional_variables: Any = None
    ) -> Any:
        # A chip's models take no name from the script. Brian2 would say of each connection in a function of `weight`
        # that its own weight is used.
        asked = set(identifiers if user_identifiers is None else user_identifiers) - set(self.variables)
        return super().resolve_all(
            identifiers, run_namespace, user_identifiers=asked, additional_variables=additional_variables
        )

    def __del__(self) -> None:
        # Brian2 says of what was never run that its variable was lost; what was freed has been given up on purpose.
        if not self._released:
            super().__del__()

    def before_run(self, run_namespace: Any) -> None:
        self.check_allocated()
        super().before_run(run_namespace)

    # The brianhw device prepares a network only once while nothing of it changes, `_released` included.
    before_run.is_repeatable = True  # type: ignore[attr-defined]
