"""The three-part compliance report of every listing (Data Twenty item 8): lawful source, privacy protected, conduct of the market.

Each line is a fact read from a row of this house; what is merely stated by the seller says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from compliance.personal.scan import Finding
from compliance.personal.suggest import contradictions, findings_of
from compliance.rules.circulation_risk import modes_within
from compliance.rules.classification import cell_of, delivery_allowed
from compliance.rules.vocabulary import vocabulary
from compliance.rules.wording import say_value
from compliance.taxonomy import DataCategory, LegalBasis
from kit.coverage import covers
from kit.rejected import refusal
from listings.anonymity import category_of
from listings.grounds import Fact, Grounds, Pair, date_of
from listings.models import Depth
from listings.reach import reach_of_version
from participants.queries import may

__all__ = ["Part", "conformity"]

_NO_BASIS = frozenset({LegalBasis.NONE.value, LegalBasis.BUNDLED_CONSENT.value, LegalBasis.FORCED_CONSENT.value})


@dataclass(frozen=True)
class Part:
    """One of the three parts with its article and facts."""

    name: str
    label: Pair
    basis: Pair
    facts: tuple[Fact, ...]

    @property
    def holds(self) -> bool:
        return all(one.holds is not False for one in self.facts)

    @property
    def wanting(self) -> tuple[Fact, ...]:
        """The facts that do not hold."""
        return tuple(one for one in self.facts if one.holds is False)


def _stated(on: Grounds, name: str, good: object, yes: Pair, no: Pair) -> Fact:
    """A fact on the seller's word; unstated is as good as not."""
    value = on.says(name)
    return Fact((f"{yes[0]}（卖方申报）", f"{yes[1]} (stated by the seller)") if value == good else no, value == good, on.version.code)


def _source(on: Grounds) -> tuple[Fact, ...]:
    product, paper, kind = on.listing.product, on.certificate, on.says("source_type")
    proof = paper.registration.deposit if paper else None
    facts = [
        Fact(
            ("来源说明已公开", "The source is stated in public")
            if product.source_statement
            else ("没有来源说明", "No statement of source"),
            bool(product.source_statement),
            product.code,
        ),
        _stated(on, "source_lawful", True, ("来源合法", "The source is lawful"), ("来源是否合法未申报", "Lawful source is not stated")),
        Fact(
            (f"证明存证 {proof.sha256[:12]}…", f"Proof deposited, {proof.sha256[:12]}…")
            if proof
            else ("没有存证的来源证明", "No proof of the source is deposited"),
            proof is not None,
            paper.code if paper else "",
        ),
        _stated(
            on,
            "rights_disputed",
            False,
            ("权属没有争议", "The rights are not disputed"),
            ("权属有争议或未说明", "The rights are disputed or nothing is said"),
        ),
    ]
    if kind:
        said = say_value("source_type", str(kind))
        facts.append(Fact((f"取得方式：{said[0]}", f"Obtained: {said[1]}"), None))
    if kind == "crawl":
        facts.append(
            _stated(
                on,
                "crawl_terms_compliant",
                True,
                ("抓取符合网站协议", "Crawling kept to the sites' terms"),
                ("抓取是否合规未说明", "Whether crawling kept to the terms is not stated"),
            )
        )
    if on.version.category == DataCategory.PUBLIC:
        facts.append(
            _stated(
                on,
                "public_authorised",
                True,
                ("公共数据已获授权运营", "Operation of the public data is authorised"),
                ("公共数据没有授权", "No authorisation for the public data"),
            )
        )
    if objected := _objections(on):
        facts.append(
            Fact(
                (f"有 {objected} 件登记异议未决", f"{objected} objections to the registration are open"),
                False,
                on.listing.certificate.registration.code if on.listing.certificate else "",
            )
        )
    return tuple(facts)


def _objections(on: Grounds) -> int:
    held = on.listing.certificate
    return held.registration.objections.filter(outcome="").count() if held else 0


