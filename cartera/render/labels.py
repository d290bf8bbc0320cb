"""Fixed texts of the statement's templates, in English; `cartera.render.view` translates them."""

from __future__ import annotations

#: Name in the template, English text.
LABELS = {
    "client": "Client", "tax_id": "Tax ID", "type": "Type", "number": "Number", "date": "Date",
    "document": "Document", "reference": "Reference", "due": "Due date", "amount": "Amount",
    "applied": "Applied", "balance": "Balance", "status": "Status", "total": "Total balance",
    "opening": "Opening balance", "closing": "Closing balance", "aging": "Aging of the balance",
    "nothing": "Nothing to show.", "instalments": "Instalments", "page": "Page", "of": "of",
    "later": "Later payments, not counted above", "pdf": "Download PDF", "xlsx": "Download Excel",
    "payments": "Payments and money in favour", "unapplied": "Unapplied", "paid_with": "Payment",
    "filter": "Filter by status", "everything": "All", "ranges": "Filter by days overdue",
}  # fmt: skip
