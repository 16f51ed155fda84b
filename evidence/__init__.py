"""存证 The record book: audit trail, outbox and evidence chain are one thing; writes for all, reads nobody."""
