"""Watching a listing 关注: being told of a new version, another price, a lot, a halt and its end, without asking again (D8, D5)."""

from __future__ import annotations

from datetime import datetime

from evidence.operations import operation, record, unchanged
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.money import yuan
from kit.rejected import Rejected
from listings.events import WatchMoved, named
from listings.models import Listing, ListingVersion, Watch
from listings.states import ListingStatus, VersionStatus
from participants.notices import Note, notify_all
from participants.permissions import require

__all__ = ["tell_watchers", "unwatch_listing", "watch_listing", "words_of_version"]


def _tell(word: str, one: Watch, *, actor: Actor, at: datetime) -> None:
    record(named(WatchMoved, f"listings.watch.{word}")(subject=one.code, listing=one.listing.code, watcher=one.organization.code),
           actor=actor, at=at)


@covers("D8")
@operation("listings.watch.begin")
def watch_listing(*, listing: Listing, actor: Actor, clock: Clock) -> Watch:
    """This will let the actor's organisation be told of what changes with a listing that is not its own; twice is once."""
    at = clock.now()
    require(actor, "listings.watch.keep", at=at)
    assert actor.organization_id is not None, "whoever is signed in acts for an organisation"
    if listing.organization_id == actor.organization_id:
        raise Rejected("listings.watch.own", listing=listing.code)
    if listing.status not in {ListingStatus.LISTED, ListingStatus.SUSPENDED}:
        raise Rejected("listings.watch.not_on_shelf", listing=listing.code)
    code = new_code("WCH")
    Watch.objects.bulk_create([Watch(code=code, listing=listing, organization_id=actor.organization_id, since=at)], ignore_conflicts=True)
    one = Watch.objects.select_related("listing", "organization").get(listing=listing, organization=actor.organization_id,
                                                                      ended_at__isnull=True)
    if one.code == code:
        _tell("begun", one, actor=actor, at=at)
    else:
        unchanged(at=at)
    return one


@covers("D8")
@operation("listings.watch.end")
def unwatch_listing(*, listing: Listing, actor: Actor, clock: Clock) -> None:
    """This will end the watching; nobody is told any more."""
    at = clock.now()
    require(actor, "listings.watch.keep", at=at)
    rows = Watch.objects.select_for_update(of=("self",), no_key=True).select_related("listing", "organization")
    one = rows.filter(listing=listing, organization=actor.organization_id, ended_at__isnull=True).first()
    if one is None:
        unchanged(at=at)
        return
    one.ended_at = at
    one.save(update_fields=["ended_at"])
    _tell("ended", one, actor=actor, at=at)


def tell_watchers(listing: Listing, text: tuple[str, str], *, kind: str, tone: str = "info", href: str = "", at: datetime) -> None:
    """This will tell everyone who watches a listing now; called where a fact is followed, and by the rooms above."""
    rows = Watch.objects.filter(listing=listing, ended_at__isnull=True, since__lte=at).select_related("organization")
    if listing.closed:
        admitted = listing.admitted.filter(ended_at__isnull=True, effective_to__gt=at)
        rows = rows.filter(organization__in=admitted.values("organization"))
    notify_all([Note(one.organization, kind, text, tone=tone, subject=listing.code, href=href or f"/listings/{listing.code}/")
                for one in rows], at=at)


def words_of_version(version: ListingVersion) -> tuple[str, str] | None:
    """This will say what a newly published version changes for who watches, its price before all; None for a first version."""
    before = (ListingVersion.objects.filter(listing=version.listing_id, status=VersionStatus.SUPERSEDED, number__lt=version.number)
              .order_by("-number").first())
    if before is None:
        return None
    zh, en = version.titles
    if before.price_fen == version.price_fen:
        return f"您关注的《{zh}》更新到第 {version.number} 版", f"“{en}”, which you watch, is at version {version.number} now"
    was, now = (("面议", "negotiable") if fen is None else (yuan(fen), yuan(fen))
                for fen in (before.price_fen, version.price_fen))
    return (f"您关注的《{zh}》价格由 {was[0]} 变为 {now[0]}（第 {version.number} 版）",
            f"The price of “{en}”, which you watch, went from {was[1]} to {now[1]} (version {version.number})")
