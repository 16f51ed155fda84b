"""Addresses of compliance (lifecycles §3)."""

from django.urls import path

from compliance.views import circulation, complaints, declared, desk, diligence, engagements, exports, grading, offers, requisitions, rules

app_name = "compliance"

urlpatterns = [
    path("complaints/new/", complaints.complain, name="complain"),
    path("complaints/<str:code>/", complaints.complaint, name="complaint"),
    path("desk/disputes/<str:code>/", complaints.dispute, name="dispute"),
    path("desk/disputes/<str:code>/evidence/", complaints.dispute_evidence, name="dispute_evidence"),
    path("rules/", rules.rulebook, name="rulebook"),
    path("rules/negative-list/", rules.negative_list, name="negative_list"),
    path("rules/negative-list/<str:code>/", rules.list_version, name="list_version"),
    path("rules/circulation/", circulation.circulation_table, name="circulation"),
    path("rules/cross-border/", exports.cross_border, name="cross_border"),
    path("rules/grading/", grading.grading, name="grading"),
    path("rules/declarations/", declared.declarations, name="public_declarations"),
    path("rules/declarations/<str:code>/", declared.declaration, name="public_declaration"),
    path("rules/standing/", rules.standing, name="standing"),
    path("desk/declarations/", desk.declarations, name="declarations"),
    path("desk/declarations/new/", desk.new_declaration, name="new_declaration"),
    path("desk/declarations/<str:code>/", desk.declaration, name="declaration"),
    path("desk/filings/", desk.filings, name="filings"),
    path("desk/filings/<str:code>/", desk.filing, name="filing"),
    path("desk/requisitions/", requisitions.requisitions, name="requisitions"),
    path("desk/requisitions/<str:code>/", requisitions.act, name="requisition_act"),
    path("desk/requisitions/<str:code>/file/", requisitions.file, name="requisition_file"),
    path("desk/exports/", exports.exports, name="exports"),
    path("desk/exports/<str:code>/", exports.act, name="export_act"),
    path("desk/credit/", desk.credit, name="credit"),
    path("desk/diligence/", diligence.diligence, name="diligence"),
    path("desk/credit/<str:code>/", desk.conduct, name="conduct"),
    path("services/", offers.services, name="services"),
    path("services/<str:code>/", offers.offer, name="service"),
    path("reports/<str:code>/", engagements.report, name="report"),
    path("desk/services/", offers.desk, name="service_desk"),
    path("desk/services/<str:code>/withdraw/", offers.withdraw, name="service_withdraw"),
    path("desk/engagements/", engagements.engagements, name="engagements"),
    path("desk/engagements/<str:code>/", engagements.engagement, name="engagement"),
    path("desk/cases/", desk.cases, name="cases"),
    path("desk/cases/<str:code>/", desk.case, name="case"),
]
