"""What changes here, in one address: import and resources, rights, registration, drafts, review, publication."""

from __future__ import annotations

from listings.imports import Imported, Reported, import_file, read_file

__all__ = ["Imported", "Reported", "import_file", "read_file"]
