"""Public verification: ``/verify/<code>``, the form ``/verify/``, the bundle to take home, and a bundle brought back."""

from __future__ import annotations

import json
from typing import Any

import segno
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_safe

from evidence import queries as evidence
from evidence.canonical import canonical
from evidence.checkpoints import published
from evidence.clock import MARKET_CLOCK
from evidence.verify import verify_bundle
from exchange import papers
from kit.coverage import covers
from kit.ids import read_code
from listings.recognising import certificate_elsewhere

__all__ = ["bundle", "certificate", "result", "verify", "verify_form"]

#: Largest bundle taken back, in bytes.
LARGEST = 8 * 1024 * 1024


def qr(address: str) -> SafeString:
    """This will draw an address as a QR symbol, dark on white in both themes."""
    code = segno.make(address, error="m")
    matrix = tuple(code.matrix)
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, bit in enumerate(row) if bit)
    size = len(matrix) + 8  # four modules of quiet around it, as ISO/IEC 18004 asks
    return format_html(
        '<svg class="qr" viewBox="-4 -4 {} {}" role="img" aria-label="QR"><rect class="qrbg" x="-4" y="-4" width="{}" height="{}"/>'
        '<path class="qrfg" d="{}"/></svg>',
        size,
        size,
        size,
        size,
        path,
    )


@require_safe
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """Is this certificate or trade paper genuine, and in force today."""
    paper = papers.paper_for(code, request.user)
    if paper is None:
        if (elsewhere := certificate_elsewhere(code.strip().upper())) is not None:
            return render(request, "exchange/verify_elsewhere.html", {"one": elsewhere, "good": elsewhere.good_at(MARKET_CLOCK.now())})
        return render(request, "exchange/verify_unknown.html", {"typed": code[:80]}, status=404)
    if paper.code != code:
        return redirect("exchange:verify", code=paper.code)
    return _page(request, paper)


def _page(request: HttpRequest, paper: papers.Paper, **more: Any) -> HttpResponse:
    address = f"{settings.PUBLIC_ADDRESS}/verify/{paper.code}"
    return render(
        request,
        "exchange/verify.html",
        {
            "answer": papers.answer_for(paper, MARKET_CLOCK.now()),
            "paper": paper,
            "qr": qr(address),
            "address": address,
            "history": papers.history_of(paper),
            **more,
        },
    )


@covers("F10")
@require_http_methods(["GET", "HEAD", "POST"])
def result(request: HttpRequest, code: str) -> HttpResponse:
    """An answer's file held against its certificate, thing by thing; nothing uploaded is kept."""
    paper = papers.paper_for(code, request.user)
    if paper is None or not paper.opens:
        raise Http404(code)
    upload = request.FILES.get("answer")
    if upload is None or request.method != "POST":
        return redirect("exchange:verify", code=paper.code)
    document = _document(upload)
    if document is None:
        return _page(request, paper, fault=("读不出这份结果文件：须为本所给出、不超过 8 MB 的 JSON",
                                            "The file cannot be read: it is the JSON given out here, of 8 MB at most"))
    checks = papers.result_held(paper, document)
    return _page(request, paper, held=checks, held_good=all(one.good for one in checks))


@covers("F10")
@require_safe
def certificate(request: HttpRequest, code: str) -> HttpResponse:
    """A result certificate as JSON, with its signature and the key that checks it."""
    paper = papers.paper_for(code, request.user)
    if paper is None or not paper.opens or paper.private:
        raise Http404(code)
    signature, key_id = paper.signed
    return HttpResponse(canonical({"content": paper.content, "content_hash": paper.content_hash, "signature": signature, "key_id": key_id,
                                   "algorithm": "Ed25519", "key": papers.key_of(key_id).hex()}), content_type="application/json")


@require_safe
def bundle(request: HttpRequest, code: str) -> HttpResponse:
    """The paper's facts with their proofs, to be checked offline by ``verify_evidence``."""
    paper = papers.paper_for(code, request.user)
    found = papers.bundle_for(paper) if paper else None
    if paper is None or found is None:
        raise Http404(code)
    answer = HttpResponse(canonical(found), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="{paper.code}.bundle.json"'
    return answer


def _document(upload: Any) -> Any:
    """What an uploaded JSON says; None where it is too large or none."""
    if upload.size > LARGEST:
        return None
    try:
        return json.loads(upload.read().decode("utf-8"))
    except (ValueError, RecursionError):
        return None


def _checked(upload: Any) -> dict[str, Any]:
    """The verdict over an uploaded bundle, against our own published keys and heads."""
    if upload.size > LARGEST:
        return {"fault": ("文件超过 8 MB，请用 verify_evidence 离线核验", "The file is larger than 8 MB; verify it offline")}
    try:
        document = json.loads(upload.read().decode("utf-8"))
    except (ValueError, RecursionError):
        return {"fault": ("文件不是存证包：读不出 JSON", "Not an evidence bundle: no JSON")}
    verdict = verify_bundle(document, trusted=evidence.public_keys(), known=published()[-1:])
    subjects = (
        sorted(
            {
                str(entry.get("envelope", {}).get("subject", ""))
                for entry in document.get("entries", [])
                if isinstance(entry, dict) and isinstance(entry.get("envelope"), dict)
            }
        )
        if isinstance(document, dict)
        else []
    )
    return {"verdict": verdict, "subjects": subjects[:10]}


@require_http_methods(["GET", "HEAD", "POST"])
def verify_form(request: HttpRequest) -> HttpResponse:
    """A code to look up, or a bundle to check; nothing uploaded is kept."""
    context: dict[str, Any] = {"head": evidence.head(), "keys": evidence.public_keys()}
    if typed := request.GET.get("code", "").strip()[:80]:
        try:
            return redirect("exchange:verify", code=read_code(typed))
        except ValueError:
            context |= {"typed": typed, "mistyped": True}
    if request.method == "POST" and (upload := request.FILES.get("bundle")):
        context |= _checked(upload)
    return render(request, "exchange/verify_form.html", context)
