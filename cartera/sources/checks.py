"""The row rules of the contract: text in, typed rows and every reason out.

All rules of a table are evaluated for all rows of a chunk at once; only rows that break one are
looked at singly, to name their reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from cartera import keys
from cartera.contract import KEY_COLUMNS, SOURCED_KINDS, Column, Reason, Reject, Table
from cartera.money import MAX_DIGITS, currency_decimals
from cartera.sources import cell_errors, moments
from cartera.sources.chunk import INEXACT, ROW

TYPES: dict[str, pl.DataType] = {
    "text": pl.String(),
    "date": pl.Date(),
    "amount": pl.Decimal(18, 4),
    "bool": pl.Boolean(),
    "int": pl.Int64(),
    "time": pl.Datetime("us"),
}
MAX_TEXT = 10_000
MAX_KEY = 200
YEARS = (1900, 2199)
_TRUE = ("true", "1", "yes", "si", "sí")
_FALSE = ("false", "0", "no")
# [0-9], never \d: that also matches the digits of other scripts, which no cast understands.
AMOUNT = r"^-?[0-9]+(\.[0-9]+)?$"
#: Stands before a text that is an amount by the contract and none by its file's mapping, which says
#: other marks; never shown.
OTHER_MARKS = "\x00"
#: What people write who did not think of us: 1.250.000, 1 500,00, 1'000.5, 5,5.
_WITH_MARKS = (
    r"^[-$€£ ]*"
    r"([0-9]{1,3}([., '’\u{a0}\u{202f}][0-9]{3})+([.,][0-9]{1,4})?|[0-9]+,[0-9]{1,4})$"
)
_CONTROL_IN_TEXT = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
_CONTROL = r"[\x00-\x1f\x7f]"
_RECORD_VALUE = 500


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its code, the column it is about, and which rows break it."""

    code: str
    column: str | None
    broken: pl.Expr


@dataclass(frozen=True, slots=True)
class Checked:
    """Typed good rows (contract columns, `row`), and the refused ones."""

    good: pl.DataFrame
    rejects: list[Reject]


def check(
    table: Table,
    text: pl.DataFrame,
    *,
    file: str,
    company_id: str,
    currencies: Mapping[str, str],
    any_company: bool = False,
    is_workbook: bool = False,
    is_plain_text: bool = False,
) -> Checked:
    """Check a chunk whose columns are contract columns as text (missing ones are empty).

    Rows of another company than `company_id` are refused, unless `any_company`. `currencies` has
    each company's own, for rows and columns that name none; of a company that is not in it, that
    of `company_id`. Every cell of a plain text was written by somebody, and nothing says with which
    marks; elsewhere a cell may be a number that a program wrote.
    """
    frame = _filled(table, text, company_id, currencies)
    with_errors = {
        column.name
        for column in table.all_columns
        if column.name in text.columns
        and cell_errors.refuses(column.name, is_workbook=is_workbook)
        and cell_errors.are_possible(frame[column.name])
    }
    decimals = _own(currencies, company_id, currency_decimals(), pl.Int64)
    rules = _rules(table, decimals, with_errors, is_plain_text=is_plain_text)
    if not any_company:
        rules.append(Rule("other_company", "company_id", pl.col("company_id") != company_id))
    flags = frame.select(
        rule.broken.fill_null(value=False).alias(str(n)) for n, rule in enumerate(rules)
    )
    is_bad = flags.select(pl.any_horizontal(pl.all())).to_series()
    # A row that names another company is refused where its file is: nothing of it shows there.
    owner = None if any_company else company_id
    rejects = _rejects(table, frame.filter(is_bad), flags.filter(is_bad), rules, file, owner)
    typed = frame.filter(~is_bad).select(
        *(_typed(column).alias(column.name) for column in table.all_columns),
        pl.col(ROW).alias("row"),
    )
    return Checked(typed, rejects)


def _own(
    currencies: Mapping[str, str], company_id: str, values: Mapping[str, Any], dtype: Any
) -> pl.Expr:
    """What each row's company has for its currency in `values`."""
    usual = pl.lit(values[currencies[company_id]], dtype)
    others = {
        company: values[currency]
        for company, currency in currencies.items()
        if currency in values and currency != currencies[company_id]
    }
    if not others:
        return usual
    return pl.col("company_id").replace_strict(others, default=usual, return_dtype=dtype)


