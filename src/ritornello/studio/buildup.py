"""The build-up and the drop: the music thins out and rises until, on a downbeat, everything is there again.

Made of the vocabulary that there is: one path of the music that falls silent for the build-up, one that is heard in it
alone and loses more and more of its bass. Where the two meet they add up to the music, sample for sample.
"""

from __future__ import annotations

from ritornello.studio.recipe import Node

_SILENT = -9600


def built_up(name: str, begin_ms: int, drop_ms: int, *, highest_hz: int = 900, prefix: str = "build") -> list[Node]:
    """Nodes after which `<prefix>_all` is the signal `name` with a build-up from `begin_ms` to the drop at `drop_ms`.

    The high-pass rises from 30 Hz to `highest_hz`; a beat before the drop the level gives way by 3 dB, so that the drop
    is one. Raises ValueError where the drop does not come after the beginning.
    """
    if not 0 <= begin_ms < drop_ms:
        raise ValueError(f"a build-up begins before its drop: {begin_ms} ms is not before {drop_ms} ms")
    edge = min(20, (drop_ms - begin_ms) // 4)
    before = [[begin_ms - edge, 0], [begin_ms, _SILENT]] if begin_ms > edge else [[0, _SILENT]]
    plain = [*before, [drop_ms - 2, _SILENT], [drop_ms, 0]]
    lifted = [[max(0, begin_ms - edge), _SILENT], [begin_ms, 0], [drop_ms - 2, -300], [drop_ms, _SILENT]]
    sweep = {"kind": "high", "hz": 30, "to_hz": highest_hz, "from_ms": begin_ms, "until_ms": drop_ms}
    return [
        Node(f"{prefix}_plain", "ride", (name,), {"points": plain}),
        Node(f"{prefix}_thin", "filter", (name,), sweep),
        Node(f"{prefix}_lifted", "ride", (f"{prefix}_thin",), {"points": lifted}),
        Node(f"{prefix}_all", "mix", (f"{prefix}_plain", f"{prefix}_lifted"), {"centidb": [0, 0]}),
    ]
