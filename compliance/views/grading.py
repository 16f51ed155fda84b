"""The public page on classes and grades: the 27 cells with their clauses, and a form that grades by whom a leak would harm how much."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from compliance.forms import HarmForm
from compliance.rules.classification import cells
from compliance.rules.vocabulary import vocabulary
from compliance.taxonomy import DataCategory, DataGrade, DeliveryMode, ProcessingStage
from participants.doors import page

__all__ = ["grading"]


@require_safe
@page("compliance.rules.see")
def grading(request: HttpRequest) -> HttpResponse:
    """``/rules/grading/``: what each host, stage and grade asks; what grade given harms lead to. A sum, no act: it is a GET form."""
    form = HarmForm(request.GET or None)
    found = DataGrade(form.grade()) if form.is_bound and form.is_valid() else None
    words = vocabulary().conditions
    shown = [{"cell": cell, "host": DataCategory(cell.host).label, "stage": ProcessingStage(cell.stage).label,
              "grade": DataGrade(cell.grade).label, "delivery": [DeliveryMode(one).label for one in cell.delivery],
              "conditions": [words[one] for one in cell.conditions]}
             for cell in cells().values()]
    return render(request, "compliance/grading.html", {"form": form, "found": found, "cells": shown})