def _filled(
    table: Table, text: pl.DataFrame, company_id: str, currencies: Mapping[str, str]
) -> pl.DataFrame:
    """Trimmed text with the contract's defaults; an empty text is no value."""
    present = set(text.columns)
    columns = []
    for column in table.all_columns:
        name = column.name
        value = pl.col(name).str.strip_chars() if name in present else pl.lit(None, pl.String)
        if name in present and name in KEY_COLUMNS and text[name].str.contains(keys.UNUSUAL).any():
            value = as_people_see_it(pl.col(name))
        value = pl.when(value == "").then(None).otherwise(value)
        if column.choices or column.type == "bool":
            value = value.str.to_lowercase()
        if name == "currency":
            value = value.str.to_uppercase()
        default = company_id if name == "company_id" else column.default
        columns.append((value.fill_null(default) if default else value).alias(name))
    filled = text.select(*columns, ROW)
    if all(column.name != "currency" for column in table.all_columns):
        return filled
    own = _own(currencies, company_id, {c: c for c in currencies.values()}, pl.String)
    return filled.with_columns(pl.col("currency").fill_null(own))


def as_people_see_it(key: pl.Expr) -> pl.Expr:
    """`cartera.keys.normal`, for whole columns."""
    for pattern, instead in keys.STEPS:
        key = key.str.replace_all(pattern, instead)
    return key.str.normalize("NFC").str.strip_chars()


def _rules(
    table: Table, decimals: pl.Expr, with_errors: set[str], *, is_plain_text: bool
) -> list[Rule]:
    """Every rule; in the columns `with_errors` a cell may be a spreadsheet's error. `decimals` are
    those of the currency of each row's company.
    """
    rules: list[Rule] = []
    for column in table.all_columns:
        if column.type == "amount":
            of_column = _amount_rules(table, column, decimals, is_plain_text=is_plain_text)
        else:
            of_column = _column_rules(column)
        if column.name in with_errors:  # that says all: whatever else it breaks is its doing
            is_error = cell_errors.is_error(pl.col(column.name))
            is_formula = cell_errors.is_formula(pl.col(column.name))
            of_column = [
                Rule("error_cell", column.name, is_error & ~is_formula),
                Rule("formula_without_value", column.name, is_formula),
                *(Rule(r.code, r.column, r.broken & ~is_error) for r in of_column),
            ]
        rules += of_column
    return rules + _TABLE_RULES.get(table.name, list)()


def _required(column: Column) -> list[Rule]:
    return [Rule("missing", column.name, pl.col(column.name).is_null())] if column.required else []


def _column_rules(column: Column) -> list[Rule]:
    name = column.name
    value = pl.col(name)
    rules = _required(column)
    if column.choices:
        rules.append(Rule("unknown_value", name, ~value.is_in(list(column.choices))))
    elif column.type == "text":
        is_key = name in KEY_COLUMNS or name == "tax_id"
        control = _CONTROL if is_key else _CONTROL_IN_TEXT
        rules.append(Rule("control_character", name, value.str.contains(control)))
        rules.append(
            Rule("too_long", name, value.str.len_chars() > (MAX_KEY if is_key else MAX_TEXT))
        )
        if is_key or name == "number":  # whose last digits are lost, it would be another's
            rules.append(Rule("inexact_number", name, value.str.starts_with(INEXACT)))
        if name == "currency":
            rules.append(Rule("unknown_currency", name, ~value.is_in(list(currency_decimals()))))
    else:
        rules += _TYPE_RULES[column.type](column)
    return rules


def _date_rules(column: Column) -> list[Rule]:
    value = pl.col(column.name)
    day = moments.day(value)
    wrong = day.is_null() | ~day.dt.year().is_between(*YEARS)
    return [Rule("not_a_date", column.name, value.is_not_null() & wrong)]


def _amount_rules(table: Table, column: Column, own: pl.Expr, *, is_plain_text: bool) -> list[Rule]:
    """A typed number comes without zeros at its end: such zeros were written by somebody.

    Where they are more than the currency has, `150.000` is as likely 150 thousand. In a column
    without a currency that is the company's; but a number that a program wrote may have as many
    decimals as the currency of the document that it is about, which is known later.
    """
    value = pl.col(column.name)
    is_amount = value.str.contains(AMOUNT)
    has_marks = value.str.contains(_WITH_MARKS) | value.str.starts_with(OTHER_MARKS)
    whole = value.str.extract(r"^-?0*([0-9]*)").str.len_chars()
    decimals = value.str.extract(r"\.([0-9]*?)0*$").str.len_chars().fill_null(0)
    written = value.str.extract(r"\.([0-9]*)$").str.len_chars().fill_null(0)
    known = currency_decimals()
    has_currency = any(c.name == "currency" for c in table.columns)
    usual = own
    if has_currency:
        usual = pl.col("currency").replace_strict(
            list(known), list(known.values()), default=4, return_dtype=pl.Int64
        )
    is_own = has_currency or table.name == "clients"  # a limit is in the company's currency
    allowed = usual if is_own else pl.lit(4)
    is_grouped = value.str.contains(r"^-?[0-9]{1,3}\.[0-9]{3}$")
    if not (is_own or is_plain_text):
        is_grouped = pl.lit(value=False)
    is_ambiguous = is_amount & (written > usual) & ((decimals <= usual) | is_grouped)
    rules = [
        *_required(column),
        Rule("not_an_amount", column.name, ~is_amount & ~has_marks),
        Rule("marks_in_amount", column.name, ~is_amount & has_marks),
        Rule("too_large", column.name, is_amount & (whole > MAX_DIGITS)),
        Rule("ambiguous_mark", column.name, is_ambiguous),
        Rule("too_many_decimals", column.name, is_amount & (decimals > allowed) & ~is_ambiguous),
    ]
    is_negative, is_zero = value.str.starts_with("-"), ~value.str.contains("[1-9]")
    if column.sign == "either":
        rules.append(Rule("zero", column.name, is_amount & is_zero))
    elif column.sign == "not_negative":
        rules.append(Rule("not_positive", column.name, is_amount & is_negative))
    else:
        rules.append(Rule("not_positive", column.name, is_amount & (is_negative | is_zero)))
    return rules


