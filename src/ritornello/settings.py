"""What an installation may set, read once at the edge (command line, web, worker) and passed inwards.

Every field is read from the environment with the prefix `RITORNELLO_` (`RITORNELLO_HOME=/srv/music`), or from a `.env`
file in the working folder. Without any of them everything lives in one folder and needs no server.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Literal

import fsspec
from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


def _usual_home() -> Path:
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "ritornello"


class Settings(BaseSettings):
    """The settings of one installation; unknown `RITORNELLO_` variables are left alone."""

    model_config = SettingsConfigDict(env_prefix="RITORNELLO_", env_file=".env", extra="ignore", frozen=True)

    home: Path = Field(
        default_factory=_usual_home,
        description="The folder that holds everything of a small installation: records, blobs, usage lake, keys.",
    )
    database_url: str = Field(
        default="",
        description="Where records rest: sqlite:///path or postgresql://user@host/name. Empty: records.sqlite in home.",
    )
    blob_url: str = Field(
        default="",
        description="Where audio and files rest: a folder or fsspec address (s3://bucket/path). Empty: blobs/ in home.",
    )
    lake: str = Field(
        default="",
        description="Where the usage lake (Parquet) rests: a folder or fsspec address (s3://bucket/path). "
        "Empty: lake/ in home.",
    )
    keys: Path | None = Field(
        default=None, description="The folder of the signing keys, readable by its owner only. Empty: keys/ in home."
    )
    ddex_schemas: Path | None = Field(
        default=None,
        description="The folder with DDEX's schemas; without it messages pass the semantic rules but no schema check.",
    )
    rights_rules: Path | None = Field(
        default=None, description="A dated table of territory rules of your own in place of the one that is shipped."
    )
    destinations: Path | None = Field(
        default=None,
        description="A dated file of destinations of your own beside those that are shipped; a row of the same id goes "
        "before. Empty: destinations.toml in home, where it is.",
    )
    host: str = Field(default="127.0.0.1", description="The address the web application listens on.")
    port: int = Field(default=8765, ge=0, le=65535, description="The port it listens on; 0 takes a free one.")
    base_url: str = Field(
        default="", description="How people reach the application (https://music.example). Empty: http://host:port."
    )
    secure_cookies: bool | None = Field(
        default=None, description="Send the session cookie over HTTPS only. Empty: yes when base_url is https."
    )
    session_hours: int = Field(default=12, ge=1, le=24 * 90, description="How long a sign-in lasts, in hours.")
    sign_in_link_minutes: int = Field(
        default=30, ge=1, le=24 * 60, description="How long a sign-in link may be used, in minutes; it works once."
    )
    upload_limit_mib: int = Field(default=512, ge=1, description="The largest file taken in through the web, in MiB.")
    index_density: Literal["full", "light"] | None = Field(
        default=None,
        description="What an index of sound is begun or made anew as: full, or light, in about a third of the bytes, "
        "which finds less. Empty: one that is there stays what it is, and a new one is full.",
    )
    neural_weights: Path | None = Field(
        default=None,
        description="The folder of trained models' weights, one folder for each provider. Empty: none is here.",
    )
    chat_address: str = Field(
        default="",
        description="A chat-completions interface that may read sentences too (https://host/v1). Empty: none is asked.",
    )
    chat_model: str = Field(default="", description="The model that is asked there, by its name.")
    chat_key: str = Field(default="", repr=False, description="The key that is sent to it, if it wants one.")
    workers: int = Field(default=1, ge=0, le=64, description="Worker threads beside the web application; 0: none.")
    job_lease_seconds: int = Field(
        default=120, ge=5, description="How long a worker may be silent before its job is given to another, in seconds."
    )
    log_format: Literal["auto", "console", "json"] = Field(
        default="auto", description="How logs are written: for people, for machines, or by whether a terminal reads."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="The least grave line that is logged."
    )

    @field_validator("blob_url", "lake")
    @classmethod
    def _can_be_reached(cls, address: str) -> str:
        """An address needs the package that speaks its protocol; a folder needs nothing."""
        protocol, _, place = address.partition("://")
        if not place:
            return address
        try:
            fsspec.get_filesystem_class(protocol)
        except ValueError:
            known = "s3://, gs:// and abfs://"
            raise ValueError(
                f"nothing here knows addresses of {protocol}://; name a folder, or one of {known}"
            ) from None
        except ImportError as missing:
            extra = "ritornello[s3]" if protocol in {"s3", "s3a"} else str(missing)
            raise ValueError(f"{protocol}:// needs a package that is not installed: {extra}") from None
        return address

    @model_validator(mode="after")
    def _model_and_address_together(self) -> Settings:
        if bool(self.chat_address) != bool(self.chat_model):
            raise ValueError("RITORNELLO_CHAT_ADDRESS and RITORNELLO_CHAT_MODEL are set together or not at all")
        return self

    @model_validator(mode="after")
    def _empty_means_in_home(self) -> Settings:
        home = self.home.expanduser().absolute()
        filled: dict[str, object] = {"home": home}
        if not self.database_url:
            filled["database_url"] = f"sqlite:///{home / 'records.sqlite'}"
        if not self.blob_url:
            filled["blob_url"] = str(home / "blobs")
        if not self.lake:
            filled["lake"] = str(home / "lake")
        elif "://" not in self.lake:
            filled["lake"] = str(Path(self.lake).expanduser().absolute())
        if self.keys is None:
            filled["keys"] = home / "keys"
        for name, value in filled.items():
            object.__setattr__(self, name, value)
        return self

    @property
    def key_folder(self) -> Path:
        """The folder of the signing keys."""
        return self.keys if self.keys is not None else self.home / "keys"

    @property
    def address(self) -> str:
        """How people reach the application, without a closing slash."""
        return (self.base_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def cookies_over_https_only(self) -> bool:
        return self.address.startswith("https://") if self.secure_cookies is None else self.secure_cookies

    @property
    def session_length(self) -> timedelta:
        return timedelta(hours=self.session_hours)

    @property
    def sign_in_link_length(self) -> timedelta:
        return timedelta(minutes=self.sign_in_link_minutes)

    @property
    def job_lease(self) -> timedelta:
        return timedelta(seconds=self.job_lease_seconds)
