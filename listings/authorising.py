"""The register of authorisations of public data 公共数据授权运营登记 (27号, 65号): in force once the grantor confirms.

A listing of public data points at one that is in force and stays inside its scope; its price is zero or within the guided cap.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import BinaryIO
from zoneinfo import ZoneInfo

from compliance.rules.public_price import Adjust, adjustment, highest_rate_bps, permitted_revenue
from compliance.taxonomy import Purpose
from evidence.files import deposit as keep_file
from evidence.operations import operation, record
from evidence.prepared import ask
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.money import yuan
from kit.rejected import FieldFault, Rejected
from kit.states import advance
from listings.events import AuthorisationMoved, GuidedPriceSet, OperationReportMoved, named
from listings.models import Authorisation, AuthorisationModel, DataProduct, GuidedPrice, Listing, ListingVersion, OperationReport
from listings.states import AUTHORISATION, OPERATION_REPORT, AuthorisationStatus, ListingStatus, OperationReportStatus
from listings.values import clean_choice, clean_fen, clean_text, clean_whole, clean_words
from participants.models import Organization
from participants.operations import notify
from participants.permissions import require
from participants.roles import OrganizationKind
from participants.timers import after, months_on

__all__ = ["cap_in_force", "confirm_authorisation", "expire_authorisation", "file_authorisation", "file_report", "miss_report",
           "open_reports", "refuse_authorisation", "refuse_outside_authorisation", "revoke_authorisation", "set_guided_price"]

_LOCAL = ZoneInfo("Asia/Shanghai")
_FAULT = "listings.authorisation.field_faulty"
_MOVE = "listings.authorisation.illegal_move"
#: An authorisation runs for five years at most, a cap is reviewed after three (27号 art. 14; 65号 part 3).
LONGEST_MONTHS, REVIEW_MONTHS = 60, 36
_DESK = "/desk/authorisations/"


def _locked(one: Authorisation) -> Authorisation:
    found: Authorisation = (Authorisation.objects.select_for_update(of=("self",), no_key=True).select_related("organization", "grantor")
                            .get(pk=one.pk))
    return found


def _tell(word: str, one: Authorisation, *, actor: Actor, at: datetime) -> None:
    record(named(AuthorisationMoved, f"listings.authorisation.{word}")(
        subject=one.code, operator=one.organization.code, grantor=one.grantor.code, model=one.model, state=one.status, reason=one.reason,
        effective_from=one.effective_from.isoformat(), effective_to=one.effective_to.isoformat(),
        grantor_share_bps=one.grantor_share_bps), actor=actor, at=at)


def _say(one: Authorisation, to: Organization, text: tuple[str, str], *, tone: str, due_at: datetime | None = None, at: datetime) -> None:
    notify(organization=to, kind="listings.authorisation.moved", subject=one.code, tone=tone, href=_DESK, due_at=due_at, text=text, at=at)


def _fault(field: str, word: str, zh: str, en: str) -> Rejected:
    return Rejected(_FAULT, errors=[FieldFault(field, word, (zh, en))])


def _grantor(code: str) -> Organization:
    found = Organization.objects.filter(code=code.strip().upper(), kind=OrganizationKind.PUBLIC_BODY).first()
    if found is None:
        raise _fault("grantor", "unknown", "没有这个公共机构，请填写其机构编号", "No such public body; give its organisation code")
    return found


@covers("R13", "R76", "B10")
@operation("listings.authorisation.file")
def file_authorisation(*, organization: Organization, grantor: str, model: str, subject: tuple[str, str], document_no: str,
                       fields: Sequence[str] = (), purposes: Sequence[str] = (), territory: Sequence[str] = ("CN",), price_basis: str,
                       effective_from: datetime, effective_to: datetime, grantor_share_bps: int = 0,
                       agreement: tuple[BinaryIO, str] | None = None, actor: Actor, clock: Clock) -> Authorisation:
    """This will enter an authorisation and ask its grantor to confirm it; the term is five years at most."""
    from listings.sectors import SECTORS

    at = clock.now()
    require(actor, "listings.authorisation.file", subject=organization, at=at)
    body = _grantor(grantor)
    if body.pk == organization.pk:
        raise _fault("grantor", "same", "授权方不能是运营机构自己", "The grantor is another than the operator")
    if not effective_from < effective_to:
        raise _fault("effective_to", "backwards", "止期须在起期之后", "The end comes after the beginning")
    if effective_to > months_on(effective_from, LONGEST_MONTHS):
        raise Rejected("listings.authorisation.term_too_long", errors=[
            FieldFault("effective_to", "too_long", ("授权期限最长五年", "The term is five years at most"))])
    kept = AuthorisationModel(clean_choice("model", model, AuthorisationModel.values, _FAULT) or AuthorisationModel.WHOLE)
    sectors = clean_words("fields", list(fields), _FAULT, known=SECTORS)
    uses = clean_words("purposes", list(purposes), _FAULT, known=Purpose.values)
    if (kept == AuthorisationModel.FIELD and not sectors) or (kept == AuthorisationModel.SCENARIO and not uses):
        raise _fault("fields" if kept == AuthorisationModel.FIELD else "purposes", "missing", "请写明授权的领域或场景",
                     "State the fields or scenarios authorised")
    texts = {name: clean_text(name, value, longest, _FAULT) for name, value, longest in (
        ("subject_zh", subject[0], 200), ("subject_en", subject[1], 240), ("document_no", document_no, 80),
        ("price_basis", price_basis, 400))}
    if missing := [name for name in ("subject_zh", "document_no", "price_basis") if not texts[name]]:
        raise _fault(missing[0], "missing", "请填写", "Please fill this in")
    share = clean_whole("grantor_share_bps", grantor_share_bps, _FAULT, most=9_999) or 0
    paper = keep_file(agreement[0], name=agreement[1], owner=organization.code, at=at) if agreement else None
    one = Authorisation.objects.create(
        code=new_code("AUT"), organization=organization, grantor=body, model=kept, fields=sectors, purposes=uses,
        territory=clean_words("territory", list(territory), _FAULT) or ["CN"], effective_from=effective_from, effective_to=effective_to,
        filed_at=at, due_at=after("authorisation.confirm", at), grantor_share_bps=share, deposit=paper, **texts)
    _tell("filed", one, actor=actor, at=at)
    _say(one, body, (f"运营机构提交了授权《{one.subject_zh}》，请确认",
                     f"An operator filed an authorisation of “{one.subject_en or one.subject_zh}”: "
                     "please confirm"), tone="wait", due_at=one.due_at, at=at)
    return one


def _decided(one: Authorisation, act: str, word: str, *, reason: str, actor: Actor, at: datetime) -> Authorisation:
    held = _locked(one)
    held.status = advance(AUTHORISATION, AuthorisationStatus(held.status), act, subject=held.code, code=_MOVE)
    held.reason, held.due_at = clean_text("reason", reason, 400, _FAULT), None
    if held.status == AuthorisationStatus.IN_FORCE:
        held.register_by = after("authorisation.register", max(at, held.effective_from))
        held.report_at = _turn_of(max(at, held.effective_from).astimezone(_LOCAL).year + 1)
    held.save(update_fields=["status", "reason", "due_at", "register_by", "report_at"])
    _tell(word, held, actor=actor, at=at)
    return held


@covers("R13")
@operation("listings.authorisation.confirm")
def confirm_authorisation(*, authorisation: Authorisation, actor: Actor, clock: Clock) -> Authorisation:
    """This will put an authorisation in force by its grantor; the operator has 20 working days to register a product."""
    at = clock.now()
    require(actor, "listings.authorisation.decide", subject=authorisation, at=at)
    held = _decided(authorisation, "confirm", "confirmed", reason="", actor=actor, at=at)
    _say(held, held.organization, ("授权已由授权方确认；请在期限内为产品办理登记",
                                   "The grantor confirmed the authorisation; register its products in time"),
         tone="wait", due_at=held.register_by, at=at)
    return held


@operation("listings.authorisation.refuse")
def refuse_authorisation(*, authorisation: Authorisation, reason: str, actor: Actor, clock: Clock) -> Authorisation:
    """This will turn an entry down: the grantor does not stand behind it."""
    at = clock.now()
    require(actor, "listings.authorisation.decide", subject=authorisation, at=at)
    if not reason.strip():
        raise Rejected("listings.hold.reason_missing")
    held = _decided(authorisation, "refuse", "refused", reason=reason, actor=actor, at=at)
    _say(held, held.organization, (f"授权方未确认：{held.reason}", f"The grantor did not confirm: {held.reason}"), tone="bad", at=at)
    return held


@covers("R4", "R13")
@operation("listings.authorisation.revoke")
def revoke_authorisation(*, authorisation: Authorisation, reason: str, actor: Actor, clock: Clock) -> Authorisation:
    """This will end an authorisation before its term, by the grantor; what rests on it is off sale in the same transaction."""
    at = clock.now()
    require(actor, "listings.authorisation.decide", subject=authorisation, at=at)
    if not reason.strip():
        raise Rejected("listings.hold.reason_missing")
    held = _decided(authorisation, "revoke", "revoked", reason=reason, actor=actor, at=at)
    _hold_listings(held, at=at)
    return held


@covers("R4", "R13")
@operation("listings.authorisation.expire")
def expire_authorisation(*, authorisation: Authorisation, actor: Actor = SYSTEM, clock: Clock) -> Authorisation:
    """This will end an authorisation with its term; the clock's act."""
    at = clock.now()
    require(actor, "listings.authorisation.expire", at=at)
    assert authorisation.effective_to <= at, "an authorisation ends with its term"
    held = _decided(authorisation, "expire", "expired", reason="", actor=actor, at=at)
    _hold_listings(held, at=at)
    return held


