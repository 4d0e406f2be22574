"""Files into a catalogue: found, encoded in workers, written so that nothing is lost."""
