"""An export that the authority has not decided in time is put up, a security review again each thirty days (R64, R65)."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0026_export_extensions'),
        ('participants', '0034_late_reviews'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='case',
            name='case_kind_known',
        ),
        migrations.AddField(
            model_name='exportcase',
            name='overdue',
            field=models.BooleanField(default=False, help_text='the authority is late with it; it stays where it is'),
        ),
        migrations.AlterField(
            model_name='case',
            name='kind',
            field=models.CharField(choices=[('version_review', '挂牌审核'), ('sample', '抽查'), ('trade_review', '交易复核'), ('alert', '监测预警'), ('complaint', '举报投诉'), ('conduct', '失信认定'), ('registration', '登记'), ('filing', '备案核验'), ('dispute', '争议'), ('payout', '提现'), ('settlement', '清算异常'), ('output', '输出审核'), ('right', '权利暂停'), ('incident', '安全事件'), ('control_list', '管控名单命中'), ('export', '数据出境'), ('other', '其他')], max_length=16),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['version_review', 'sample', 'trade_review', 'alert', 'complaint', 'conduct', 'registration', 'filing', 'dispute', 'payout', 'settlement', 'output', 'right', 'incident', 'control_list', 'export', 'other'])), name='case_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='exportcase',
            constraint=models.CheckConstraint(condition=models.Q(('overdue', False), ('status__in', ['in_assessment', 'security_review']), _connector='OR'), name='export_late_while_it_waits'),
        ),
        # last: the rows' deferred checks wait for the commit, and no table is altered after them
        migrations.RunSQL("UPDATE compliance_exportcase SET due_at = market_now() + interval '30 days' "
                          "WHERE status = 'security_review' AND due_at IS NULL", migrations.RunSQL.noop),
    ]
