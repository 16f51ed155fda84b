"""Addresses of the handover desk (lifecycles §3). Every act is a form's POST and works without JavaScript."""

from django.urls import path, re_path

from delivery import bench_views, compute_views, judging_views, mark_views, rating_views, room_views, seat_views, views

app_name = "delivery"
_ONE = "desk/deliveries/<str:code>/"

urlpatterns = [
    path("desk/computing/", compute_views.computing, name="computing"),
    path("desk/computing/review/", compute_views.review, name="compute_review"),
    path("desk/computing/jobs/<str:code>/", compute_views.job, name="compute_job"),
    path("desk/computing/jobs/<str:code>/answer.json", compute_views.answer_json, name="compute_json"),
    path("desk/rooms/", room_views.mine, name="rooms"),
    path("desk/rooms/oversight/", room_views.oversight, name="rooms_oversight"),
    path("desk/rooms/<str:code>/", room_views.setup, name="room_setup"),
    path(_ONE + "room/", room_views.workbench, name="room"),
    path(_ONE + "room/<str:query>/", room_views.answer, name="room_query"),
    path(_ONE + "room/<str:query>/answer.json", room_views.answer_json, name="room_json"),
    path(_ONE + "room/<str:query>/answer.csv", room_views.answer_csv, name="room_csv"),
    path("desk/workbench/", bench_views.workbench, name="workbench"),
    path("desk/uses/", bench_views.uses, name="uses"),
    path("desk/marks/", mark_views.mine, name="marks"),
    path("desk/marks/<str:code>/", mark_views.declare, name="declare_marks"),
    path("desk/deliveries/", views.mine, name="mine"),
    path(_ONE, views.detail, name="detail"),
    path(_ONE + "why/", views.why, name="why"),
    path(_ONE + "deliver/", views.deliver_file, name="deliver"),
    path(_ONE + "accept/", views.accept, name="accept"),
    path(_ONE + "reject/", views.reject, name="reject"),
    path(_ONE + "part/", judging_views.offer, name="offer_part"),
    path(_ONE + "part/answer/", judging_views.answer, name="answer_part"),
    path(_ONE + "dispute/", judging_views.dispute, name="dispute"),
    path(_ONE + "sample/", judging_views.sample, name="sample"),
    path(_ONE + "statement.json", judging_views.statement, name="statement"),
    path(_ONE + "concede/", views.concede, name="concede"),
    path(_ONE + "token/", views.ask_token, name="token"),
    path(_ONE + "deletion/", views.confirm, name="deletion"),
    path(_ONE + "seats/", seat_views.name, name="seat"),
    path(_ONE + "seats/release/", seat_views.release, name="release_seat"),
    path(_ONE + "rate/", rating_views.rate, name="rate"),
    re_path(r"^desk/ratings/(?P<code>RTG-[0-9A-Z]{10})/(?P<act>reply|hide|show)/$", rating_views.rating_act, name="rating_act"),
    path(_ONE + "file/", views.fetch, name="file"),
]
