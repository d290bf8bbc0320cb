"""How a message leaves: a mail server, or a folder of this machine."""

from __future__ import annotations

from cartera.config import Settings
from cartera.errors import ConfigError
from cartera.mail.transports.base import Transport
from cartera.mail.transports.folder import Folder
from cartera.mail.transports.smtp import Smtp


def transport(settings: Settings) -> Transport:
    """The transport of these settings; `ConfigError` where mail is off."""
    match settings.mail_transport:
        case "smtp":
            return Smtp(settings)
        case "folder":
            return Folder(settings.mail_path)
        case _:
            raise ConfigError("mail is off (CARTERA_MAIL, CARTERA_SMTP_HOST)")
