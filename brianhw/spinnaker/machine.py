"""The machine that a script asks for, as the vendor's calls speak of it."""

from __future__ import annotations

from typing import Any, NamedTuple

from brianhw.chips.spinnaker1 import SPINNAKER1
from brianhw.spinnaker.control import current_chip
from brianhw.spinnaker.describe import cell_name

__all__ = ["Machine", "get_machine", "set_allow_delay_extensions"]


class Machine(NamedTuple):
    """So many boards, chips and cores, simulated."""

    n_boards: int
    n_chips: int
    n_cores: int

    def __str__(self) -> str:
        return f"{self.n_chips} chips with {self.n_cores} cores on {self.n_boards} board(s), simulated"


def get_machine() -> Machine:
    """Return the machine that ``setup()`` asked for: by default one board, though a network may take more.

    Raises
    ------
    SpinnakerError
        If ``setup()`` was not called.
    """
    chip = current_chip()
    per_board = SPINNAKER1.chips_per_board
    chips = chip.chips if chip.chips is not None else per_board * (chip.boards or 1)
    return Machine(-(-chips // per_board), chips, chips * SPINNAKER1.cores)


def set_allow_delay_extensions(neuron_type: Any, allow: bool = True) -> None:
    """Do nothing: delays of any length are kept here, and the plan says which cores forward spikes for them.

    Raises
    ------
    SpinnakerError
        If ``setup()`` was not called, or SpiNNaker does not have the cell type.
    """
    current_chip()
    cell_name(neuron_type, None)
