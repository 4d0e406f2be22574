"""A question into hits."""
