"""The addendum says every term in words, carries the hash on its pages, and shows what a version changes."""

from __future__ import annotations

from ritornello.consent.addendum import addendum, addendum_pdf
from ritornello.consent.offers import Reply
from ritornello.consent.sentence import sentences
from ritornello.workflows.demo import answers, cast


def test_every_term_is_said_and_the_hash_stands_below() -> None:
    offer = answers.offer_of(answers.ANSWERS[0], cast.recording("Ritornello"))
    told = addendum(offer, issuer="Saltmarsh Recordings", names={cast.LABEL: "Saltmarsh Recordings"})
    said = [line for group in told["groups"] for line in group["lines"]]
    assert said == sentences(offer.terms)
    assert told["content_hash"] == offer.content_hash
    assert told["opening"][0].startswith(f"Saltmarsh Recordings ({cast.LABEL}) grants")
    assert addendum_pdf(told).startswith(b"%PDF-")


def test_a_version_shows_what_it_changes_and_a_refusal_says_no_terms() -> None:
    first = answers.offer_of(answers.ANSWERS[0], cast.recording("Ritornello"))
    terms = first.terms.adjust({"share_money.fan_share_permille": 200})
    second = first.next_version(cast.ASKED, terms=terms)
    (change,) = addendum(second, issuer="x", before=first)["changes"]
    assert ("10 %" in change["before"], "20 %" in change["after"]) == (True, True)
    refused = addendum(first.next_version(cast.ASKED, reply=Reply.REFUSE), issuer="x")
    assert (refused["groups"], refused["summary"]) == ([], "Nothing may be made of it.")


def test_names_with_markup_are_only_text() -> None:
    offer = answers.offer_of(answers.ANSWERS[0], cast.recording("Ritornello"))
    assert addendum_pdf(addendum(offer, issuer="#panic() $x$ *[", link="https://house.example/sign/abc"))
