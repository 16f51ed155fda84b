"""The sixty products of the demo market, each the honest description of one real table of ``tables.py``.

Title and note are written by hand; rows, columns, source and licence in the description are read from the table itself, so
a text can claim nothing that the file does not hold. Category, stage and facts are what a careful seller would declare:
official open data is public data (数据二十条 四), a merchant's own cleaning or aggregation is enterprise data.
"""

# ruff: noqa: E501 (rows of a table; Chinese characters count double)
from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from compliance.taxonomy import DataCategory, DataGrade, DeliveryMode, ProcessingStage
from participants.roles import Role
from simulation.cast import player
from simulation.tables import SOURCES, Table, table

__all__ = ["CALLED", "MARKED", "OFFERS", "ROOMS", "SCORED", "VERIFIED", "Offer", "offer"]

RAW, MID, END = ProcessingStage.RAW, ProcessingStage.INTERMEDIATE, ProcessingStage.PRODUCT
FIXED, AUCTION = "fixed", "auction"
#: The directory of airports is a community's, taken over by agreement: outside the fast lane of public data, two regulators look.
#: Public data that is not opened to everyone: run under the operator's authorisation, delivered as a report, at the grantor's cap.
_AUTHORISED = frozenset({"seattle_2012", "seattle_2013", "seattle_2014", "seattle_2015", "employment_goods", "employment_services",
                         "employment_yearly"})
#: What is sold by the call, and the file whose copies are marked with how far which columns may move.
CALLED = "cars_usa"
MARKED: tuple[str, dict[str, str]] = ("americas_panel", {"life_expectancy": "0.005", "gdp_per_capita_usd": "0.0005"})
#: What is sold as questions to a clean room, and what its holder offers of it.
ROOMS: dict[str, dict[str, Any]] = {"cars_all": {"least": 20, "columns": [
    {"name": "origin", "kind": "word", "values": ["USA", "Europe", "Japan"]},
    {"name": "cylinders", "kind": "word", "values": ["4", "6", "8"]},
    {"name": "horsepower", "kind": "number", "lower": 40, "upper": 240},
    {"name": "miles_per_gallon", "kind": "number", "scale": 1, "lower": 80, "upper": 480}]}}
#: What is sold as scores of a declared model: miles a gallon from weight and power, straight lines through 68 cars.
SCORED: dict[str, dict[str, Any]] = {"cars_europe": {
    "format": "linear/1", "target": {"lower": "10", "upper": "50"}, "weights_micro": [-134_676, -462_645], "intercept_micro": 678_003,
    "inputs": [{"name": "weight_lbs", "lower": "1500", "upper": "4000"}, {"name": "horsepower", "lower": "40", "upper": "140"}]}}
#: What is sold as answers whether a record is so: the columns of the record, its subject first.
VERIFIED: dict[str, tuple[str, ...]] = {"world_2007": ("country", "continent")}
#: What is subscribed to month by month, and what may be tried first: (days, seats), free of charge.
_MONTHLY = frozenset({"stocks_wide", "wheat_prices", "airports_by_state"})
_TRIALS = {"world_life_wide": (14, 1), "cars_usa": (14, 2), "penguins_summary": (7, 1), "stocks_wide": (7, 1)}
_BY_AGREEMENT = frozenset({"airports_all", "airports_alaska", "airports_texas", "airports_california"})


