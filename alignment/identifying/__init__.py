"""Which work is it, where in it, and how sure is that."""