def _hold_listings(held: Authorisation, *, at: datetime) -> None:
    from listings.publishing import hold_listing

    resting = Listing.objects.filter(version__authorisation=held, status__in=[ListingStatus.LISTED, ListingStatus.SUSPENDED])
    for listing in resting.order_by("pk"):
        hold_listing(listing=listing, reason_code="authorisation.ended", cause_code=held.code, actor=SYSTEM, at=at,
                     reason=(f"所依据的公共数据授权 {held.code} 已终止", f"The authorisation {held.code} it rests on has ended"),
                     way_back=("取得新的授权后提交新版", "Submit a new version under a new authorisation"))


# ---- the gate --------------------------------------------------------------------------------------------------------------

def cap_in_force(product: DataProduct, authorisation: Authorisation, *, at: datetime) -> GuidedPrice | None:
    """This will return the newest cap of a product that is in force."""
    return GuidedPrice.objects.filter(product=product, authorisation=authorisation, effective_from__lte=at,
                                      review_by__gt=at).order_by("-id").first()


@covers("R13", "R17", "R18", "R20", "R44", "B10")
def refuse_outside_authorisation(version: ListingVersion, *, at: datetime) -> None:
    """This will refuse a version of public data outside its authorisation, or at a price the rules do not allow; SQL decides."""
    code = str(ask("SELECT listings_public_obstacle(%s, %s)", [version.pk, at])[0][0])
    if not code:
        return
    held = version.authorisation
    cap = cap_in_force(version.listing.product, held, at=at) if held else None
    said = (f"上限 {yuan(cap.cap_fen)}，所填 {yuan(version.price_fen or 0)}",
            f"Cap {yuan(cap.cap_fen)}, stated {yuan(version.price_fen or 0)}") if cap and code == "listings.price.above_cap" else None
    raise Rejected(code, listing=version.listing.code, errors=[FieldFault("price_fen", "above_cap", said)] if said else [])


