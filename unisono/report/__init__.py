"""Answers for the eye: one self-contained HTML page."""
