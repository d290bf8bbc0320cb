"""The two small companies of every kept home: who they are, and the files of each of their loads.

The figures are ours, made to have a bit of everything: cents and yen, instalments, withholdings,
an advance and its refund, credit notes, void, draft and disputed documents, the same ids in both
companies, rows that are refused and rows that wait. A home that is kept holds these as they were:
they may grow, and never change.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

COMPANIES = ("norte", "sur")
PROFILES = """\
[company.norte]
name = "Distribuidora del Norte S.A.S."
tax_id = "900111222-3"
address = "Calle 10 # 20-30, Medellín"
email = "cartera@norte.example"
country = "CO"
language = "es"
timezone = "America/Bogota"
currency = "COP"

[company.sur]
name = "Southwind Supplies LLC"
email = "accounts@southwind.example"
country = "US"
language = "en"
timezone = "America/New_York"
currency = "USD"
buckets = [15, 30, 60]
aging_basis = "issue_date"
"""
CLIENTS: Mapping[str, tuple[str, ...]] = {"norte": ("C1", "C2", "C3"), "sur": ("C1", "C9")}

_CLIENTS = "company_id,client_id,name,tax_id,emails,phone,language,group\n"
_DOCUMENTS = (
    "company_id,document_id,client_id,type,number,issue_date,due_date,currency,total,status,"
    "disputed,reference,updated_at\n"
)
_INSTALMENTS = "company_id,document_id,instalment,due_date,amount\n"
_PAYMENTS = (
    "company_id,payment_id,client_id,date,amount,currency,direction,status,method,reference\n"
)
_ALLOCATIONS = (
    "company_id,allocation_id,kind,amount,date,source_id,document_id,target_payment_id,instalment,"
    "label\n"
)
#: What was loaded on each day.
LOADS: Mapping[str, Mapping[str, str]] = {
    "2026-03-02": {
        "clients": _CLIENTS
        + "norte,C1,Ferretería El Tornillo Ltda.,830111222-1,"
        + "pagos@tornillo.example;gerencia@tornillo.example,6045550101,es,Detal\n"
        + """\
norte,C2,Papelería Ñandú,830111222-2,compras@nandu.example,,es,Detal
norte,C3,Café Exportador S.A.,830111222-3,ap@cafe.example,,en,Exportación
sur,C1,Harbor Hardware Inc.,12-3456789,ap@harbor.example,,en,
sur,C9,Lakeside Print,,,,,
""",
        "documents": _DOCUMENTS
        + """\
norte,D1,C1,invoice,FV-101,2026-01-10,2026-02-09,COP,1190000.00,,,OC-77,
norte,D2,C1,invoice,FV-102,2026-01-20,2026-04-20,COP,600000.50,,,,
norte,D3,C2,invoice,FV-103,2026-02-15,2026-03-17,COP,250000.75,,,,
norte,D4,C2,credit_note,NC-1,2026-02-25,,COP,50000.25,,,,
norte,D5,C3,invoice,EX-1,2026-02-01,2026-03-03,USD,1500.25,,,,
norte,D6,C3,invoice,FV-104,2026-02-10,,COP,99999.99,,,,
norte,D7,C1,debit_note,ND-1,2026-02-20,2026-03-22,COP,15000,,,,
norte,D8,C2,invoice,FV-105,2026-02-28,2026-03-30,COP,480000,,,,
norte,D9,C1,invoice,FV-106,yesterday,2026-03-30,COP,1,,,,
sur,D1,C1,invoice,INV-1,2026-01-15,2026-02-14,USD,820.40,,,,
sur,D2,C9,invoice,INV-2,2026-02-15,2026-03-17,USD,1200.00,,,,
sur,D3,C9,invoice,INV-3,2026-02-20,2026-03-22,JPY,90000,,,,
""",
        "instalments": _INSTALMENTS
        + """\
norte,D2,1,2026-02-20,200000.50
norte,D2,2,2026-03-20,200000
norte,D2,3,2026-04-20,200000
""",
        "payments": _PAYMENTS
        + """\
norte,P1,C1,2026-02-20,500000,COP,in,,transfer,TRX-1
norte,P2,C3,2026-02-25,1000,USD,in,,transfer,TRX-2
sur,P1,C1,2026-02-10,400.40,USD,in,,cheque,0001
""",
        "allocations": _ALLOCATIONS
        + """\
