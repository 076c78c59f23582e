"""MIDI and MusicXML: other programs read the very notes that the score holds."""

from __future__ import annotations

import io
from collections.abc import Sequence

import mido
import pytest
from lxml import etree

from ritornello.studio.covering import cover_recipe
from ritornello.studio.midi import midi_of, to_midi
from ritornello.studio.musicxml import fifths, lead_sheet
from ritornello.studio.performers import PERFORMERS
from ritornello.studio.reinterpret import in_metre
from ritornello.studio.score import PPQ, Score
from ritornello.studio.writing_down import HeardTone, _tune  # the grid that triplets are written on
from tests.studio.recipes import WIDE, node, recipe, recording
from tests.studio.songs import WORK, demo_score

SCORES = {"as it is": demo_score(), "in three": in_metre(demo_score(), 3)}


def sounded(file: mido.MidiFile) -> list[tuple[int, int, int, int]]:
    """(channel, start, pitch, velocity) of every note, in ticks."""
    out = []
    for track in file.tracks:
        at = 0
        for message in track:
            at += message.time
            if message.type == "note_on" and message.velocity:
                out.append((message.channel, at, message.note, message.velocity))
    return sorted(out)


@pytest.mark.parametrize("style", ["flamenco", "bhangra", "k_ballad"])
def test_mido_reads_every_note_of_a_cover(style: str) -> None:
    cover = cover_recipe(demo_score(), style, WIDE, source=WORK)
    p = cover.nodes[0].p
    file = mido.MidiFile(file=io.BytesIO(to_midi(cover)))
    assert file.ticks_per_beat == PPQ and file.type == 1
    kits = {k for k, row in enumerate(p["parts"]) if PERFORMERS[row[0]] in ("drums", "machine", "hands")}
    written = {(row[1], row[3]) for row in p["notes"]}
    heard = sounded(file)
    assert {(start, pitch) for _, start, pitch, _ in heard} == written
    assert {channel for channel, *_ in heard if channel == 9} == ({9} if kits else set())
    tempos = [message.tempo for message in file.tracks[0] if message.type == "set_tempo"]
    assert tempos == [micros for _, micros in p["tempo"]]
    metre = next(message for message in file.tracks[0] if message.type == "time_signature")
    assert (metre.numerator, metre.denominator) == (4, 4)
    markers = [message.text for message in file.tracks[0] if message.type == "marker"]
    assert markers == [part.label for part in demo_score().sections]


def test_nothing_is_left_sounding() -> None:
    cover = cover_recipe(demo_score(), "country", WIDE, source=WORK)
    for track in mido.MidiFile(file=io.BytesIO(to_midi(cover))).tracks:
        sounding: set[tuple[int, int]] = set()
        for message in track:
            if message.type == "note_on":
                assert (message.channel, message.note) not in sounding
                sounding.add((message.channel, message.note))
            elif message.type == "note_off":
                sounding.remove((message.channel, message.note))
        assert not sounding


def test_notes_in_samples_become_ticks_and_other_recipes_say_why_not() -> None:
    plain = recipe(node("a", "perform", "w", notes=[[3, 22_050, 22_050, 69, 100]]), sources=[WORK.to_document()])
    heard = sounded(mido.MidiFile(file=io.BytesIO(to_midi(plain))))
    assert [note[1:] for note in heard] == [(PPQ, 69, 100)]
    with pytest.raises(ValueError, match="performs nothing"):
        to_midi(recipe(node("a", "gain", "s0", centidb=0), sources=[recording()]))


def test_each_kit_has_its_bank_for_a_synthesiser() -> None:
    cover = cover_recipe(demo_score(), "reggaeton", WIDE, source=WORK)
    file = mido.MidiFile(file=io.BytesIO(midi_of({**cover.to_document()["nodes"][0]["p"]}, kits_apart=True)))
    banks = [m.value for track in file.tracks for m in track if m.type == "control_change" and m.control == 0]
    assert 1 in banks and 0 in banks


