"""Other exchanges that are recognised here 互联互通 (CAP-I5, R56), and what their registers say of certificates and credit."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from listings.states import CertificateStatus
from participants.roles import Band, Standing

__all__ = ["Peer", "PeerCertificate", "PeerStanding"]


class Peer(models.Model):
    """One other exchange, recognised by two of the authority: where it answers and with which key it signs. An end is final."""

    code = models.CharField(max_length=16, unique=True)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    address = models.CharField(max_length=200, help_text="where it answers, without a path")
    origin = models.CharField(max_length=120, help_text="the name its record book signs under")
    key = models.CharField(max_length=64, help_text="the public half of its signing key, Ed25519, in hexadecimal")
    recognised_at = models.DateTimeField()
    certificates_to = models.BigIntegerField(default=-1, help_text="up to where its moves of certificates were taken in")
    standings_to = models.BigIntegerField(default=-1, help_text="up to where its moves of standing were taken in")
    catalogue_tag = models.CharField(max_length=200, blank=True, help_text="the state of its catalogue that was read last")
    due_at = models.DateTimeField(help_text="when it is asked next")
    heard_at = models.DateTimeField(null=True, blank=True, help_text="when it last answered as it should")
    missed = models.PositiveIntegerField(default=0)
    fault = models.CharField(max_length=200, blank=True, help_text="what was wrong with its last answer")
    silent_at = models.DateTimeField(null=True, blank=True, help_text="since when it is called silent")
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["origin"], condition=Q(ended_at__isnull=True), name="peer_once"),
            models.CheckConstraint(condition=Q(key__regex="^[0-9a-f]{64}$"), name="peer_key_whole"),
            models.CheckConstraint(condition=~Q(origin="") & ~Q(address=""), name="peer_named"),
            models.CheckConstraint(condition=Q(ended_at__isnull=True) | ~Q(end_reason=""), name="peer_end_reasoned"),
        ]

    def __str__(self) -> str:
        return self.code


class PeerCertificate(models.Model):
    """A certificate as the other exchange's register says it stands; never one of ours."""

    peer = models.ForeignKey(Peer, on_delete=models.PROTECT, related_name="certificates")
    code = models.CharField(max_length=40)
    state = models.CharField(max_length=16, choices=CertificateStatus)
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200, blank=True)
    holder = models.CharField(max_length=200)
    holder_en = models.CharField(max_length=200, blank=True)
    uscc = models.CharField(max_length=18, blank=True)
    content_hash = models.CharField(max_length=64)
    issued_at = models.DateTimeField()
    effective_to = models.DateTimeField()
    position = models.BigIntegerField(help_text="of its newest move, in the other's record book")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["peer", "code"], name="peer_certificate_once"),
            models.CheckConstraint(condition=Q(state__in=CertificateStatus.values), name="peer_certificate_state_known"),
        ]

    def __str__(self) -> str:
        return self.code

    def good_at(self, at: datetime) -> bool:
        """Whether the other register, as it was last read, calls it valid and its term runs."""
        return self.state == CertificateStatus.VALID and at < self.effective_to

    @property
    def page(self) -> str:
        """Where the exchange that issued it answers for it."""
        address = self.peer.address
        return f"{address}/verify/{self.code}" if address.startswith(("https://", "http://")) else ""


class PeerStanding(models.Model):
    """How a holder of certificates stands at the other exchange, by its unified social credit code."""

    peer = models.ForeignKey(Peer, on_delete=models.PROTECT, related_name="standings")
    uscc = models.CharField(max_length=18)
    name = models.CharField(max_length=200)
    standing = models.CharField(max_length=12, choices=Standing)
    band = models.CharField(max_length=1, choices=Band)
    since = models.DateTimeField()
    position = models.BigIntegerField(help_text="of its newest move, in the other's record book")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["peer", "uscc"], name="peer_standing_once"),
            models.CheckConstraint(condition=Q(standing__in=Standing.values) & Q(band__in=Band.values), name="peer_standing_known"),
        ]
        indexes = [models.Index(fields=["uscc"], name="peer_standing_of")]

    def __str__(self) -> str:
        return self.uscc
