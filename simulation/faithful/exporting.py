"""A buyer from abroad: it asks the seller in public, the seller files an export case with its papers, two of the authority decide it.

Every recipient is registered in one place whose stance towards us is on file as restrictive, so that each export is assessed (R66) as
each of a wide run is; the assessment takes the scenario's ``cross_border_days``.
"""

from __future__ import annotations

from typing import Any

from compliance.models import ExportCase, Stance
from compliance.operations import decide_export, decide_stance, file_papers, open_export, propose_stance, screen_export, second_export
from compliance.rules.cross_border import PAPERS
from compliance.states import ExportStatus
from listings.models import Listing, Question
from listings.operations import answer_question, ask_question
from participants.roles import OrganizationKind
from simulation.catalogue import OFFERS
from simulation.faithful.stage import Stage
from simulation.faithful.views import Intent
from simulation.wide.parameters import Values

__all__ = ["ACTS", "PLACE", "note_stance"]

#: A code that the standard leaves to its users: no real place is meant.
PLACE = "XA"
_NO_EXCEPTION: dict[str, Any] = {"cross_border": True, "counterparty_foreign": True, "is_ciio": False, "export_exemption": "none",
                                 "ftz": "none", "on_ftz_list": False, "export_controlled": False}


def note_stance(stage: Stage) -> None:
    """This will put the stance of the place on file, by two of the authority."""
    market = stage.market
    asked = market.act(propose_stance, jurisdiction=PLACE, stance=Stance.RESTRICTIVE, basis="模拟：对我国采取歧视性措施",
                       actor=market.actors["regulator"])
    if asked is not None:
        market.act(decide_stance, approval=asked, agree=True, reason="情况属实。", actor=market.actors["regulator2"])


def _ask(stage: Stage, intent: Intent, values: Values) -> None:
    del values
    listing = Listing.objects.get(code=intent.given["listing"])
    stage.market.act(ask_question, listing=listing, text="我单位在境外使用本产品，请问可否办理出境手续？",
                     actor=stage.market.actors[intent.who])


def _open(stage: Stage, intent: Intent, values: Values) -> None:
    """The seller opens the case for who asks, has it screened, hands in the papers and says so."""
    del values
    market, actor = stage.market, stage.market.actors[intent.who]
    asked = Question.objects.select_related("listing__product", "listing__version", "asked_by").get(code=intent.given["question"])
    if asked.asked_by.kind == OrganizationKind.FOREIGN and asked.listing.version is not None:
        kind = asked.listing.version.category
        plain = next(one for one in OFFERS if one.category == kind and one.authorised == (kind == "public"))
        facts = plain.facts | plain.classification | _NO_EXCEPTION
        made = market.act(open_export, exporter=asked.organization, product_code=asked.listing.product.code, recipient=asked.asked_by.code,
                          country=PLACE, facts=facts, safeguards="合同约定同等保护", actor=actor)
        screened = market.act(screen_export, case=made, actor=actor) if made is not None else None
        if screened is not None and screened.status == ExportStatus.NEEDS_MECHANISM:
            market.act(file_papers, case=screened, papers={kind: f"{words[0]}（模拟）" for kind, words in PAPERS.items()}, actor=actor)
    market.act(answer_question, question=asked, answer="已为贵单位提交出境申请，放行后即可下单。", actor=actor)


def _decide(stage: Stage, intent: Intent, values: Values) -> None:
    """Two of the authority let it go, or refuse it where the scenario's list bars export."""
    market, clear = stage.market, not values["cross_border_barred"]
    case = ExportCase.objects.get(code=intent.given["export"])
    reason = "材料齐备，风险可控，予以放行。" if clear else "负面清单禁止出境。"
    if market.act(decide_export, case=case, clear=clear, reason=reason, actor=market.actors[intent.who]) is not None:
        market.act(second_export, case=case, agree=True, reason="复核一致。", actor=market.actors["regulator2"])


ACTS = {"ask": _ask, "open_export": _open, "decide_export": _decide}
