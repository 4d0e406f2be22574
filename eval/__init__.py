"""Is it right? Metrics, validation of a space, and tables."""
