"""What must always hold: the base every room's ``invariants.py`` builds on, and the record book's own."""

from evidence.invariants import log, schema
from evidence.invariants.base import NUMBERED, Invariant, Report, Violation, check_all, invariant, registered

__all__ = ["NUMBERED", "Invariant", "Report", "Violation", "check_all", "invariant", "log", "registered", "schema"]
