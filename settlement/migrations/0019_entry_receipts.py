"""A buyer's registration has a receipt like everything paid; the bank may take back what came in."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('participants', '0032_enrolment'),
        ('settlement', '0018_returns'),
    ]

    operations = [
        migrations.AlterField(
            model_name='banknotice',
            name='kind',
            field=models.CharField(help_text='credit, paid, returned, reversed, recalled', max_length=10),
        ),
        migrations.RemoveConstraint(model_name='receipt', name='receipt_kind_known'),
        migrations.AlterField(
            model_name='receipt',
            name='kind',
            field=models.CharField(choices=[('trade', '成交结算'), ('refund', '退款'), ('payout', '提现到账'), ('entry', '买方注册费')], max_length=6),
        ),
        migrations.AddConstraint(
            model_name='receipt',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['trade', 'refund', 'payout', 'entry'])), name='receipt_kind_known'),
        ),
    ]
