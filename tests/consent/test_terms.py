"""Every parameter: its default is safe, it can be changed, said in words, written, read, met and refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.consent.codes import TYPES
from ritornello.consent.errors import ConsentError
from ritornello.consent.offers import Offer, Reply
from ritornello.consent.parameters import ORDERED, Kind, Parameter, Span
from ritornello.consent.presets import preset, presets
from ritornello.consent.sentence import difference, offer_sentences, sentence_of, sentences, summary
from ritornello.consent.terms import Terms, _set_all, parameters
from tests.consent.song import LABEL, offer, offers

PATHS = list(parameters())


def values(parameter: Parameter) -> st.SearchStrategy[Any]:
    """Any valid value of a parameter."""
    low = parameter.low if parameter.low is not None else -1000
    high = parameter.high if parameter.high is not None else low + 100_000
    texts = st.sampled_from(parameter.choices or ("one", "two", "three"))
    match parameter.kind:
        case Kind.SPAN:
            return st.tuples(st.integers(low, high), st.integers(low, high)).map(lambda p: Span(min(p), max(p)))
        case Kind.ALLOW_SET | Kind.DENY_SET:
            sets = st.frozensets(texts)
            return st.none() | sets if parameter.optional else sets
        case Kind.PERMITS | Kind.REQUIRES:
            return st.booleans()
        case Kind.RANK | Kind.CHOICE:
            return st.sampled_from(parameter.choices)
        case Kind.NOT_BEFORE | Kind.NOT_AFTER:
            return st.none() | st.dates(date(2026, 1, 1), date(2030, 1, 1))
        case Kind.TEXT:
            return st.sampled_from(("EUR", "USD"))
        case _:
            whole = st.integers(low, high)
            return st.none() | whole if parameter.optional else whole


def any_terms() -> st.SearchStrategy[Terms]:
    """Terms that are valid parameter by parameter (rules between parameters aside)."""
    return st.fixed_dictionaries({}, optional={path: values(p) for path, p in parameters().items()}).map(
        lambda changes: _set_all(Terms(), changes)
    )


@pytest.mark.parametrize("path", PATHS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_every_change_of_every_parameter_is_said(path: str, data: st.DataObject) -> None:
    parameter = parameters()[path]
    one = data.draw(values(parameter))
    other = data.draw(values(parameter).filter(lambda value: value != one)) if len(parameter.choices) != 1 else one
    before, after = (_set_all(Terms(), {path: value}) for value in (one, other))
    changes = difference(before, after)
    assert [change.path for change in changes] == ([path] if one != other else [])
    if one != other:
        assert changes[0].before != changes[0].after, f"{path}: {one!r} and {other!r} are said in the same words"
        assert sentence_of(path, after) in sentences(after)
    assert sentence_of(path, before).strip()
    assert "{}" not in sentence_of(path, before)


@pytest.mark.parametrize("path", PATHS)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_every_parameter_is_written_and_read_back(path: str, data: st.DataObject) -> None:
    parameter = parameters()[path]
    value = data.draw(values(parameter))
    read, findings = parameter.read(path, parameter.write(value))
    assert not findings
    assert read == value


@pytest.mark.parametrize("path", PATHS)
def test_every_parameter_refuses_nonsense_by_its_name(path: str) -> None:
    for nonsense in (object(), 3.5):
        with pytest.raises(ConsentError) as caught:
            Terms().adjust({path: nonsense})
        assert caught.value.findings[0].field == path


@settings(max_examples=60, deadline=None)
@given(any_terms(), any_terms(), any_terms())
def test_terms_are_a_lattice(a: Terms, b: Terms, c: Terms) -> None:
    ordered = [path for path, p in parameters().items() if p.kind in ORDERED]
    for path in ordered:
        meet = parameters()[path].meet
        assert meet(a[path], b[path]) == meet(b[path], a[path])
        assert meet(meet(a[path], b[path]), c[path]) == meet(a[path], meet(b[path], c[path]))
        assert meet(a[path], a[path]) == a[path]
    assert a.meet(b).narrower(a)
    assert a.meet(b).narrower(b)


def test_the_default_allows_nothing() -> None:
    terms = Terms()
    assert not terms.types.allowed
    assert (terms.voice.cloning, terms.lyrics.change, terms.training.permission) == ("never", "none", "none")
    assert not terms.findings()
    assert summary(terms) == "Nothing may be made of it."


def test_the_presets_say_what_the_trade_says() -> None:
    assert set(presets()) == {
        "CLOSED", "LISTEN-EDIT", "FAN-REMIX", "LOCAL", "STEM-CONTEST", "CO-PILOT", "REMIX-COMMISSION", "HERITAGE",
        "OPEN-CC",
    }  # fmt: skip
    listen = preset("LISTEN-EDIT").terms
    assert (listen["transformation.tempo_permille"], listen["transformation.key_cents"]) == (
        Span(-250, 250),
        Span(-500, 400),
    )
    fan = preset("FAN-REMIX").terms
    assert fan["share_money.fan_share_permille"] == 100
    assert fan["share_money.cap_micros"] == 80_000_000
    assert fan["limits.first_n_approval"] == 50
    assert fan["chain.max_depth"] == 1
    assert preset("REMIX-COMMISSION").terms["share_money.maker_publishing_permille"] == 0
    assert preset("OPEN-CC").warning
    assert all(entry.terms.voice.cloning == "never" for entry in presets().values())
    for entry in presets().values():
        assert not entry.terms.findings()
        assert Terms.from_document(entry.terms.to_document()) == entry.terms
    with pytest.raises(ConsentError, match="REMIX-ALL"):
        preset("REMIX-ALL")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"who.shoe_size": 44}, "who.shoe_size"),
        ({"types.allowed": frozenset({"POLKA"})}, "types.allowed"),
        ({"limits.max_total": -1}, "limits.max_total"),
        ({"share_money.fan_share_permille": 1001}, "share_money.fan_share_permille"),
        ({"transformation.tempo_permille": Span(10, -10)}, "transformation.tempo_permille"),
        ({"limits.window_from": date(2026, 2, 1), "limits.window_until": date(2026, 1, 1)}, "limits.window_until"),
        ({"contest.opens": date(2026, 2, 1), "contest.closes": date(2026, 1, 1)}, "contest.closes"),
        ({"moderation.quorum": 3, "moderation.approvers": frozenset({"a", "b"})}, "moderation.quorum"),
        ({"voice.cloning": "preset_models"}, "voice.models"),
        ({"training.permission": "fine_tune"}, "training.models"),
        ({"share_money.lineage_policy": "relative"}, "share_money.lineage_policy"),
        ({"share_money.currency": "euro"}, "share_money.currency"),
        ({"who.verified_identity": "yes"}, "who.verified_identity"),
        ({"who.min_age": True}, "who.min_age"),
    ],
)
def test_bad_input_gets_one_clear_error_with_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ConsentError) as caught:
        Terms().adjust(changes)
    assert [finding.field for finding in caught.value.findings] == [field]


def test_all_findings_come_at_once() -> None:
    with pytest.raises(ConsentError) as caught:
        Terms.from_document({"who": {"min_age": -1, "size": 1}, "polka": {"x": 1}, "types": 3})
    assert {f.field for f in caught.value.findings} == {"who.min_age", "who.size", "polka.x", "types"}


def test_an_offer_is_immutable_versioned_and_hashed() -> None:
    first = offers()[0]
    assert Offer.from_document(first.to_document()) == first
    assert first.content_hash != offer(LABEL, "M_USE P_ECON", first.terms.adjust({"who.min_age": 18})).content_hash
    second = first.next_version(first.recorded_at, reply=Reply.REFUSE)
    assert (second.version, second.replaces, second.id) == (2, first.content_hash, first.id)
    with pytest.raises(AttributeError):
        first.version = 3  # type: ignore[misc]
    with pytest.raises(ConsentError, match="another offer"):
        first.next_version(first.recorded_at, rights=frozenset({"NAME"}))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"rights": frozenset({"X_RIGHT"})}, "rights"),
        ({"rights": frozenset()}, "rights"),
        ({"valid_until": date(2025, 1, 1)}, "valid_until"),
        ({"version": 2}, "version"),
        ({"basis": "warranted"}, None),
    ],
)
def test_a_wrong_offer_names_its_field(changes: dict[str, Any], field: str | None) -> None:
    if field is None:
        document = {**offers()[0].to_document(), **changes}
        with pytest.raises(ConsentError, match="warranty"):
            Offer.from_document(document)
        return
    with pytest.raises(ConsentError) as caught:
        replace(offer(LABEL, "M_USE"), **changes)
    assert caught.value.findings[0].field == field


def test_an_offer_reads_as_a_person_would_say_it() -> None:
    said = "\n".join(offer_sentences(offers()[0]))
    assert "pty_label grants the recording and the performance of recording:rec_song in WW" in said
    assert "The tempo may change from −15 % to +15 %." in said
    assert "It may be turned into: remixes and speed and pitch edits." in said
    refused = offer(LABEL, "M_USE", reply=Reply.REFUSE)
    assert len(offer_sentences(refused)) == 2
    assert "10 %, up to 80.00 EUR" in summary(offers()[0].terms)


def test_every_type_has_words() -> None:
    for name in TYPES:
        said = sentence_of("types.allowed", Terms().adjust({"types.allowed": frozenset({name})}))
        assert name not in said
