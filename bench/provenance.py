"""Provenance: what it costs to tag, sign and verify a minute of music in each format."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from time import perf_counter

import c2pa
import numpy as np
from tests.provenance.short_song import AT, FORMATS, STATEMENT, TAGS

from bench import Row
from ritornello.analysis import decode
from ritornello.analysis.model import Audio
from ritornello.provenance import certificates, manifest, tags

TIMES = 5
SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCreation"


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        certificate = certificates.make_local(folder / "keys", "Bench", AT)
        audio = _minute()
        parent = decode.write(folder / "parent.flac", audio, "flac24")
        for kind, coding in FORMATS.items():
            bare = decode.write(folder / f"bare.{kind}", audio, coding)
            if kind != "wav":
                ours = _best(partial(tags.write, bare, TAGS))
                yield Row(f"tag a minute of {kind.upper()}", f"{ours:.0f} ms")
            out = folder / f"signed.{kind}"
            ours = _best(partial(manifest.sign, bare, out, STATEMENT, certificate, [parent]))
            theirs = _best(partial(_sign_plainly, bare, folder / f"plain.{kind}", certificate))
            size = f"({bare.stat().st_size / 1e6:.1f} MB)"
            peer = f"{theirs:.0f} ms (c2pa-python alone: no parent, not verified again)"
            yield Row(f"sign a minute of {kind.upper()} {size}", f"{ours:.0f} ms", peer, f"{theirs / ours:.2f} x")
            ours = _best(partial(manifest.verify, out, certificate.root))
            theirs = _best(partial(_read_plainly, out))
            peer = f"{theirs:.0f} ms (c2pa-python alone)"
            yield Row(f"verify a minute of {kind.upper()}", f"{ours:.0f} ms", peer, f"{theirs / ours:.2f} x")


def _sign_plainly(path: Path, out: Path, certificate: certificates.Certificate) -> None:
    plain = {
        "verify": {"verify_after_sign": False, "verify_trust": False},
        "builder": {"thumbnail": {"enabled": False}},
    }
    made = {"actions": [{"action": "c2pa.created", "digitalSourceType": SOURCE}]}
    definition = {"title": "plain", "assertions": [{"label": "c2pa.actions.v2", "data": made}]}
    info = c2pa.C2paSignerInfo(b"es256", certificate.chain.encode(), certificate.key, None)
    with (
        c2pa.Builder(definition, c2pa.Context.from_dict(plain)) as builder,
        path.open("rb") as source,
        out.open("w+b") as target,
    ):
        builder.sign(c2pa.Signer.from_info(info), manifest.FORMATS[path.suffix], source, target)


def _read_plainly(path: Path) -> None:
    with path.open("rb") as stream, c2pa.Reader(manifest.FORMATS[path.suffix], stream) as reader:
        reader.json()


def _minute(rate: int = 44_100) -> Audio:
    time = np.arange(60 * rate) / rate
    wave = 0.25 * np.sin(2 * np.pi * (220 + 20 * np.sin(time)) * time)
    return Audio(np.column_stack([wave, wave]).astype(np.float32), rate)


def _best(job: Callable[[], object]) -> float:
    """The shortest of a few runs, in milliseconds, disk included."""
    taken = []
    for _ in range(TIMES):
        start = perf_counter()
        job()
        taken.append(perf_counter() - start)
    return min(taken) * 1000
