"""Public and shipped collections of music as pieces, pairs and captions."""
