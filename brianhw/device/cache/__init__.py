"""The cache of compiled models: each is built once for its content, and kept on disk for all later processes.

Imports neither Brian2 nor NumPy: the command ``brianhw cache`` works without them.
"""

from brianhw.device.cache.building import Build
from brianhw.device.cache.store import Cache, CacheInfo, Removal, default_folder, key_of

__all__ = ["Build", "Cache", "CacheInfo", "Removal", "default_folder", "key_of"]
