"""Is it right? Metrics, tasks and tables."""
