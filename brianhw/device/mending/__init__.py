"""What brianhw mends in Brian2: proxies in files, caches without bound and slow keys, a banner, events twice on NumPy.

Each module names what it works around; a new Brian2 may make it superfluous.
"""