# ---- guided prices ---------------------------------------------------------------------------------------------------------

@covers("R18", "R44")
@operation("listings.guided_price.set")
def set_guided_price(*, authorisation: Authorisation, product: DataProduct, cap_fen: int, quantity: int, cost_fen: int,
                     bond_yield_bps: int, rate_bps: int, document_no: str, effective_from: datetime, review_by: datetime,
                     subsidy_fen: int = 0, tax_fen: int = 0, excess_fen: int = 0, actor: Actor, clock: Clock) -> GuidedPrice:
    """This will set the cap of one licence by the grantor, within the revenue permitted, for three years at most."""
    at = clock.now()
    require(actor, "listings.authorisation.decide", subject=authorisation, at=at)
    held = _locked(authorisation)
    if held.status != AuthorisationStatus.IN_FORCE or product.organization_id != held.organization_id:
        raise Rejected("listings.authorisation.not_in_force", authorisation=held.code, listing="")
    amounts = {name: clean_fen(name, value, _FAULT) or 0 for name, value in (
        ("cap_fen", cap_fen), ("cost_fen", cost_fen), ("subsidy_fen", subsidy_fen), ("tax_fen", tax_fen), ("excess_fen", excess_fen))}
    many = clean_whole("quantity", quantity, _FAULT, least=1) or 1
    bond = clean_whole("bond_yield_bps", bond_yield_bps, _FAULT, most=5_000) or 0
    rate = clean_whole("rate_bps", rate_bps, _FAULT, most=10_000) or 0
    if rate > (highest := highest_rate_bps(bond)):
        raise Rejected("listings.price.rate_too_high", highest=f"{highest // 100}.{highest % 100:02d}")
    if not effective_from < review_by <= months_on(effective_from, REVIEW_MONTHS):
        raise Rejected("listings.price.review_too_late")
    permitted = permitted_revenue(cost_fen=amounts["cost_fen"], subsidy_fen=amounts["subsidy_fen"], rate_bps=rate,
                                  tax_fen=amounts["tax_fen"], excess_fen=amounts["excess_fen"])
    if amounts["cap_fen"] * many > permitted.fen:
        raise Rejected("listings.price.above_permitted", permitted=yuan(permitted.fen), highest=yuan(permitted.cap_fen(many)))
    made = GuidedPrice.objects.create(
        authorisation=held, product=product, quantity=many, bond_yield_bps=bond, rate_bps=rate, permitted_fen=permitted.fen,
        document_no=clean_text("document_no", document_no, 80, _FAULT), effective_from=effective_from, review_by=review_by, at=at,
        **amounts)
    record(GuidedPriceSet(subject=product.code, authorisation=held.code, cap_fen=made.cap_fen, quantity=many, permitted_fen=permitted.fen,
                          rate_bps=rate, review_by=review_by.isoformat()), actor=actor, at=at)
    _say(held, held.organization, (f"授权方为《{product.title_zh}》定了价格上限：每份 {yuan(made.cap_fen)}",
                                   f"The grantor set the cap of “{product.title_en or product.title_zh}”: {yuan(made.cap_fen)} a licence"),
         tone="info", at=at)
    return made


