"""A supervisor goes through a plan that is due: from her start page to what the case manager and the survivor read."""

from playwright.sync_api import expect

from tests.browser.house import House
from tests.browser.visitors import Visitors, live

PHONE = {"width": 390, "height": 844}
NOTED = "The second way is written down now."
NEED = "A second set of keys"


def test_a_plan_that_is_due_is_gone_through_on_a_phone_and_every_open_page_follows(
    house: House, visitors: Visitors
) -> None:
    priya = visitors.enter(house, "priya", "/", viewport=PHONE)
    dana = visitors.enter(house, "dana", house.case)
    marisol = visitors.enter(house, "marisol", house.case)
    expect(dana.locator("#planreview")).to_contain_text("It is time for a clinical supervisor")
    expect(marisol.locator("#planreview")).not_to_contain_text("Es hora")
    priya.locator("#plans_due").get_by_role("link", name="Juniper").click()
    live(priya)
    priya.get_by_role("link", name="I have been through this plan").click()
    # Somebody writes something into the plan before she presses the button.
    dana.goto(f"{house.case}needs/")
    dana.get_by_label("What is needed?").fill(NEED)
    dana.get_by_label("Which part of life does it belong to?").select_option("housing")
    dana.get_by_label("Case management").check()
    expect(dana.get_by_role("heading", name="Who will read this")).to_be_visible()
    dana.locator("#need-send").click()
    live(dana)
    form = priya.locator("#review-form")
    form.locator("[name=review-text]").fill(NOTED)
    form.get_by_label("Case management").check()
    expect(form.get_by_role("heading", name="Who will read this")).to_be_visible()
    expect(form.locator(".reading")).to_contain_text("Marisol")
    visitors.expect_fault("status of 409")
    form.locator("#review-send").click()
    expect(form).to_contain_text("Something in this plan has changed since you read it.")
    expect(form.locator("[name=review-text]")).to_have_value(NOTED)
    form.locator("#review-send").click()
    live(priya)
    for page in (priya, dana):
        expect(page.locator("#planreview")).to_contain_text(NOTED)
        expect(page.locator("#planreview")).to_contain_text("The next time by")
    expect(marisol.locator("#planreview")).to_contain_text("para que no se olvide nada")
    expect(marisol.locator("#planreview")).to_contain_text(NOTED)
    priya.goto("/")
    expect(priya.locator("#plans_due")).to_be_hidden()
