"""Pairwise training: one configuration, any pairs, one loop."""
