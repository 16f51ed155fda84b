"""Personal values under keys of their own 密钥销毁: each subject (a person, an application, a complaint) has one key.

A sealed column holds ciphertext only. Destroying the subject's key makes every copy of it unreadable, backups included, while
the log stands: it holds salted commitments, and the salts are drawn from the same key (个人信息保护法 Art. 47; T60, I30).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import time
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

from evidence.models import SubjectKey
from kit.coverage import covers

__all__ = ["PREFIX", "SealedJSONField", "SealedTextField", "Unopened", "open_text", "salt_of", "seal_text", "sealed_columns", "shred"]

#: how a sealed value begins: format, key, then nonce and ciphertext
PREFIX = "dx1:"
_NONCE = 12
#: a key once read is kept this long by a process, and thrown away at once by the process that destroys it
_KEPT_SECONDS = 60
_MOST_KEPT = 4096
_READ: dict[UUID, tuple[float, bytes | None]] = {}


def _wrapping() -> MultiFernet:
    """The installation's own key, outside the database; older ones still open what they wrapped."""
    keys = [settings.FIELD_KEY, *settings.FIELD_KEY_FALLBACKS]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"field key:{key}".encode()).digest())) for key in keys])


def _key_of(subject: str) -> tuple[UUID, bytes]:
    """The key of a subject, drawn the first time; two who draw at once agree on one."""
    assert subject, "a sealed value belongs to a subject"
    found = SubjectKey.objects.filter(subject=subject, destroyed_at__isnull=True).first()
    if found is None:
        fresh = SubjectKey(id=uuid4(), subject=subject, wrapped=_wrapping().encrypt(AESGCM.generate_key(256)))
        SubjectKey.objects.bulk_create([fresh], ignore_conflicts=True)
        found = SubjectKey.objects.get(subject=subject, destroyed_at__isnull=True)
    return found.pk, _unwrap(bytes(found.wrapped or b""))


class Unopened(RuntimeError):
    """A key that was not destroyed cannot be unwrapped. Never read as erased: the row would be saved empty over what it holds."""


def _unwrap(wrapped: bytes) -> bytes:
    try:
        return _wrapping().decrypt(wrapped)
    except InvalidToken as fault:
        raise Unopened("FIELD_KEY does not open what was sealed before: put the key of then into FIELD_KEY_FALLBACKS") from fault


def _key(identity: UUID) -> bytes | None:
    """The key by its number; None when it was destroyed."""
    instant = time.monotonic()
    kept = _READ.get(identity)
    if kept is not None and instant - kept[0] < _KEPT_SECONDS:
        return kept[1]
    wrapped = SubjectKey.objects.filter(pk=identity).values_list("wrapped", flat=True).first()
    key = _unwrap(bytes(wrapped)) if wrapped else None
    if len(_READ) >= _MOST_KEPT:
        _READ.clear()
    if key is not None:
        _READ[identity] = (instant, key)
    return key


def seal_text(subject: str, text: str) -> str:
    """This will encipher a text under the subject's key; an empty text stays empty."""
    if not text:
        return ""
    identity, key = _key_of(subject)
    nonce = os.urandom(_NONCE)
    sealed = nonce + AESGCM(key).encrypt(nonce, text.encode(), identity.bytes)
    return f"{PREFIX}{identity.hex}:{base64.urlsafe_b64encode(sealed).decode()}"


def salt_of(subject: str, purpose: str) -> bytes:
    """This will return the salt of a subject's commitment: derived from its key, so that it is gone with the key, in backups too."""
    _, key = _key_of(subject)
    return hmac.new(key, f"commitment:{purpose}".encode(), hashlib.sha256).digest()


def open_text(sealed: str) -> str:
    """This will decipher a sealed text; '' once its key is destroyed. A text that is not sealed is returned as it is.

    Raises ``Unopened`` where the installation has the wrong key, and cryptography's ``InvalidTag`` for a text that was altered.
    """
    if not sealed.startswith(PREFIX):
        return sealed
    name, _, body = sealed.removeprefix(PREFIX).partition(":")
    identity = UUID(name)
    if (key := _key(identity)) is None:
        return ""
    raw = base64.urlsafe_b64decode(body)
    return AESGCM(key).decrypt(raw[:_NONCE], raw[_NONCE:], identity.bytes).decode()


@covers("T60", "I30")
def shred(subject: str, *, at: datetime) -> int:
    """This will destroy the keys of a subject, in the caller's transaction; returns how many. What they sealed is gone for good."""
    keys = list(SubjectKey.objects.filter(subject=subject, destroyed_at__isnull=True).values_list("pk", flat=True))
    SubjectKey.objects.filter(pk__in=keys).update(wrapped=None, destroyed_at=at)
    for identity in keys:
        _READ.pop(identity, None)
    return len(keys)


class SealedTextField(models.TextField):
    """A text that stands enciphered in its column. The model says by ``sealed_for()`` under whose key.

    It can be read and written through a row, not searched and not set by a query: a filter on ciphertext finds nothing.
    """

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        """This will seal what the row holds."""
        plain = self._plain(getattr(model_instance, self.attname))
        return seal_text(model_instance.sealed_for(), plain) if plain else ""  # type: ignore[attr-defined]

    def _plain(self, value: Any) -> str:
        return str(value or "")

    def get_prep_value(self, value: Any) -> Any:
        """This will let only sealed and empty values through to the column."""
        if value in (None, "") or (isinstance(value, str) and value.startswith(PREFIX)):
            return value
        raise TypeError(f"{self.name} is sealed: write it through its row, and do not search it")

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return open_text(value) if isinstance(value, str) else value


class SealedJSONField(SealedTextField):
    """A JSON object that stands enciphered in its column."""

    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def _plain(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, sort_keys=True) if value else ""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        text = open_text(value) if isinstance(value, str) else ""
        return json.loads(text) if text else {}


def sealed_columns() -> list[tuple[str, str]]:
    """This will list (table, column) of every sealed column of the house, for the checker (I30)."""
    from django.apps import apps

    return [(model._meta.db_table, str(field.column)) for model in apps.get_models() for field in model._meta.get_fields()
            if isinstance(field, SealedTextField)]
