"""Files into arrays: one reader for every kind of file, and the kind found by content."""
