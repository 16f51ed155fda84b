"""What an agreement bars is refused at the token; a delivery whose agreement ends before acceptance fails."""

from django.db import migrations, models

from delivery.states import DELIVERY
from evidence.guards import edges

_OUTCOMES = [("used", "已取用"), ("exhausted", "已用过，拒绝"), ("expired", "已到期，拒绝"), ("revoked", "已撤销，拒绝"), ("suspended", "已暂停，拒绝"),
             ("unseated", "不是指定使用人，拒绝"), ("unlicensed", "合同不许可，拒绝")]


class Migration(migrations.Migration):

    dependencies = [
        ("delivery", "0007_leaks"),
        ("trading", "0013_agreements"),
    ]

    operations = [
        migrations.AlterField(model_name="grantuse", name="outcome", field=models.CharField(choices=_OUTCOMES, max_length=10)),
        migrations.RemoveConstraint(model_name="grantuse", name="use_outcome_known"),
        migrations.AddConstraint(model_name="grantuse", constraint=models.CheckConstraint(
            condition=models.Q(("outcome__in", [one for one, _word in _OUTCOMES])), name="use_outcome_known")),
        edges("delivery_delivery", "status", DELIVERY, initial=["opened"]),
    ]
