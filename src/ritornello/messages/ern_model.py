"""What a NewReleaseMessage says, as frozen records: parties, recordings, pictures, one release with its tracks, deals.

Only what a derivative needs is here. References (`P1`, `A1`, `R0`, `T1`) tie the records together as in the message;
the check finds those that point nowhere. Consent to derive is not expressible in ERN and is not smuggled in: the
deal's territories and services are the licence's scope, everything else about consent stays in our own records.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

VERSION = "4.3.2"
NAMESPACE = "http://ddex.net/xml/ern/432"
AVS_VERSION = "9"

AiShare = Literal["All", "Partly", "None"]
Parental = Literal["Explicit", "ExplicitContentEdited", "NotExplicit", "NoAdviceAvailable", "Unknown"]
Special = Literal["GenerativeAI", "Traditional", "VariousArtists"]


@dataclass(frozen=True, slots=True)
class MessagingParty:
    """Who sends or receives, by DDEX party id (DPID)."""

    dpid: str
    name: str


@dataclass(frozen=True, slots=True)
class Header:
    """`created_at` is aware; `test` marks a message that must not be acted upon."""

    message_id: str
    thread_id: str
    sender: MessagingParty
    recipients: tuple[MessagingParty, ...]
    created_at: datetime
    on_behalf_of: MessagingParty | None = None
    test: bool = False


@dataclass(frozen=True, slots=True)
class Party:
    """An artist, contributor, label or service, known in this message by its reference."""

    reference: str
    name: str
    dpid: str | None = None
    isni: str | None = None
    ipi: str | None = None


@dataclass(frozen=True, slots=True)
class Title:
    """`version` is shown as subtitle of type Version: "Return (Fan Remix)"."""

    text: str
    version: str | None = None

    @property
    def shown(self) -> str:
        return f"{self.text} ({self.version})" if self.version else self.text


@dataclass(frozen=True, slots=True)
class DisplayArtist:
    party: str
    role: Literal["MainArtist", "FeaturedArtist", "Artist"] = "MainArtist"


@dataclass(frozen=True, slots=True)
class Contributor:
    """A party by reference, or a special contributor (then `party` is None). `ai` says how much of this contribution
    generative AI made; None says nothing. `own_roles` are those that the standard's value set does not have, as
    (namespace: a DPID, role)."""

    roles: tuple[str, ...]
    party: str | None = None
    special: Special | None = None
    ai: AiShare | None = None
    own_roles: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a source, in milliseconds: where it starts there, and how much of it is used."""

    start_ms: int
    used_ms: int


@dataclass(frozen=True, slots=True)
class Related:
    """A relation to another recording: HasContentFrom, IsCoverOf, IsSpedUpOf, ContainsSamplesFrom … by ISRC, or to one
    in this message by reference."""

    kind: str
    isrc: str | None = None
    reference: str | None = None
    stretches: tuple[Stretch, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A ℗ or © line."""

    year: int
    company: str

    def text(self, mark: str) -> str:
        return f"{mark} {self.year} {self.company}"


@dataclass(frozen=True, slots=True)
class DeliveredFile:
    """A file that travels with the message: its path in the package, SHA-256 (hex) and size in bytes."""

    uri: str
    sha256: str
    size: int
    reference: str
    codec: str | None = None
    sampling_rate: int | None = None
    bits_per_sample: int | None = None
    channels: int | None = None


@dataclass(frozen=True, slots=True)
class SoundRecording:
    reference: str
    isrc: str
    title: Title
    artist_name: str
    artists: tuple[DisplayArtist, ...]
    duration_ms: int
    p_line: Line
    contributors: tuple[Contributor, ...] = ()
    version_types: tuple[str, ...] = ()
    iswcs: tuple[str, ...] = ()
    proprietary_ids: tuple[tuple[str, str], ...] = ()  # (namespace: a DPID, id)
    related: tuple[Related, ...] = ()
    parental: Parental = "NoAdviceAvailable"
    contains_ai: AiShare = "None"
    is_cover: bool | None = None
    is_instrumental: bool | None = None
    language: str | None = None
    files: tuple[DeliveredFile, ...] = ()
    kind: str = "MusicalWorkSoundRecording"


@dataclass(frozen=True, slots=True)
class Image:
    """Artwork, with an AI flag of its own."""

    reference: str
    proprietary_id: tuple[str, str]
    c_line: Line | None = None
    kind: str = "FrontCoverImage"
    parental: Parental = "NotExplicit"
    contains_ai: AiShare = "None"
    file: DeliveredFile | None = None


@dataclass(frozen=True, slots=True)
class ReleaseId:
    """GRid, ICPN (UPC/EAN) or proprietary ids under the sender's DPID; at least one."""

    grid: str | None = None
    icpn: str | None = None
    catalogue_number: str | None = None
    proprietary_ids: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Release:
    reference: str
    id: ReleaseId
    title: Title
    artist_name: str
    artists: tuple[DisplayArtist, ...]
    label: str
    p_line: Line
    c_line: Line
    genre: str
    resources: tuple[str, ...]
    cover: str | None = None
    kind: str = "Single"
    release_date: date | None = None
    original_release_date: date | None = None
    parental: Parental = "NoAdviceAvailable"
    contains_ai: AiShare = "None"
    version_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrackRelease:
    reference: str
    id: ReleaseId
    resource: str
    label: str
    genre: str


@dataclass(frozen=True, slots=True)
class ClaimPolicy:
    """What a service does with matched user uploads: above `least_percent` of the recording, if given."""

    kind: Literal["BlockAccess", "Monetize", "ReportUsage"]
    least_percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Deal:
    """What may be done with releases: where (territory codes, or everywhere but the excluded ones), from and until when
    (both days included), how, and through whom."""

    releases: tuple[str, ...]
    start: date
    end: date | None = None
    territories: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    models: tuple[str, ...] = ("SubscriptionModel", "AdvertisementSupportedModel")
    uses: tuple[str, ...] = ("OnDemandStream", "NonInteractiveStream")
    channels: tuple[MessagingParty, ...] = ()
    claim_policies: tuple[ClaimPolicy, ...] = ()


@dataclass(frozen=True, slots=True)
class NewReleaseMessage:
    header: Header
    parties: tuple[Party, ...]
    recordings: tuple[SoundRecording, ...]
    release: Release
    track_releases: tuple[TrackRelease, ...]
    deals: tuple[Deal, ...]
    images: tuple[Image, ...] = ()
    language: str = "en"
    avs_version: str = AVS_VERSION
    profile: str | None = "Audio"
    comments: tuple[str, ...] = field(default=())
