"""Settings that every test shares."""

from __future__ import annotations

import os

from hypothesis import settings

# Several workers share the cores: with threads of BLAS in each of them they would wait for one another.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shared machine is slow at times: that is no failure. Where results gate a merge, examples never change.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")
