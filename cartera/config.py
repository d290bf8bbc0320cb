"""Settings: the one reader of the environment, and the companies' profiles.

Environment (`CARTERA_*`) decides where things live; `$CARTERA_HOME/cartera.toml` says who the
companies are. Importable without either.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from cartera import keys
from cartera.errors import ConfigError

Basis = Literal["due_date", "issue_date"]
DEFAULT_COMPANY = "main"
COOKIE_SECRET_LENGTH = 32
#: This machine itself, however it is written.
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Company(BaseModel):
    """Who invoices: what stands on the letterhead, and how its figures are cut."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = DEFAULT_COMPANY
    name: str = "Mi empresa"
    tax_id: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""
    website: str = ""
    country: str = "CO"
    language: Literal["es", "en"] = "es"
    timezone: str = "America/Bogota"
    currency: str = "COP"
    #: Upper limits in days of the overdue ranges; the last range is open ("90+").
    buckets: tuple[int, ...] = (30, 60, 90)
    aging_basis: Basis = "due_date"
    #: Days that a client's private link lives after the last due date on the statement.
    link_days: int = Field(default=30, ge=1, le=120)
    #: Last day of the closed books (ISO); rows that would change its figures wait. Empty: open.
    closed_until: str = ""
    #: Days that files are kept after they were loaded; 0: for good, so that the lake can be made
    #: anew from them.
    keep_files_days: int = Field(default=0, ge=0, le=36_600)
    #: Accent colour (`#rrggbb`) and logo (PNG, JPEG or SVG; relative to CARTERA_HOME).
    color: str = "#1f6f6b"
    logo: str = ""

    @field_validator("id")
    @classmethod
    def _as_keys_are(cls, value: str) -> str:
        return keys.normal(value)

    @field_validator("buckets")
    @classmethod
    def _ascending(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if not value or list(value) != sorted(set(value)) or value[0] < 1 or len(value) > 12:
            raise ValueError("1 to 12 ascending limits in days, for example 30, 60, 90")
        return value

    @field_validator("closed_until", mode="before")
    @classmethod
    def _day_or_empty(cls, value: object) -> object:
        return "" if value in ("", None) else date.fromisoformat(str(value)).isoformat()

    @field_validator("color")
    @classmethod
    def _hex_colour(cls, value: str) -> str:
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
            raise ValueError("a colour such as #1f6f6b")
        return value


class Settings(BaseSettings):
    """Where things live. Every field is an environment variable with the prefix `CARTERA_`."""

    model_config = SettingsConfigDict(
        env_prefix="CARTERA_",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,  # an error never repeats a secret
    )

    #: Folder where all state lives.
    home: Path = Path(".cartera")
    #: DuckLake catalog: `sqlite:PATH` or `postgres:CONNECTION STRING`; default: a file in home.
    catalog: str = ""
    #: Where Parquet files live: a folder or `s3://bucket/prefix`; default: `lake` in home.
    lake: str = ""
    #: Where loaded files are kept: a folder or `s3://bucket/prefix`; default: `files` in home, or
    #: beside the lake (`s3://bucket/prefix-files`) where that is in an object store.
    files: str = ""
    #: SQLAlchemy URL of the store; default: a SQLite file in home.
    store: str = ""
    #: Company that is meant when none is named; default: the only one of cartera.toml, or "main".
    company: str = ""
    #: Public addresses, as people reach them (links are built from `client_url`).
    client_url: str = "http://127.0.0.1:8502"
    staff_url: str = "http://127.0.0.1:8501"
    #: Staff's sessions: hours that one lives, and minutes that it lives without use.
    session_hours: int = Field(default=12, ge=1, le=720)
    session_idle_minutes: int = Field(default=120, ge=1, le=43_200)
    #: Signing in with the company's own accounts (OpenID Connect); all four, or none.
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_metadata_url: str = ""
    #: Signs the cookies that live between our page and the provider's; 32 characters or more.
    cookie_secret: SecretStr = SecretStr("")
    #: How mail leaves: `smtp`, `folder` (files that nobody gets: the demo) or `off` (it waits);
    #: empty: smtp where CARTERA_SMTP_HOST is set, else off.
    mail: Literal["", "off", "folder", "smtp"] = ""
    #: The server that takes our mail; port 0 is the usual one of its security.
    smtp_host: str = ""
    smtp_port: int = Field(default=0, ge=0, le=65_535)
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    #: Conversations with it at a time, in one sending process.
    smtp_connections: int = Field(default=3, ge=1, le=50)
    #: Where delivery reports go: `rebotes@empresa.co` becomes `rebotes+ID@empresa.co` for each
    #: message; empty: to the sender.
    bounce_address: str = ""
    #: The mailbox that they are read from: IMAP, or a Maildir on this machine.
    imap_host: str = ""
    imap_port: int = Field(default=0, ge=0, le=65_535)
    imap_user: str = ""
    imap_password: SecretStr = SecretStr("")
    imap_security: Literal["starttls", "tls", "none"] = "tls"
    imap_folder: str = "INBOX"
    bounce_maildir: str = ""
    #: File with the certificates that mail servers are checked against; empty: the system's own.
    mail_ca: str = ""
    #: Where the folder transport writes; default: `mail` in home.
    mail_folder: str = ""
    #: Memory that one DuckDB may use, and its threads (0: all cores).
    memory: str = "2GB"
    threads: int = 0

    @model_validator(mode="after")
    def _oidc_is_whole(self) -> Settings:
        secret = self.cookie_secret.get_secret_value()
        parts = (self.oidc_client_id, self.oidc_client_secret.get_secret_value())
        if not any((*parts, self.oidc_metadata_url)):
            return self
        if not all((*parts, self.oidc_metadata_url, secret)):
            raise ValueError(
                "signing in with OpenID Connect needs CARTERA_OIDC_CLIENT_ID,"
                " CARTERA_OIDC_CLIENT_SECRET, CARTERA_OIDC_METADATA_URL and CARTERA_COOKIE_SECRET"
            )
        if len(secret) < COOKIE_SECRET_LENGTH:
            raise ValueError(
                f"CARTERA_COOKIE_SECRET needs at least {COOKIE_SECRET_LENGTH} characters"
            )
        address = urlsplit(self.oidc_metadata_url)
        if address.scheme != "https" and address.hostname not in LOOPBACK:
            raise ValueError("CARTERA_OIDC_METADATA_URL must be an https address")
        return self

    @model_validator(mode="after")
    def _mail_is_whole(self) -> Settings:
        if self.mail == "smtp" and not self.smtp_host:
            raise ValueError("CARTERA_MAIL=smtp needs CARTERA_SMTP_HOST")
        for name in ("smtp", "imap"):
            host, user = getattr(self, f"{name}_host"), getattr(self, f"{name}_user")
            in_clear = getattr(self, f"{name}_security") == "none" and host not in LOOPBACK
            if user and in_clear:
                raise ValueError(
                    f"CARTERA_{name.upper()}_SECURITY=none would send the password in clear:"
                    " starttls or tls"
                )
        if self.bounce_address and not re.fullmatch(r"[^\s@+<>,]+@[^\s@<>,]+", self.bounce_address):
            raise ValueError("CARTERA_BOUNCE_ADDRESS takes an address such as rebotes@empresa.co")
        return self

    @property
    def mail_transport(self) -> Literal["off", "folder", "smtp"]:
        """How mail leaves this installation."""
        return self.mail or ("smtp" if self.smtp_host else "off")

    @property
    def mail_path(self) -> Path:
        """Where the folder transport writes."""
        return Path(self.mail_folder).expanduser() if self.mail_folder else self.root / "mail"

    @property
    def has_oidc(self) -> bool:
        """Whether people can sign in with the company's own accounts."""
        return bool(self.oidc_client_id)

    @cached_property
    def root(self) -> Path:
        """Absolute `home`."""
        return self.home.expanduser().resolve()

    @property
    def inbox(self) -> Path:
        """Folder that the pipeline watches."""
        return self.root / "inbox"

    @property
    def catalog_uri(self) -> str:
        """What DuckLake attaches, without the `ducklake:` in front."""
        return self.catalog or f"sqlite:{self.root / 'catalog.sqlite'}"

    @property
    def lake_path(self) -> str:
        """Data path of the lake."""
        return self.lake or str(self.root / "lake")

    @property
    def files_path(self) -> str:
        """Where loaded files are kept; never in the lake's folder, which the client app reads."""
        if self.files:
            return self.files
        if re.match("s3://[^/]+/.", self.lake):
            return f"{self.lake.rstrip('/')}-files"
        return str(self.root / "files")

    @property
    def store_url(self) -> str:
        """SQLAlchemy URL of the store."""
        return self.store or f"sqlite:///{self.root / 'store.sqlite'}"

    @cached_property
    def companies(self) -> dict[str, Company]:
        """Companies of `cartera.toml`, by id (table `[company.ID]`); empty without the file."""
        path = self.root / "cartera.toml"
        if not path.exists():
            return {}
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
            return {
                key: Company(id=key, **values) for key, values in raw.get("company", {}).items()
            }
        except (tomllib.TOMLDecodeError, ValidationError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: {error}") from error

    @property
    def default_company(self) -> str:
        """Id of the company that is meant when none is named."""
        if self.company:
            return self.company
        return next(iter(self.companies)) if len(self.companies) == 1 else DEFAULT_COMPANY

    def company_profile(self, company_id: str | None = None) -> Company:
        """Profile of a company; one that the file does not name gets the defaults."""
        wanted = company_id or self.default_company
        return self.companies.get(wanted) or Company(id=wanted, name=wanted)


def settings() -> Settings:
    """Settings of this process, read now (cheap; keep the object, not the call)."""
    try:
        return Settings()
    except ValidationError as error:
        raise ConfigError(str(error)) from error
