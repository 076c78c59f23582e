"""RFC 8785: the published test values, and what this house refuses beyond it."""

from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ritornello.proof import CanonicalError, canonical_json, digest, sha256_hex
from ritornello.proof.commitments import commit, new_salt, opens

DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
RFC_STRING = '€$\u000f\nA\'B"\\\\"/'


def test_the_example_of_section_3_2_4() -> None:
    """The RFC's own example has floats, so the library is held to it; ours to all but the numbers."""
    numbers = [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001]
    document: dict[str, Any] = {"numbers": numbers, "string": RFC_STRING, "literals": [None, True, False]}
    published = bytes.fromhex(
        "7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c226e756d62657273223a5b3333333333333333332e333333"
        "333333332c31652b33302c342e352c302e3030322c31652d32375d2c22737472696e67223a22e282ac245c75303030665c6e412742"
        "5c225c5c5c5c5c222f227d"
    )
    assert rfc8785.dumps(document) == published
    document["numbers"] = []
    assert canonical_json(document) == published.replace(b"333333333.3333333,1e+30,4.5,0.002,1e-27", b"")


def test_keys_sort_by_utf16_units_as_in_section_3_2_3() -> None:
    document = {
        "€": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "😀": "Emoji: Grinning Face",
        "\u0080": "Control",
        "ö": "Latin Small Letter O With Diaeresis",
    }
    assert list(json.loads(canonical_json(document)).values()) == [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ]


@given(DOCUMENTS)
def test_reading_back_gives_the_same_document_and_the_same_bytes(document: Any) -> None:
    once = canonical_json(document)
    assert json.loads(once) == document
    assert canonical_json(json.loads(once)) == once
    assert digest(document) == sha256_hex(once)


@given(DOCUMENTS)
def test_the_bytes_are_those_of_the_reference_implementation(document: Any) -> None:
    assert canonical_json(document) == rfc8785.dumps(document)


def test_keys_beyond_the_first_plane_sort_as_the_rfc_says() -> None:
    """U+1F600 is two units from 0xD83D on, and so comes before U+FB33; by code points it would come after."""
    assert canonical_json([{"\ufb33": 1, "😀": 2}]) == '[{"😀":2,"\ufb33":1}]'.encode()


@given(st.dictionaries(st.text("abcé", max_size=3), st.integers(0, 9), max_size=6), st.randoms())
def test_the_order_of_keys_does_not_matter(document: dict[str, int], shuffler: Any) -> None:
    entries = list(document.items())
    shuffler.shuffle(entries)
    assert canonical_json(dict(entries)) == canonical_json(document)


def nested(levels: int) -> Any:
    return [nested(levels - 1)] if levels else 0


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"share": 0.5}, r"\$\.share is the float"),
        ([float("nan")], "float"),
        ({"a": [1, 2**53]}, r"\$\.a\[1\]"),
        ({1: "a"}, "keys are text"),
        ("\ud800", "no canonical form"),
        ({"when": object()}, r"\$\.when is a object"),
        (nested(65), "deeper than 64"),
        ({"b": b"bytes"}, "bytes"),
    ],
)
def test_what_has_no_canonical_form_is_named(document: Any, says: str) -> None:
    with pytest.raises(CanonicalError, match=says):
        canonical_json(document)


def test_limits_themselves_are_allowed() -> None:
    assert canonical_json([2**53 - 1, -(2**53) + 1]) == b"[9007199254740991,-9007199254740991]"
    assert canonical_json(nested(64)).count(b"[") == 64


@given(DOCUMENTS, DOCUMENTS)
def test_a_commitment_opens_to_its_value_only(value: Any, other: Any) -> None:
    salt = new_salt()
    commitment = commit(value, salt)
    assert opens(commitment, value, salt)
    assert opens(commitment, other, salt) == (canonical_json(value) == canonical_json(other))
    assert not opens(commitment, value, new_salt()), "without its salt a commitment says nothing"


def test_equal_values_do_not_show_as_equal_and_salts_have_a_length() -> None:
    assert commit("a@example.org", new_salt()) != commit("a@example.org", new_salt())
    with pytest.raises(ValueError, match="32 bytes"):
        commit("a", b"short")
