"""The example of docs/mapping.md does what the document says."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

GUIDE = Path(__file__).parents[2] / "docs" / "mapping.md"


def test_example_of_the_guide(read_text):
    example = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)[0]
    export = (
        "Factura;NIT;Cliente;Fecha;Total;Estado;Reclamo\n"
        "1001;900.123.456-7;Ferretería Ñandú;5/2/2024;1.234.567,50;Vigente;Sí\n"
        "1002;900.123.456-7;Ferretería Ñandú;28/02/2024;99,9;Vigente;No\n"
        "1003;900.123.456-7;Ferretería Ñandú;28/02/2024;80,00;Anulada;No\n"
        "1004;900.123.456-7;Ferretería Ñandú;28/02/2024;99.90;Vigente;No\n"
    )
    contents = read_text("export.csv", export, example)

    documents = contents.tables["documents"]
    columns = ["number", "issue_date", "total", "disputed"]
    assert documents.select(columns).rows() == [
        ("FV-1001", date(2024, 2, 5), Decimal("1234567.50"), True),
        ("FV-1002", date(2024, 2, 28), Decimal("99.90"), False),
    ]
    assert contents.tables["clients"]["name"].to_list() == ["Ferretería Ñandú"]
    [reject] = contents.rejects
    assert (reject.row, reject.table) == (4, "documents")
    assert [(r.code, r.column) for r in reject.reasons] == [("not_an_amount", "total")]


def test_every_key_is_explained():
    from cartera.sources.mapping import Condition, Feed, FileFormat, Mapping, Yield

    text = GUIDE.read_text("utf-8")
    for model in (Mapping, FileFormat, Yield, Feed, Condition):
        missing = [key for key in model.model_fields if not re.search(rf"\b{key}\b", text)]
        assert not missing, f"docs/mapping.md does not say what {missing} of {model.__name__} do"
