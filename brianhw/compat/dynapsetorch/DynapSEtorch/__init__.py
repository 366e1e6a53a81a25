"""Stands in for DynapSEtorch of October 2022."""

__version__ = "0.1.0"