norte,A1,payment,400000,2026-02-20,P1,D1,,,
norte,A2,payment,100000,2026-02-20,P1,D2,,1,
norte,A3,withholding,29750,2026-02-20,,D1,,,ReteFuente 2.5 %
norte,A4,credit,30000.10,2026-02-27,D4,D3,,,
norte,A5,payment,20000,2026-04-01,P3,D1,,,
norte,A99,discount,1,2026-03-01,,D-NEVER,,,
sur,A1,payment,400.40,2026-02-10,P1,D1,,,
""",
    },
    "2026-04-06": {
        "clients": _CLIENTS
        + "norte,C2,Papelería Ñandú S.A.S.,830111222-2,compras@nandu.example,,es,Detal\n",
        "documents": _DOCUMENTS
        + """\
norte,D8,C2,invoice,FV-105,2026-02-28,2026-03-30,COP,480000,void,,,
norte,D6,C3,invoice,FV-104,2026-02-10,,COP,99999.99,,true,,
norte,D10,C1,invoice,FV-110,2026-03-20,2026-04-19,COP,700000.10,,,OC-81,
norte,D11,C2,invoice,FV-111,2026-04-01,2026-05-01,COP,88000,draft,,,
sur,D4,C1,invoice,INV-4,2026-03-30,2026-04-29,USD,310.05,,,,
""",
        "payments": _PAYMENTS
        + """\
norte,P3,C1,2026-04-01,300000,COP,in,,transfer,TRX-3
norte,P4,C2,2026-04-02,70000,COP,in,pending,cheque,7788
norte,P6,C2,2026-04-02,-5,XXQ,in,,,
sur,P2,C9,2026-04-03,500,USD,in,,wire,W-9
""",
        "allocations": _ALLOCATIONS
        + """\
norte,A6,discount,5000.50,2026-04-03,,D3,,,Pronto pago
norte,A7,payment,700.25,2026-03-03,P2,D5,,,
sur,A2,payment,450.75,2026-04-03,P2,D2,,,
""",
    },
    "2026-05-04": {
        "documents": _DOCUMENTS
        + """\
norte,D3,C2,invoice,FV-103,2026-02-15,2026-03-17,COP,255000.75,,,,2026-05-01T10:00:00
norte,D3,C2,invoice,FV-103,2026-02-15,2026-03-17,COP,254000.75,,,,2026-04-20T10:00:00
""",
        "payments": _PAYMENTS + "norte,P5,C3,2026-04-28,100,USD,out,,transfer,TRX-5\n",
        "allocations": _ALLOCATIONS
        + """\
norte,A8,write_off,15000,2026-04-30,,D7,,,Castigo
norte,A9,exchange,-12.34,2026-04-30,,D5,,,
norte,A10,payment,-50000,2026-05-02,P1,D1,,,
norte,A11,refund,100,2026-04-28,P5,,P2,,
sur,A3,withholding,10.05,2026-05-01,,D4,,,
""",
    },
    "2026-06-08": {
        "documents": _DOCUMENTS
        + """\
norte,D12,C1,invoice,FV-120,2026-05-11,2026-06-10,COP,333333.33,,,,
norte,D13,C2,invoice,FV-121,2026-05-06,2026-06-05,COP,210000,,,,
norte,D14,C3,invoice,EX-2,2026-05-14,2026-06-13,USD,2500.50,,,,
sur,D5,C9,invoice,INV-5,2026-05-12,2026-06-11,USD,75.25,,,,
""",
    },
}
#: A load of after the home was made: new rows, a new version, a payment of an old invoice, and the
#: row that an old one waits for.
LATER: Mapping[str, str] = {
    "clients": _CLIENTS + "norte,C4,Cliente Nuevo S.A.S.,,nuevo@cliente.example,,es,\n",
    "documents": _DOCUMENTS
    + """\
norte,D20,C4,invoice,FV-130,2026-06-09,2026-07-09,COP,1234.56,,,,
norte,D10,C1,invoice,FV-110,2026-03-20,2026-04-19,COP,700000.10,,true,OC-81,
norte,D-NEVER,C3,invoice,FV-131,2026-03-01,2026-03-31,COP,10,,,,
""",
    "payments": _PAYMENTS + "sur,P20,C9,2026-06-10,749.25,USD,in,,wire,W-20\n",
    "allocations": _ALLOCATIONS + "sur,A20,payment,749.25,2026-06-10,P20,D2,,,\n",
}


def write(folder: Path, tables: Mapping[str, str]) -> Path:
    """One `TABLE.csv` each."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, text in tables.items():
        (folder / f"{table}.csv").write_text(text, encoding="utf-8")
    return folder
