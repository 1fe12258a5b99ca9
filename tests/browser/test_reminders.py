"""One's own reminders: she gets none unless she asks, and by e-mail only where that is safe."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.house import House
from tests.browser.looks import NARROW, out_of_reach, sideways, violations
from tests.browser.visitors import Visitors


def keep(page: Page) -> None:
    page.get_by_role("button", name="Guardar esto").click()


@pytest.mark.parametrize("scripts", [True, False])
def test_an_address_that_is_not_safe_is_refused_in_clear_words_and_reminders_are_switched_off_again(
    house: House, visitors: Visitors, scripts: bool
) -> None:
    visitors.expect_fault("status of 422")
    page = visitors.window(
        house, storage_state=house.states["marisol"], java_script_enabled=scripts, viewport=NARROW
    )
    page.goto("/")
    page.get_by_role("link", name="Elegir sus recordatorios").click()
    expect(page.get_by_label("No quiero recordatorios")).to_be_checked()
    mail = page.get_by_label("En mi página de inicio, y por correo electrónico")
    mail.check()
    page.locator("[name=address]").fill("marisol@example.org")
    keep(page)
    safe = page.locator("[name=safe]")
    said = page.locator("#id_safe_error")
    expect(said).to_have_text("Marque esto si es así. Si tiene dudas, elija su página de inicio.")
    expect(safe).to_have_attribute("aria-describedby", "id_safe_error")
    expect(mail).to_be_checked()
    expect(page.locator("[name=address]")).to_have_value("marisol@example.org")
    assert not house.rows("SELECT 1 FROM agendas_reminding WHERE address != ''")
    if scripts:
        expect(safe).to_be_focused()
        expect(said).to_be_in_viewport()
        assert not violations(page, "reminders")
        assert not sideways(page, 320)
        page.set_viewport_size(NARROW)
        assert not out_of_reach(page)
    safe.check()
    keep(page)
    expect(page.locator("main [role=status]")).to_have_text("Ya se guardó.")
    assert house.rows("SELECT address FROM agendas_reminding WHERE address != ''") == [
        ("marisol@example.org",)
    ]
    page.get_by_label("No quiero recordatorios").check()
    keep(page)
    expect(page.locator("main [role=status]")).to_have_text("Ya se guardó.")
    expect(page.locator("[name=address]")).to_have_value("")
    assert not house.rows("SELECT 1 FROM agendas_reminding WHERE address != ''")
