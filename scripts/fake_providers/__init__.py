"""Fakes of the providers of enrichment behind one port, with the faults of the fake Discogs: for tests and the demo."""

from .server import FakeProviders

__all__ = ["FakeProviders"]
