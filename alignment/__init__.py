"""Vectors into answers: the catalogue, search, tags and time alignment."""