def _privacy(on: Grounds) -> tuple[Fact, ...]:
    version = on.version
    found = findings_of(version.scan)
    facts = [_scanned(on, found)]
    if below := contradictions(found, version.facts, version.grade, rows=version.row_count or 0):
        reviewed = version.approved_at is not None and bool(version.class_note)
        facts.append(
            Fact(
                (f"{below[0].text[0]}；审核人已记录理由", f"{below[0].text[1]}; a reviewer recorded why") if reviewed else below[0].text,
                reviewed,
                version.code,
            )
        )
    if version.facts.get("contains_pi") is True or on.personal:
        facts += _personal(on)
    else:
        facts.append(
            _stated(
                on,
                "contains_pi",
                False,
                ("不含个人信息", "No personal information"),
                ("是否含个人信息未申报", "Whether it holds personal information is not stated"),
            )
        )
    if version.category and version.stage and version.grade:
        allowed = delivery_allowed(
            cell_of(category_of(version, personal=on.personal), version.stage, version.grade),
            open_status=str(version.facts.get("public_open_status", "")),
        )
        said = say_value("delivery_mode", version.delivery_mode)
        facts.append(
            Fact(
                (f"交付方式“{said[0]}”为该类数据所允许", f"Delivery by {said[1]} is allowed for such data")
                if version.delivery_mode in allowed
                else ("交付方式不为该类数据所允许", "The delivery is not allowed for such data"),
                version.delivery_mode in allowed,
            )
        )
        if (reach := reach_of_version(version, personal=on.personal)) is not None:
            facts.append(
                Fact(
                    (f"授权使用的分级：{reach.said[0]}", f"How far its use reaches: {reach.said[1]}"),
                    version.delivery_mode in modes_within([version.delivery_mode], reach),
                )
            )
    return tuple(facts)


def _scanned(on: Grounds, found: list[Finding]) -> Fact:
    if not on.version.file_sha256:
        return Fact(("没有可扫描的文件", "No file to scan"), None)
    if not found:
        return Fact(
            ("文件全部单元格已扫描，没有发现个人信息", "Every cell of the file was scanned; no personal information was found"),
            True,
            on.version.code,
        )
    columns = list(dict.fromkeys(one.column for one in found))
    names = "、".join(columns[:4]), ", ".join(columns[:4])
    return Fact(
        (f"扫描提示 {len(columns)} 列：{names[0]}", f"The scan points at {len(columns)} columns: {names[1]}"), None, on.version.code
    )


def _personal(on: Grounds) -> list[Fact]:
    basis = str(on.says("legal_basis") or LegalBasis.NONE)
    said = say_value("legal_basis", basis)
    facts = [
        Fact(
            (f"处理个人信息的合法性基础：{said[0]}", f"Legal basis of the personal information: {said[1]}"),
            basis not in _NO_BASIS,
            on.version.code,
        )
    ]
    proven = on.proven
    if on.personal:
        facts.append(Fact(("重新识别测试未通过，按个人信息对待",
                           "A re-identification test failed: it counts as personal information"), None, on.version.code))
    if on.says("pi_anonymised") is True and not on.personal:
        facts.append(_decided(on, "reidentification_test_report", proven, (
            "称已匿名化，尚无经核定的重新识别测试报告，按个人信息对待",
            "Said to be anonymised; without a test report decided on, it counts as personal information")))
    else:
        facts += [_decided(on, code, proven, (f"尚未核定：{zh}", f"Not decided yet: {en}"))
                  for code, (zh, en) in vocabulary().conditions.items() if code in {"responsible_person_named", "pipia_report"}]
    if basis in {LegalBasis.CONSENT, LegalBasis.SEPARATE_CONSENT}:
        facts.append(
            _stated(
                on,
                "consent_scope_covers_use",
                True,
                ("同意覆盖拟定用途", "The consent covers the intended use"),
                ("同意是否覆盖用途未说明", "Whether the consent covers the use is not stated"),
            )
        )
    if on.says("contains_minor_u14") is True:
        facts.append(
            _stated(
                on,
                "guardian_consent",
                True,
                ("已取得监护人同意", "A guardian has consented"),
                ("没有监护人同意", "No guardian has consented"),
            )
        )
        facts.append(_decided(on, "guardian_consent_proof", proven, (
            "监护人同意的凭据尚未核定", "The guardians' consent is not decided on yet")))
    return facts


