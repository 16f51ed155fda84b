"""Addresses of the handover desk (lifecycles §3). Every act is a form's POST and works without JavaScript."""

from django.urls import path, re_path

from delivery import compute_views, rating_views, release_views, room_views, seat_views, service_views, views

app_name = "delivery"
_ONE = "desk/deliveries/<str:code>/"

urlpatterns = [
    path("desk/computing/", compute_views.computing, name="computing"),
    path("desk/computing/review/", compute_views.review, name="compute_review"),
    path("desk/computing/jobs/<str:code>/", compute_views.job, name="compute_job"),
    path("desk/outputs/", release_views.outputs, name="outputs"),
    path("desk/outputs/<str:code>/", release_views.one, name="output"),
    path("desk/outputs/<str:code>/file/", release_views.file, name="output_file"),
    path(_ONE + "outputs/new/", release_views.hand_in, name="output_new"),
    path("desk/model-services/", service_views.services, name="services"),
    path(_ONE + "calls/", service_views.calls, name="calls"),
    path("desk/rooms/", room_views.mine, name="rooms"),
    path("desk/rooms/oversight/", room_views.oversight, name="rooms_oversight"),
    path("desk/rooms/<str:code>/", room_views.setup, name="room_setup"),
    path(_ONE + "room/", room_views.workbench, name="room"),
    path(_ONE + "room/<str:query>/", room_views.answer, name="room_query"),
    path(_ONE + "room/<str:query>/answer.csv", room_views.answer_csv, name="room_csv"),
    path("desk/deliveries/", views.mine, name="mine"),
    path(_ONE, views.detail, name="detail"),
    path(_ONE + "why/", views.why, name="why"),
    path(_ONE + "deliver/", views.deliver_file, name="deliver"),
    path(_ONE + "accept/", views.accept, name="accept"),
    path(_ONE + "reject/", views.reject, name="reject"),
    path(_ONE + "concede/", views.concede, name="concede"),
    path(_ONE + "token/", views.ask_token, name="token"),
    path(_ONE + "deletion/", views.confirm, name="deletion"),
    path(_ONE + "seats/", seat_views.name, name="seat"),
    path(_ONE + "seats/release/", seat_views.release, name="release_seat"),
    path(_ONE + "rate/", rating_views.rate, name="rate"),
    re_path(r"^desk/ratings/(?P<code>RTG-[0-9A-Z]{10})/(?P<act>reply|hide|show)/$", rating_views.rating_act, name="rating_act"),
    path(_ONE + "file/", views.fetch, name="file"),
]
