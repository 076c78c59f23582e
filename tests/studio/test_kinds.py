"""Kinds are found under the names that people write."""

from __future__ import annotations

import pytest

from ritornello.studio.plan import KINDS, kind_named


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_known_however_it_is_spelt(kind: str) -> None:
    assert kind_named(kind) == kind_named(kind.upper()) == kind_named(f" {kind.replace('_', '-')} ") == kind


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("localized", "localise"),
        ("Localised", "localise"),
        ("mash-up", "mashup"),
        ("acappella", "a_cappella"),
        ("lofi", "lo_fi"),
        ("metre", "regroove"),
        ("extended mix", "extended"),
    ],
)
def test_other_names_lead_to_the_kind(words: str, kind: str) -> None:
    assert kind_named(words) == kind


@pytest.mark.parametrize("words", ["", "slow bossa nova, keep the voice", "polka", "remix it"])
def test_a_sentence_is_no_kind(words: str) -> None:
    assert kind_named(words) == ""
