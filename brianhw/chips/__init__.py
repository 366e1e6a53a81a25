"""Chips as data: sizes, limits and rules, each with its source. No Brian2 and no equations."""

from brianhw.chips.description import ChipDescription
from brianhw.chips.dynapse1 import DYNAP_SE1, dynapse1_board
from brianhw.chips.mismatch import Mismatch
from brianhw.chips.spinnaker1 import SPINNAKER1, SPINNAKER2, SpinnakerDescription
from brianhw.chips.weight import WeightRule

__all__ = [
    "DYNAP_SE1",
    "SPINNAKER1",
    "SPINNAKER2",
    "ChipDescription",
    "Mismatch",
    "SpinnakerDescription",
    "WeightRule",
    "dynapse1_board",
    "known_chips",
]


def known_chips() -> dict[str, ChipDescription | SpinnakerDescription]:
    """Return the chips that come with the package, by name.

    Examples
    --------
    >>> from brianhw.chips import known_chips
    >>> {name: chip.cores for name, chip in known_chips().items()}
    {'DYNAP-SE1': 4, 'SpiNNaker 1': 18, 'SpiNNaker 2': 152}
    """
    return {chip.name: chip for chip in (DYNAP_SE1, SPINNAKER1, SPINNAKER2)}
