"""Finding listings: one port, and the indexes behind it."""
