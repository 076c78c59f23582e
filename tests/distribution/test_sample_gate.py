"""The release gate listens: declared sources must be there, undeclared ones must not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ritornello.distribution.sample_gate import RECORDING_TYPES, Outcome, SampleFinding, sample_findings
from ritornello.identify.declared import Declared
from ritornello.identify.model import Answer, Tier
from ritornello.studio.agreement import Agreement


def heard(recording: str, start: float = 67.0, chance: float = 1e-6) -> Answer:
    return Answer(recording, Tier.TRANSFORMED, (start, start + 12), (0, 12), 0.0, 1.0, 20.0, chance)


FOUND = Declared("rec_a", (heard("rec_a"),))
MISSING = Declared("rec_b", ())


def test_what_is_made_of_what_it_declares_passes() -> None:
    assert sample_findings("REMIX", [FOUND], []) == ()


def test_an_undeclared_original_blocks_with_its_seconds() -> None:
    (finding,) = sample_findings("REMIX", [FOUND], [heard("rec_x", 90), heard("rec_x", 67)])
    assert (finding.code, finding.outcome) == ("undeclared_sample", Outcome.BLOCKS)
    assert finding.seconds == ((67, 79), (90, 102))
    assert finding.reference_seconds == ((0, 12), (0, 12))
    assert "1:07 to 1:19 (its 0:00 to 0:12), 1:30 to 1:42 (its" in finding.hindrance("Song X").what
    assert SampleFinding.from_document(finding.to_document()) == finding


def test_chance_and_declared_originals_do_not_block() -> None:
    assert sample_findings("REMIX", [FOUND], [heard("rec_x", chance=0.02), heard("rec_a")]) == ()


@pytest.mark.parametrize("code", sorted(RECORDING_TYPES))
def test_a_declared_recording_that_is_not_found_goes_to_a_person(code: str) -> None:
    (finding,) = sample_findings(code, [FOUND, MISSING], [])
    assert (finding.code, finding.recording, finding.outcome) == ("declared_not_found", "rec_b", Outcome.PERSON)


CLOSE, FAR, TUNELESS = Agreement(900, 700, 80, 200), Agreement(900, 300, 80, 200), Agreement(900, None, 80, 0)


@pytest.mark.parametrize("measured", [CLOSE, FAR, TUNELESS, None])
def test_a_cover_need_not_hold_the_recording_but_must_agree(measured: Agreement | None) -> None:
    findings = sample_findings("COVER_SAME", [MISSING], [], composition={"rec_b": measured})
    assert [one.code for one in findings] == ([] if measured is CLOSE else ["composition_not_agreed"])
    assert all(SampleFinding.from_document(one.to_document()) == one for one in findings)
    assert sample_findings("COVER_SAME", [], [heard("rec_x")])[0].outcome is Outcome.BLOCKS


def test_what_does_not_agree_tells_its_figures() -> None:
    def told(measured: Agreement | None) -> str:
        return sample_findings("COVER_SAME", [MISSING], [], composition={"rec_b": measured})[0].hindrance("Song").what

    assert "the chords agree for 90 %, the tune for 30 %" in told(FAR)
    assert "no tune was written down" in told(TUNELESS)
    assert "too little of either was heard" in told(None)


def test_the_types_are_those_that_need_the_use_of_the_master() -> None:
    table = json.loads((Path(__file__).parent.parent / "vectors" / "rights_rules.json").read_text())
    assert {code for code, rights in table["types"].items() if "M_USE" in rights} == RECORDING_TYPES
