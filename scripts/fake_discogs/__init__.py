"""A fake Discogs: a real TCP server over an invented (or exported) shop, for tests, the demo and benchmarks."""

from .audit import Audit, RequestRecord
from .export_jobs import ExportOptions
from .faults import FAULT_KINDS, Fault, FaultKind, Faults
from .item_faults import ITEM_FAULTS
from .limits import Limits
from .messages import Request
from .records import Copy, Folder, Listing, Order, Release
from .server import FakeDiscogs
from .world import Policy, World

__all__ = [
    "FAULT_KINDS",
    "ITEM_FAULTS",
    "Audit",
    "Copy",
    "ExportOptions",
    "FakeDiscogs",
    "Fault",
    "FaultKind",
    "Faults",
    "Folder",
    "Limits",
    "Listing",
    "Order",
    "Policy",
    "Release",
    "Request",
    "RequestRecord",
    "World",
]
