"""The example of docs/mapping.md does what the document says."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

from cartera.contract import TABLES

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "mapping.md"
README = (ROOT / "README.md").read_text("utf-8")


def test_example_of_the_guide(read_text):
    example = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)[0]
    export = (
        "Factura;NIT;Cliente;Fecha;Total;Estado;Reclamo;Pedido\n"
        "1001;900.123.456-7;Ferretería Ñandú;5/2/2024;1.234.567,50;Vigente;Sí;OC-1\n"
        "1002;900.123.456-7;Ferretería Ñandú;28/02/2024;99,9;Vigente;No;\n"
        "1003;900.123.456-7;Ferretería Ñandú;28/02/2024;80,00;Anulada;No;\n"
        "1004;900.123.456-7;Ferretería Ñandú;28/02/2024;99.90;Vigente;No;\n"
    )
    contents = read_text("export.csv", export, example)

    documents = contents.tables["documents"]
    columns = ["number", "issue_date", "total", "disputed", "purchase_order"]
    assert documents.select(columns).rows() == [
        ("FV-1001", date(2024, 2, 5), Decimal("1234567.50"), True, "OC-1"),
        ("FV-1002", date(2024, 2, 28), Decimal("99.90"), False, None),
    ]
    assert contents.tables["clients"]["name"].to_list() == ["Ferretería Ñandú"]
    [reject] = contents.rejects
    assert (reject.row, reject.table) == (4, "documents")
    assert [(r.code, r.column) for r in reject.reasons] == [("marks_in_amount", "total")]


def test_the_readme_lists_the_columns_of_the_five_tables():
    section = README.split("## The five tables")[1].split("\n## ")[0]
    listed = dict(re.findall(r"^\| (\w+) \| [\w, ]+ \| (.+) \|$", section, re.MULTILINE))
    for table in TABLES.values():
        names = re.sub(r" \([^)]*\)", "", listed[table.name]).replace(" or ", ", ").split(", ")
        shown = {name.removesuffix("\\*"): name.endswith("\\*") for name in names}
        assert shown == {column.name: column.required for column in table.columns}
        for choices in (column.choices for column in table.columns if column.choices):
            assert ", ".join(f"`{choice}`" for choice in choices) in listed[table.name]


def test_every_key_is_explained():
    from cartera.sources.mapping import Condition, Feed, FileFormat, Mapping, Yield

    text = GUIDE.read_text("utf-8")
    for model in (Mapping, FileFormat, Yield, Feed, Condition):
        missing = [key for key in model.model_fields if not re.search(rf"\b{key}\b", text)]
        assert not missing, f"docs/mapping.md does not say what {missing} of {model.__name__} do"