# ---- the yearly report -----------------------------------------------------------------------------------------------------

def _turn_of(year: int, month: int = 1) -> datetime:
    """The first instant of a year, or of one of its months, by the market's clock."""
    return datetime(year, month, 1, tzinfo=_LOCAL).astimezone(UTC)


def _note(word: str, one: OperationReport, *, actor: Actor, at: datetime) -> None:
    record(named(OperationReportMoved, f"listings.operation_report.{word}")(
        subject=one.code, authorisation=one.authorisation.code, year=one.year, state=one.status, revenue_fen=one.revenue_fen,
        permitted_fen=one.permitted_fen, adjust=one.adjust), actor=actor, at=at)


@covers("R21")
@operation("listings.operation_report.open")
def open_reports(*, authorisation: Authorisation, actor: Actor = SYSTEM, clock: Clock) -> OperationReport:
    """This will ask the operator for last year's report; the clock's act at the turn of the year."""
    at = clock.now()
    require(actor, "listings.authorisation.expire", at=at)
    held = _locked(authorisation)
    assert held.report_at is not None and held.report_at <= at, "a report is asked for at the turn of the year"
    year = held.report_at.astimezone(_LOCAL).year
    runs_on = held.status == AuthorisationStatus.IN_FORCE and held.effective_to > held.report_at
    held.report_at = _turn_of(year + 1) if runs_on else None
    held.save(update_fields=["report_at"])
    one = OperationReport.objects.create(code=new_code("OPR"), authorisation=held, year=year - 1, due_at=_turn_of(year, 4))
    _note("owed", one, actor=actor, at=at)
    notify(organization=held.organization, kind="listings.operation_report.owed", subject=one.code, tone="wait", href=_DESK,
           due_at=one.due_at,
           text=(f"请于 3 月底前提交 {year - 1} 年公共数据运营报告（{held.code}）",
                 f"The {year - 1} report on operating public data ({held.code}) is due by the end of March"), at=at)
    return one


