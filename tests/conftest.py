"""Settings that hold for every test."""

from hypothesis import settings

# Equal examples on every machine, and no verdict that depends on how busy it is.
settings.register_profile("tclsearch", deadline=None, derandomize=True, database=None)
settings.load_profile("tclsearch")
