"""A case is handed over: the survivor reads it first, and the new case manager reads what she wants known."""

import re
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.house import House
from tests.browser.visitors import Visitors, live

PHONE = {"width": 390, "height": 844}


def new_manager(house: House, visitors: Visitors) -> Page:
    """Who takes over, and has not been on the case for months."""
    page = visitors.window(house, viewport={"width": 1280, "height": 900})
    page.goto(house.link("kofi"))
    page.locator("main form button").click()
    page.wait_for_url(f"{house.url}/")
    return page


def test_a_case_is_handed_over_and_the_survivor_knows_first(house: House, visitors: Visitors) -> None:
    marisol = visitors.enter(house, "marisol", "/", viewport=PHONE)
    dana = visitors.enter(house, "dana", house.case)
    dana.get_by_role("link", name="Hand over to another case manager").click()
    dana.locator("[name=email]").fill("kofi@example.org")
    dana.locator("[name=words]").fill("Desde diciembre la acompaña Kofi. Ya lo conoce.")
    expect(dana.locator("#begin-form .reading")).to_contain_text("Marisol")
    expect(dana.locator("#begin-form .reading")).not_to_contain_text("Ruth")
    dana.locator("#begin-send").click()
    expect(dana.locator("#step-told")).to_contain_text("She has not read it yet.")
    expect(dana.get_by_role("link", name="Set the days")).to_have_count(0)
    # On her telephone, in her language.
    marisol.get_by_role("link", name="Leer el mensaje para usted").click()
    live(marisol)
    expect(marisol.locator("#handover")).to_contain_text("Desde diciembre la acompaña Kofi.")
    marisol.get_by_role("button", name="He leído esto").click()
    expect(dana.locator("#step-told")).to_contain_text("She read it on")
    marisol.get_by_role("link", name="Escribirlo").click()
    marisol.locator("[name=text]").fill("No me pregunten otra vez por el viaje.")
    marisol.get_by_label("Solo Kofi Mensah").check()
    marisol.get_by_role("button", name="Guardar mis palabras").click()
    live(marisol)
    dana.get_by_role("link", name="Set the days").click()
    dana.locator("[name=last_day]").fill(str(timezone.localdate() + timedelta(days=10)))
    dana.get_by_label("Everyone at this table").check()
    dana.locator("#handover-send").click()
    live(dana)
    expect(marisol.locator("#handover")).to_contain_text("está en su equipo desde el")
    expect(dana.locator("#step-known")).not_to_contain_text("viaje")
    kofi = new_manager(house, visitors)
    kofi.get_by_role("link", name="handing over to Kofi Mensah").click()
    live(kofi)
    expect(kofi.locator("#step-known")).to_contain_text("No me pregunten otra vez por el viaje.")
    kofi.locator("#checklist li", has_text="Arranges rides").get_by_role("link").click()
    kofi.locator("[name=because]").fill("I have no car.")
    kofi.locator("#handover-send").click()
    live(kofi)
    left = kofi.get_by_role("button", name=re.compile("Kofi Mensah takes"))
    while count := left.count():
        left.first.click()
        expect(left).to_have_count(count - 1)
    expect(dana.locator("#checklist")).to_contain_text("I have no car.")
    for page in (kofi, dana):  # both at once
        expect(page.locator("#handover-done")).to_be_visible()
    for page in (kofi, dana):
        page.evaluate("document.getElementById('handover-done').click()")
    expect(dana.locator("#step-done")).to_contain_text("Done. Kofi Mensah is the primary case manager.")
    expect(marisol.locator("#handover h2").first).to_have_text("Kofi Mensah es ahora responsable de su caso")
    assert house.rows("SELECT verb FROM workspace_event WHERE verb = 'handover_done'") == [("handover_done",)]
    marisol.goto(house.case)
    expect(marisol.locator("#managers .on")).to_have_count(1)
    expect(marisol.locator("#managers li", has=marisol.locator(".on"))).to_contain_text("Kofi Mensah")
    left = marisol.locator("#managers li", has_text="Dana Whitfield").locator("time").last
    expect(left).to_have_attribute("datetime", str(timezone.localdate() + timedelta(days=10)))
    primary = """SELECT p.key FROM workspace_seat JOIN workspace_person p ON p.id = person_id
        JOIN workspace_case c ON c.id = case_id WHERE "primary" AND c.key = 'juniper'"""
    assert house.rows(primary) == [("kofi",)]
