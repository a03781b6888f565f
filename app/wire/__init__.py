"""HTTP within limits of time and size, for every package that asks somebody outside. Knows none of them."""
