"""What can be wrong with a training run, and how each shows in its log."""