@dataclass(frozen=True)
class Offer:
    """One product as its seller offers it; ``price_yuan`` is the list price, or where an auction starts."""

    key: str
    seller: str
    title_zh: str
    title_en: str
    stage: ProcessingStage
    sale: str
    price_yuan: int
    sector: str
    note_zh: str
    note_en: str

    @property
    def table(self) -> Table:
        return table(self.key)

    @property
    def category(self) -> DataCategory:
        operator = player(self.seller).role is Role.PUBLIC_DATA_OPERATOR
        return DataCategory.PUBLIC if operator else DataCategory.ENTERPRISE

    @property
    def authorised(self) -> bool:
        """Whether it is sold under an authorisation of public data."""
        return self.key in _AUTHORISED

    @property
    def delivery_mode(self) -> DeliveryMode:
        if self.key in ROOMS:
            return DeliveryMode.CLEAN_ROOM
        if self.key == CALLED:
            return DeliveryMode.API
        if self.key in SCORED or self.key in VERIFIED:
            return DeliveryMode.MODEL if self.key in SCORED else DeliveryMode.VERIFICATION
        return DeliveryMode.REPORT if self.authorised else DeliveryMode.DOWNLOAD

    @property
    def file_name(self) -> str:
        return f"{self.key}.csv"

    @cached_property
    def description_zh(self) -> str:
        source, content = SOURCES[self.table.source], self.table
        return (f"{self.note_zh}全表 {len(content.rows)} 行、{len(content.columns)} 列，字段：{'、'.join(content.columns)}。"
                f"来源：{source.origin_zh}，使用条款：{source.terms}。")

    @cached_property
    def description_en(self) -> str:
        source, content = SOURCES[self.table.source], self.table
        return (f"{self.note_en} {len(content.rows)} rows, {len(content.columns)} columns: {', '.join(content.columns)}. "
                f"Source: {source.origin_en}; terms: {source.terms}.")

    @property
    def source_statement(self) -> str:
        source = SOURCES[self.table.source]
        return f"来源为公开发布的资料：{source.origin_zh}（{source.terms}）；由供方整理加工后形成本产品，不含个人信息。"

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What the seller states for the screening beside the classification: every fact that is due at listing."""
        public = self.category is DataCategory.PUBLIC
        return {
            "state_secret": False, "work_secret": False, "harms_national_security": False, "harms_public_interest": False,
            "source_lawful": True, "source_proof": True, "contains_pi": False, "contains_spi": False, "contains_minor_u14": False,
            "public_space_capture": False, "public_open_status": self._open_status, "public_authorised": public,
            "trade_secret_owner": "none", "technical_measure_bypassed": False, "source_type": "authorised" if public else "public",
            "rights_disputed": False, "human_genetic": False, "stats_respondent_identifiable": False, "state_owned_archive": False,
            "geo_secret": False, "unpublished_important_geo": False, "cross_border": False,
            "upstream_authorised_operator_is_seller_group": False, "derived_from_delivered_public_product": False,
            "obtained_by_gov_sharing": False, "export_controlled": False, "may_affect_national_security": False,
            "linked_sources": 2 if self.key == "two_cities_degree_days" else 1, "linkage_risk_score": "0.1",
        }

    @property
    def _open_status(self) -> str:
        if self.category is not DataCategory.PUBLIC:
            return "not_open"
        return "conditional" if self.authorised else "unconditional"

    @property
    def classification(self) -> dict[str, Any]:
        """The facts that a listing's own fields state."""
        return {"subject_class": str(self.category), "processing_stage": str(self.stage), "grade": str(self.grade),
                "delivery_mode": str(self.delivery_mode), "product_kind": "dataset", "rights_held": ["hold", "use", "operate"]}

    @property
    def origin(self) -> str:
        """How the seller came by its rights; only open or authorised public data has the fast lane (R16)."""
        if self.category is not DataCategory.PUBLIC:
            return "collected"
        if self.authorised:
            return "authorised_operation"
        return "contract" if self.key in _BY_AGREEMENT else "open_data"

    @property
    def grade(self) -> DataGrade:
        return DataGrade.GENERAL

    @property
    def use_terms(self) -> dict[str, Any]:
        return {"purposes": ["research", "product_development", "internal_analysis"], "forbidden": ["reidentification"],
                "term_days": 365, "regions": ["CN"], "seats": 10, "export": False, "derivatives": True, "own_outputs": True,
                **({"plan": {"months": 1}} if self.key in _MONTHLY and self.sale == FIXED else {}),
                **({"trial": {"days": _TRIALS[self.key][0], "seats": _TRIALS[self.key][1], "price_fen": 0}} if self.key in _TRIALS else {}),
                **({"train": True} if sum(map(ord, self.key)) % 2 else {}),
                **({"template": "development"} if sum(map(ord, self.key)) % 7 == 0 else {})}

    @property
    def contributors(self) -> tuple[tuple[str, int, str], ...]:
        """Who shares the proceeds: (player, weight, part). The quality assessor works for every third product; what is derived from open
        weather pays the operator it came from too: three parties sign."""
        assessed = sum(map(ord, self.key)) % 3 == 0
        if self.seller == "yunqiao":
            return (self.seller, 70, "processing"), ("binhai", 20, "source"), ("zhengheng", 10, "quality")
        return ((self.seller, 85, "processing"), ("zhengheng", 15, "quality")) if assessed else ((self.seller, 100, "processing"),)

    @property
    def rest(self) -> dict[str, int]:
        """How what is left to share goes: one product of three parties gathers a month's income in a pool, others divide every trade."""
        return {"period_months": 1} if self.key == "two_cities_degree_days" else {}


