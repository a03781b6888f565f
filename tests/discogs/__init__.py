"""Tests of everything that knows api.discogs.com."""
