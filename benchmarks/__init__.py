"""Speed, memory and sizes: ``python -m benchmarks.run``; see README.md beside this file."""
