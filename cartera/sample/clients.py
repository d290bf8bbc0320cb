"""The sample company's clients: who they are, how much they buy, and how they pay.

Nobody here exists. Tax numbers lie in ranges that no registry has reached (NIT 999..., cédula
1999...), addresses of mail under example.com, which belongs to nobody by RFC 2606.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from random import Random
from typing import Literal, cast, get_args

Habit = Literal["prompt", "punctual", "relaxed", "late", "slow", "stopped"]

#: Weights of the DIAN's check digit, from the last digit to the first.
_NIT_WEIGHTS = (3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71)


def nit(number: int) -> str:
    """A Colombian NIT with its check digit (DIAN, Orden Administrativa 4 of 1989).

    >>> nit(890903938)
    '890903938-8'
    """
    digits = reversed(str(number))
    rest = sum(w * int(d) for w, d in zip(_NIT_WEIGHTS, digits, strict=False)) % 11
    return f"{number}-{rest if rest < 2 else 11 - rest}"


@dataclass(frozen=True, slots=True)
class Client:
    """A client and its ways: terms in days, an invoice about `every` so many days of `size`.

    `size` is the usual value before tax, in thousands of the client's currency.
    """

    client_id: str
    name: str
    tax_id: str
    emails: str
    phone: str
    language: str
    salesperson: str
    group: str
    credit_limit: int
    notes: str
    habit: Habit
    terms: int
    every: int
    size: int
    currency: str = "COP"
    #: pays what fell due in runs, once a fortnight
    in_runs: bool = False
    #: is a withholding agent for income tax, for IVA, for the city's ICA
    withholds: tuple[bool, bool, bool] = (False, False, False)

    @property
    def is_export(self) -> bool:
        """Billed in dollars and free of IVA."""
        return self.currency != "COP"


PEDRO = "pedro-gomez"

# Columns: kind (N a person, J a company, X a company abroad, billed in dollars), name, city,
# group, habit, terms, every, size.
_ROSTER = """
N | Pedro Gómez                           | Medellín     | Ferreterías  | relaxed  | 30 | 40 | 1400
J | Ferretería El Tornillo Feliz S.A.S.   | Medellín     | Ferreterías  | punctual | 30 | 22 | 2600
J | Construcciones Altavista S.A.S.       | Bogotá       | Construcción | late     | 45 | 20 | 6800
J | Depósito La Esquina del Maestro Ltda. | Itagüí       | Ferreterías  | relaxed  | 30 | 26 | 1900
J | Agropecuaria Valle Sereno S.A.S.      | Palmira      | Agro         | punctual | 60 | 34 | 4300
N | María Fernanda Ospina                 | Envigado     | Hogar        | prompt   | 30 | 43 |  620
J | Hotel Mirador del Café S.A.S.         | Manizales    | Servicios    | punctual | 30 | 37 | 1750
J | Inversiones Piedra Negra S.A.S.       | Barranquilla | Construcción | slow     | 45 | 49 | 5200
J | Clínica San Amparo S.A.               | Medellín     | Salud        | relaxed  | 60 | 27 | 7400
J | Maderas del Sinú S.A.S.               | Montería     | Construcción | relaxed  | 30 | 32 | 2300
J | Tienda Don Evaristo S.A.S.            | Rionegro     | Hogar        | punctual | 15 | 17 |  540
N | Luz Dary Cardona                      | Bello        | Hogar        | punctual | 15 | 29 |  380
J | Eléctricos del Otún S.A.S.            | Pereira      | Ferreterías  | punctual | 30 | 18 | 2100
J | Urbanizadora Cielo Claro S.A.         | Bogotá       | Construcción | relaxed  | 60 | 23 | 8800
J | Pinturas Arcoíris del Sur S.A.S.      | Pasto        | Ferreterías  | late     | 30 | 38 | 1650
J | Transportes Ruta Verde S.A.S.         | Bucaramanga  | Servicios    | punctual | 30 | 33 | 1500
J | Muebles y Diseños La Ceiba S.A.S.     | Cali         | Hogar        | late     | 30 | 30 | 2200
N | Jhon Jairo Múnera                     | Sabaneta     | Ferreterías  | late     | 15 | 41 |  450
J | Colegio Nuevo Amanecer                | Medellín     | Servicios    | punctual | 30 | 55 | 1300
J | Almacén La Gran Bisagra S.A.S.        | Cúcuta       | Ferreterías  | relaxed  | 30 | 24 | 1850
J | Constructora Tres Cordilleras S.A.S.  | Medellín     | Construcción | punctual | 45 | 18 | 9200
J | Lácteos Monte Alto S.A.S.             | San Pedro    | Agro         | punctual | 30 | 35 | 2700
J | Cafetales La Ilusión S.A.S.           | Armenia      | Agro         | late     | 60 | 50 | 3100
N | Ana Lucía Betancur                    | La Ceja      | Agro         | punctual | 30 | 46 |  700
J | Hidráulicas del Norte S.A.S.          | Barranquilla | Construcción | punctual | 30 | 28 | 3600
J | Restaurante Fogón Paisa S.A.S.        | Medellín     | Servicios    | prompt   | 15 | 21 |  480
J | Industrias Metálicas Rivera S.A.S.    | Itagüí       | Industria    | punctual | 45 | 22 | 5400
J | Plásticos Pacífico Azul S.A.S.        | Yumbo        | Industria    | relaxed  | 45 | 29 | 4100
J | Distribuidora El Buen Precio Ltda.    | Sincelejo    | Hogar        | late     | 30 | 34 | 1250
J | Obras y Pavimentos Quindío S.A.S.     | Armenia      | Construcción | stopped  | 30 | 37 | 3900
N | Carlos Arturo Velásquez               | Envigado     | Construcción | relaxed  | 30 | 45 |  880
J | Jardines y Viveros Primavera S.A.S.   | El Carmen    | Agro         | punctual | 30 | 39 |  950
J | Confecciones Hilo Fino S.A.S.         | Medellín     | Industria    | punctual | 30 | 27 | 2900
J | Ferrehogar Los Almendros S.A.S.       | Valledupar   | Ferreterías  | relaxed  | 30 | 29 | 1700
J | Acabados y Pisos Elegantes S.A.S.     | Bogotá       | Construcción | late     | 30 | 23 | 3300
J | Panadería Trigo Dorado S.A.S.         | Bello        | Servicios    | prompt   | 15 | 24 |  410
N | Sandra Milena Quiceno                 | Girardota    | Hogar        | punctual | 15 | 49 |  330
J | Fundación Manos Unidas del Valle      | Cali         | Salud        | slow     | 60 | 61 | 1600
J | Equipos Médicos Santa Elena S.A.S.    | Medellín     | Salud        | punctual | 45 | 32 | 4700
J | Arroceras del Tolima Grande S.A.S.    | Ibagué       | Agro         | slow     | 60 | 40 | 5100
J | Carpintería Cedro Rojo S.A.S.         | Rionegro     | Hogar        | punctual | 30 | 35 | 1100
J | Seguridad Faro del Caribe Ltda.       | Cartagena    | Servicios    | punctual | 30 | 44 | 1450
J | Aceros Cumbre S.A.S.                  | Manizales    | Industria    | relaxed  | 45 | 26 | 6100
N | Wilson Alberto Cano                   | Copacabana   | Ferreterías  | relaxed  | 15 | 37 |  520
J | Parqueaderos Ciudad Central S.A.S.    | Bogotá       | Servicios    | punctual | 30 | 67 |  900
J | Avícola Campo Lindo S.A.S.            | Fusagasugá   | Agro         | slow     | 45 | 33 | 2400
J | Electrobombas Andinas S.A.S.          | Duitama      | Industria    | punctual | 30 | 30 | 2800
J | Granja Porcícola El Roble S.A.S.      | Don Matías   | Agro         | punctual | 45 | 38 | 3000
J | Remodelaciones Casa Viva S.A.S.       | Medellín     | Construcción | relaxed  | 30 | 21 | 2000
N | Gloria Inés Zuluaga                   | Marinilla    | Hogar        | prompt   | 30 | 51 |  560
J | Litografía Tinta Noble S.A.S.         | Medellín     | Industria    | punctual | 30 | 34 | 1200
J | Supermercados La Cosecha S.A.S.       | Neiva        | Hogar        | punctual | 30 | 15 | 1950
J | Ingeniería y Montajes Delta S.A.S.    | Yopal        | Industria    | slow     | 45 | 41 | 4500
N | Hernán Darío Gallego                  | Caldas       | Construcción | stopped  | 30 | 43 | 1150
X | Andes Hardware Trading LLC            | Miami        | Exportación  | punctual | 45 | 37 |    3
X | Suministros del Canal S.A.            | Panamá       | Exportación  | relaxed  | 30 | 32 |    2
X | Importadora Quito Norte Cía. Ltda.    | Quito        | Exportación  | late     | 60 | 46 |    4
X | Caribbean Builders Supply Inc.        | San Juan     | Exportación  | late     | 45 | 54 |    2
X | Comercial Santa Rosa S.A. de C.V.     | San Salvador | Exportación  | relaxed  | 30 | 59 |    2
J | Papelería Punto y Coma S.A.S.         | Medellín     | Servicios    | punctual | 30 | 26 |  350
"""

_SALES = ("Laura Restrepo", "Andrés Zapata", "Catalina Mejía", "Diego Hoyos")
#: Country and area code by city; Antioquia's where none is given.
_DIALLING = {
    "Miami": "+1 305", "Panamá": "+507", "Quito": "+593 2", "San Juan": "+1 787",
    "San Salvador": "+503",
    "Bogotá": "+57 601", "Fusagasugá": "+57 601",
    "Cali": "+57 602", "Palmira": "+57 602", "Pasto": "+57 602", "Yumbo": "+57 602",
    "Barranquilla": "+57 605", "Cartagena": "+57 605", "Sincelejo": "+57 605",
    "Valledupar": "+57 605",
    "Armenia": "+57 606", "Manizales": "+57 606", "Pereira": "+57 606",
    "Bucaramanga": "+57 607", "Cúcuta": "+57 607",
    "Duitama": "+57 608", "Ibagué": "+57 608", "Neiva": "+57 608", "Yopal": "+57 608",
}  # fmt: skip
_IN_ENGLISH = {"Miami", "San Juan"}
_REMARKS = (
    "Pagan los viernes.",
    "Radicar la factura antes del día 20.",
    "Pedir orden de compra.",
    "Entregas solo en la mañana.",
    "Confirmar retenciones con contabilidad.",
)
_LEGAL_FORMS = {"sas", "sa", "ltda", "llc", "inc", "cia", "de", "cv", "del", "la", "el", "los", "y"}


def clients(seed: int) -> list[Client]:
    """All clients, Pedro Gómez first; the same for the same seed."""
    rows = [line.split("|") for line in _ROSTER.strip().splitlines()]
    return [_client(index, [cell.strip() for cell in row], seed) for index, row in enumerate(rows)]


def _client(index: int, row: list[str], seed: int) -> Client:
    kind, name, city, group, habit, terms, every, size = row
    assert habit in get_args(Habit), name  # noqa: S101 - a slip in the roster above
    rng = Random(f"{seed}:{name}")
    slug = _slug(name)
    thousands = int(size)
    is_company = kind == "J"
    is_agent = is_company and thousands >= 2500
    return Client(
        client_id=slug,
        name=name,
        tax_id=_tax_id(kind, index, rng),
        emails=_emails(kind, slug, rng),
        phone=f"{_DIALLING.get(city, '+57 604')} 555 01{index:02d}",
        language="en" if city in _IN_ENGLISH else "es",
        salesperson=_SALES[index % len(_SALES)],
        group=group,
        credit_limit=thousands * 1000 * (4 + rng.randrange(4)),
        notes=" ".join([f"{city}.", *([rng.choice(_REMARKS)] if rng.random() < 0.3 else [])]),
        habit=cast("Habit", habit),
        terms=int(terms),
        every=int(every),
        size=thousands,
        currency="USD" if kind == "X" else "COP",
        in_runs=is_company and rng.random() < 0.4,
        withholds=(is_agent, is_agent and thousands >= 6000, is_agent and city == "Medellín"),
    )


def _tax_id(kind: str, index: int, rng: Random) -> str:
    if kind == "J":
        return nit(999_000_000 + index * 10_007 + rng.randrange(10_000))
    if kind == "N":
        return str(1_999_000_000 + index * 10_007 + rng.randrange(10_000))
    return ""  # abroad; the invoice carries 444444444 and the ledger nothing


def _emails(kind: str, slug: str, rng: Random) -> str:
    if kind == "N":
        return f"{slug.replace('-', '.')}@example.com"
    boxes = [f"pagos.{slug}@example.com"]
    if rng.random() < 0.35:
        boxes.append(f"contabilidad.{slug}@example.com")
    return ";".join(boxes)


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = [w for w in plain.replace(".", "").split() if w not in _LEGAL_FORMS]
    return "-".join(words[:3])
