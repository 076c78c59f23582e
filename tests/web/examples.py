"""Made-up views that fill every corner of every page, to draw pages with before and beside real data."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

from ritornello.web import money_views as m
from ritornello.web import views as v

NOW = datetime(2026, 4, 14, 9, 30, tzinfo=UTC)
SECTIONS = (
    ("catalogue", "Catalogue", "/"),
    ("decisions", "Decisions", "/decisions"),
    ("runs", "Runs", "/runs"),
    ("statements", "Statements", "/statements"),
)
FRAME = v.Frame("Harbour Lights Records", "Ada Moreau", "Owner", "catalogue", SECTIONS)


def eur(cents: int) -> v.Amount:
    return v.Amount(cents * 10_000, "EUR")


def peaks(seed: int, shape: tuple[float, ...], buckets: int = 320) -> tuple[tuple[int, int], ...]:
    found = []
    for n in range(buckets):
        level = shape[n * len(shape) // buckets]
        wobble = 0.62 + 0.38 * abs(math.sin((n + seed) * 0.83) * math.cos((n + seed) * 0.217))
        high = round(122 * level * wobble)
        found.append((-round(high * (0.86 + 0.14 * math.sin(n))), high))
    return tuple(found)


PLAN = (
    ("Intro", 8, 0.35),
    ("Verse", 16, 0.55),
    ("Chorus", 16, 0.92),
    ("Verse", 16, 0.6),
    ("Chorus", 16, 0.95),
    ("Coda", 8, 0.4),
)


def voice(part: str, bar_ms: int, plan: tuple[tuple[str, int, float], ...], **said: str) -> v.VoiceView:
    sections, bar, shape = [], 0, []
    for label, bars, level in plan:
        sections.append(v.SectionMark(label, bar * bar_ms, (bar + bars) * bar_ms))
        bar += bars
        shape += [level] * bars
    return v.VoiceView(
        id=said.get("id", "rec_1"),
        part=part,  # type: ignore[arg-type]
        title=said["title"],
        by=said["by"],
        duration_ms=bar * bar_ms,
        peaks=peaks(len(part), tuple(shape)),
        audio_url=said.get("audio", ""),
        tempo=said["tempo"],
        key=said["key"],
        loudness=said["loudness"],
        beats_ms=tuple(range(0, bar * bar_ms, bar_ms // 4)),
        downbeats_ms=tuple(range(0, bar * bar_ms, bar_ms)),
        sections=tuple(sections),
    )


ORIGINAL = voice(
    "original",
    2000,
    PLAN,
    title="Night Ferry",
    by="Ada Moreau",
    tempo="120 BPM",
    key="A minor",
    loudness="−12.6 LUFS",
    audio="/audio/original.wav",
)
REMIX_PLAN = (
    ("Chorus", 16, 0.9),
    ("Intro", 8, 0.5),
    ("Verse", 16, 0.7),
    ("Chorus", 16, 0.98),
    ("Verse", 16, 0.72),
    ("Coda", 8, 0.45),
)
REMIX = voice(
    "derivative",
    1852,
    REMIX_PLAN,
    id="rec_2",
    title="Night Ferry (Tidal Remix)",
    by="Noor El-Amin",
    tempo="129.6 BPM",
    key="B minor",
    loudness="−14.0 LUFS",
    audio="/audio/remix.wav",
)


def passages() -> tuple[v.Passage, ...]:
    order = ((2, True), (0, True), (1, True), (4, True), (3, True), (5, False))
    found, bar = [], 0
    starts = [sum(bars for _, bars, _ in PLAN[:n]) for n in range(len(PLAN))]
    for index, moved in order:
        label, bars, _ = PLAN[index]
        found.append(
            v.Passage(
                bar * 1852, (bar + bars) * 1852, starts[index] * 2000, (starts[index] + bars) * 2000, label, moved
            )
        )
        bar += bars
    return tuple(found)


def holder(
    name: str,
    share: str,
    state: v.State = "yes",
    words: str = "Allows",
    since: date | None = date(2026, 2, 3),
    **more: str,
) -> v.HolderAnswer:
    return v.HolderAnswer(
        name,
        share,
        state,
        words,
        more.get("basis", "granted in person"),
        more.get("offer", "Fan remix, version 2"),
        since,
    )


SONG = v.SongView(
    id="rec_1",
    title="Night Ferry",
    version_title="",
    artist="Ada Moreau",
    isrc="FR-Z03-26-00001",
    year=2026,
    label="Harbour Lights Records",
    lines=("℗ 2026 Harbour Lights Records", "© 2026 Harbour Lights Records"),
    original=ORIGINAL,
    derivative=REMIX,
    passages=passages(),
    changes=(
        v.ChangeRow("Tempo", "+8 %", "−15 % to +15 % allowed", 1080, 850, 1150, 700, 1300, "yes"),
        v.ChangeRow("Key", "+2 semitones", "−3 to +3 semitones allowed", 200, -300, 300, -700, 700, "yes"),
        v.ChangeRow("Bars in another place", "62 %", "any order allowed", 620, 0, 1000, 0, 1000, "yes"),
        v.ChangeRow("Of the original kept", "84 %", "at least 60 %", 840, 600, 1000, 0, 1000, "yes"),
        v.ChangeRow("Loudness", "−14.0 LUFS", "−16 to −13 LUFS allowed", -1400, -1600, -1300, -2400, -600, "yes"),
        v.ChangeRow(
            "Voice",
            "could not be measured",
            "the voice stays as it is; a person looks at it",
            None,
            None,
            None,
            0,
            1,
            "ask",
        ),
    ),
    rights=(
        v.RightView(
            "M_USE", "Use the recording", "yes", "Everybody allows", (holder("Harbour Lights Records", "100 %"),)
        ),
        v.RightView(
            "C_ARR",
            "Rearrange the music",
            "yes",
            "Everybody allows",
            (
                holder("Ada Moreau", "50 %"),
                holder("Jonas Lindqvist", "25 %"),
                holder("Quayside Publishing", "25 %", basis="warranted, clause 4.2"),
            ),
        ),
        v.RightView(
            "P_MORAL",
            "Respect for the performance",
            "ask",
            "One asks first",
            (holder("Mira Okafor", "", "ask", "Asks first"), holder("Ada Moreau", "")),
        ),
        v.RightView(
            "C_LYR",
            "Change or translate the lyrics",
            "wait",
            "Nobody has answered",
            (holder("Jonas Lindqvist", "", "wait", "No answer yet", None, basis="", offer=""),),
        ),
    ),
    shares=tuple(
        v.ShareRow(party, side, share, where, date(2026, 1, 1), None, NOW)
        for party, side, share, where in (
            ("Harbour Lights Records", "Recording", "100 %", "Worldwide"),
            ("Ada Moreau", "Song", "50 %", "Worldwide"),
            ("Jonas Lindqvist", "Song", "25 %", "Worldwide"),
            ("Quayside Publishing", "Song", "25 %", "Worldwide ex Japan"),
        )
    ),
    credits=(
        v.CreditRow("Ada Moreau", "Main artist, writer"),
        v.CreditRow("Jonas Lindqvist", "Writer"),
        v.CreditRow("Mira Okafor", "Featured performer"),
    ),
    derivatives=(
        v.DerivativeRow(
            "rec_2",
            "Night Ferry (Tidal Remix)",
            "Noor El-Amin",
            "Remix",
            "yes",
            "Live",
            "FR-Z03-26-00002",
            eur(41237),
            "dec_1",
        ),
        v.DerivativeRow(
            "rec_3", "Night Ferry (Nightcore)", "Sasha", "Sped-up version", "wait", "Being cleared", "", None, "dec_2"
        ),
    ),
    parents=(),
    stems=(
        v.Fact("Drums", "in place"),
        v.Fact("Bass", "in place"),
        v.Fact("Harmony", "in place"),
        v.Fact("Lead", "in place"),
    ),
    provenance=v.ProvenanceView(
        "Trusted",
        "yes",
        "The file carries a signed record of what it was made from.",
        "No generative AI was used.",
        (
            v.Fact("Made from", "Night Ferry, FR-Z03-26-00001"),
            v.Fact("Signed by", "Harbour Lights Records"),
            v.Fact("Recipe", "3f9a…c71d"),
        ),
        (
            v.Link("FLAC", "/files/a.flac"),
            v.Link("MP3 preview", "/files/a.mp3"),
            v.Link("Delivery message", "/files/a.xml"),
        ),
    ),
)

CATALOGUE = v.CatalogueView(
    songs=(
        v.SongRow(
            "rec_1",
            "Night Ferry",
            "",
            "Ada Moreau",
            "FR-Z03-26-00001",
            2026,
            160_000,
            peaks(3, (0.3, 0.6, 0.9, 0.6, 0.95, 0.4), 140),
            "yes",
            "Open to remixes",
            2,
            eur(128_415),
        ),
        v.SongRow(
            "rec_4",
            "Salt on the Window",
            "Single version",
            "The Low Tides",
            "FR-Z03-25-00017",
            2025,
            211_000,
            peaks(9, (0.5, 0.7, 0.5, 0.8, 0.9), 140),
            "ask",
            "Mira Okafor asks first",
            0,
            None,
        ),
        v.SongRow(
            "rec_5",
            "Kittiwake",
            "",
            "Jonas Lindqvist",
            "",
            2024,
            187_000,
            peaks(21, (0.2, 0.35, 0.5, 0.8, 0.3), 140),
            "wait",
            "2 of 3 have answered",
            0,
            None,
        ),
    ),
    total=3,
    facts=(v.Fact("Recordings", "3"), v.Fact("Made from them", "2"), v.Fact("Last run", eur(128_415), "March 2026")),
    attention=(v.Link("38.20 EUR is held because a row found no recording", "/runs/run_1#held"),),
)

DECISION = v.DecisionView(
    id="dec_1",
    song=v.Link("Night Ferry", "/songs/rec_1"),
    question="May Noor El-Amin publish a remix of Night Ferry in Germany, Japan and the US, on Alpha and Beta?",
    state="yes",
    verdict="Yes, but not everywhere",
    answer="Yes in Germany and the United States. In Japan one publisher has not answered.",
    asked_by="Noor El-Amin",
    at=NOW,
    services=("Alpha", "Beta"),
    places=tuple(
        v.DecisionPlace(
            act,
            code,
            name,
            tuple(
                v.DecisionCell(
                    service, "wait" if code == "JP" else "yes", "No answer yet" if code == "JP" else "Allowed"
                )
                for service in ("Alpha", "Beta")
            ),
        )
        for act in ("Publish",)
        for code, name in (("DE", "Germany"), ("US", "United States"), ("JP", "Japan"))
    ),
    reasons=(
        v.ReasonView(
            "yes",
            "Harbour Lights Records allows remixes of the recording.",
            "Use the recording",
            "Harbour Lights Records",
            "worldwide",
            "Fan remix, version 2",
            "",
            None,
            "granted",
        ),
        v.ReasonView(
            "yes",
            "Ada Moreau, Jonas Lindqvist and Quayside Publishing allow the music to be rearranged.",
            "Rearrange the music",
            "three writers",
            "worldwide ex Japan",
            "Fan remix, version 2",
            "",
            None,
            "granted",
        ),
        v.ReasonView(
            "wait",
            "Sakura Music holds a share of the song in Japan and has not answered. Silence is no.",
            "Rearrange the music",
            "Sakura Music",
            "Japan",
            "",
            "JP-ARR",
            date(2026, 1, 1),
            "holder_silent",
        ),
        v.ReasonView(
            "no",
            "The tempo asked for is 22 % faster; the licence stops at 15 %.",
            "",
            "",
            "",
            "Fan remix, version 2",
            "",
            None,
            "bound_tempo",
        ),
    ),
    largest_scope="worldwide ex Japan, on Alpha and Beta",
    nearest=(v.NearestView("Tempo", "+22 %", "−15 % to +15 %", "+15 %"),),
    licence=v.LicenceView(
        "lic_1",
        "Noor El-Amin",
        NOW,
        "Germany and the United States, on Alpha and Beta",
        (
            v.Fact("Tempo", "−15 % to +15 %"),
            v.Fact("Key", "−3 to +3 semitones"),
            v.Fact("Voice", "stays as it is"),
            v.Fact("Noor's share", "43 %"),
        ),
        "key-2026-01",
        "9b1f2c77a0d1e55b3c",
        True,
        "Signature holds, and it is not revoked",
    ),
    derivative=v.Link("Night Ferry (Tidal Remix)", "/songs/rec_2"),
    content_hash="5ac3c0d1f2b94e77aa01",
)


def node(
    name: str, title: str, maker: str, words: str, state: v.State, state_words: str, cents: int | None
) -> v.TreeNode:
    return v.TreeNode(
        name, title, maker, words, state, state_words, None if cents is None else eur(cents), f"/songs/{name}"
    )


TREE = v.TreeView(
    v.Link("Night Ferry", "/songs/rec_1"),
    (
        node("rec_1", "Night Ferry", "Ada Moreau", "Original", "yes", "Live", 128_415),
        node("rec_2", "Night Ferry (Tidal Remix)", "Noor El-Amin", "Remix", "yes", "Live", 41_237),
        node("rec_3", "Night Ferry (Nightcore)", "Sasha", "Sped-up version", "wait", "Being cleared", None),
        node("rec_6", "Balsa Noturna", "Lia Prado", "Cover in Portuguese", "ask", "Awaiting a yes", None),
        node("rec_7", "Tidal Remix, Slowed", "Benoît", "Slowed-down version", "yes", "Live", 3_805),
        node("rec_8", "Ferry × Kittiwake", "DJ Marram", "Mash-up", "no", "Taken down", 212),
        node("rec_5", "Kittiwake", "Jonas Lindqvist", "Original", "yes", "Live", 9_400),
    ),
    tuple(
        v.TreeEdge(parent, child, share, f"{share} flows back")
        for parent, child, share in (
            ("rec_1", "rec_2", "57 %"),
            ("rec_1", "rec_3", "70 %"),
            ("rec_1", "rec_6", "60 %"),
            ("rec_2", "rec_7", "30 %"),
            ("rec_2", "rec_8", "20 %"),
            ("rec_5", "rec_8", "40 %"),
        )
    ),
    "rec_1",
)

RUN = m.RunView(
    id="run_1",
    period="2026-03",
    state="yes",
    state_words="Posted and closed",
    at=NOW,
    received=eur(128_415),
    parts=(
        m.Part("payable", "Payable", eur(104_690), "to 6 payees", "#payees"),
        m.Part("house", "Kept as commission", eur(19_902), "15 % of net receipts"),
        m.Part("held", "Held", eur(3_820), "2 rows with a question", "#held"),
        m.Part("carry", "Carried", v.Amount(30_000, "EUR"), "below one cent each"),
    ),
    balanced=True,
    next_title="Nothing more to do",
    next_words="The period is closed; what comes late is posted as a difference.",
    summary=(m.StepRow("Received", "", v.Exact(Fraction(128415, 100), "EUR"), "Settled by us, exchanged"),),
    steps=(
        m.StepRow("Received", "", v.Exact(Fraction(128415, 100), "EUR"), "Settled by us, exchanged"),
        m.StepRow("Commission", "Tidewater", v.Exact(Fraction(-19902, 100), "EUR"), "15 % of net receipts"),
        m.StepRow("Left to share", "Recording", v.Exact(Fraction(54257, 100), "EUR"), "After commission"),
        m.StepRow("Left to share", "Song", v.Exact(Fraction(16271, 97), "EUR"), "After commission"),
    ),
    services=(
        m.Part("payable", "Alpha", eur(91_002), "12,400 plays"),
        m.Part("derivative", "Beta", eur(37_413), "3,310 plays"),
    ),
    sources=(
        m.SourceRow("DSR_alpha_2026-03.tsv", "Alpha", 412, 411, (v.Exact(Fraction(91002, 100), "USD"),), "af01" * 16),
        m.SourceRow("beta-march.csv", "Beta", 66, 65, (v.Exact(Fraction(37413, 100), "EUR"),), "be02" * 16),
    ),
    suspense=(
        m.SuspenseRow(
            "unmatched",
            "No recording of this name or ISRC is known",
            "asked the service",
            eur(2_610),
            date(2026, 3, 31),
        ),
        m.SuspenseRow(
            "out_of_scope", "Played in Brazil, where the licence does not reach", "", eur(1_210), date(2026, 3, 31)
        ),
    ),
    payees=tuple(
        m.PayeeRow(name, role, eur(cents), eur(cents), "stt_1")
        for name, role, cents in (
            ("Harbour Lights Records", "label", 43_360),
            ("Ada Moreau", "artist, writer", 26_115),
            ("Noor El-Amin", "remixer", 21_412),
            ("Jonas Lindqvist", "writer", 7_003),
            ("Quayside Publishing", "publisher", 6_800),
        )
    ),
    facts=(
        v.Fact("Engine", "DuckDB 2.0"),
        v.Fact("Inputs", "77d0…1e4f"),
        v.Fact("Result", "0b9c…a213"),
        v.Fact("Rows read", "478"),
    ),
)
RUNS = (m.RunRow("run_1", "2026-03", "yes", "Posted and closed", eur(128_415), eur(104_690), NOW),)

LINES = tuple(
    m.StatementLineRow(
        n + 1,
        f"lin_{n}",
        title,
        service,
        territory,
        flow,
        units,
        share,
        v.Exact(Fraction(cents, 97), "EUR"),
        f"{cents} reported, of which 43 % by licence.",
        "usage",
        f"/statements/stt_1/lines/{n + 1}",
    )
    for n, (title, service, territory, flow, units, share, cents) in enumerate(
        (
            ("Night Ferry (Tidal Remix)", "Alpha", "Germany", "Streams", 5_120, "43 % as the remixer", 12_904),
            ("Night Ferry (Tidal Remix)", "Alpha", "United States", "Streams", 3_011, "43 % as the remixer", 6_107),
            ("Night Ferry (Tidal Remix)", "Beta", "Germany", "Streams", 1_204, "43 % as the remixer", 2_401),
        )
    )
)
STATEMENT = m.StatementView(
    "stt_1",
    "Noor El-Amin",
    "Remixer",
    "2026-03",
    eur(22_412),
    eur(21_412),
    v.Amount(0, "EUR"),
    eur(-1_000),
    v.Amount(0, "EUR"),
    "214.12 EUR is paid.",
    LINES,
    NOW,
    "c0ffee" * 10 + "beef",
    "decade" * 10 + "beef",
    14,
    True,
    (m.StepRow("How much was used", "Night Ferry · Alpha", v.Exact(Fraction(1203, 97), "EUR"), "more plays"),),
    (
        v.Link("PDF", "/statements/stt_1.pdf"),
        v.Link("CSV", "/statements/stt_1.csv"),
        v.Link("JSON", "/statements/stt_1.json"),
    ),
    (m.Part("payable", "Alpha", eur(19_011)), m.Part("derivative", "Beta", eur(2_401))),
)
STATEMENTS = tuple(
    m.StatementRow("stt_1", row.payee, row.role, "2026-03", row.amount, row.payable, NOW) for row in RUN.payees
)
LINE = m.LineView(
    "stt_1",
    "Noor El-Amin",
    LINES[0],
    tuple(
        m.UsageRow(
            "DSR_alpha_2026-03.tsv",
            17 + n,
            "Alpha",
            "Germany",
            f"{n + 1} March 2026",
            512,
            v.Exact(Fraction(3529, 100), "EUR"),
        )
        for n in range(6)
    ),
    10,
    (
        m.TraceStep("usage", "5,120 plays were reported", "Alpha reported these rows for the remix in Germany."),
        m.TraceStep(
            "money",
            "They brought 352.93 EUR",
            "After 15 % commission, 300.00 EUR is shared.",
            (v.Fact("Received", "352.93 EUR"), v.Fact("Commission", "52.94 EUR")),
        ),
        m.TraceStep(
            "share",
            "Noor's part is 43 %",
            "57 % flows back to Night Ferry: 40 % to the recording, 12 % to the song, 5 % to the voice.",
        ),
        m.TraceStep(
            "licence",
            "Because of the licence of 14 April 2026",
            "Shares are as frozen when the licence was granted.",
            (),
            v.Link("The decision and its reasons", "/decisions/dec_1"),
        ),
        m.TraceStep(
            "offer", "Which rests on three people's consent", "Fan remix, version 2, granted in person by each holder."
        ),
        m.TraceStep(
            "proof",
            "And is written down for good",
            "This line is a leaf under the statement's root, and the root is in the public log.",
        ),
    ),
    "aa" * 32,
    "c0ffee" * 10 + "beef",
    ("bb" * 32, "cc" * 32),
    True,
)
DECISIONS = (
    v.DecisionRow("dec_1", DECISION.question, "yes", "Yes in Germany and the United States", "Noor El-Amin", NOW),
    v.DecisionRow(
        "dec_2", "May Sasha speed Night Ferry up by 22 %?", "no", "No: the tempo stops at 15 %", "Sasha", NOW
    ),
)

MONEY_DESK: dict[str, Any] = {
    "pages": (("reports", "Reports", "/usage"), ("runs", "Runs", "/runs")),
    "section": "runs",
    "done": "",
    "may": {"run_royalties": True, "close_period": True, "take_in_usage": True},
}
"""What stands around every page of the desk of money."""
