"""Delivery reports as servers write them (RFC 3464)."""

from __future__ import annotations

REPORT = """\
From: MAILER-DAEMON@mx.empresa.co
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="AAA/mx.empresa.co"

--AAA/mx.empresa.co
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--AAA/mx.empresa.co
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.empresa.co
X-Postfix-Queue-ID: 4F1C22A0B3
Arrival-Date: Tue, 24 Nov 2026 07:00:00 -0500 (COT)

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Remote-MTA: dns; mx.x.co
Diagnostic-Code: smtp; {diagnostic}

--AAA/mx.empresa.co
Content-Type: {returned}

{headers}
--AAA/mx.empresa.co--
"""


def report(
    *,
    to: str = "rebotes@empresa.co",
    recipient: str = "ana@x.co",
    action: str = "failed",
    status: str = "5.1.1",
    diagnostic: str = "550 5.1.1 <ana@x.co>: Recipient address rejected: User unknown",
    headers: str = "Subject: Su estado de cuenta",
    returned: str = "text/rfc822-headers",
) -> bytes:
    text = REPORT.format(
        to=to, recipient=recipient, action=action, status=status, diagnostic=diagnostic,
        headers=headers, returned=returned,
    )  # fmt: skip
    return text.encode()
