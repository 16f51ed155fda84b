"""What is refused of people's consents, mandates, requests and opt-outs, in both languages; ``refusals.py`` registers them."""

from __future__ import annotations

from kit.rejected import Refusal

__all__ = ["ROWS"]

_OPT_OUT = "数据流通利用白皮书 4.2(八)（W15）；个人信息保护法 第44条"

ROWS = [
    Refusal("listings.consent.incomplete", 400, ("同意须写明目的、范围和期限", "A consent names purpose, kinds and term"),
            ("一次同意只对应一个目的，须有期限。", "One consent serves one purpose and has a term."), "个人信息保护法 第14条（R28）"),
    Refusal("listings.consent.bundled", 422, ("不得一揽子授权或强制同意", "No bundled and no forced consent"),
            ("一次只能就一个目的作出同意，也不得以提供非必需的服务为条件。",
             "One acceptance serves one purpose and is no condition of a service that does not need it."),
            "《数据二十条》第六条（R28）；个人信息保护法 第14、16条", ("逐个目的分别同意", "Consent to each purpose apart")),
    Refusal("listings.consent.guardian_missing", 422, ("不满十四周岁须由监护人同意", "Under fourteen the guardian consents"),
            ("不满十四周岁未成年人的个人信息须取得监护人同意。", "A child's data needs the consent of its guardian."),
            "个人信息保护法 第31条", ("由监护人作出同意", "Let the guardian consent")),
    Refusal("listings.consent.given_already", 409, ("已有有效的同意", "A consent is in force"),
            ("同一目的的同意 {consent} 仍然有效。", "{consent} for this purpose is in force."), "个人信息保护法 第14条"),
    Refusal("listings.consent.purpose_beyond", 422, ("用途超出个人同意", "Uses beyond what people consented to"),
            ("使用条款的用途须在已取得的有效同意之内。", "Terms of use stay within the consents in force."),
            "《数据二十条》第六条（R27）；个人信息保护法 第14、23条", ("缩小用途，或取得相应的同意",
                                                                       "Narrow the uses, or obtain the consents"),
            "/desk/listings/{listing}/edit/#terms"),
    Refusal("listings.principal.no_mandate", 422, ("没有此人的有效委托", "No mandate of this person in force"),
            ("受托者只能在委托期内代其委托人行事。", "A trustee acts for its principals, while the mandate runs."),
            "《数据二十条》第六条（R29）",
            ("先登记委托", "Take the mandate on first"), "/desk/principals/"),
    Refusal("listings.principal.file_faulty", 400, ("文件读不了", "The file cannot be read"),
            ("须为 UTF-8 的 CSV，表头为：编号、姓名、证件号、委托至；不超过 5,000 行、4 MB。",
             "A CSV in UTF-8 with the headings reference, name, identity, until; at most 5,000 lines and 4 MB."), "",
            ("改正文件后重新上传", "Correct the file and upload it again"), "/desk/principals/"),
    Refusal("listings.principal.nobody", 422, ("没有登记任何委托人", "Nobody was taken on"),
            ("读了 {read} 行，没有一行可以登记。", "{read} lines read, none could be taken on."), "《数据二十条》第六条（R29）",
            ("按每行的原因改正", "Mend each line as told"), "/desk/principals/"),
    Refusal("listings.subject_request.unsaid", 400, ("请写明内容", "Say what it is about"),
            ("更正须写明哪里不对；答复须写明办理情况。", "A correction says what is wrong; an answer says what was done."),
            "个人信息保护法 第46、50条"),
    Refusal("listings.subject_request.one_open", 409, ("同样的请求正在办理", "The same request is open"),
            ("答复之后可以再提。", "It can be asked again once answered."), "个人信息保护法 第50条"),
    Refusal("listings.opt_out.unsaid", 400, ("请写明内容", "Say what it is about"),
            ("退出须写明持有者凭什么认出您；答复须写明怎样处理的。",
             "An opt-out says how the holder knows you; an answer says what was done."),
            _OPT_OUT),
    Refusal("listings.opt_out.not_personal", 422, ("该产品不由个人信息加工而来", "This product is not made of persons' data"),
            ("{product} 没有以匿名化个人信息为来源的在售版本。",
             "{product} has no version on sale that is made of anonymised personal information."), _OPT_OUT,
            ("核对产品；该产品无须退出", "Check the product; there is nothing to opt out of")),
    Refusal("listings.opt_out.listed", 409, ("已在退出名单中", "On the opt-out list already"),
            ("该个人已退出 {product}，不必重复。", "The person has opted out of {product} before."), _OPT_OUT),
]
