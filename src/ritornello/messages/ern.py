"""DDEX ERN 4.3.2, outbound: records of a derivative's release, written, held against the schema and against the field.

message = NewReleaseMessage(...)         what is said (`ern_model`)
content = write(message)                 the same bytes for the same records (`ern_write`)
validate_schema(content, folder)         the standard's own schema, where its folder is configured (`ern_schema`)
check(message, consent=scope)            what the schema accepts and the field does not (`ern_check`)
message, left_out = read(content)        records again, of what somebody wrote (`ern_read`)
"""

from __future__ import annotations

from ritornello.messages.ern_check import ConsentScope, check
from ritornello.messages.ern_model import (
    AVS_VERSION,
    NAMESPACE,
    VERSION,
    AiShare,
    ClaimPolicy,
    Contributor,
    Deal,
    DeliveredFile,
    DisplayArtist,
    Header,
    Image,
    Line,
    MessagingParty,
    NewReleaseMessage,
    Parental,
    Party,
    Related,
    Release,
    ReleaseId,
    SoundRecording,
    Stretch,
    Title,
    TrackRelease,
)
from ritornello.messages.ern_read import UnreadableMessage, read
from ritornello.messages.ern_schema import PINNED, SchemaError, validate_schema
from ritornello.messages.ern_write import duration, write

__all__ = [
    "AVS_VERSION",
    "NAMESPACE",
    "PINNED",
    "VERSION",
    "AiShare",
    "ClaimPolicy",
    "ConsentScope",
    "Contributor",
    "Deal",
    "DeliveredFile",
    "DisplayArtist",
    "Header",
    "Image",
    "Line",
    "MessagingParty",
    "NewReleaseMessage",
    "Parental",
    "Party",
    "Related",
    "Release",
    "ReleaseId",
    "SchemaError",
    "SoundRecording",
    "Stretch",
    "Title",
    "TrackRelease",
    "UnreadableMessage",
    "check",
    "duration",
    "read",
    "validate_schema",
    "write",
]
