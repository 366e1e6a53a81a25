"""The version, written once: the build reads it here without executing anything."""

__all__ = ["__version__"]

__version__ = "0.1.0"