def _move(one: OperationReport, act: str) -> OperationReport:
    held = OperationReport.objects.select_for_update(of=("self",), no_key=True).select_related("authorisation__organization",
                                                                                 "authorisation__grantor").get(pk=one.pk)
    held.status = advance(OPERATION_REPORT, OperationReportStatus(held.status), act, subject=held.code,
                          code="listings.operation_report.illegal_move")
    return held


@operation("listings.operation_report.miss")
def miss_report(*, report: OperationReport, actor: Actor = SYSTEM, clock: Clock) -> OperationReport:
    """This will mark a report that did not come by the end of March, and tell the grantor; it stays owed."""
    at = clock.now()
    require(actor, "listings.authorisation.expire", at=at)
    held = _move(report, "miss")
    held.due_at = None
    held.save(update_fields=["status", "due_at"])
    _note("missed", held, actor=actor, at=at)
    granted = held.authorisation
    _say(granted, granted.grantor, (f"{granted.code} 的 {held.year} 年运营报告逾期未交",
                                    f"The {held.year} report of {granted.code} is late"),
         tone="info", at=at)
    return held


@covers("R21", "R44")
@operation("listings.operation_report.file")
def file_report(*, report: OperationReport, cost_fen: int, revenue_fen: int, note: str = "", actor: Actor, clock: Clock) -> OperationReport:
    """This will hand a year's figures in: up to a tenth off what is permitted the prices follow, beyond it the caps."""
    at = clock.now()
    require(actor, "listings.authorisation.file", subject=report.authorisation.organization, at=at)
    held = _move(report, "file")
    held.cost_fen, held.revenue_fen = clean_fen("cost_fen", cost_fen, _FAULT), clean_fen("revenue_fen", revenue_fen, _FAULT)
    if held.cost_fen is None or held.revenue_fen is None:
        raise _fault("revenue_fen", "missing", "请填写成本与收入", "State cost and revenue")
    held.permitted_fen = _permitted_in(held.authorisation, held.year)
    held.adjust = adjustment(revenue_fen=held.revenue_fen, permitted_fen=held.permitted_fen) if held.permitted_fen else Adjust.NOTHING
    held.note, held.filed_at, held.due_at = clean_text("note", note, 4000, _FAULT), at, None
    held.save()
    _note("filed", held, actor=actor, at=at)
    if held.adjust == Adjust.CAPS:
        granted = held.authorisation
        _say(granted, granted.grantor, (f"{granted.code} {held.year} 年收入偏差超过 10%，请重新核定价格上限",
                                        f"{granted.code}: revenue of {held.year} is off by more than 10 %; set the caps anew"),
             tone="info", at=at)
    return held


def _permitted_in(authorisation: Authorisation, year: int) -> int:
    """What the caps in force in a year permitted together, one for each product."""
    start, end = _turn_of(year), _turn_of(year + 1)
    newest = {one.product_id: one.permitted_fen for one in GuidedPrice.objects.filter(
        authorisation=authorisation, effective_from__lt=end, review_by__gt=start).order_by("id")}
    return sum(newest.values())
