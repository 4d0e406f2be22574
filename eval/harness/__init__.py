"""The harness behind ``unisono eval``: tasks, their settings, their results, tables and plots."""
