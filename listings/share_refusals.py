"""What share agreements refuse, in both languages."""

from __future__ import annotations

from kit.rejected import Refusal

__all__ = ["ROWS"]

_LAW = "《数据二十条》第十二条（R9、R71）"
_PAGE = "/desk/share-agreements/"
_MEND = ("在协议页办理", "See to it on the page of the agreements"), _PAGE

ROWS = (
    Refusal("listings.share.unsigned", 422, ("收益分配协议尚未由各方签署", "The share agreement is not signed by every party"),
            ("有其他机构参与分配的产品，须由每一方在挂牌前签署协议；权重或条款改动后须重新签署。",
             "Where others share in the price, every party signs before the product is on sale; changed weights or terms are signed anew."),
            _LAW, ("提出协议并请各方签署", "Propose the agreement and let every party sign"), _PAGE),
    Refusal("listings.share.disputed", 422, ("收益分配有争议", "The shares are disputed"),
            ("有一方对本版本的分配提出异议；答复后由其签署，或修改后重新签署，方可挂牌。",
             "A party disputes the shares of this version: it goes on sale once the party signs after your answer, or mended shares are "
             "signed."),
            _LAW, ("答复或修改分配", "Answer the dispute or mend the shares"), _PAGE),
    Refusal("listings.share.faulty", 400, ("收益分配协议有误", "The share agreement is not in order"),
            ("请检查标出的字段；每个有投入的环节都须有不为零的份额。",
             "See the fields marked; every link that contributed has a share above zero."), _LAW, *_MEND),
    Refusal("listings.share.not_open", 409, ("此时不能签署", "It cannot be signed now"),
            ("协议 {agreement} 现为“{state}”，或签署期限已过。", "Agreement {agreement} is “{state}”, or its time to sign is over."),
            _LAW, *_MEND),
    Refusal("listings.share.signed", 409, ("本机构已签署", "Your organisation has signed"),
            ("协议 {agreement} 已有本机构的签署。", "Agreement {agreement} has your signature."), _LAW),
    Refusal("listings.share.other_text", 409, ("协议内容与您看到的不同", "The text is not the one you were shown"),
            ("协议 {agreement} 的内容与所签署的指纹不一致，请重新打开后签署。",
             "The text of agreement {agreement} does not have the hash you signed: open it again."), _LAW, *_MEND),
    Refusal("listings.share.moot", 409, ("这一版已不再修改", "This version changes no more"),
            ("协议 {agreement} 所属的版本现为“{state}”，其分配已固定。",
             "The version of agreement {agreement} is “{state}”: its shares are fixed."),
            _LAW, ("以新版本提出新的协议", "Propose another with a new version"), "/desk/listings/"),
    Refusal("listings.share.own", 409, ("不能对自己提出的协议提出异议", "Your own proposal is not disputed"),
            ("本机构是协议 {agreement} 的提出方，可以撤回或重新提出。",
             "Your organisation proposed agreement {agreement}: take it back or propose anew."),
            _LAW, *_MEND),
    Refusal("listings.share.under_way", 409, ("协议正在签署", "An agreement is being signed"),
            ("{listing} 的分配已提出协议，请在协议中修改或先撤回。",
             "The shares of {listing} are proposed as an agreement: mend that, or take it back first."), _LAW, *_MEND),
    Refusal("listings.share.no_person", 403, ("协议须由自然人签署", "A person signs an agreement"),
            ("请以本机构成员的身份登录后签署。", "Sign in as a member of your organisation."), _LAW,
            ("以本机构成员身份登录后再签", "Sign in as a member, then sign")),
)