def _bool_rules(column: Column) -> list[Rule]:
    return [Rule("not_a_bool", column.name, ~pl.col(column.name).is_in([*_TRUE, *_FALSE]))]


def _int_rules(column: Column) -> list[Rule]:
    value = pl.col(column.name)
    is_number = value.str.contains(r"^[0-9]{1,9}(\.0+)?$")
    return [
        Rule("not_an_integer", column.name, ~is_number),
        Rule("not_positive", column.name, is_number & ~value.str.contains("[1-9]")),
    ]


def _time_rules(column: Column) -> list[Rule]:
    value = pl.col(column.name)
    moment = moments.moment(value)
    wrong = moment.is_null() | ~moment.dt.year().is_between(*YEARS)
    return [Rule("not_a_time", column.name, value.is_not_null() & wrong)]


_TYPE_RULES: dict[str, Callable[[Column], list[Rule]]] = {
    "date": _date_rules,
    "bool": _bool_rules,
    "int": _int_rules,
    "time": _time_rules,
}


def _allocation_rules() -> list[Rule]:
    has_source = pl.col("source_id").is_not_null()
    needs_source = pl.col("kind").is_in(list(SOURCED_KINDS))
    on_document = pl.col("document_id").is_not_null()
    on_payment = pl.col("target_payment_id").is_not_null()
    # An exchange difference has either sign by itself.
    takes_back = pl.col("amount").str.starts_with("-") & (pl.col("kind") != "exchange")
    return [
        Rule("date_required", "date", takes_back & pl.col("date").is_null()),
        Rule("source_required", "source_id", needs_source & ~has_source),
        Rule("source_forbidden", "source_id", ~needs_source & has_source),
        Rule("target_required", "document_id", ~on_document & ~on_payment),
        Rule("two_targets", "target_payment_id", on_document & on_payment),
        Rule(
            "target_payment_only_for_refund",
            "target_payment_id",
            on_payment & (pl.col("kind") != "refund"),
        ),
    ]


_TABLE_RULES: dict[str, Callable[[], list[Rule]]] = {"allocations": _allocation_rules}


def _typed(column: Column) -> pl.Expr:
    value = pl.col(column.name)
    if column.type == "date":
        return moments.day(value)
    if column.type == "amount":
        # Zeros behind the fourth decimal are cut by hand: the cast must never round.
        return value.str.replace(r"(\.[0-9]{4})0+$", "$1").cast(pl.Decimal(18, 4), strict=False)
    if column.type == "bool":
        return value.is_in(_TRUE)
    if column.type == "int":
        return value.str.extract(r"^([0-9]+)").cast(pl.Int64, strict=False)
    if column.type == "time":
        return moments.moment(value)
    return value


def _rejects(
    table: Table,
    rows: pl.DataFrame,
    flags: pl.DataFrame,
    rules: list[Rule],
    file: str,
    owner: str | None,
) -> list[Reject]:
    """The refused rows, with every reason; `owner` is whose they are, None: as each row says."""
    rejects = []
    for record, broken in zip(rows.iter_rows(named=True), flags.iter_rows(), strict=True):
        number = record.pop(ROW)
        reasons = tuple(
            _reason(rule, record.get(rule.column or ""))
            for rule, is_broken in zip(rules, broken, strict=True)
            if is_broken
        )
        shown = {key: _short(value) for key, value in record.items() if value is not None}
        rejects.append(
            Reject(
                owner or record["company_id"], table.name, file, number, shown, _distinct(reasons)
            )
        )
    return rejects


def _reason(rule: Rule, value: str | None) -> Reason:
    if value is not None and rule.code == "error_cell":
        value = value.upper()  # columns of fixed words are compared in small letters
    return Reason(rule.code, rule.column, _short(value))


def _short(value: str | None) -> str | None:
    if value is None:
        return None
    value = cell_errors.shown(value.removeprefix(OTHER_MARKS))
    return value if len(value) <= _RECORD_VALUE else value[:_RECORD_VALUE] + "…"


def _distinct(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    return tuple(dict.fromkeys(reasons))
