"""A real IMAP server on a Maildir: Dovecot, with its files in a folder of the test's own."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port

USER, PASSWORD = "rebotes", "a-secret-of-the-mailbox"
CONFIG = """\
protocols = imap
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
ssl = required
ssl_cert = <{certificate}
ssl_key = <{key}
mail_location = maildir:{folder}/mail
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
first_valid_uid = 1
first_valid_gid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={owner} gid={owner_group} home={folder}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {port}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


class Missing(Exception):
    """Dovecot is not installed here: `apt-get install dovecot-imapd` brings it."""


@contextmanager
def imap_server(certificate: Path, key: Path) -> Iterator[tuple[int, Path]]:
    """Its port, and the Maildir behind it."""
    binary = shutil.which("dovecot", path=f"{os.environ['PATH']}:/usr/sbin")
    if binary is None:
        raise Missing(Missing.__doc__)
    # Not under pytest's folder: a socket's path may have about a hundred letters.
    folder = Path(tempfile.mkdtemp(prefix="cartera-imap-"))
    port = free_port()
    is_root = os.geteuid() == 0
    me = pwd.getpwuid(os.geteuid()).pw_name
    owner = "nobody" if is_root else me
    group = pwd.getpwnam("dovecot" if is_root else me).pw_gid
    mail = folder / "mail"
    for name in ("new", "cur", "tmp"):
        (mail / name).mkdir(parents=True)
    if is_root:
        folder.chmod(0o755)
        for path in (mail, *mail.iterdir()):
            shutil.chown(path, owner, pwd.getpwnam(owner).pw_gid)
    config = folder / "dovecot.conf"
    config.write_text(
        CONFIG.format(
            folder=folder,
            certificate=certificate,
            key=key,
            port=port,
            password=PASSWORD,
            internal="dovecot" if is_root else me,
            group=grp.getgrgid(group).gr_name,
            login="dovenull" if is_root else me,
            owner=owner,
            owner_group=pwd.getpwnam(owner).pw_gid,
        )
    )
    server = subprocess.Popen([binary, "-F", "-c", str(config)], stderr=subprocess.DEVNULL)
    try:
        _wait(port, server, folder / "log")
        yield port, mail
    finally:
        server.terminate()
        server.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if server.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(log.read_text() if log.exists() else "dovecot did not start")


def drop(mail: Path, name: str, raw: bytes) -> None:
    """Deliver a message, as a mail server does: written aside, then renamed."""
    fresh = mail / "tmp" / name
    fresh.write_bytes(raw)
    if os.geteuid() == 0:
        shutil.chown(fresh, "nobody", pwd.getpwnam("nobody").pw_gid)
    fresh.rename(mail / "new" / name)
