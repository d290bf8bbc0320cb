"""A file is refused with everything that is wrong, what is there, and what was probably meant."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartera.config import Company
from cartera.contract import TABLES
from cartera.errors import Fault, FileRefused, MappingError
from cartera.i18n import Translator
from cartera.sources import lacking
from cartera.sources.files import read
from cartera.sources.mapping import Mapping

SPANISH = Translator("es")


def refused(path: Path, header: str, mapping: Mapping | None = None) -> FileRefused:
    path.write_text(header + "\n", encoding="utf-8")
    with pytest.raises(FileRefused) as caught:
        read(path, company=Company(), mapping=mapping)
    return caught.value


def meant(table: str, columns: list[str]) -> dict[str, str | None]:
    """Of each required column that is missing, the name that is taken for it."""
    faults = lacking.of_table(TABLES[table], columns)
    return {
        str(fault.values["column"]): cast("str | None", fault.values.get("nearest"))
        for fault in faults
        if "column" in fault.values
    }


@pytest.mark.parametrize(
    ("table", "header", "expected"),
    [
        ("documents", "document_id,clinet_id,type,number,issue_date,total",
         {"client_id": "clinet_id"}),
        ("documents", "documentid,client,type,number,issue date,totl",
         {"document_id": "documentid", "client_id": "client", "issue_date": "issue date",
          "total": "totl"}),
        ("documents", "id,cliente,tipo,número,fecha,valor",
         {"document_id": "id", "client_id": "cliente", "type": "tipo", "number": "número",
          "issue_date": "fecha", "total": "valor"}),
        ("documents", "factura,nit,tipo documento,consecutivo,fecha de emisión,monto",
         {"document_id": "factura", "client_id": "nit", "type": "tipo documento",
          "number": "consecutivo", "issue_date": "fecha de emisión", "total": "monto"}),
        ("payments", "id,cliente,fecha,valor",
         {"payment_id": "id", "client_id": "cliente", "date": "fecha", "amount": "valor"}),
        ("payments", "recibo,id_cliente,fecha_pago,importe",
         {"payment_id": "recibo", "client_id": "id_cliente", "date": "fecha_pago",
          "amount": "importe"}),
        ("clients", "código cliente,razón social",
         {"client_id": "código cliente", "name": "razón social"}),
        ("instalments", "documento,cuota,vencimiento,valor",
         {"document_id": "documento", "instalment": "cuota", "due_date": "vencimiento",
          "amount": "valor"}),
        ("allocations", "id,tipo,valor",
         {"allocation_id": "id", "kind": "tipo", "amount": "valor"}),
        # Nothing is guessed that is not near, and one name is not taken for two columns.
        ("clients", "xyz,qrs", {"client_id": None, "name": None}),
        ("documents", "document_id,client_id,type,number,fecha",
         {"issue_date": "fecha", "total": None}),
        # A name that the table has is never taken for another one.
        ("clients", "client_id,notes", {"name": None}),
    ],
)  # fmt: skip
def test_each_missing_column_comes_with_the_nearest_name(table, header, expected):
    assert meant(table, header.split(",")) == expected


def test_one_message_says_everything_in_the_reader_s_language(tmp_path):
    found = refused(tmp_path / "documents.csv", "id,clinet_id,fecha,valor,valor")
    assert found.said(SPANISH) == (
        "documents.csv: hay dos columnas que se llaman «valor»; "
        "falta la columna «document_id» (¿es «id»?); "
        "falta la columna «client_id» (¿es «clinet_id»?); "
        "falta la columna «type»; falta la columna «number»; "
        "falta la columna «issue_date» (¿es «fecha»?); falta la columna «total» (¿es «valor»?); "
        "columnas que trae: id, clinet_id, fecha, valor"
    )
    assert str(found).startswith("documents.csv: two columns are called “valor”; the column")


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("clientes.csv", "clients"), ("Facturas 2026.csv", "documents"),
        ("documentos.csv", "documents"), ("pagos-11.csv", "payments"), ("paymnets.csv", "payments"),
        ("cuotas.csv", "instalments"), ("alocations.csv", "allocations"), ("hoja1.csv", None),
        ("2026.csv", None),
    ],
)  # fmt: skip
def test_a_name_of_no_table_comes_with_the_nearest_and_with_what_else_is_wrong(
    tmp_path, name, table
):
    first, *others = refused(tmp_path / name, "nombre").faults
    assert first.values.get("nearest") == table
    assert bool(others) is (table is not None)
    assert not others or str(others[-1]) == "columns that are there: nombre"


def test_columns_are_not_spoken_of_where_there_is_no_header(tmp_path):
    (tmp_path / "clientes.xlsx").write_bytes(b"no workbook")
    with pytest.raises(FileRefused) as caught:
        read(tmp_path / "clientes.xlsx", company=Company())
    first, second = caught.value.faults
    assert first.values.get("nearest") == "clients"
    assert second.said(SPANISH) == "no es un libro de Excel (.xlsx)"


def test_every_column_that_a_mapping_reads_and_the_file_lacks(tmp_path):
    path = tmp_path / "m.yml"
    path.write_text(
        "tables:\n  - table: clients\n"
        "    columns: {client_id: Facutra, name: Nombre Cliente, notes: Zona}\n"
    )
    found = refused(tmp_path / "export.csv", "Factura,Nombre del cliente", Mapping.load(path))
    assert found.why(SPANISH).split("; ") == [
        "la plantilla de importación necesita la columna «facutra», que no está (¿es «factura»?)",
        (
            "la plantilla de importación necesita la columna «nombre cliente», que no está"
            " (¿es «nombre del cliente»?)"
        ),
        "la plantilla de importación necesita la columna «zona», que no está",
        "columnas que trae: factura, nombre del cliente",
    ]


def test_everything_that_is_wrong_with_a_mapping(tmp_path):
    path = tmp_path / "m.yml"
    path.write_text(
        "format: {decimal_mark: x, zzz: 1}\n"
        "tables:\n"
        "  - {table: clientes, columns: {client_id: a}}\n"
        "  - {table: clients, colums: {}, columns: {client_id: a, nmae: {colum: b}}}\n"
    )
    with pytest.raises(MappingError) as caught:
        Mapping.load(path)
    assert caught.value.why(SPANISH).split("; ") == [
        "format.decimal_mark: debe ser uno de '.', ','",
        "format.zzz: no existe esa clave",
        (
            "tables.0: «clientes» no es ninguna de clients, documents, instalments, payments,"
            " allocations (¿es «clients»?)"
        ),
        "tables.1.columns.nmae.colum: no existe esa clave",
        "tables.1.colums: no existe esa clave",
        "tables.1: clients no tiene la columna «nmae» (¿es «name»?)",
        "tables.1: clients necesita name",
    ]


def test_a_header_of_hundreds_is_cut(tmp_path):
    names = [f"columna {n} {'x' * 80}" for n in range(400)]
    last = refused(tmp_path / "clients.csv", ",".join(names)).faults[-1]
    assert last.said(SPANISH).endswith("… y 360 más")
    assert len(last.said(SPANISH)) < 2000


def test_numbers_are_written_as_the_reader_writes_them():
    fault = Fault("more than {most} rows; split the file", most=20_000_000)
    assert str(fault) == "more than 20,000,000 rows; split the file"
    assert fault.said(SPANISH) == "tiene más de 20.000.000 filas; divida el archivo"


NAMES = st.text(min_size=0, max_size=30)


@given(table=st.sampled_from(sorted(TABLES)), columns=st.lists(NAMES, unique=True, max_size=8))
def test_whatever_a_header_says_all_that_is_missing_is_named_once(table, columns):
    required = [column.name for column in TABLES[table].columns if column.required]
    found = meant(table, columns)
    assert list(found) == [name for name in required if name not in columns]
    taken = [name for name in found.values() if name is not None]
    assert len(taken) == len(set(taken))
