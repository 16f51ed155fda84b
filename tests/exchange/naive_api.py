"""The naive endpoint that the generated requests must find out (T56). Never part of the product."""

from __future__ import annotations

from typing import Any, ClassVar

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from drf_spectacular.views import SpectacularAPIView
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

__all__ = ["urlpatterns"]

OUT = inline_serializer("NaiveOut", {"rows": serializers.IntegerField()})


class Naive(APIView):
    """The naive endpoint: reads what it is given as it comes, and answers what its schema does not say."""

    permission_classes: ClassVar[list[Any]] = [AllowAny]

    @extend_schema(operation_id="naive", responses={200: OUT},
                   parameters=[OpenApiParameter("after", str, required=True)])
    def get(self, request: Any) -> Response:
        return Response({"rows": int(request.query_params["after"])})

    @extend_schema(operation_id="naive_told", request=None,
                   responses={200: OUT})
    def post(self, request: Any) -> Response:
        return Response({"rows": "many"})


urlpatterns = [path("api/naive/", Naive.as_view()), path("api/schema/", SpectacularAPIView.as_view(), name="schema")]
