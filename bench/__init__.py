"""Speed and accuracy, measured: one module per room, each with `rows() -> list[Row]`; `python -m bench ROOM`."""
