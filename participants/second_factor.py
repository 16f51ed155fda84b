"""The second factor 双因素: required in production of regulators, operators and whoever moves money (contract; GB/T 22239).

The secret is kept enciphered; a step used once is never taken again (T46). Ten recovery words are kept as hashes.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.http import HttpRequest

from kit.coverage import covers
from participants.models import SecondFactor, User
from participants.totp import matching_step, new_secret

__all__ = ["SESSION_MARK", "begin", "confirm", "second_factor_owed", "secret_of", "verify"]

#: the session's mark that the second factor was shown in it
SESSION_MARK = "second_factor"


def _cipher() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"second factor:{key}".encode()).digest())) for key in keys])


def second_factor_owed(request: HttpRequest) -> bool:
    """This will tell whether the person is signed in by password only. Reads the session, no table."""
    return bool(request.user.is_authenticated and not request.session.get(SESSION_MARK))


def begin(user: User) -> SecondFactor:
    """This will return the user's factor, made with a fresh secret the first time."""
    fresh = _cipher().encrypt(new_secret().encode())
    return SecondFactor.objects.get_or_create(user=user, defaults={"secret": fresh})[0]


def secret_of(factor: SecondFactor) -> str:
    """This will decipher the secret; an undecipherable one (rotated key) counts as none."""
    try:
        return _cipher().decrypt(bytes(factor.secret)).decode()
    except InvalidToken:
        return ""


def confirm(user: User, code: str, *, at: Any) -> list[str] | None:
    """This will switch the factor on when the first code fits, and return the recovery words, shown this once; else None."""
    if not _take(user, code):
        return None
    words = [f"{secrets.token_hex(3)}-{secrets.token_hex(3)}" for _ in range(10)]
    SecondFactor.objects.filter(user=user).update(confirmed_at=at, recovery=[make_password(word) for word in words])
    return words


@covers("T46")
def verify(user: User, code: str) -> bool:
    """This will take a fresh code or an unused recovery word."""
    if not SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).exists():
        return False
    return _take(user, code) or _take_word(user, code.strip().lower())


def _take(user: User, code: str) -> bool:
    with transaction.atomic():
        held = SecondFactor.objects.select_for_update(no_key=True).filter(user=user).first()
        if held is None or not (secret := secret_of(held)):
            return False
        step = matching_step(secret, code.strip(), int(time.time()), after=held.last_step)  # wall clock: sign-ins
        if step is None:
            return False
        held.last_step = step
        held.save(update_fields=["last_step"])
        return True


def _take_word(user: User, word: str) -> bool:
    with transaction.atomic():
        held = SecondFactor.objects.select_for_update(no_key=True).get(user=user)
        for known in held.recovery:
            if check_password(word, known):
                held.recovery = [one for one in held.recovery if one != known]
                held.save(update_fields=["recovery"])
                return True
        return False