def in_ticks(xml: bytes) -> list[tuple[int, int, int]]:
    """(start, length, pitch) read by hand: durations added up, ties joined."""
    steps = dict(zip("CDEFGAB", (0, 2, 4, 5, 7, 9, 11), strict=True))
    out: list[list[int]] = []
    at = 0
    for note in etree.fromstring(xml).iter("note"):
        length = int(note.findtext("duration"))
        if note.find("rest") is None:
            pitch = steps[note.findtext("pitch/step")] + int(note.findtext("pitch/alter") or 0)
            pitch += 12 * (int(note.findtext("pitch/octave")) + 1)
            if any(tie.get("type") == "stop" for tie in note.findall("tie")):
                assert out[-1][2] == pitch
                out[-1][1] += length
            else:
                out.append([at, length, pitch])
        at += length
    return [(a, b, c) for a, b, c in out]


def wanted(score: Score) -> list[tuple[int, int, int]]:
    return [(tone.start, tone.length, tone.pitch) for tone in score.tune]


@pytest.mark.parametrize("name", SCORES)
def test_the_lead_sheet_holds_the_tune(name: str) -> None:
    score = SCORES[name]
    xml = lead_sheet(score, composer="A & B")
    assert in_ticks(xml) == wanted(score)
    root = etree.fromstring(xml)
    for measure, (start, end) in zip(root.iter("measure"), score.bar_spans(), strict=True):
        assert sum(int(d.text) for d in measure.iter("duration")) == end - start
    assert len(list(root.iter("harmony"))) == len(score.chords)
    assert root.findtext("identification/creator") == "A & B"
    assert [r.text for r in root.iter("rehearsal")] == [part.label for part in score.sections]


@pytest.mark.parametrize("name", SCORES)
def test_music21_reads_the_same_notes(name: str) -> None:
    import music21

    score = SCORES[name]
    read = music21.converter.parseData(lead_sheet(score).decode(), format="musicxml")
    flat = read.stripTies().flatten()
    notes = [n for n in flat.notes if not isinstance(n, music21.harmony.ChordSymbol)]
    got = [(float(n.offset) * PPQ, float(n.quarterLength) * PPQ, n.pitch.midi) for n in notes]
    assert_close(got, wanted(score))
    symbols = [s for s in flat.getElementsByClass(music21.harmony.ChordSymbol) if s.chordKind != "none"]
    chords = [(span.start, span.chord.root, span.chord.bass) for span in score.chords if span.chord.root >= 0]
    assert [(round(float(s.offset) * PPQ), s.root().pitchClass, s.bass().pitchClass) for s in symbols] == chords


def assert_close(got: Sequence[tuple[float, float, int]], want: Sequence[tuple[int, int, int]]) -> None:
    assert len(got) == len(want)
    for one, other in zip(got, want, strict=True):
        assert one[2] == other[2] and abs(one[0] - other[0]) <= 1 and abs(one[1] - other[1]) <= 1


def test_triplets_are_written_as_such() -> None:
    class Straight:
        first = 0

        def ticks(self, samples: object) -> object:
            return samples

    line = [HeardTone(k * 320, k * 320 + 310, 60 + k, 90) for k in range(12)]
    tune = _tune(line, Straight(), 4 * PPQ)  # type: ignore[arg-type]
    assert [tone.start for tone in tune] == [k * 320 for k in range(12)]
    score = Score(*("t", 44_100, 4, 0, "major"), tempo=((0, 500_000),), bars=(0,), end=4 * PPQ, tune=tune)
    xml = lead_sheet(score)
    assert in_ticks(xml) == wanted(score)
    assert xml.count(b"<actual-notes>3</actual-notes>") == 12
    assert xml.count(b'<tuplet type="start"/>') == xml.count(b'<tuplet type="stop"/>') == 4


def test_keys_have_their_signatures() -> None:
    assert [fifths(tonic, "major") for tonic in (0, 7, 2, 5, 10, 3)] == [0, 1, 2, -1, -2, -3]
    assert fifths(9, "minor") == 0 and fifths(4, "minor") == 1 and fifths(0, "minor") == -3
