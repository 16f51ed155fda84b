"""Addresses of the handover desk (lifecycles §3). Every act is a form's POST and works without JavaScript."""

from django.urls import path

from delivery import views

app_name = "delivery"
_ONE = "desk/deliveries/<str:code>/"

urlpatterns = [
    path("desk/deliveries/", views.mine, name="mine"),
    path(_ONE, views.detail, name="detail"),
    path(_ONE + "deliver/", views.deliver_file, name="deliver"),
    path(_ONE + "accept/", views.accept, name="accept"),
    path(_ONE + "reject/", views.reject, name="reject"),
    path(_ONE + "concede/", views.concede, name="concede"),
    path(_ONE + "token/", views.ask_token, name="token"),
    path(_ONE + "deletion/", views.confirm, name="deletion"),
    path(_ONE + "file/", views.fetch, name="file"),
]
