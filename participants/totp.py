"""Time-based one-time passwords (RFC 6238, SHA-1, 30 s, 6 digits) as authenticator apps speak them; plain functions."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from urllib.parse import quote

__all__ = ["STEP", "code_at", "matching_step", "new_secret", "provisioning_uri"]

#: seconds one code stands
STEP = 30


def new_secret() -> str:
    """This will draw a secret of 160 bits, in base 32 as apps take it."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def code_at(secret: str, step: int, digits: int = 6) -> str:
    """This will compute the code of a step (RFC 4226 section 5.3)."""
    digest = hmac.new(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def matching_step(secret: str, code: str, seconds: int, *, after: int = -1, drift: int = 1) -> int | None:
    """This will return the step that ``code`` belongs to, at most ``drift`` steps from the present one and later than ``after``.

    None when none fits; a step used once is refused with everything before it, so a code seen over the shoulder is worth nothing.
    """
    if not (code.isascii() and code.isdigit() and len(code) == 6):
        return None
    present = seconds // STEP
    for step in range(present - drift, present + drift + 1):
        if step > after and hmac.compare_digest(code_at(secret, step), code):
            return step
    return None


def provisioning_uri(secret: str, account: str, issuer: str) -> str:
    """This will write the ``otpauth:`` address that an authenticator app scans."""
    return f"otpauth://totp/{quote(issuer)}:{quote(account)}?secret={secret}&issuer={quote(issuer)}&digits=6&period={STEP}"
