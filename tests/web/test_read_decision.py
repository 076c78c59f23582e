"""A real decision's document becomes one question, one answer, and each reason once."""

from __future__ import annotations

from dataclasses import replace

from ritornello.consent.decide import decide
from ritornello.consent.decision import Decision
from ritornello.identifiers.territories import TerritorySet
from ritornello.web import read_decision
from ritornello.web.views import DecisionView, Link
from tests.consent import song as s

NAMES = {
    s.LABEL: "Harbour Lights",
    s.PUBLISHER: "Quayside",
    s.WRITER: "Ada",
    s.LYRICIST: "Jonas",
    s.SINGER: "Mira",
    s.FAN.id: "Noor",
    s.ALPHA: "Alpha",
    s.BETA: "Beta",
}


def shown(decision: Decision) -> DecisionView:
    document = decision.to_document()
    song = Link("Night Ferry", "/songs/rec_song")
    view = read_decision.view(document, song, lambda one: NAMES.get(one, one))
    assert view.content_hash == decision.content_hash
    return view


def test_a_request_that_passes() -> None:
    view = shown(decide(s.request(), s.facts()))
    assert view.question == (
        "May Noor make, publish and earn with a remix of Night Ferry in Germany, Japan and the United States, "
        "on Alpha and Beta?"
    )
    assert (view.state, view.verdict) == ("yes", "Yes")
    assert view.answer == "Allowed in Germany, Japan and the United States."
    assert [place.act for place in view.places] == ["Make, publish and earn with"] * 3
    assert {cell.state for place in view.places for cell in place.cells} == {"yes"}
    assert all(reason.state == "yes" for reason in view.reasons)
    assert view.nearest == ()
    label = next(reason for reason in view.reasons if reason.sentence.startswith("Harbour Lights"))
    assert label.right == "Use the recording and use the performance"
    assert label.offer == "answer on file, version 1"


def test_a_bound_that_is_overstepped_names_the_nearest() -> None:
    plan = replace(s.request().plan, tempo_permille=220)
    view = shown(decide(s.request(plan=plan), s.facts()))
    assert (view.state, view.verdict) == ("no", "No")
    assert "the tempo leaves the allowed range" in view.answer
    assert view.reasons[0].sentence.endswith("(+22 % was asked, −15 % to +15 % is allowed).")
    assert [(near.term, near.asked, near.nearest) for near in view.nearest] == [("Tempo", "+22 %", "+15 %")]


def test_silence_is_told_apart_from_a_refusal() -> None:
    view = shown(decide(s.request(), s.facts(s.source(offers=s.offers()[:-1]))))
    assert (view.state, view.verdict) == ("wait", "Not until everybody has answered")
    assert "Mira has not answered" in view.answer
    assert view.reasons[0].state == "wait"
    asked = {place.name for place in view.places if any(cell.words == "Mira is asked first" for cell in place.cells)}
    assert asked == {"Germany", "Japan"}


def test_a_yes_that_does_not_reach_everywhere() -> None:
    narrower = tuple(
        replace(offer, territories=TerritorySet.parse("WW ex JP")) if offer.holder == s.PUBLISHER else offer
        for offer in s.offers()
    )
    view = shown(decide(s.request(), s.facts(s.source(offers=narrower))))
    assert (view.state, view.verdict) == ("yes", "Yes, but not everywhere")
    assert view.answer.startswith("Allowed in Germany and the United States. In Japan, Quayside has not answered")


def test_a_request_for_the_world_groups_what_is_answered_alike() -> None:
    view = shown(decide(s.request(territories=s.WORLD, acts=("make",)), s.facts()))
    assert len(view.places) <= 4
    assert "worldwide" in view.question
