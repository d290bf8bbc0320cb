"""Addresses as people type and paste them."""

import pytest

from cartera.errors import UsageError
from cartera.i18n import Translator
from cartera.mail import addresses
from cartera.mail.addresses import BAD_DOMAIN, BAD_NAME, NO_AT, NOT_ASCII, TOO_LONG, TOO_MANY, Wrong
from cartera.mail.refusal import Refusal


def test_a_list_is_split_and_each_stands_once_in_its_order():
    typed = " Ana@Empresa.co, pedro@b.co;luis@c.co\nana@empresa.CO ,,"
    assert addresses.parse(typed) == (["ana@empresa.co", "pedro@b.co", "luis@c.co"], [])


@pytest.mark.parametrize(
    ("field", "parts"),
    [
        ("a@b.co;c@d.co", ["a@b.co", "c@d.co"]),
        (" a@b.co , c@d.co,", ["a@b.co", "c@d.co"]),
        ("a@b.co/c@d.co", ["a@b.co", "c@d.co"]),
        ("a@b.co c@d.co", ["a@b.co", "c@d.co"]),
        ("a@b.co\u00a0c@d.co\te@f.co", ["a@b.co", "c@d.co", "e@f.co"]),
        ("a@b.co\r\nc@d.co", ["a@b.co", "c@d.co"]),
        ("a@b.co;;c@d.co; / ,", ["a@b.co", "c@d.co"]),
        ('"Pérez, Ana" <a@b.co>; c@d.co', ['"Pérez, Ana" <a@b.co>', "c@d.co"]),
        ("Ana Gómez <a@b.co>, Luis <c@d.co>", ["Ana Gómez <a@b.co>", "Luis <c@d.co>"]),
        ("a@b.co <c@d.co>", ["a@b.co", "<c@d.co>"]),
        ('"a@b.co"', ["a@b.co"]),
        ("no tiene", ["no tiene"]),
        ("no tiene; a@b.co", ["no tiene", "a@b.co"]),
        ("Ana a@b.co", ["Ana", "a@b.co"]),
        ("", []),
        (" ;, / ", []),
        ("<" * 5000, ["<" * 5000]),
    ],
)
def test_one_way_of_splitting(field: str, parts: list[str]):
    assert addresses.split(field) == parts


def test_every_wrong_one_is_named_with_its_reason():
    good, wrong = addresses.parse("ana, a@b.co, x@localhost, dos palabras@b.co, josé@b.co")
    assert good == ["a@b.co", "palabras@b.co"]
    assert wrong == [
        Wrong("ana", NO_AT),
        Wrong("x@localhost", BAD_DOMAIN),
        Wrong("dos", NO_AT),
        Wrong("josé@b.co", NOT_ASCII),
    ]


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("Ana Gómez <Ana@empresa.co>", "ana@empresa.co"),
        ("ana@münich.de", "ana@xn--mnich-kva.de"),
        ("ana@xn--mnich-kva.de", "ana@xn--mnich-kva.de"),
        ("ana@аpple.com", "ana@xn--pple-43d.com"),  # the first letter is Cyrillic
        ("\u200bana@b.co\ufeff", "ana@b.co"),
        ("ana+cartera@b.co", "ana+cartera@b.co"),
        ("o'brien@b.co", "o'brien@b.co"),
    ],
)
def test_one_normal_form(typed: str, address: str):
    assert addresses.normal(typed) == address
    assert addresses.normal(address) == address


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", NO_AT),
        ("a@b.co\r\nBcc: c@d.co", BAD_NAME),
        ("a@b.co c@d.co", BAD_NAME),
        ('"a b"@b.co', BAD_NAME),
        ("a..b@b.co", BAD_NAME),
        ("@b.co", BAD_NAME),
        ("a@", BAD_DOMAIN),
        ("a@[127.0.0.1]", BAD_DOMAIN),
        ("a@b_c.co", BAD_DOMAIN),
        ("a" * 65 + "@b.co", BAD_NAME),
        ("a@" + "b" * 64 + ".co", BAD_DOMAIN),
        ("a@" + "b." * 200 + "co", TOO_LONG),
        ("<script>@b.co", BAD_NAME),
        ("a@b.co\x00", None),  # what nobody sees is not part of it
        ("-oProxyCommand=x@b.co", None),  # odd, but a name; it is never an argument of a program
    ],
)
def test_hostile_addresses(typed: str, reason: str | None):
    if reason is None:
        assert addresses.normal(typed).endswith("@b.co")
        return
    with pytest.raises(Refusal) as refused:
        addresses.normal(typed)
    assert refused.value.values["reason"] == reason
    assert "\n" not in str(refused.value)


def test_a_long_list_ends_with_a_word_about_it():
    good, wrong = addresses.parse(",".join(f"a{n}@b.co" for n in range(60)))
    assert len(good) == 50
    assert [w.reason for w in wrong] == [TOO_MANY]


def test_a_megabyte_is_not_looked_at():
    good, wrong = addresses.parse("x" * 1_000_000 + ",a@b.co")
    assert not good
    assert [w.reason for w in wrong] == [NO_AT]
    assert len(wrong[0].text) <= 60


def test_a_refusal_is_a_usage_error_and_speaks_spanish():
    with pytest.raises(UsageError, match="is not an address: it has no @") as refused:
        addresses.normal("pedro")
    assert isinstance(refused.value, Refusal)
    spanish = refused.value.said(Translator("es"))
    assert spanish == "pedro no es una dirección de correo: no tiene @"
