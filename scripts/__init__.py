"""Developer tools: tests, checks, benchmarks and the fake Discogs server."""
