"""A declaration ends when the product it declares changes materially."""

from django.db import migrations, models

from compliance.states import DECLARATION
from evidence.guards import edges, install


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0012_self_reports'),
        ('participants', '0010_engagement_fee'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='declaration',
            name='declaration_status_known',
        ),
        migrations.AlterField(
            model_name='declaration',
            name='status',
            field=models.CharField(choices=[('draft', '草拟'), ('in_force', '有效'), ('superseded', '已更新'), ('withdrawn', '撤回'), ('expired', '到期'), ('breached', '违诺'), ('outdated', '产品已变更'), ('discarded', '弃稿')], default='draft', max_length=12),
        ),
        migrations.AddConstraint(
            model_name='declaration',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'in_force', 'superseded', 'withdrawn', 'expired', 'breached', 'outdated', 'discarded'])), name='declaration_status_known'),
        ),
        edges("compliance_declaration", "status", DECLARATION, initial=["draft"]),
        install("compliance", "declaration.sql"),
    ]
