"""The release cache."""
