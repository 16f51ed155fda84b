"""Is the house well: ``live`` (the process answers), ``ready`` (it can serve), and the whole picture for people.

Wall time is the subject here: a heartbeat's age is real time, whatever the market clock says.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

__all__ = ["Check", "checks", "health", "live", "ready"]

#: Records may wait this long for their seal before the page says so, in seconds.
SEAL_LAG_LIMIT = 60


@dataclass(frozen=True)
class Check:
    """One thing looked at: its name, whether it is well, the measured fact, and what it means if it is not."""

    code: str
    name: str | Promise
    good: bool
    fact: str
    meaning: str | Promise
    needed: bool = True


def _redis() -> Any:
    import redis

    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


def _timed(act: Callable[[], object]) -> tuple[bool, str]:
    started = time.perf_counter()
    try:
        act()
    except Exception as fault:  # a health page reports faults, whatever they are
        return False, type(fault).__name__
    return True, f"{(time.perf_counter() - started) * 1000:.1f} ms"


def _database() -> Check:
    good, fact = _timed(lambda: connection.cursor().execute("SELECT 1"))
    return Check("database", _("数据库"), good, fact, _("没有数据库，任何业务都不能办理"))


def _broker() -> Check:
    good, fact = _timed(lambda: _redis().ping())
    return Check("redis", _("消息与缓存"), good, fact, _("实时推送停止，页面改为轮询；业务以数据库为准，不受影响"), needed=False)


def _worker() -> Check:
    from exchange.celery import app

    meaning = _("到期关闭、封存与清算推迟，恢复后自动补做；出价仍按时钟拒绝")
    try:
        answers = app.control.ping(timeout=1.0, limit=1, pattern="^(?!laboratory@)", matcher="pcre")  # the market's own workers
    except Exception as fault:  # reported, not raised
        return Check("worker", _("后台任务"), False, type(fault).__name__, meaning, needed=False)
    return Check("worker", _("后台任务"), bool(answers), ", ".join(name for one in answers for name in one) or "—", meaning, needed=False)


def _seal() -> Check:
    meaning = _("新记录尚未进入存证总链；记录本身已随业务落库")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT COALESCE(EXTRACT(EPOCH FROM clock_timestamp() - min(entered_at)), 0)::bigint FROM evidence_unsealed")
            lag = cursor.fetchone()[0]
    except Exception as fault:  # reported, not raised
        return Check("seal", _("存证封存"), False, type(fault).__name__, meaning, needed=False)
    return Check("seal", _("存证封存"), lag < SEAL_LAG_LIMIT, f"{lag} s", meaning, needed=False)


def _files() -> Check:
    good, fact = _timed(lambda: default_storage.exists("health"))
    return Check("files", _("文件存储"), good, fact, _("不能上传、交付和下载文件；其他业务照常"), needed=False)


def checks() -> list[Check]:
    """This will look at database, broker, worker, sealing and files now."""
    return [_database(), _broker(), _worker(), _seal(), _files()]


@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return JsonResponse({"status": "live"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """The process can serve: the database answers. 503 tells a proxy to send people elsewhere."""
    found = _database()
    return JsonResponse({"status": "ready" if found.good else "not_ready", "database": found.fact}, status=200 if found.good else 503)


@never_cache
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """All checks with their meaning, for people, or as JSON for programs that ask for it."""
    found = checks()
    status = 200 if all(c.good for c in found if c.needed) else 503
    if "application/json" in request.headers.get("Accept", "") or request.GET.get("format") == "json":
        rows = {c.code: {"good": c.good, "fact": c.fact} for c in found}
        return JsonResponse({"status": "ok" if all(c.good for c in found) else "degraded", "checks": rows}, status=status)
    if not found[0].good:  # the page's own strip needs the database
        return HttpResponse("database: " + found[0].fact, status=status, content_type="text/plain; charset=utf-8")
    return render(request, "exchange/health.html", {"checks": found, "all_good": all(c.good for c in found)}, status=status)
