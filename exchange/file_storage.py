"""Where deposited files lie: a folder, or an S3-compatible service, by setting. ``evidence.files`` is all that writes there.

``FILES_BACKEND`` is ``folder`` (``FILES_FOLDER``), ``s3`` (``FILES_BUCKET``, ``FILES_ENDPOINT``, ``FILES_REGION``, ``FILES_ACCESS_KEY``,
``FILES_SECRET_KEY``; needs ``requirements/s3.lock``) or the dotted name of a storage class; ``FILES_OPTIONS`` is JSON for the class.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

__all__ = ["files_storage"]


def files_storage(env: Any, var_dir: Path) -> dict[str, Any]:
    """This will return the entry ``default`` of ``STORAGES``; what is missing stops the start with what to do."""
    kind = env("FILES_BACKEND", default="folder")
    options: dict[str, Any] = env.json("FILES_OPTIONS", default={})
    if kind == "folder":
        folder = env("FILES_FOLDER", default=str(var_dir / "files"))
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder, **options}}
    if kind == "s3":
        return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {**_s3(env), **options}}
    if "." not in kind:
        raise ImproperlyConfigured(f"FILES_BACKEND is folder, s3 or the dotted name of a storage class, not {kind!r}")
    return {"BACKEND": kind, "OPTIONS": options}


def _s3(env: Any) -> dict[str, Any]:
    if find_spec("storages") is None or find_spec("boto3") is None:
        raise ImproperlyConfigured("FILES_BACKEND=s3 needs django-storages, which is not installed: "
                                   "pip install --require-hashes -r requirements/s3.lock")
    if not (bucket := env("FILES_BUCKET", default="")):
        raise ImproperlyConfigured("FILES_BACKEND=s3 needs FILES_BUCKET, the bucket that is there already. See .env.example.")
    named = {"endpoint_url": "FILES_ENDPOINT", "region_name": "FILES_REGION", "access_key": "FILES_ACCESS_KEY",
             "secret_key": "FILES_SECRET_KEY"}
    # Names are hashes of the content: writing one again writes the same bytes, and nothing is served from the bucket itself.
    return {"bucket_name": bucket, "file_overwrite": True, "default_acl": None, "addressing_style": "path", "signature_version": "s3v4",
            **{option: value for option, name in named.items() if (value := env(name, default=""))}}
