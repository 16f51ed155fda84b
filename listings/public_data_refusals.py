"""What is refused of authorised public data and its guided prices, in both languages; ``refusals.py`` registers them."""

from __future__ import annotations

from kit.rejected import Refusal

__all__ = ["ROWS"]

_EDIT = "/desk/listings/{listing}/edit/"

ROWS = [
    Refusal("listings.authorisation.field_faulty", 400, ("字段有误", "A field is wrong"), ("请检查标出的字段。", "See the fields marked."),
            "",
            ("改正标出的字段", "Correct the fields marked"), "/desk/authorisations/"),
    Refusal("listings.authorisation.term_too_long", 422, ("授权期限超过五年", "The term is longer than five years"),
            ("公共数据授权运营的期限最长五年。", "Public data is authorised for five years at most."), "发改数据规〔2025〕27号 第14条",
            ("缩短期限", "Shorten the term"), "/desk/authorisations/"),
    Refusal("listings.authorisation.missing", 422, ("公共数据须指明授权", "Public data names its authorisation"),
            ("公共数据产品须指向登记簿中一项有效的授权运营。",
             "A product of public data points at an authorisation in force in the register."),
            "《数据二十条》第四条（R13）；发改数据规〔2025〕27号 第14条", ("选择授权，或先登记授权",
                                                                           "Choose it, or enter it in the register"),
            f"{_EDIT}#class"),
    Refusal("listings.authorisation.not_in_force", 422, ("授权现在无效", "The authorisation is not in force"),
            ("所指的授权尚未确认、已到期、已撤销，或不属于贵机构。",
             "It is not confirmed yet, has ended, was revoked, or is another operator's."),
            "《数据二十条》第四条（R13）", ("取得或续展授权", "Obtain or renew an authorisation"), "/desk/authorisations/"),
    Refusal("listings.authorisation.out_of_scope", 422, ("超出授权范围", "Outside the scope of the authorisation"),
            ("行业、用途和地域都须在授权范围之内。", "Sector, purposes and territory stay inside what was authorised."),
            "《数据二十条》第四条（R13）；发改数据规〔2025〕27号 第9条", ("缩小范围，或取得更宽的授权",
                                                                          "Narrow it, or obtain a wider authorisation"),
            f"{_EDIT}#terms"),
    Refusal("listings.price.mixed_purposes", 422, ("无偿与有偿用途不能混在一个产品里", "Free and paid uses do not share one offer"),
            ("公共治理、公益事业无偿使用，其他用途有偿使用，请分别挂牌。",
             "Governance and public welfare are free, other uses are paid: list them apart."),
            "《数据二十条》第四条（R17、R18）", ("分成两个产品", "Make two products of it"), f"{_EDIT}#terms"),
    Refusal("listings.price.fixed_only", 422, ("公共数据只能定价出售", "Public data is sold at a fixed price only"),
            ("执行政府指导定价的产品不竞价、不议价。", "What follows a guided price is neither auctioned nor bargained over."),
            "《数据二十条》第八条（R44）；发改价格〔2025〕65号", ("改为定价", "Choose a fixed price"), f"{_EDIT}#price"),
    Refusal("listings.price.must_be_free", 422, ("公共治理、公益用途须免费", "Governance and public welfare are free"),
            ("用于公共治理、公益事业的公共数据价格须为零。", "Public data for governance or public welfare has the price zero."),
            "《数据二十条》第四条（R17）；发改价格〔2025〕65号 一", ("将价格改为 0", "Set the price to 0"), f"{_EDIT}#price"),
    Refusal("listings.price.guided_expected", 422, ("须选政府指导定价", "Choose the guided price"),
            ("用于产业、行业发展的公共数据执行政府指导定价。", "Public data for industry follows a guided price."),
            "《数据二十条》第八条（R44）；发改价格〔2025〕65号", ("将定价依据改为政府指导定价", "Choose the guided price"),
            f"{_EDIT}#price"),
    Refusal("listings.price.no_cap", 422, ("还没有价格上限", "There is no cap yet"),
            ("授权方尚未核定该产品的价格上限，或上限已过复核期。", "The grantor has not set a cap, or its review is overdue."),
            "发改价格〔2025〕65号 二、三（R18）", ("请授权方核定上限", "Ask the grantor to set it"), "/desk/authorisations/"),
    Refusal("listings.price.above_cap", 422, ("价格高于指导价上限", "The price stands above the cap"),
            ("公共数据的价格不得高于授权方核定的上限。", "Public data is sold at the grantor's cap at most."),
            "发改价格〔2025〕65号 二（R18、R44）", ("降到上限以内", "Lower the price to the cap"), f"{_EDIT}#price"),
    Refusal("listings.price.rate_too_high", 422, ("准许收益率过高", "The profit rate is too high"),
            ("准许收益率不超过十年期国债平均收益率加 6 个百分点，现为 {highest}%。",
             "It stands at most six points above the ten-year bond's average yield: {highest} % now."),
            "发改价格〔2025〕65号 二", ("降低收益率", "Lower the rate"), "/desk/authorisations/"),
    Refusal("listings.price.above_permitted", 422, ("上限超出准许收入", "The cap exceeds the revenue permitted"),
            ("准许收入 {permitted}，按预计份数每份最高 {highest}。",
             "Revenue permitted {permitted}: at most {highest} a licence for the licences expected."),
            "发改价格〔2025〕65号 二", ("降低上限或调整份数", "Lower the cap or change the number"), "/desk/authorisations/"),
    Refusal("listings.price.review_too_late", 422, ("复核期超过三年", "The review comes after more than three years"),
            ("价格上限至少每三年复核一次。", "A cap is reviewed every three years at least."), "发改价格〔2025〕65号 三",
            ("将复核日期提前", "Bring the review forward"), "/desk/authorisations/"),
]
