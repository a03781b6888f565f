"""The use cases, where Discogs, the tables and the pure decisions meet."""
