"""What a catalogue keeps on disk and in memory."""
