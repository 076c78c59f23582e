"""The engine's own instruments: drums, plucked, struck and bowed tones, and the rooms that they sound in.

No soundfont and no recorded sample: every sound is computed, so that the default installation can arrange and so that
whatever it adds carries no third party's right.
"""
