"""The built-in demo song: composed and synthesised by this project, released CC0, with its truth known exactly."""
