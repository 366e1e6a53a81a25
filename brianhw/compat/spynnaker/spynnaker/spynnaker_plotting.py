"""Stands in for the panel of the vendor's package, for figures of PyNN."""

from brianhw.spinnaker.panels import SpynnakerPanel
