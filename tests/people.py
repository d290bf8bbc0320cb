"""Somebody who acts, for tests in which it does not matter who."""

from __future__ import annotations

from cartera.people import Person

ANA = Person("ana", "main", "administrator", "Ana Ruiz")
LUIS = Person("luis", "main", "administrator", "Luis Peña")
READER = Person("rosa", "main", "reader", "Rosa Díaz")
EVE = Person("eve", "other", "administrator", "Eve")
