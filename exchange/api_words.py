"""What the schema of the API says of our own ways to sign in and to name an amount; without it the schema would guess."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension

from kit.money import MAX_FEN

__all__ = ["AmountWords", "DataKeyWords", "KeyWords"]


class KeyWords(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A program's key, in the header ``Authorization``."""

    target_class = "participants.edge.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Token dxt_…, made at /desk/organisation/"}


class DataKeyWords(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A buyer's key to the rows of one delivery, in the header ``Authorization``."""

    target_class = "delivery.rows_api.DataKeyAuthentication"
    name = "data key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "DataKey dk_…, made at the delivery's page"}


class AmountWords(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Whole fen: a JSON number with its least and greatest value."""

    target_class = "participants.edge.FenField"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        return {"type": "integer", "format": "int64", "minimum": self.target.minimum, "maximum": MAX_FEN}
