"""What is kept on a device of a plan that somebody else has changed since is not taken for a change of the new one."""

import re

import pytest

from agendas.scheduling.forms import ChangeForm
from agendas.template.forms import TemplateForm


@pytest.mark.parametrize("form", [ChangeForm, TemplateForm])
def test_a_draft_goes_with_the_edition_it_was_made_of(form: type[ChangeForm | TemplateForm]) -> None:
    hidden = str(form.base_fields["seen"].widget.render("seen", "abc"))
    assert re.search(r'<input type="hidden"[^>]* data-draft[ =>]', hidden)
