"""What clients may do on their pages, as staff read it."""

from __future__ import annotations

from cartera.notices.rights import Right

#: What stands beside the switch, and what it means.
RIGHT_WORDS: dict[Right, tuple[str, str]] = {
    "pay": ("Pay on the page", "Where a method of payment is turned on."),
    "report": ("Report payments", "With a proof; they count once somebody accepts them."),
    "promise": ("Promise a payment day", "Reminders of those documents wait until that day."),
    "dispute": ("Dispute documents", "They are not reminded of while the dispute is open."),
    "comment": ("Write comments", "Whoever manages accounts gets them by mail, too."),
    "download": ("Download the statement", "As a PDF and as an Excel file."),
}
