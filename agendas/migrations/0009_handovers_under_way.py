"""What a case and a seat know since of a handover, for those that are under way."""

from django.db import migrations


def forwards(apps, schema_editor):
    """Whom she was not told of yet, and for whose sake somebody has a last day."""
    Case, Seat = apps.get_model("workspace", "Case"), apps.get_model("workspace", "Seat")
    Handover = apps.get_model("agendas", "Handover")
    for row in Handover._base_manager.filter(called_off_at=None).select_related("mark"):
        if row.told_at is None:
            Case.objects.filter(pk=row.mark.case_id).update(untold=row.person_id)
        if row.arriving_id and row.last_day:
            Seat._base_manager.filter(pk=row.leaving_id, until=row.last_day).update(hands_over_to=row.arriving_id)


class Migration(migrations.Migration):

    dependencies = [
        ('agendas', '0008_how_a_handover_ends'),
        ('workspace', '0005_hands_over'),
    ]

    operations = [
        migrations.RunPython(forwards, migrations.RunPython.noop),
    ]