_GAP_ZH, _GAP_EN = "五年一期，共十二期。", "Every five years, twelve points in time."
_WEATHER_ZH, _WEATHER_EN = "逐日降水、最高最低气温、风速与天气现象。", "Daily precipitation, highest and lowest temperature, wind and weather."

OFFERS: tuple[Offer, ...] = (
    # ---- 衡知研究: the world in five-year steps
    Offer("world_panel", "hengzhi", "世界各国人口寿命收入面板（1952—2007）", "World panel of population, life expectancy and income, 1952-2007",
          END, AUCTION, 68_000, "M", _GAP_ZH, _GAP_EN),
    Offer("asia_panel", "hengzhi", "亚洲各国发展指标面板（1952—2007）", "Development indicators of Asia, 1952-2007", END, AUCTION, 32_000, "M",
          "从世界面板取亚洲各国。" + _GAP_ZH, "The Asian countries of the world panel. " + _GAP_EN),
    Offer("europe_panel", "hengzhi", "欧洲各国发展指标面板（1952—2007）", "Development indicators of Europe, 1952-2007", END, AUCTION, 28_000,
          "M", "从世界面板取欧洲各国。" + _GAP_ZH, "The European countries of the world panel. " + _GAP_EN),
    Offer("africa_panel", "hengzhi", "非洲各国发展指标面板（1952—2007）", "Development indicators of Africa, 1952-2007", END, AUCTION, 36_000,
          "M", "从世界面板取非洲各国。" + _GAP_ZH, "The African countries of the world panel. " + _GAP_EN),
    Offer("americas_panel", "hengzhi", "美洲各国发展指标面板（1952—2007）", "Development indicators of the Americas, 1952-2007", END, FIXED,
          19_800, "M", "从世界面板取美洲各国。" + _GAP_ZH, "The American countries of the world panel. " + _GAP_EN),
    Offer("oceania_panel", "hengzhi", "大洋洲两国发展指标（1952—2007）", "Development indicators of Oceania, 1952-2007", END, FIXED, 3_600,
          "M", "澳大利亚与新西兰。" + _GAP_ZH, "Australia and New Zealand. " + _GAP_EN),
    Offer("world_life_wide", "hengzhi", "各国预期寿命年表", "Life expectancy by country and year", END, FIXED, 12_800, "Q",
          "一国一行、一年一列。", "One row a country, one column a year."),
    Offer("world_gdp_wide", "hengzhi", "各国人均GDP年表", "GDP per person by country and year", END, FIXED, 15_800, "M",
          "一国一行、一年一列。", "One row a country, one column a year."),
    Offer("world_population_wide", "hengzhi", "各国人口年表", "Population by country and year", END, FIXED, 12_800, "M",
          "一国一行、一年一列。", "One row a country, one column a year."),
    # ---- 沪甬港航: derived series
    Offer("world_gdp_total", "huyong", "各国GDP总量推算表（1952—2007）", "Total GDP by country, computed, 1952-2007", END, AUCTION, 42_000, "M",
          "由人口与人均GDP相乘得出，单位百万美元。", "Population times GDP per person, in million US dollars."),
    Offer("continent_summary", "huyong", "各大洲人口加权发展指标", "Population-weighted indicators by continent", END, AUCTION, 24_000, "M",
          "各洲人口、加权预期寿命与加权人均GDP。", "People, weighted life expectancy and weighted GDP per person of each continent."),
    Offer("china_series", "huyong", "中国人口寿命收入序列（1952—2007）", "China: population, life expectancy and income, 1952-2007", END, FIXED,
          4_800, "M", _GAP_ZH, _GAP_EN),
    Offer("emerging_series", "huyong", "四个新兴经济体发展序列", "Four emerging economies, 1952-2007", END, AUCTION, 16_000, "M",
          "巴西、中国、印度、南非。" + _GAP_ZH, "Brazil, China, India and South Africa. " + _GAP_EN),
    Offer("driving_gas", "huyong", "美国人均行驶里程与油价（1956—2010）", "US miles driven per person and gas prices, 1956-2010", END, FIXED,
          6_800, "G", "一年一行。", "One row a year."),
    # ---- 小满数据: a small sponsored firm
    Offer("world_2007", "xiaoman", "国家与所属大洲核验（2007年）", "Verification of countries and their continents, 2007", END, FIXED, 2_900,
          "M", "问一国是否属于某洲，答是、否或未知；记录只存密钥哈希。",
          "Asks whether a country lies in a continent: yes, no or unknown; records are kept as keyed hashes alone."),
    Offer("anscombe_quartet", "xiaoman", "统计教学用四重奏数据", "Anscombe's quartet for teaching statistics", END, FIXED, 1_200, "P",
          "四组数统计量相同、图形各异。", "Four sets with the same statistics and different pictures."),
    # ---- 云樵气象: derived weather
    Offer("seattle_monthly", "yunqiao", "西雅图月度气候汇总（2012—2015）", "Monthly climate of Seattle, 2012-2015", END, AUCTION, 18_000, "M",
          "由逐日记录按月计算雨日、降水量与平均气温。", "Wet days, precipitation and mean temperatures by month, computed from daily records."),
    Offer("seattle_daily_range", "yunqiao", "西雅图逐日气温极值（2010）", "Daily temperature range in Seattle, 2010", END, AUCTION, 14_000, "M",
          "由逐时气温换算为摄氏度后取每日最低、平均、最高。", "Lowest, mean and highest of each day from hourly readings, in Celsius."),
    Offer("san_francisco_daily_range", "yunqiao", "旧金山逐日气温极值（2010）", "Daily temperature range in San Francisco, 2010", END, AUCTION,
          14_000, "M", "由逐时气温换算为摄氏度后取每日最低、平均、最高。", "Lowest, mean and highest of each day from hourly readings, in Celsius."),
    Offer("two_cities_degree_days", "yunqiao", "双城采暖度日（18℃基准，2010）", "Heating degree days of two cities, base 18 °C, 2010", END, FIXED,
          7_800, "D", "两城逐日均温关联后按月累计。", "The daily means of both cities, summed by month."),
    # ---- 滨海公共数据: open weather and energy
    Offer("seattle_daily", "binhai", "西雅图逐日天气（2012—2015）", "Daily weather in Seattle, 2012-2015", MID, AUCTION, 26_000, "M",
          _WEATHER_ZH, _WEATHER_EN),
    Offer("seattle_2012", "binhai", "西雅图逐日天气（2012年）", "Daily weather in Seattle, 2012", MID, FIXED, 5_200, "M", _WEATHER_ZH, _WEATHER_EN),
    Offer("seattle_2013", "binhai", "西雅图逐日天气（2013年）", "Daily weather in Seattle, 2013", MID, FIXED, 5_200, "M", _WEATHER_ZH, _WEATHER_EN),
    Offer("seattle_2014", "binhai", "西雅图逐日天气（2014年）", "Daily weather in Seattle, 2014", MID, FIXED, 5_200, "M", _WEATHER_ZH, _WEATHER_EN),
    Offer("seattle_2015", "binhai", "西雅图逐日天气（2015年）", "Daily weather in Seattle, 2015", MID, FIXED, 5_200, "M", _WEATHER_ZH, _WEATHER_EN),
    Offer("seattle_hourly", "binhai", "西雅图逐时气温（2010年，摄氏度）", "Hourly temperature in Seattle, 2010, Celsius", MID, AUCTION, 22_000,
          "M", "由华氏度换算。", "Converted from Fahrenheit."),
    Offer("san_francisco_hourly", "binhai", "旧金山逐时气温（2010年，摄氏度）", "Hourly temperature in San Francisco, 2010, Celsius", MID,
          AUCTION, 22_000, "M", "由华氏度换算。", "Converted from Fahrenheit."),
    Offer("electricity_generation", "binhai", "艾奥瓦州分能源发电量（2001—2017）", "Electricity generated in Iowa by source, 2001-2017", MID,
          AUCTION, 20_000, "D", "化石能源、核能与可再生能源，单位吉瓦时。", "Fossil, nuclear and renewable, in gigawatt hours."),
    # ---- 岚河公数: open labour statistics and airports
    Offer("employment_monthly", "lanhe", "美国分行业月度非农就业（2006—2015）", "US nonfarm employment by industry and month, 2006-2015", MID,
          AUCTION, 38_000, "S", "季节调整后，单位千人。", "Seasonally adjusted, in thousands."),
    Offer("employment_goods", "lanhe", "美国商品生产部门月度就业", "US employment in goods production by month", MID, FIXED, 8_800, "C",
          "采矿、建筑、制造等五列，单位千人。", "Five columns from mining to manufacturing, in thousands."),
    Offer("employment_services", "lanhe", "美国服务业月度就业", "US employment in services by month", MID, FIXED, 8_800, "L",
          "批发零售、运输、信息、金融等十列，单位千人。", "Ten columns from trade to finance, in thousands."),
    Offer("employment_yearly", "lanhe", "美国年度平均就业人数（2006—2015）", "Mean US employment by year, 2006-2015", END, FIXED, 4_200, "S",
          "由十二个月平均，单位千人。", "The mean of twelve months, in thousands."),
    Offer("airports_by_state", "lanhe", "各州机场数量统计", "Number of airports by state", END, FIXED, 3_200, "G", "按国家与州计数。",
          "Counted by country and state."),
    Offer("airports_all", "lanhe", "机场名录与坐标（全部）", "Directory of airports with coordinates", MID, AUCTION, 46_000, "G",
          "代码、名称、城市与经纬度。", "Code, name, town, latitude and longitude."),
    Offer("airports_alaska", "lanhe", "阿拉斯加机场名录与坐标", "Airports of Alaska with coordinates", MID, FIXED, 6_600, "G",
          "代码、名称、城市与经纬度。", "Code, name, town, latitude and longitude."),
    Offer("airports_texas", "lanhe", "得克萨斯机场名录与坐标", "Airports of Texas with coordinates", MID, FIXED, 6_600, "G",
          "代码、名称、城市与经纬度。", "Code, name, town, latitude and longitude."),
    Offer("airports_california", "lanhe", "加利福尼亚机场名录与坐标", "Airports of California with coordinates", MID, FIXED, 6_600, "G",
          "代码、名称、城市与经纬度。", "Code, name, town, latitude and longitude."),
    # ---- 北屿数据: a foreign merchant
    Offer("airports_florida", "nordoy", "佛罗里达机场名录", "Airports of Florida", END, FIXED, 5_600, "G", "整理自公开名录。",
          "Arranged from the open directory."),
    Offer("airports_newyork", "nordoy", "纽约州机场名录", "Airports of the state of New York", END, FIXED, 5_600, "G", "整理自公开名录。",
          "Arranged from the open directory."),
    Offer("airports_lakes", "nordoy", "五大湖五州机场名录", "Airports of five Great Lakes states", END, AUCTION, 12_000, "G",
          "密歇根、明尼苏达、威斯康星、伊利诺伊、俄亥俄。", "Michigan, Minnesota, Wisconsin, Illinois and Ohio."),
    Offer("electricity_shares", "nordoy", "艾奥瓦州能源结构占比（2001—2017）", "Shares of energy sources in Iowa, 2001-2017", END, AUCTION,
          15_000, "D", "由发电量算出各能源占比，单位百分比。", "Shares of generation by source, in percent."),
    # ---- 皓岳金信: markets
    Offer("stocks_monthly", "haoyue", "五家科技公司月度收盘价（2000—2010）", "Monthly closing prices of five technology firms, 2000-2010", MID,
          AUCTION, 30_000, "J", "一公司一月一行。", "One row a firm and month."),
    Offer("stocks_wide", "haoyue", "五家科技公司月度价格对照表", "Monthly prices of five technology firms side by side", END, FIXED, 9_800, "J",
          "一月一行、一公司一列；谷歌上市前为空。", "One row a month, one column a firm; empty before Google was listed."),
    Offer("stocks_returns", "haoyue", "五家科技公司月度收益率", "Monthly returns of five technology firms", END, AUCTION, 34_000, "J",
          "由相邻两月收盘价算出，单位百分比。", "From the closing prices of two months in a row, in percent."),
    Offer("volatility_daily", "haoyue", "波动率指数日线（2009年夏）", "Volatility index by day, summer 2009", MID, AUCTION, 11_000, "J",
          "开盘、最高、最低、收盘。", "Open, high, low and close."),
    # ---- 知辙汽车: cars
    Offer("cars_all", "zhiche", "经典车型性能参数（1970—1982）", "Performance of classic cars, 1970-1982", MID, AUCTION, 26_000, "C",
          "油耗、马力、重量与加速。", "Fuel use, power, weight and acceleration."),
    Offer("cars_japan", "zhiche", "日系经典车型性能参数", "Performance of classic cars from Japan", MID, FIXED, 6_800, "C",
          "油耗、马力、重量与加速。", "Fuel use, power, weight and acceleration."),
    Offer("cars_europe", "zhiche", "欧系经典车型油耗评分", "Fuel-use score of classic cars from Europe", END, FIXED, 6_800, "C",
          "由车重与马力估每加仑英里数的登记模型，按次评分，数据不交出。",
          "A registered model estimates miles per gallon from weight and power; scored by the call, the data stay."),
    Offer("cars_usa", "zhiche", "美系经典车型性能参数", "Performance of classic cars from the United States", MID, FIXED, 8_800, "C",
          "油耗、马力、重量与加速。", "Fuel use, power, weight and acceleration."),
    Offer("cars_metric", "zhiche", "经典车型油耗公制换算表", "Fuel use of classic cars in metric units", END, AUCTION, 18_000, "C",
          "百公里升数、千克与升，由原单位换算。", "Litres per 100 km, kilograms and litres, converted."),
    Offer("cars_by_year", "zhiche", "分年份产地平均油耗", "Mean fuel use by year and origin", END, AUCTION, 16_000, "C",
          "按年份与产地平均。", "An aggregation by year and origin."),
    # ---- 石野观测: penguins
    Offer("penguins_clean", "shiye", "南极企鹅体征测量（清洗版）", "Penguin measurements from Antarctica, cleaned", END, AUCTION, 24_000, "A",
          "去除有缺失的个体。", "Birds with missing values left out."),
    Offer("penguins_summary", "shiye", "南极企鹅分种体征均值", "Mean measurements of penguins by species", END, FIXED, 3_800, "A",
          "按种、岛、性别平均。", "Means by species, island and sex."),
    Offer("penguins_raw", "shiye", "南极企鹅野外原始数据", "Penguin field records as taken", RAW, AUCTION, 28_000, "A",
          "含采样批次、同位素与备注。", "With study, isotopes and remarks."),
    # ---- 苍木农数: fields and flowers
    Offer("barley_varieties", "cangmu", "大麦品种两年平均产量", "Mean yields of barley varieties in two years", END, AUCTION, 9_000, "A",
          "按品种与年份平均。", "Means by variety and year."),
    Offer("wheat_prices", "cangmu", "英国小麦价格与周工资（1565—1821）", "Wheat prices and weekly wages in England, 1565-1821", END, AUCTION,
          12_000, "A", "五年一行，单位先令。", "Every five years, in shillings."),
    Offer("barley_trials", "cangmu", "大麦品种田间试验原始数据", "Barley field trials as recorded", RAW, AUCTION, 13_000, "A",
          "十个品种、六个站点、两年。", "Ten varieties, six sites, two years."),
    Offer("iris_measurements", "cangmu", "鸢尾花花器测量原始数据", "Measurements of iris flowers as recorded", RAW, AUCTION, 8_000, "A",
          "三个种、各五十株。", "Three species, fifty plants each."),
    # ---- 清律医信: medicine and its history
    Offer("antibiotics", "qinglu", "三种抗生素最低抑菌浓度", "Minimum inhibitory concentrations of three antibiotics", END, AUCTION, 21_000,
          "Q", "十六种细菌。", "Sixteen bacteria."),
    Offer("crimea_mortality", "qinglu", "克里米亚战争月度死因统计（1854—1856）", "Causes of death by month in the Crimean war, 1854-1856", END,
          FIXED, 4_600, "Q", "疾病、创伤与其他。", "Disease, wounds and other causes."),
)
_BY_KEY = {one.key: one for one in OFFERS}


def offer(key: str) -> Offer:
    """This will return the offer made of that table; ``KeyError`` when there is none."""
    return _BY_KEY[key]
