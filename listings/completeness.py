"""What a draft still needs before it can be submitted, each with its place in the form: the completeness meter and "mend this"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from compliance.taxonomy import CALLED, CirculationMode
from listings.models import ListingVersion, SaleMode

__all__ = ["SECTIONS", "Missing", "meter", "missing_in"]

#: The form's sections in order: anchor -> (zh, en).
SECTIONS: dict[str, tuple[str, str]] = {
    "names": ("名称与说明", "Name and description"),
    "class": ("分类分级", "Classification and grade"),
    "facts": ("合规事实", "Compliance facts"),
    "terms": ("使用条款与交付", "Terms of use and delivery"),
    "price": ("价格与出售方式", "Price and sale"),
    "file": ("数据文件", "Data file"),
    "shares": ("收益分配", "Revenue sharing"),
    "proof": ("登记与承诺", "Registration and commitment"),
}


@dataclass(frozen=True)
class Missing:
    """One thing missing: field, the section whose anchor mends it, and what to do (zh, en)."""

    field: str
    section: str
    text: tuple[str, str]


@dataclass(frozen=True)
class Need:
    field: str
    section: str
    text: tuple[str, str]
    lacks: Callable[[ListingVersion], bool]
    applies: Callable[[ListingVersion], bool] = lambda version: True


def _licensed(version: ListingVersion) -> bool:
    return version.circulation != CirculationMode.OPEN


def _auction(version: ListingVersion) -> bool:
    return version.sale_mode == SaleMode.AUCTION


NEEDS: tuple[Need, ...] = (
    Need("title_zh", "names", ("填写中文名称（至少 4 个字）", "Give a Chinese title of at least 4 characters"),
         lambda v: len(v.title_zh) < 4),
    Need("title_en", "names", ("填写英文名称", "Give an English title"), lambda v: not v.title_en),
    Need("summary_zh", "names", ("用一句话说明内容", "Say in one sentence what it holds"), lambda v: not v.summary_zh),
    Need("description_zh", "names", ("填写说明（至少 20 个字）", "Describe it in at least 20 characters"),
         lambda v: len(v.description_zh) < 20),
    Need("sector", "names", ("选择所属行业", "Choose the sector"), lambda v: not v.sector),
    Need("category", "class", ("选择数据类别：公共、企业或个人", "Choose the category: public, enterprise or personal"),
         lambda v: not v.category),
    Need("stage", "class", ("选择加工程度", "Choose the processing stage"), lambda v: not v.stage),
    Need("grade", "class", ("选择数据级别", "Choose the grade"), lambda v: not v.grade),
    Need("delivery_mode", "terms", ("选择交付方式", "Choose the mode of delivery"), lambda v: not v.delivery_mode),
    Need("use_terms.interface", "terms", ("填写接口说明（OpenAPI 3，JSON）", "Describe the interface (OpenAPI 3, JSON)"),
         lambda v: not v.use_terms.get("interface"), lambda v: v.delivery_mode in CALLED),
    Need("use_terms.purposes", "terms", ("选择允许的用途", "Choose the purposes allowed"), lambda v: not v.use_terms.get("purposes"),
         _licensed),
    Need("use_terms.term_days", "terms", ("填写许可期限", "State the term of the licence"), lambda v: not v.use_terms.get("term_days"),
         _licensed),
    Need("use_terms.regions", "terms", ("填写许可地域", "State the territory"), lambda v: not v.use_terms.get("regions"), _licensed),
    Need("use_terms.licence", "terms", ("选择开放许可", "Choose the open licence"), lambda v: not v.use_terms.get("licence"),
         lambda v: not _licensed(v)),
    Need("price_fen", "price", ("填写价格（公益用途可为零）", "State the price (zero for public welfare)"), lambda v: v.price_fen is None,
         lambda v: v.sale_mode != SaleMode.NEGOTIATED),
    Need("use_terms.plan", "price", ("计价方案须以定价出售，基本费不高于价格",
                                    "A price plan asks for a list price, and a base fee within it"),
         lambda v: v.sale_mode != SaleMode.FIXED or not v.price_fen or v.use_terms["plan"].get("base_fen", 0) > v.price_fen,
         lambda v: bool(v.use_terms.get("plan"))),
    Need("use_terms.min_order", "price", ("起订要求只用于定价出售", "A minimum order asks for a list price"),
         lambda v: v.sale_mode != SaleMode.FIXED, lambda v: bool(v.use_terms.get("min_order"))),
    Need("auction_terms.format", "price", ("选择竞价方式", "Choose the auction format"), lambda v: not v.auction_terms.get("format"),
         _auction),
    Need("file_sha256", "file", ("上传数据文件（CSV）", "Upload the data file (CSV)"), lambda v: not v.file_sha256),
    Need("contributors", "shares", ("填写贡献方与权重", "State the contributors and their weights"), lambda v: not v.contributors.exists()),
)


def missing_in(version: ListingVersion) -> list[Missing]:
    """This will list what the form itself still lacks, in the form's order."""
    return [Missing(one.field, one.section, one.text) for one in NEEDS if one.applies(version) and one.lacks(version)]


def meter(version: ListingVersion, *, further: int = 0, further_done: int = 0) -> tuple[int, int]:
    """This will return how many of the needed items are there, of how many; ``further`` counts conditions outside the form."""
    asked = [one for one in NEEDS if one.applies(version)]
    done = sum(not one.lacks(version) for one in asked)
    return done + further_done, len(asked) + further
