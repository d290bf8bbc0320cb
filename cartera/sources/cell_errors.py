"""What a spreadsheet writes where a formula has no value: an error is not an empty cell.

A workbook says which cells are errors; a CSV file saved from one has their text, in the language
of whoever saved it. `notes` is the one column that people fill with whole sentences: there a text
file may say `#N/A`, a workbook may not.
"""

from __future__ import annotations

import polars as pl

from cartera.sources.excel_child import ERRORS

#: In English, Spanish and Portuguese, Excel's, LibreOffice's and Google's.
TEXTS = frozenset(
    {
        *ERRORS.values(), "#SPILL!", "#CALC!", "#FIELD!", "#CONNECT!", "#BLOCKED!", "#BUSY!",
        "#UNKNOWN!", "#EXTERNAL!", "#PYTHON!", "#TIMEOUT!", "#ERROR!",
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
    """Whether a trimmed text is an error and nothing else."""
    upper = value.str.to_uppercase()
    return upper.is_in(list(TEXTS)) | upper.str.contains(r"^ERR:[0-9]{3}$|^#{3,}$")


def refuses(column: str, *, is_workbook: bool) -> bool:
    """Whether an error in this column refuses its row."""
    return is_workbook or column not in _MAY_SAY_SO
