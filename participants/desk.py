"""What the supervision desk may do with a table: look. Acts are operations on pages of their own, never a change form (T41)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, ClassVar

from django.contrib.admin import AllValuesFieldListFilter, FieldListFilter
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from evidence.clock import MARKET_CLOCK
from kit.coverage import covers
from participants.desk_words import LABELS, in_words
from participants.permissions import allowed, refuse_stranger
from participants.predicates import standpoint
from participants.scopes import within

__all__ = ["DeskAdmin", "ValuesInWords"]


@cache
def _column(name: str) -> Callable[[Any], Any]:
    """A field as the desk reads it: its word at the head, its value in words, still sorted by the field."""

    def shown(row: Any) -> Any:
        return in_words(row, name)

    shown.__name__ = f"{name}_in_words"
    shown.short_description = LABELS.get(name, name)  # type: ignore[attr-defined]
    shown.admin_order_field = name  # type: ignore[attr-defined]
    return shown


def _filter(field: Any, request: Any, params: Any, model: Any, model_admin: Any, field_path: str) -> Any:
    """A field's own filter under the desk's word for the field."""
    made: Any = FieldListFilter.create(field, request, params, model, model_admin, field_path=field_path)
    made.title = LABELS.get(field_path, field_path)
    return made


class ValuesInWords(AllValuesFieldListFilter):
    """A filter by the values that stand in a column of keys, each under its word; a room says the word in ``word``."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.title = str(LABELS.get(self.field_path, self.field_path))

    def word(self, value: str) -> str:
        return value

    def choices(self, changelist: Any) -> Iterator[Any]:
        for one in super().choices(changelist):
            yield {**one, "display": self.word(str(one["display"]))}


class DeskAdmin(ModelAdmin):  # type: ignore[misc]
    """Base of every table at the desk: read-only, no bulk actions, seen by whoever holds a desk's role now.

    A room may narrow who looks by naming a permission in ``seen_by``. A register of parties' objects names the paths to them in ``parties``
    ('' = the row is the party) and shows each supervisor what its field takes in (R81), in lists and on pages; what belongs to nobody,
    such as the law and the house's figures, names none and is everybody's.
    """

    actions = None
    list_per_page = 50
    show_full_result_count = False
    seen_by = "exchange.desk.enter"
    parties: ClassVar[tuple[str, ...]] = ()
    #: path to the sector the row is about, where it has one of its own
    sector: ClassVar[str] = ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found: QuerySet[Any] = super().get_queryset(request)
        if not self.parties:
            return found
        actor, at = request.actor, MARKET_CLOCK.now()  # type: ignore[attr-defined]
        code = "code" if any(field.name == "code" for field in self.opts.concrete_fields) else ""
        return within(found, standpoint(actor, at).bounds, organization_id=actor.organization_id, at=at, parties=self.parties,
                      sector=self.sector, code=code)

    @covers("R81")
    def refuse_outside(self, request: HttpRequest, held: Model) -> None:
        """This will refuse the page of a row that the list would not show this supervisor; asked by every page of a register's own."""
        if self.parties and not self.get_queryset(request).filter(pk=held.pk).exists():
            refuse_stranger(request.actor, held, MARKET_CLOCK.now())  # type: ignore[attr-defined]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return self.columns(self.list_display)

    def columns(self, names: Sequence[Any]) -> list[Any]:
        """This will make columns: of a field under the desk's word for it, or a column of the room's own as it is."""
        return [one if callable(one) else _column(one) for one in names]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [(one, _filter) if isinstance(one, str) else one for one in self.list_filter]

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        return [_column(field.name) for field in self.opts.concrete_fields if not field.primary_key]

    def _seen(self, request: HttpRequest) -> bool:
        return allowed(request.actor, self.seen_by, at=MARKET_CLOCK.now())  # type: ignore[attr-defined]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._seen(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._seen(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
