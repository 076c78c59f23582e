"""What can be heard in a recording: decoding, spectra, beats, key, chords, sections, loudness."""
