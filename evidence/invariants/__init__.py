"""What must always hold: the base every room's ``invariants.py`` builds on, and the record book's own."""

from evidence.invariants import log, schema
from evidence.invariants.base import NUMBERED, Invariant, Report, Violation, check_all, invariant, registered
from evidence.invariants.moves import BY_ITS_CALLER, MovesAreTold, every_move_is_told

__all__ = ["BY_ITS_CALLER", "NUMBERED", "Invariant", "MovesAreTold", "Report", "Violation", "check_all", "every_move_is_told",
           "invariant", "log", "registered", "schema"]
