"""Text out: what a listing looks like to those who read it."""
