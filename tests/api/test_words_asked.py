"""Words that a lyricist is asked about: read line by line with what they mean; a yes is for them alone."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient

from ritornello.people.roles import Role
from tests.api.conftest import HERE, Installed
from tests.api.test_arrivals import FACTS, bring, files
from tests.api.test_render_files import OPEN, S, fan, here

__all__ = ["fan", "files", "here"]
CHECKED = {**OPEN, "lyrics.lyricist_approval": True, "lyrics.back_translation_check": True}
WORDS = {
    **{"words": "O mar que vai e vem\nme leva para casa", "language": "pt", "title": "Mar baixo"},
    **{"credits": "lyricist: Ana Prado", "original": "The sea goes out\nand takes me home", "original_language": "en"},
}
MEANT = "The sea that comes and goes\ntakes me home"


def song_of(owner: TestClient, mix: bytes) -> tuple[str, str]:
    """A song whose writer checks every new text, and the writer's party."""
    works = [{**FACTS["works"][0], "language": "en"}]
    shares = [*FACTS["shares"][:2], {"right": "composition", "party": "writer", "share": "1"}]
    made = bring(owner, {**FACTS, "works": works, "shares": shares}, mix).json()
    draft = {
        **{"preset": "FAN-REMIX", "adjust": CHECKED, "reach": {"level": "recording", "id": made["recording_id"]}},
        **{"territories": "WW", "valid_from": "2026-01-01"},
        "evidence": {"how": "individual_express", "sha256": "ab" * 32},
    }
    for holder, rights in (
        ("writer", ["C_ARR", "C_MECH", "C_PERF", "C_LYR", "A_MORAL"]),
        ("band", ["P_ECON", "P_MORAL", "NAME"]),
    ):
        kept = owner.post("/api/v1/offers", json={**draft, "holder": made["parties"][holder], "rights": rights})
        assert kept.status_code == 200, kept.text
    return str(made["recording_id"]), str(made["parties"]["writer"])


def lyricist(here: Installed, owner: TestClient, party: str) -> TestClient:
    member = {"email": "w@words.example", "name": "The writer", "roles": ["approver"]}
    made = owner.post("/api/v1/members", json=member).json()
    owner.put(f"/api/v1/members/{made['id']}/party", json={"party": party})
    browser = TestClient(here.app, "http://testserver", headers={"Origin": "http://testserver"})
    browser.post(owner.post(f"/api/v1/members/{made['id']}/link").json()["link"].removeprefix("http://testserver"))
    return browser


def keep(fan: TestClient, song: str, **more: str) -> str:
    kept = fan.put(f"{S}/words/{song}", json={**WORDS, **more})
    assert kept.status_code == 200, kept.text
    return str(kept.json()["document"]["lyrics_sha256"])


def ordered(fan: TestClient, song: str, sha: str) -> Any:
    """The answer to an order for a Brazilian version with these words."""
    plan = {"kind": "localise", "market": "BR", "language": "pt", "lyrics": sha}
    told = fan.post(f"{S}/proposals", json={"recording_id": song, "plan": plan}).json()
    return fan.post(f"{S}/renders", json={"recording_id": song, "recipe": told["proposal"]["recipe"], "own_work": True})


def test_a_lyricist_reads_the_words_and_says_yes_to_them_alone(
    here: Installed, fan: TestClient, files: dict[str, bytes]
) -> None:
    owner = here.client(here.keys[HERE, Role.OWNER])
    song, writer = song_of(owner, files["mix"])
    short = fan.put(f"{S}/words/{song}", json={**WORDS, "back": "The sea"})
    assert short.status_code == 422 and "explains 1 of 2 lines" in short.text
    sha = keep(fan, song, back=MEANT)
    refused = ordered(fan, song, sha)
    assert refused.status_code == 403 and "the lyricist approves each text" in refused.json()["detail"], refused.text
    address = refused.json()["mend"].partition("POST ")[2]
    decision = fan.get(address.removesuffix("/approvals")).json()
    assert decision["outcome"] == "needs_approval" and decision["request"]["plan"]["words_sha256"] == sha
    codes = {one["code"] for one in decision["reasons"] if one["effect"] == "needs_approval"}
    assert codes == {"LYRICIST_APPROVAL", "BACK_TRANSLATION_CHECK"}
    asked = fan.post(address).json()
    (item,) = [one["id"] for one in asked if one["right"] == "C_LYR"]

    hers = lyricist(here, owner, writer)
    words = hers.get(f"/api/v1/approvals/{item}").json()["words"]
    assert words["lines"] == [
        ["O mar que vai e vem", "The sea that comes and goes"],
        ["me leva para casa", "takes me home"],
    ]
    assert [one["kind"] for one in words["difference"]] == ["changed", "changed"] and words["title"] == "Mar baixo"
    page = hers.get(f"/consent/approvals/{item}").text
    assert "O mar que vai e vem" in page and "The sea that comes and goes" in page
    assert "The sea goes out" in page, "what it was before"
    voted = hers.post("/api/v1/approvals/votes", json={"items": [item], "approve": True}).json()
    assert voted["refused"] == {}
    assert ordered(fan, song, sha).status_code == 202

    other = keep(fan, song, words="O mar que vai e vem\nme leva embora daqui", back="The sea\ntakes me away")
    assert other != sha and ordered(fan, song, other).status_code == 403, "other words are asked about anew"
    assert ordered(fan, song, sha).status_code == 202
    assert hers.get(f"/api/v1/approvals/{item}").json()["words"] is None
    assert "do not lie on the maker" in hers.get(f"/consent/approvals/{item}").text
