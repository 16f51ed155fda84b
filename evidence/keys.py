"""The key that signs seals: Ed25519, in a file outside the database; the public half is kept for every reader.

Outside production the file is drawn on first use. In production it must be there, made by whoever holds it.
"""

from __future__ import annotations

import contextlib
import os
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

__all__ = ["public_bytes", "sign", "signing_key"]


def signing_key() -> Ed25519PrivateKey:
    """This will return the key of this installation; ``ImproperlyConfigured`` where production has none."""
    return _read(str(settings.EVIDENCE_SIGNING_KEY_FILE))


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """This will return the 32 bytes of the public half."""
    return key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def sign(message: bytes) -> bytes:
    """This will return the signature of this installation's key."""
    return signing_key().sign(message)


@lru_cache(maxsize=4)
def _read(place: str) -> Ed25519PrivateKey:
    path = Path(place)
    if not path.exists():
        if settings.PRODUCTION:
            raise ImproperlyConfigured(f"EVIDENCE_SIGNING_KEY_FILE names no file: {path}")
        _draw(path)
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ImproperlyConfigured("EVIDENCE_SIGNING_KEY_FILE holds no Ed25519 key")
    return key


def _draw(path: Path) -> None:
    """Writes a fresh key beside its place and links it in, so that two first users agree on one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as sink:
        sink.write(pem)
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
