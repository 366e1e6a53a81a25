"""A PyNN back end: PyNN scripts, run on brianhw by changing one import."""
