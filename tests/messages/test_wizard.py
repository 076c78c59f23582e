"""The mapping wizard: right for the known dialects with their headers shuffled and renamed; asks what it cannot
know."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ritornello.messages import sheets, wizard
from ritornello.messages.dialects import BELIEVE, DIALECTS, DISTROKID, YOUTUBE, Dialect, Meaning

# other words that senders use for the same columns; the first is the dialect's own
WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "distrokid": {
        "Reporting Date": ("Report Date", "Statement Date", "Accounting date"),
        "Sale Month": ("Usage Month", "Sales Period", "Activity Month", "Consumption Month"),
        "Store": ("DSP", "Service", "Retailer", "Platform"),
        "Artist": ("Artist Name", "Main Artist", "Performer"),
        "Title": ("Track", "Song Title", "Track Name"),
        "ISRC": ("ISRC Code", "Track ISRC"),
        "UPC": ("Barcode", "EAN", "UPC/EAN"),
        "Quantity": ("Units", "Streams", "Qty", "Number of Plays"),
        "Team Percentage": ("Split %", "Share %"),
        "Song/Album": ("Product Type", "Kind"),
        "Country of Sale": ("Territory", "Country", "Sales Territory", "Market"),
        "Songwriter Royalties Withheld": ("Mechanicals withheld", "Withheld for writers"),
        "Earnings (USD)": ("Net Earnings (USD)", "Royalty (USD)", "Amount Due (USD)", "Your Earnings (USD)"),
    },
    "believe": {
        "Reporting month": ("Accounting Period", "Statement period", "Reporting Period"),
        "Sales Month": ("Usage Period", "Sale Month", "Transaction Month"),
        "Platform": ("Store", "Streaming Service", "DSP"),
        "Country / Region": ("Territory", "Country/Region", "Sale Country"),
        "Label Name": ("Label", "Imprint"),
        "Artist Name": ("Artist", "Display Artist"),
        "Release title": ("Album", "Album Title", "Product Title"),
        "Track title": ("Song", "Track Name", "Recording title"),
        "UPC": ("Barcode", "EAN"),
        "ISRC": ("ISRC Code",),
        "Release Catalog nb": ("Catalogue number", "Cat No"),
        "Streaming Subscription Type": ("Subscription", "Tier"),
        "Release type": ("Format", "Product type"),
        "Sales Type": ("Usage Type", "Transaction Type"),
        "Quantity": ("Units", "Total Streams"),
        "Client Payment Currency": ("Currency", "Payment Currency"),
        "Unit Price": ("Price per unit", "PPD"),
        "Mechanical Fee": ("Mechanical deduction",),
        "Gross Revenue": ("Gross Amount", "Gross Income"),
        "Client share rate": ("Share rate", "Deal rate"),
        "Net Revenue": ("Net Amount", "Net Payable", "Net Earnings"),
    },
    "youtube": {
        "Adjustment Type": ("Correction Type", "Adjustment"),
        "Country": ("Territory", "Country Code"),
        "Day": ("Date", "Usage Date", "Activity Date"),
        "Asset ID": ("Resource ID", "Track ID"),
        "Asset Title": ("Title", "Track Title"),
        "Artist": ("Artist Name", "Performer"),
        "Owned Views": ("Views", "Total Views"),
        "Partner Revenue": ("Net Revenue", "Earnings", "Total Partner Revenue"),
        "Content Type": ("Usage Type", "Type of use"),
    },
}
EXPECTED: dict[str, tuple[Meaning, ...]] = {
    "distrokid": ("use_period", "reporting_period", "service", "territory", "title", "artist", "isrc", "upc", "units"),
    "believe": ("use_period", "reporting_period", "service", "territory", "title", "artist", "isrc", "upc", "currency"),
    "youtube": ("use_period", "territory", "title", "artist", "isrc", "units", "proprietary_id", "amount"),
}


def rows_of(dialect: Dialect, random: Random, count: int = 40) -> list[dict[str, str]]:
    """Rows as such a sheet has them, every column filled as the real one is."""
    places = (
        ["DE", "US", "FR", "JP", "GB", "BR"] if dialect is not BELIEVE else ["Germany", "France", "Japan", "Brazil"]
    )
    rows = []
    for _ in range(count):
        song = random.randrange(1000, 1030)
        net, price = random.randrange(1, 90_000), random.randrange(1, 900)
        audio, visual = random.randrange(0, 5_000), random.randrange(0, 5_000)
        common = {
            "ISRC": f"DEA4526{song:05d}",
            "UPC": "036000291452",
            "Artist": f"Artist {song % 7}",
            "Artist Name": f"Artist {song % 7}",
        }
        if dialect is DISTROKID:
            rows.append(
                common
                | {
                    "Reporting Date": "2026-08-12",
                    "Sale Month": random.choice(["2026-06", "2026-07"]),
                    "Store": random.choice(["Spotify", "Deezer", "Apple Music"]),
                    "Title": f"Song {song}",
                    "Quantity": str(random.randrange(1, 4000)),
                    "Team Percentage": "100",
                    "Song/Album": "Song",
                    "Country of Sale": random.choice(places),
                    "Songwriter Royalties Withheld": f"0.{random.randrange(10):02d}",
                    "Earnings (USD)": f"{net / 10_000:.7f}",
                }
            )
        elif dialect is BELIEVE:
            rows.append(
                common
                | {
                    "Reporting month": "2026-08",
                    "Sales Month": random.choice(["2026-06", "2026-07"]),
                    "Platform": random.choice(["Spotify", "Deezer", "Napster"]),
                    "Country / Region": random.choice(places),
                    "Label Name": "Saltmarsh",
                    "Release title": f"Album {song % 5}",
                    "Track title": f"Song {song}",
                    "Release Catalog nb": f"SM{song % 5:03d}",
                    "Streaming Subscription Type": random.choice(["Premium", "Freemium"]),
                    "Release type": "Single",
                    "Sales Type": random.choice(["Stream", "Download"]),
                    "Quantity": str(random.randrange(1, 4000)),
                    "Client Payment Currency": "EUR",
                    "Unit Price": f"0,00{price:03d}",
                    "Mechanical Fee": "0,00",
                    "Gross Revenue": f"{net / 8_000:.6f}".replace(".", ","),
                    "Client share rate": "80,00%",
                    "Net Revenue": f"{net / 10_000:.6f}".replace(".", ","),
                }
            )
        else:
            rows.append(
                common
                | {
                    "Country": random.choice(places),
                    "Day": f"202607{random.randrange(1, 29):02d}",
                    "Video ID": f"v{random.randrange(10**9)}x",
                    "Video Channel ID": "UCabc",
                    "Asset ID": f"A{random.randrange(10**15)}",
                    "Asset Channel ID": "UCxyz",
                    "Asset Title": f"Song {song}",
                    "Asset Type": "Sound Recording",
                    "Album": f"Album {song % 5}",
                    "Label": "Saltmarsh",
                    "Claim Type": "ATV",
                    "Content Type": "UGC",
                    "Offer": "ads",
                    "Owned Views": str(audio + visual + random.randrange(50)),
                    "Monetized Views : Audio": str(audio),
                    "Monetized Views : Audio Visual": str(visual),
                    "Monetized Views": str(audio + visual),
                    "YouTube Revenue Split": f"{price / 1000:.6f}",
                    "Partner Revenue : Pro Rata": f"{net / 10_000:.6f}",
                    "Partner Revenue : Per Sub Min": f"{price / 10_000:.6f}",
                    "Partner Revenue": f"{(net + price) / 10_000:.6f}",
                }
            )
    return rows


def sheet(dialect: Dialect, names: dict[str, str], order: Sequence[str], random: Random) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=random.choice([",", ";", "\t"]))
    writer.writerow(["Royalty report"])
    writer.writerow([])
    writer.writerow([names.get(header, header) for header in order])
    for row in rows_of(dialect, random):
        writer.writerow([row.get(header, "") for header in order])
    writer.writerow(["Total", *[""] * (len(order) - 1)])
    return out.getvalue().encode()


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
@settings(max_examples=20, phases=[Phase.explicit, Phase.generate])
@given(random=st.randoms(use_true_random=False))
def test_the_known_dialects_shuffled_and_renamed(dialect: Dialect, random: Random) -> None:
    words = WORDS[dialect.name]
    names = {header: random.choice((header, *others)) for header, others in words.items()}
    order = random.sample(dialect.header, len(dialect.header))
    content = sheet(dialect, names, order, random)
    proposal = wizard.propose(content, "sheet.csv")
    got = {guess.meaning: guess.header for guess in proposal.guesses}
    for meaning in {*EXPECTED[dialect.name], "amount"}:
        own = dialect.columns[meaning][0]
        assert got.get(meaning) == names.get(own, own), (meaning, got)
    assert proposal.layout.header_row == 3 and proposal.missing == ()
    if "service" not in got:  # a sheet about one service names it nowhere, and money must not come in from nobody
        with pytest.raises(sheets.SheetError, match="which one the sheet is about"):
            proposal.confirm("mine", "Mine", currency="USD")
    confirmed = proposal.confirm("mine", "Mine", currency="USD", service=None if "service" in got else "youtube")
    layout = sheets.recognise(content, "sheet.csv", [confirmed])
    assert layout is not None and layout.dialect == "mine"
    read = sheets.read(content, "sheet.csv", layout)
    assert len(read.rows) == 40 and not [found for found in read.findings if found.severity == "error"]


def test_a_confirmed_mapping_knows_next_months_sheet_in_another_order() -> None:
    random = Random(1)
    names = {"Title": "Songname"}
    proposal = wizard.propose(sheet(DISTROKID, names, DISTROKID.header, random), "july.csv")
    mine = proposal.confirm("mine", "My distributor", changed={"title": "Songname"})
    mine = Dialect.from_document(mine.to_document())
    shuffled = random.sample(DISTROKID.header, len(DISTROKID.header))
    august = sheet(DISTROKID, names, shuffled, random)
    layout = sheets.recognise(august, "august.csv", [mine])
    assert layout is not None and layout.header_of("title") == "Songname"


def test_what_only_a_person_can_say_is_asked() -> None:
    header = "Date;Territory;Track;ISRC;Plays;Net\n"
    text = f"{header}01/07/2026;DE;Song;DEA452600001;10;1,234\n02/08/2026;US;Song;DEA452600001;1;2,345\n"
    proposal = wizard.propose(text.encode(), "x.csv")
    assert len(proposal.questions) == 4
    day_first = text.replace("01/07", "31/07")
    assert wizard.propose(day_first.encode(), "x.csv").layout.day_first is True


def test_a_header_that_says_nothing_is_read_by_its_values() -> None:
    """No word of this header is known: what its look tells is proposed, and the rest is asked."""
    places = ["DE", "FR", "US", "CH", "AT", "DE", "GB", "ES"]
    rows = [f"2026-0{1 + n};{land};Song {n};DEAB1260000{n};{n}0;{n}.50" for n, land in enumerate(places)]
    content = "\n".join(["zz1;zz2;zz3;zz4;zz5;zz6", *rows]).encode()
    proposal = wizard.propose(content, "x.csv")
    assert {guess.meaning: guess.header for guess in proposal.guesses} == {
        "use_period": "zz1",
        "territory": "zz2",
        "isrc": "zz4",
        "units": "zz5",
        "amount": "zz6",
    }
    assert proposal.missing == ("title",) and len(proposal.questions) == 2
    mine = proposal.confirm("mine", "Mine", changed={"title": "zz3"}, currency="EUR", service="alpha")
    layout = sheets.recognise(content, "x.csv", [mine])
    assert layout is not None
    read = sheets.read(content, "x.csv", layout)
    assert len(read.rows) == 8 and not read.findings


def test_the_words_of_another_language_are_read_by_their_values() -> None:
    """A header in German that the wizard has words for in part only; places and amounts as a German office writes."""
    rows = [
        f"Jul 2026;{one}"
        for one in (
            "Deutschland;Night Ferry;DEAB12600002;1.200;EUR;12,40",
            "Schweiz;Night Ferry;DEAB12600002;300;CHF;(4,10)",
        )
    ]
    header = "Monat;Land;Stück;Kennung;Abrufe;Währung;Anteil Label"
    proposal = wizard.propose("\n".join([header, *rows]).encode("cp1252"), "bay.csv")
    found = {guess.meaning: guess.header for guess in proposal.guesses}
    assert (found["use_period"], found["territory"], found["isrc"]) == ("Monat", "Land", "Kennung")
    assert (found["currency"], found["amount"], found["units"]) == ("Währung", "Anteil Label", "Abrufe")
    assert proposal.missing == ("title",)


def test_a_mapping_needs_period_and_amount() -> None:
    proposal = wizard.propose(b"Track,ISRC,Country,Plays,Artist\nSong,DEA452600001,DE,4,Somebody\n", "x.csv")
    assert set(proposal.missing) == {"use_period", "amount"}
    with pytest.raises(sheets.SheetError, match="use_period and amount"):
        proposal.confirm("x", "X")
    with pytest.raises(sheets.SheetError, match="no column of this sheet"):
        proposal.confirm("x", "X", changed={"amount": "Money"})


@pytest.mark.parametrize("content", [b"", b"1,2,3\n4,5,6\n", b"Track,ISRC,Country,Plays,Net Revenue\n", b"PK\x03\x04"])
def test_what_is_no_sheet_is_refused(content: bytes) -> None:
    with pytest.raises(sheets.SheetError):
        wizard.propose(content, "x.csv")


def test_youtube_parts_are_not_taken_for_the_amount() -> None:
    content = sheet(YOUTUBE, {"Partner Revenue": "Revenue"}, YOUTUBE.header, Random(3))
    got = {guess.meaning: guess.header for guess in wizard.propose(content, "y.csv").guesses}
    assert got["amount"] == "Revenue"
