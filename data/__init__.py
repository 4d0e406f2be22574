"""Music into pairs: readers, engraving, synthesis, captions and sources."""
