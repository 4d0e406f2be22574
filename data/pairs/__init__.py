"""Pairs to train on: what one is, where they come from, and how a batch of them is drawn."""
