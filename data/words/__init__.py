"""Music in words: what notes and metadata say, and the ways in which people put it."""
