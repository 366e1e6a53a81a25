"""Stands in for the splitters of the vendor's mapper."""

from brianhw.spinnaker.splitters import SplitterFixedLegacy, SplitterOneToOneLegacy, SplitterSliceLegacy