def _decided(on: Grounds, code: str, proven: dict[str, str], without: Pair) -> Fact:
    """A condition with a proof in force that a reviewer decided on, named by its code; else what is said without it."""
    zh, en = vocabulary().conditions[code]
    return Fact((f"{zh}（经核定）", f"{en} (decided on)") if code in proven else without, code in proven, proven.get(code, on.version.code))


_VERDICTS: dict[str, tuple[Pair, bool]] = {
    "pass": (("没有规则适用", "no rule applies"), True),
    "restricted": (("有条件可交易", "may be traded under conditions"), True),
    "needs_info": (("还缺事实", "facts are missing"), False),
    "prohibited": (("不得交易", "may not be traded"), False),
}


def _conduct(on: Grounds) -> tuple[Fact, ...]:
    version, run = on.version, on.run
    facts = []
    if run is None:
        facts.append(Fact(("还没有对照负面清单", "Not yet checked against the negative list"), False))
    else:
        said, good = _VERDICTS.get(run.verdict, ((run.verdict, run.verdict), False))
        facts.append(
            Fact(
                (
                    f"负面清单 {run.rule_set}（{date_of(run.at)}）：{said[0]}",
                    f"Negative list {run.rule_set} ({date_of(run.at)}): {said[1]}",
                ),
                good,
                version.code,
            )
        )
    facts.append(_reviewed(on))
    barred = may(on.listing.organization, "list", at=on.at)
    facts.append(
        Fact(
            refusal(barred).title if barred else ("卖方主体状态正常，可以挂牌", "The seller is in good standing and may list"),
            not barred,
            on.listing.organization.code,
        )
    )
    facts += [Fact((one.reason_zh, one.reason_en or one.reason_zh), False, one.cause_code) for one in on.holds]
    purposes, licence = version.use_terms.get("purposes") or [], version.use_terms.get("licence")
    facts.append(
        Fact((f"按开放许可 {licence} 使用", f"Used under the open licence {licence}"), True, version.code) if licence else
        Fact(
            (f"限于 {len(purposes)} 种用途，超出即违约", f"Limited to {len(purposes)} purposes; other use is a breach")
            if purposes
            else ("没有限定用途", "No purpose is stated"),
            bool(purposes),
            version.code,
        )
    )
    promise = on.declaration
    facts.append(
        Fact(
            ("已承诺使用边界，违诺计入信用", "The use is promised; a breach counts against the seller's credit")
            if promise
            else ("没有有效的声明承诺", "No declaration in force"),
            promise is not None,
            promise.code if promise else "",
        )
    )
    return tuple(facts)


def _reviewed(on: Grounds) -> Fact:
    version = on.version
    if version.approved_at is None:
        return Fact(("还没有通过审核", "Not yet approved"), False, version.code)
    how = {
        Depth.GREEN: ("机器核对全部规则，免人工审核", "every rule checked by machine, no manual review needed"),
        Depth.AMBER: ("一人审核", "reviewed by one person"),
        Depth.RED: ("两人先后审核", "reviewed by two persons in turn"),
    }
    said = how[Depth(version.depth)] if version.depth else ("审核通过", "approved")
    return Fact((f"{date_of(version.approved_at)} {said[0]}", f"{date_of(version.approved_at)}: {said[1]}"), True, version.code)


@covers("R41", "R5", "R31", "R32")
def conformity(on: Grounds) -> list[Part]:
    """This will write the report's three parts from the rows a listing rests on."""
    return [
        Part(
            "source",
            ("来源合法", "Lawful source"),
            ("《数据二十条》第八条；数据安全法 第32、33条", "Data Twenty, item 8; Data Security Law, arts. 32, 33"),
            _source(on),
        ),
        Part(
            "privacy",
            ("隐私保护到位", "Privacy protected"),
            ("《数据二十条》第八条；个人信息保护法 第13、28条", "Data Twenty, item 8; Personal Information Protection Law, arts. 13, 28"),
            _privacy(on),
        ),
        Part(
            "conduct",
            ("流通和交易规范", "Conduct of circulation and trade"),
            ("《数据二十条》第八、十四、十五条", "Data Twenty, items 8, 14, 15"),
            _conduct(on),
        ),
    ]
