"""A filled mirror behind the pages."""

from __future__ import annotations

from tests.api.conftest import counted, mirror

__all__ = ["counted", "mirror"]
