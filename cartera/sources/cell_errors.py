"""What a spreadsheet writes where a formula has no value: an error is not an empty cell.

A workbook says which cells are errors; a CSV file saved from one has their text, in the language
of whoever saved it. `notes` is the one column that people fill with whole sentences: there a text
file may say `#N/A`, a workbook may not. A formula that nobody has computed is no empty cell either
(`cartera.sources.workbook`).
"""

from __future__ import annotations

import polars as pl

from cartera.contract import Reason
from cartera.sources.excel_child import ERRORS
from cartera.sources.workbook import FORMULA, NEWER_ERRORS

#: In English, Spanish and Portuguese, Excel's, LibreOffice's and Google's.
TEXTS = frozenset(
    {
        *ERRORS.values(), *NEWER_ERRORS, "#ERROR!",
        "#N/D", "#¡REF!", "#¡VALOR!", "#¡DIV/0!", "#¿NOMBRE?", "#¡NUM!", "#¡NULO!",
        "#¡DESBORDAMIENTO!", "#DESBORDAMIENTO!", "#¡CALC!", "#¡CAMPO!", "#CAMPO!",
        "#OBTENIENDO_DATOS", "#¡CONECTAR!", "#¡BLOQUEADO!", "#¡DESCONOCIDO!", "#¡ERROR!",
        "#VALOR!", "#NOME?", "#NÚM!", "#NULO!", "#DESPEJAR!", "#CONECTAR!", "#BLOQUEADO!",
        "#DESCONHECIDO!",
    }
)  # fmt: skip
_MAY_SAY_SO = ("notes",)


def are_possible(cells: pl.Series) -> bool:
    """Whether any of them may be an error: asked first, since hardly a file has one."""
    return bool(cells.str.contains("(?i)^(#|err:)").any())


def is_error(value: pl.Expr) -> pl.Expr:
    """Whether a trimmed text is an error and nothing else, or a formula without a value.

    False for an empty cell, and never null: that would hide what else is wrong with its row.
    """
    upper = value.str.to_uppercase()
    is_text = upper.is_in(list(TEXTS)) | upper.str.contains(r"^ERR:[0-9]{3}$|^#{3,}$")
    return (is_text | is_formula(value)).fill_null(value=False)


def is_formula(value: pl.Expr) -> pl.Expr:
    """Whether it is a formula of a workbook that has no stored value."""
    return value.str.starts_with(FORMULA).fill_null(value=False)


def reason(column: str, value: str) -> Reason:
    """Why such a value refuses its row."""
    if value.startswith(FORMULA):
        return Reason("formula_without_value", column, shown(value))
    return Reason("error_cell", column, value.upper())


def shown(value: str) -> str:
    """The cell as people know it."""
    return value.removeprefix("#") if value.startswith(FORMULA) else value


def refuses(column: str, *, is_workbook: bool) -> bool:
    """Whether an error in this column refuses its row."""
    return is_workbook or column not in _MAY_SAY_SO
