"""The studio's doors: who may use each, what each is sent, and a render that is finished."""

from __future__ import annotations

from datetime import timedelta

from ritornello.jobs import Order
from ritornello.people.roles import Capability as C
from ritornello.proof import sha256_hex
from ritornello.store.job_queue import DatabaseQueue
from ritornello.workflows.demo import cast
from ritornello.workflows.house import House
from tests.studio.recipes import document, node
from tests.web import house
from tests.web.conftest import tone

MAKES = (C.MAKE_DERIVATIVE,)
DOORS: dict[str, tuple[C, ...]] = {
    "GET /api/v1/studio/vocabulary": MAKES,
    "POST /api/v1/studio/sentences": MAKES,
    "POST /api/v1/studio/proposals": MAKES,
    "POST /api/v1/studio/checks": MAKES,
    "POST /api/v1/studio/lyrics": MAKES,
    "POST /api/v1/studio/renders": MAKES,
    "GET /api/v1/studio/renders/{job_id}": MAKES,
    "POST /api/v1/studio/renders/{job_id}/cancel": MAKES,
    "GET /api/v1/studio/renders/{job_id}/sound": MAKES,
    "GET /api/v1/studio/renders/{job_id}/files": MAKES,
    "GET /api/v1/studio/renders/{job_id}/files/{name}": MAKES,
    "GET /songs/{recording_id}/studio": MAKES,
    "POST /songs/{recording_id}/studio": MAKES,
    "GET /songs/{recording_id}/studio/room": MAKES,
    "GET /studio/renders/{job_id}": MAKES,
    "POST /studio/renders/{job_id}/cancel": MAKES,
    "POST /studio/renders/{job_id}/again": MAKES,
}
DESK: dict[str, tuple[C, ...]] = {
    "GET /api/v1/studio/providers": MAKES,
    "GET /api/v1/studio/papers": MAKES,
    "GET /api/v1/studio/papers/{paper_id}": MAKES,
    "DELETE /api/v1/studio/papers/{paper_id}": MAKES,
    "PUT /api/v1/studio/drafts": MAKES,
    "POST /api/v1/studio/takes": MAKES,
    "GET /api/v1/studio/takes/{paper_id}/sound": MAKES,
    "GET /api/v1/studio/scores/{recording_id}": MAKES,
    "PUT /api/v1/studio/scores/{recording_id}": MAKES,
    "POST /api/v1/studio/scores/{recording_id}/writing": MAKES,
    "GET /api/v1/studio/recordings/{recording_id}/stems": MAKES,
    "GET /api/v1/studio/operations": MAKES,
    "GET /api/v1/studio/recordings/{recording_id}/rooms": MAKES,
    "GET /api/v1/studio/recordings/{recording_id}/stems/{part}/sound": MAKES,
    "POST /api/v1/studio/stems/checks": MAKES,
    "POST /api/v1/studio/measurements": MAKES,
    "GET /api/v1/studio/jobs/{job_id}": MAKES,
    "POST /api/v1/studio/jobs/{job_id}/cancel": MAKES,
    "GET /api/v1/studio/words/{recording_id}": MAKES,
    "PUT /api/v1/studio/words/{recording_id}": MAKES,
    "GET /api/v1/studio/scores/{recording_id}/{sheet}": MAKES,
    "POST /api/v1/studio/stems/packages": MAKES,
    "GET /api/v1/studio/stems/packages/{job_id}/archive": MAKES,
    "GET /studio/stems": MAKES,
    "POST /studio/stems": MAKES,
    "GET /studio/stems/{job_id}": MAKES,
    "POST /studio/stems/{job_id}/package": MAKES,
    "GET /studio/stems/{job_id}/package.zip": MAKES,
    "GET /exports/stems/{job_id}.{kind}": MAKES,
    "GET /studio/measurements": MAKES,
    "POST /studio/measurements": MAKES,
    "GET /studio/measurements/{job_id}": MAKES,
    "GET /exports/measurements/{job_id}.{kind}": MAKES,
    "GET /songs/{recording_id}/takes": MAKES,
    "POST /songs/{recording_id}/takes": MAKES,
    "POST /songs/{recording_id}/takes/{paper_id}/drop": MAKES,
    "GET /songs/{recording_id}/score": MAKES,
    "POST /songs/{recording_id}/score": MAKES,
    "POST /songs/{recording_id}/score/writing": MAKES,
    "GET /songs/{recording_id}/desk/proposal": MAKES,
    "POST /songs/{recording_id}/desk/proposal": MAKES,
    "POST /studio/jobs/{job_id}/cancel": MAKES,
    "GET /songs/{recording_id}/studio/parts/{part}": MAKES,
    "POST /songs/{recording_id}/studio/drafts": MAKES,
    "POST /songs/{recording_id}/studio/drafts/{paper_id}/drop": MAKES,
    "GET /songs/{recording_id}/lyrics": MAKES,
    "POST /songs/{recording_id}/lyrics": MAKES,
    "GET /songs/{recording_id}/lyrics.json": MAKES,
    "GET /exports/songs/{recording_id}/lyrics.{kind}": MAKES,
}
"""The maker's desk, whose doors are tried one by one in tests/studio_doors/test_desk_doors.py."""
EMPTY_HANDED = ("POST /songs/{recording_id}/studio",)
LEADS_ON = ("POST /studio/renders/{job_id}/cancel", "POST /studio/renders/{job_id}/again")
_SONG = {"recording_id": house.ORIGINAL_ID}
_FAN = {"person": {"id": cast.FAN, "tier": "subscribers", "country": "DE", "age": 24, "verified": True}}
_WHERE = {**_FAN, "territories": "DE, US", "services": [cast.ALPHA, cast.BETA]}
_SOURCE = {
    "id": "s0",
    "kind": "recording",
    "pcm_sha256": sha256_hex(tone(house.SECONDS, 220)),
    "frames": house.SECONDS * house.RATE,
    "vocal_part": "",
}
RECIPE = document(node("room", "reverb", "s0", decay_ms=900, wet_permille=200), sources=[_SOURCE])
BODIES: dict[str, dict[str, object]] = {
    "POST /api/v1/studio/sentences": {**_SONG, "sentence": "remix 6% faster"},
    "POST /api/v1/studio/proposals": {**_SONG, **_WHERE, "plan": {"kind": "edit", "tempo_permille": 1060}},
    "POST /api/v1/studio/checks": {**_SONG, **_WHERE, "recipe": RECIPE},
    "POST /api/v1/studio/lyrics": {**_SONG, "words": "Come back to me", "language": "en"},
    "POST /api/v1/studio/renders": {**_SONG, **_WHERE, "recipe": RECIPE, "own_work": True},
}
FOR_SOMEBODY = (
    "POST /api/v1/studio/proposals",
    "POST /api/v1/studio/checks",
    "POST /api/v1/studio/renders",
)
"""Doors at which whoever does not see consent may act for themselves only."""


def finished_render(made: House) -> str:
    """A render of the fan's that is done: its job."""
    at = cast.ASKED
    with made.work(cast.ORGANISATION) as work:
        (licence,) = work.consent.licences_of_maker(cast.FAN)
        payload = {"licence": licence["payload"]["id"], "maker": cast.FAN, "contributions": {}, "title": ""}
        job = work.jobs.enqueue(Order("render", "render:lic:recipe", payload), at)
        work.commit()
    queue = DatabaseQueue(made.engine)
    claimed = queue.claim("w", ("render",), at, timedelta(minutes=1))
    assert claimed is not None and claimed.id == job.id
    queue.finish(claimed, at, {"recording_id": house.REMIX_ID, "needs_approval": []})
    return job.id
