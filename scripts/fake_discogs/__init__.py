"""A fake Discogs: a real TCP server over an invented (or exported) shop, for tests, the demo and benchmarks."""

from .audit import Audit, RequestRecord
from .copy_faults import COPY_FAULTS
from .export_jobs import ExportOptions
from .faults import FAULT_KINDS, Fault, FaultKind, Faults
from .item_faults import ITEM_FAULTS
from .limits import Limits
from .messages import Request
from .records import Copy, Field, Folder, Listing, Order, Release, Want
from .server import FakeDiscogs
from .state import Policy
from .world import World

__all__ = [
    "COPY_FAULTS",
    "FAULT_KINDS",
    "ITEM_FAULTS",
    "Audit",
    "Copy",
    "ExportOptions",
    "FakeDiscogs",
    "Fault",
    "FaultKind",
    "Faults",
    "Field",
    "Folder",
    "Limits",
    "Listing",
    "Order",
    "Policy",
    "Release",
    "Request",
    "RequestRecord",
    "Want",
    "World",
]
