"""How deep a review goes, as data: red, green or amber from facts in force (lifecycles §1). Plain function, stored with its reasons."""

from __future__ import annotations

from dataclasses import dataclass

from kit.coverage import covers

__all__ = ["REASONS", "DepthFacts", "depth_of"]

#: reason code -> (zh, en); what the seller and the reviewer read beside the colour.
REASONS: dict[str, tuple[str, str]] = {
    "verdict_restricted": ("负面清单判定为限制交易", "The negative list restricts it"),
    "grade_important": ("数据分级为重要数据", "Graded as important data"),
    "personal_data": ("含个人信息（包括主张匿名化的）", "Holds personal data, also where claimed anonymised"),
    "public_not_fast": ("公共数据，不符合快速通道条件", "Public data outside the fast lane"),
    "public_fast_lane": ("公共数据快速通道：不承载个人信息、不影响公共安全、授权已登记",
                         "Fast lane of public data: no personal data, no effect on public safety, authorisation registered"),
    "clean_enterprise": ("一般企业数据，主体信用良好，有通过记录", "General enterprise data, good standing, approved before"),
    "class_contested": ("类别或级别低于扫描结果或此前的分级，须审核人记录认定",
                        "Class or grade stands below the scan or an earlier grade: a reviewer's record is needed"),
    "relabelled": ("类别、加工程度或级别与登记或上次通过的不同", "Host, stage or grade differ from what was registered or approved"),
    "cell": ("按类别、加工程度和级别须人工审核", "Its host, stage and grade ask for a review by persons"),
    "reach": ("流通范围、影响程度与潜在风险合计较高（R42）", "Range, impact and potential risk together are high (R42)"),
    "term_suspicion": ("文字中有待核实的敏感词", "Words that need a second look"),
    "standing_below_good": ("主体信用状态不是“良好”", "Standing is not good"),
    "standing_elsewhere": ("该主体在互认的其他交易场所信用状态不是“良好”", "Another recognised exchange does not give it good standing"),
    "band_below_b": ("信用等级低于 B", "Credit band below B"),
    "first_listing": ("该主体首个产品", "The seller's first product"),
    "compliance_weak": ("主体内部合规自评偏弱", "The seller's self-assessment of compliance is weak"),
    "otherwise": ("不符合绿色通道条件", "Does not meet the green conditions"),
}


@dataclass(frozen=True)
class DepthFacts:
    """What the depth is read from; all as at submit."""

    verdict: str
    hits: int
    category: str
    grade: str
    personal_data: bool
    affects_public_safety: bool
    authorisation_registered: bool
    standing: str
    band: str
    approved_before: bool
    contested: bool = False
    relabelled: bool = False
    cell_depth: str = "green"
    #: range, impact and potential risk of the licence ask for persons (R42)
    far_reaching: bool = False
    #: certificates in force let a newcomer be reviewed like a known seller (R48)
    trusted: bool = False
    #: a self-assessment of internal compliance came out weak (R111)
    compliance_weak: bool = False
    #: the worst standing that a recognised exchange gives the seller (CAP-I5)
    standing_elsewhere: str = "good"


@covers("R3", "R11", "R16", "R22", "R32", "R42", "R48", "R111", "W4")
def depth_of(facts: DepthFacts) -> tuple[str, list[str]]:
    """This will return the depth (``red``, ``green`` or ``amber``) and the reason codes that decided it; first that fits."""
    fast_public = (facts.category == "public" and not facts.personal_data and not facts.affects_public_safety
                   and facts.authorisation_registered and facts.verdict == "pass")
    red = [code for code, holds in (
        ("verdict_restricted", facts.verdict == "restricted"),
        ("grade_important", facts.grade == "important"),
        ("personal_data", facts.personal_data or facts.category == "personal"),
        ("public_not_fast", facts.category == "public" and not fast_public),
        ("class_contested", facts.contested),
        ("relabelled", facts.relabelled),
        ("cell", facts.cell_depth == "red"),
        ("reach", facts.far_reaching),
    ) if holds]
    if red:
        return "red", red
    if fast_public and facts.grade == "general":
        return "green", ["public_fast_lane"]
    barred = [code for code, holds in (
        ("term_suspicion", facts.hits > 0),
        ("standing_below_good", facts.standing != "good"),
        ("standing_elsewhere", facts.standing_elsewhere != "good"),
        ("band_below_b", facts.band not in {"A", "B"}),
        ("compliance_weak", facts.compliance_weak),
        ("first_listing", not facts.approved_before and not facts.trusted),
        ("cell", facts.cell_depth == "amber"),
    ) if holds]
    if facts.verdict == "pass" and facts.grade == "general" and facts.category == "enterprise" and not barred:
        return "green", ["clean_enterprise"]
    return "amber", barred or ["otherwise"]
