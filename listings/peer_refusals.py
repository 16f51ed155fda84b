"""What is refused of other exchanges and their pages, in both languages; ``refusals.py`` registers them."""

from __future__ import annotations

from kit.rejected import Refusal

__all__ = ["ROWS"]

_RULE = "《数据二十条》第九条（R56）"
_PAGE = "/interconnect/#peers"

ROWS = [
    Refusal("listings.peer.faulty", 400, ("填写有误", "A field is wrong"), ("请检查标出的字段。", "See the fields marked."), _RULE,
            ("改正后再提交", "Correct it and send it again"), _PAGE),
    Refusal("listings.peer.known", 409, ("该交易场所已互认", "That exchange is recognised already"),
            ("{origin} 已在互认名录中，或就是本所。", "{origin} stands in the list of recognised exchanges, or is this one."), _RULE,
            ("更换地址或密钥时，先终止再重新互认", "To change its address or key, end it, then recognise it anew"), _PAGE),
    Refusal("listings.peer.ended", 409, ("互认已终止", "The recognition has ended"),
            ("{peer} 的互认已终止，终止不能撤回。", "The recognition of {peer} has ended, and an end is final."), _RULE,
            ("需要时由两人重新互认", "Two people recognise it anew where needed"), _PAGE),
    Refusal("listings.peer.nothing_asked", 409, ("没有待复核的提议", "Nothing waits to be decided"),
            ("{peer} 的提议已办结、撤回或逾期。", "The proposal {peer} was decided, withdrawn or has lapsed."), _RULE,
            ("需要时重新提出", "Propose it again where needed"), _PAGE),
    Refusal("listings.peer.page_faulty", 422, ("对方的同步页不可用", "The other exchange's page cannot be taken in"),
            ("{peer} 的这一页整页未采用：{why}。", "This page of {peer} was not taken in, as a whole: {why}."), _RULE,
            ("请对方更正后重发；系统会自动再取", "The other side corrects it; it is asked for again by itself"), _PAGE),
]
