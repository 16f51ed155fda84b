"""Asking recognised exchanges for what is new 互联互通 (CAP-I5): their registers page by page, their catalogue when it has changed.

The network is asked outside every transaction; a worker that dies, a page that comes twice and two workers at once change nothing,
because a page is taken in only where the last one ended. Who does not answer is asked again later and later, six hours apart at most.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import orjson
from django.conf import settings

from kit.actors import SYSTEM
from kit.clock import Clock
from kit.coverage import covers
from kit.outbound import Page, Unreachable, get, target_of
from kit.rejected import Rejected
from listings.catalogues import Unreadable
from listings.imports import Imported, import_file, read_file
from listings.models import Peer
from listings.peer_pages import CERTIFICATES, MOST, STANDINGS
from listings.peering import mark_silent, mark_speaking, take_page
from participants.queries import holding_organization

__all__ = ["EVERY", "pull_due"]

log = logging.getLogger(__name__)
#: How often an exchange that answers is asked, and how far apart at most one that does not.
EVERY, SELDOM = timedelta(minutes=5), timedelta(minutes=360)
#: Pages of one register in one visit, bytes of a page and of a catalogue at most.
_PAGES, _PAGE_BYTES, _CATALOGUE_BYTES = 20, 2 * 1024 * 1024, 32 * 1024 * 1024
_REGISTERS = {CERTIFICATES: ("registrations", "certificates_to"), STANDINGS: ("standings", "standings_to")}
_OK, _SAME = 200, 304


@covers("CAP-I5", "R56")
def pull_due(*, clock: Clock) -> int:
    """This will ask every recognised exchange that is due; returns how many moves were taken in."""
    at, taken = clock.now(), 0
    due = Peer.objects.filter(ended_at__isnull=True, due_at__lte=at).order_by("pk")
    for peer in due:
        # whoever moves the date asks; another worker finds it moved
        if Peer.objects.filter(pk=peer.pk, due_at=peer.due_at, ended_at__isnull=True).update(due_at=at + EVERY):
            taken += _ask(peer, clock)
    return taken


def _ask(peer: Peer, clock: Clock) -> int:
    taken, fault = 0, ""
    try:
        for form, (name, column) in _REGISTERS.items():
            taken += _pull(peer, form, name, getattr(peer, column), clock)
        _pull_catalogue(peer, clock)
    except Unreachable as away:
        fault = f"{away.reason}: {away}"
    except Unreadable as broken:
        fault = f"catalogue: {broken}"
    except Rejected as refused:
        fault = str(refused.params.get("why", refused.code))
    _keep(peer, fault[:200], clock)
    return taken


def _keep(peer: Peer, fault: str, clock: Clock) -> None:
    """How the visit went: when it is asked next, and whether it is called silent or speaks again."""
    at, live = clock.now(), Peer.objects.filter(pk=peer.pk, ended_at__isnull=True)
    if not fault:
        live.update(heard_at=at, missed=0, fault="", due_at=at + EVERY)
        if peer.silent_at is not None:
            _mark(mark_speaking, peer, clock)
        return
    missed = peer.missed + 1
    log.warning("exchange %s was asked in vain: %s", peer.code, fault)
    live.update(missed=missed, fault=fault, due_at=at + _later(missed))
    if peer.silent_at is None:
        _mark(mark_silent, peer, clock)


def _later(missed: int) -> timedelta:
    doubled: timedelta = EVERY * 2 ** min(missed - 1, 8)
    return min(doubled, SELDOM)


def _mark(act: Any, peer: Peer, clock: Clock) -> None:
    try:
        act(peer=peer, clock=clock)
    except Rejected as ended:
        log.info("exchange %s: %s", peer.code, ended.code)


def _fetch(peer: Peer, path: str, most: int, tag: str = "") -> Page:
    headers = {"Accept": "application/json", "User-Agent": f"data-exchange ({settings.EVIDENCE_ORIGIN})"}
    page = get(target_of(peer.address + path, private=settings.WEBHOOKS_REACH_PRIVATE), headers | ({"If-None-Match": tag} if tag else {}),
               most=most)
    if page.status != _OK and not (tag and page.status == _SAME):
        raise Unreachable("status", f"{path.partition('?')[0]} answers {page.status}")
    return page


def _pull(peer: Peer, form: str, name: str, after: int, clock: Clock) -> int:
    taken = 0
    for _ in range(_PAGES):
        body = _fetch(peer, f"/api/interconnect/{name}/?after={after}&limit={MOST}", _PAGE_BYTES).body
        try:
            page = orjson.loads(body)
        except orjson.JSONDecodeError as broken:
            raise Unreachable("json", "the page is no JSON") from broken
        told = take_page(peer=peer, form=form, page=page, clock=clock)
        taken += len(told.moves)
        after = told.next
        if not told.more:
            break
    return taken


def _pull_catalogue(peer: Peer, clock: Clock) -> None:
    """Its shelf, as data resources of the holding organisation that anyone finds: where something is on sale, never a listing of ours."""
    page = _fetch(peer, "/api/catalogue.json", _CATALOGUE_BYTES, peer.catalogue_tag)
    if page.status == _SAME:
        return
    report = Imported()
    import_file(file=read_file(f"{peer.origin}.json", page.body), organization=holding_organization(), into=report, actor=SYSTEM,
                clock=clock)
    if report.refused:
        log.warning("exchange %s: %d entries of its catalogue were refused, the first: %s", peer.code, len(report.refused),
                    report.refused[0].at)
    Peer.objects.filter(pk=peer.pk, ended_at__isnull=True).update(catalogue_tag=page.tag)

