"""Addresses of the laboratory. Every act is a form's POST and works without JavaScript."""

from django.urls import path

from simulation import laboratory_views, replay_views

app_name = "simulation"

urlpatterns = [
    path("desk/laboratory/", laboratory_views.laboratory, name="laboratory"),
    path("desk/laboratory/scenarios/<slug:key>/", laboratory_views.scenario, name="scenario"),
    path("desk/laboratory/compare/", laboratory_views.compare, name="compare"),
    path("desk/laboratory/replay/", replay_views.replay, name="replay"),
    path("desk/laboratory/replay/<str:code>/", replay_views.replay_of_list, name="replay_list"),
    path("desk/laboratory/evaluation/<int:year>/", replay_views.evaluation, name="evaluation"),
    path("desk/laboratory/evaluation/<int:year>/file/", replay_views.evaluation_file, name="evaluation_file"),
    path("desk/laboratory/<str:code>/", laboratory_views.experiment, name="experiment"),
    path("desk/laboratory/<str:code>/report/<str:form>/", laboratory_views.report_file, name="report_file"),
    path("laboratory/<str:link>/", laboratory_views.shared, name="shared"),
]
