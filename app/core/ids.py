"""Ids are 64 bit, here as at Discogs."""

from __future__ import annotations

LARGEST_ID = 2**63 - 1
