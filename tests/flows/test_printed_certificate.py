"""A certificate saved as PDF by the browser: one sheet of A4 in both languages, its symbol readable on paper (B7, decision 9).

The page is asked of the house's own view and printed by Chromium from the house's own files; no server runs.
"""

from __future__ import annotations

import base64
import mimetypes
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
import segno
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from evidence.operations import drain
from exchange.browser import chromium
from kit.coverage import covers
from tests.flows.house import launch
from tests.listings.worlds import make_registered, make_seller

pytestmark = pytest.mark.django_db
_ORIGIN, _DOTS = "http://certificate.test", 4
#: Reads the middle of every module out of a picture of the sheet: 1 where it is dark.
_MODULES = """async ([picture, count, box, dots]) => {
  const image = await createImageBitmap(await (await fetch('data:image/png;base64,' + picture)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height), pen = canvas.getContext('2d');
  pen.drawImage(image, 0, 0);
  const step = box.width * dots / count, rows = [];
  for (let y = 0; y < count; y++) { const row = [];
    for (let x = 0; x < count; x++) {
      const [r, g, b] = pen.getImageData(Math.floor(box.x * dots + (x + .5) * step), Math.floor(box.y * dots + (y + .5) * step),
                                           1, 1).data;
      row.push(r + g + b < 384 ? 1 : 0); }
    rows.push(row); }
  return rows; }"""


def _answer(route: Any, html: str) -> None:
    path = urlsplit(route.request.url).path
    found = finders.find(path.removeprefix(settings.STATIC_URL)) if path.startswith(settings.STATIC_URL) else None
    if isinstance(found, str):
        route.fulfill(path=found, content_type=mimetypes.guess_type(found)[0] or "text/plain")
    elif path == "/paper/":
        route.fulfill(body=html, content_type="text/html; charset=utf-8")
    else:
        route.fulfill(status=404, body="")


def printed(html: str, count: int, theme: str) -> tuple[bytes, list[list[int]], float]:
    """The page as PDF, the modules of its symbol as they stand on paper, and a module's width in millimetres."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page(device_scale_factor=_DOTS, color_scheme=theme, viewport={"width": 688, "height": 1017})  # A4 less margins
        page.route("**/*", lambda route: _answer(route, html))
        page.goto(f"{_ORIGIN}/paper/")
        page.emulate_media(media="print")
        box = page.locator("svg.qr").bounding_box()
        read = page.evaluate(_MODULES, [base64.b64encode(page.screenshot(full_page=True)).decode(), count, box, _DOTS])
        pdf = page.pdf(prefer_css_page_size=True, print_background=True)
        browser.close()
    return pdf, read, box["width"] * 25.4 / 96 / count


@covers("B7")
@pytest.mark.parametrize(("language", "theme"), [("zh-hans", "light"), ("en", "dark")])
def test_a_certificate_prints_as_one_sheet_of_a4_with_a_symbol_that_reads(client: Client, language: str, theme: str) -> None:
    if not chromium():
        pytest.fail("no Chromium on this machine: run  make test  (it installs one) or  make test-fast")
    _, certificate = make_registered(make_seller())
    drain()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    answer = client.get(f"/verify/{certificate.code}")
    html = answer.content.decode()
    assert answer.status_code == 200 and f"lang=\"{'en' if language == 'en' else 'zh-Hans'}\"" in html
    address = f"{settings.PUBLIC_ADDRESS}/verify/{certificate.code}"
    wanted = [list(row) for row in segno.make(address, error="m").matrix]
    count = len(wanted) + 8
    with ThreadPoolExecutor(1) as apart:  # the browser's own loop stays out of this thread
        pdf, read, width = apart.submit(printed, html, count, theme).result()
    assert pdf.startswith(b"%PDF-") and len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) == 1, "one sheet"
    box = re.search(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", pdf)
    assert box is not None and (round(float(box[1])), round(float(box[2]))) == (595, 842), "of A4"
    assert [[int(bit) for bit in row[4:-4]] for row in read[4:-4]] == [[int(bool(bit)) for bit in row] for row in wanted]
    quiet = [*read[:4], *read[-4:], *([*row[:4], *row[-4:]] for row in read)]
    assert not any(bit for row in quiet for bit in row), "four modules of quiet around it"
    assert width >= 0.5, "a module half a millimetre wide reads from any phone"
