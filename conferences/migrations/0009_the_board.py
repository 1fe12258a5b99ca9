"""The role-clarification board: cards, who is involved in what, how a question ends, going through it all."""

import django.db.models.deletion
import django.db.models.manager
import workspace.disclosure.policy
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conferences', '0008_for_whose_ears_it_was'),
        ('workspace', '0003_cards'),
    ]

    operations = [
        migrations.RemoveConstraint(model_name='doing', name='seat_does_it_once'),
        migrations.RenameModel(old_name='Doing', new_name='Involved'),
        migrations.AddField(
            model_name='involved',
            name='how',
            field=models.CharField(default='does', max_length=6),
        ),
        migrations.CreateModel(
            name='CardTurn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('turn', models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Clear',
            fields=[
                ('mark', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='workspace.mark')),
                ('clear', models.BooleanField()),
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
            name='EarlierAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField()),
                ('at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Picture',
            fields=[
                ('seat', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='workspace.seat')),
                ('image', models.BinaryField()),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='StillSo',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Translation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language', models.CharField(max_length=35)),
                ('does', models.TextField(blank=True)),
                ('does_not', models.TextField(blank=True)),
                ('ask_about', models.TextField(blank=True)),
                ('private', models.TextField(blank=True)),
                ('contact', models.TextField(blank=True)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='UsualCard',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language', models.CharField(max_length=35)),
                ('does', models.TextField(blank=True)),
                ('does_not', models.TextField(blank=True)),
                ('ask_about', models.TextField(blank=True)),
                ('private', models.TextField(blank=True)),
                ('contact', models.TextField(blank=True)),
                ('role', models.CharField(max_length=20)),
                ('duties', models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.AddField(
            model_name='responsibility',
            name='put_away_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='rolequestion',
            name='answered_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='rolequestion',
            name='closed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='rolequestion',
            name='line',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='conferences.responsibility'),
        ),
        migrations.AddField(
            model_name='rolequestion',
            name='routed_to',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workspace.seat'),
        ),
        migrations.AddField(
            model_name='rolequestion',
            name='set_aside_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='rolequestion',
            name='set_aside_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workspace.seat'),
        ),
        migrations.AddField(
            model_name='rolequestion',
            name='set_aside_note',
            field=models.TextField(blank=True, db_default=''),
        ),
        migrations.AddField(
            model_name='rolequestion',
            name='unclear_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddConstraint(
            model_name='rolequestion',
            constraint=models.CheckConstraint(condition=models.Q(('closed_at', None), ('set_aside_at', None), _connector='OR'), name='question_ends_in_one_way'),
        ),
        migrations.AddConstraint(
            model_name='rolequestion',
            constraint=models.CheckConstraint(condition=models.Q(('set_aside_at', None), models.Q(('set_aside_note', ''), _negated=True), _connector='OR'), name='question_set_aside_with_a_note'),
        ),
        migrations.AddField(
            model_name='cardturn',
            name='conference',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='conferences.conference'),
        ),
        migrations.AddField(
            model_name='cardturn',
            name='seat',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workspace.seat'),
        ),
        migrations.AddField(
            model_name='clear',
            name='conference',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='conferences.conference'),
        ),
        migrations.AddField(
            model_name='clear',
            name='seat',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workspace.seat'),
        ),
        migrations.AddField(
            model_name='earlieranswer',
            name='question',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='conferences.rolequestion'),
        ),
        migrations.AddField(
            model_name='earlieranswer',
            name='seat',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workspace.seat'),
        ),
        migrations.AddField(
            model_name='stillso',
            name='conference',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='conferences.conference'),
        ),
        migrations.AddField(
            model_name='stillso',
            name='seat',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspace.seat'),
        ),
        migrations.AddField(
            model_name='translation',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workspace.seat'),
        ),
        migrations.AddField(
            model_name='translation',
            name='seat',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspace.seat'),
        ),
        migrations.AddField(
            model_name='usualcard',
            name='task_force',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='workspace.taskforce'),
        ),
        migrations.AddConstraint(
            model_name='cardturn',
            constraint=models.UniqueConstraint(fields=('conference', 'seat'), name='card_has_one_turn'),
        ),
        migrations.AddConstraint(
            model_name='cardturn',
            constraint=models.UniqueConstraint(fields=('conference', 'turn'), name='one_card_a_turn'),
        ),
        migrations.AddConstraint(
            model_name='involved',
            constraint=models.UniqueConstraint(fields=('responsibility', 'seat', 'how'), name='seat_is_involved_once'),
        ),
        migrations.AddConstraint(
            model_name='involved',
            constraint=models.CheckConstraint(condition=models.Q(('how__in', ['does', 'asked', 'told', 'claims'])), name='involved_how_is_known'),
        ),
        migrations.AddConstraint(
            model_name='translation',
            constraint=models.UniqueConstraint(fields=('seat', 'language'), name='card_is_translated_once'),
        ),
        migrations.AddConstraint(
            model_name='usualcard',
            constraint=models.UniqueConstraint(fields=('task_force', 'role', 'language'), name='usual_card_is_said_once'),
        ),
        migrations.AddConstraint(
            model_name='usualcard',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', [workspace.disclosure.policy.Role['SURVIVOR'], workspace.disclosure.policy.Role['GUARDIAN'], workspace.disclosure.policy.Role['CASE_MANAGER'], workspace.disclosure.policy.Role['ADVOCATE'], workspace.disclosure.policy.Role['CLINICAL_SUPERVISOR'], workspace.disclosure.policy.Role['THERAPIST'], workspace.disclosure.policy.Role['MEDICAL'], workspace.disclosure.policy.Role['SHELTER'], workspace.disclosure.policy.Role['COUNSEL'], workspace.disclosure.policy.Role['VICTIM_WITNESS'], workspace.disclosure.policy.Role['INVESTIGATOR'], workspace.disclosure.policy.Role['PROSECUTOR'], workspace.disclosure.policy.Role['CHILD_PROTECTION'], workspace.disclosure.policy.Role['INTERPRETER'], workspace.disclosure.policy.Role['PROVIDER'], workspace.disclosure.policy.Role['MENTOR']])), name='usual_card_role_is_known'),
        ),
    ]
