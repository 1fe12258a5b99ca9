"""Handing over as primary case manager; an item that was made of a question."""

import django.db.models.deletion
import django.db.models.manager
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agendas', '0006_denied_words'),
        ('conferences', '0009_the_board'),
        ('workspace', '0003_cards'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='agendaitem',
            name='question',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='conferences.rolequestion'),
        ),
        migrations.CreateModel(
            name='Handover',
            fields=[
                ('mark', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='workspace.mark')),
                ('words', models.TextField()),
                ('told_at', models.DateTimeField(null=True)),
                ('told_how', models.CharField(blank=True, max_length=200)),
                ('last_day', models.DateTimeField(null=True)),
                ('introduced_at', models.DateTimeField(null=True)),
                ('done_at', models.DateTimeField(null=True)),
                ('called_off_at', models.DateTimeField(null=True)),
                ('arriving', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workspace.seat')),
                ('leaving', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workspace.seat')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'unsealed',
                'default_manager_name': 'objects',
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('unsealed', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='NotTakenOver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('because', models.CharField(max_length=500)),
                ('at', models.DateTimeField()),
                ('handover', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='agendas.handover')),
                ('row', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workspace.mark')),
            ],
        ),
        migrations.CreateModel(
            name='WordsForTheNew',
            fields=[
                ('mark', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='workspace.mark')),
                ('text', models.TextField()),
                ('handover', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='agendas.handover')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'unsealed',
                'default_manager_name': 'objects',
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('unsealed', django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddConstraint(
            model_name='handover',
            constraint=models.CheckConstraint(condition=models.Q(('done_at', None), ('called_off_at', None), _connector='OR'), name='handover_ends_in_one_way'),
        ),
        migrations.AddConstraint(
            model_name='handover',
            constraint=models.CheckConstraint(condition=models.Q(('arriving', None), ('told_at__isnull', False), _connector='OR'), name='survivor_is_told_first'),
        ),
        migrations.AddConstraint(
            model_name='nottakenover',
            constraint=models.UniqueConstraint(fields=('handover', 'row'), name='refused_once_in_a_handover'),
        ),
    ]
