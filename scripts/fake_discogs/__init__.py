"""A faithful fake Discogs: deterministic by seed, changeable between any two requests, able to fail in every way.

Tests, the demo and the benchmarks share it. Nothing of it is needed to run Waxmirror.
"""

from .audit import Audit, RequestRecord
from .faults import FAULT_KINDS, Fault
from .item_faults import ITEM_FAULTS
from .limits import Limits
from .server import FakeDiscogs
from .world import World

__all__ = ["FAULT_KINDS", "ITEM_FAULTS", "Audit", "FakeDiscogs", "Fault", "Limits", "RequestRecord", "World"]
