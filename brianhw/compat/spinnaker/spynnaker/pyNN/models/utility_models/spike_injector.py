"""Stands in for the vendor's module of its cells that spikes are sent to."""

from brianhw.spinnaker.external_devices import SpikeInjector
