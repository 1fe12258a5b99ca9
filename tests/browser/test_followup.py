"""A task is answered on a telephone, ended in one word, and the survivor's plan says so by itself."""

from playwright.sync_api import expect

from tests.browser.house import House
from tests.browser.visitors import Visitors, live

PHONE = {"width": 390, "height": 844}
TASK = "Return the phone and passport held as evidence"


def test_the_detective_accepts_and_ends_it_on_a_phone_and_her_plan_says_so(
    house: House, visitors: Visitors
) -> None:
    marisol = visitors.enter(house, "marisol", house.case)
    ruth = visitors.enter(house, "ruth", "/", viewport=PHONE)
    ruth.get_by_role("link", name=TASK).first.click()
    live(ruth)
    hers = marisol.locator("li[id^=action-]", has_text=TASK)
    expect(hers).to_contain_text("recibió el pedido de hacer esto por usted")
    ruth.get_by_role("button", name="I will do it").click()
    expect(ruth.locator("#action .tag").first).to_have_text("accepted")
    expect(hers).to_contain_text("hace esto por usted")
    assert ruth.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    # By keyboard alone: the word, the line, and that it may be written here.
    ruth.get_by_role("link", name="Say how it ended").click()
    ruth.get_by_label("Done", exact=True).focus()
    ruth.keyboard.press("Space")
    ruth.locator("[name=outcome]").fill("Both were handed to her attorney.")
    visitors.expect_fault("status of 422")
    ruth.locator("#action-send").click()
    expect(ruth.locator("#action-form .errorlist")).to_have_count(1)
    expect(ruth.locator("[name=outcome]")).to_have_value("Both were handed to her attorney.")
    ruth.locator("[name=permitted]").check()
    ruth.locator("#action-send").click()
    live(ruth)
    expect(ruth.locator("#action_history")).to_contain_text("Both were handed to her attorney.")
    marisol.locator("details[id^=ended-]", has_text=TASK).locator("summary").first.click()
    expect(hers).to_contain_text("hizo esto por usted")
    expect(hers).to_contain_text("Both were handed to her attorney.")
    hers.get_by_role("link", name=TASK).click()
    live(marisol)
    marisol.get_by_role("link", name="Decir qué cambió para mí").click()
    marisol.locator("[name=text]").fill("Ya puedo llamar a mi hermana.")
    marisol.locator("#action-send").click()
    expect(ruth.locator("#action")).to_contain_text("Ya puedo llamar a mi hermana.")


def test_without_a_script_a_task_is_ended_and_opened_again(house: House, visitors: Visitors) -> None:
    dana = visitors.enter(house, "dana", house.case, java_script_enabled=False)
    dana.get_by_role("link", name="Walk the new bus route together, twice").click()
    dana.get_by_role("link", name="Say how it ended").click()
    dana.get_by_label("Not done", exact=True).check()
    visitors.expect_fault("status of 422")
    dana.locator("#action-send").click()
    expect(dana.locator("#action-form")).to_contain_text("Say in one line what became of it, or why.")
    dana.locator("[name=outcome]").fill("The bus does not run there any more.")
    dana.locator("#action-send").click()
    expect(dana.locator("#action")).to_contain_text("not done")
    dana.get_by_role("button", name="Open it again").click()
    expect(dana.locator("#action .tag").first).to_have_text("accepted")
    expect(dana.locator("#action_history")).to_contain_text("The bus does not run there any more.")


def test_on_a_phone_the_readers_leave_the_button_near_and_say_for_themselves_what_they_may_do(
    house: House, visitors: Visitors
) -> None:
    dana = visitors.enter(house, "dana", house.case)
    dana.get_by_role("link", name=TASK).click()
    dana.get_by_role("link", name="Write a comment").click()
    readers = dana.locator("#action-form .reading", has_text="Who will read this")
    ruth = readers.locator("li", has_text="Ruth Okafor")
    usual, own = ruth.get_by_text("Usual in this role"), ruth.get_by_text("What you tell me may be used")
    fold = readers.get_by_text("What each of them may have to do with it")
    expect(usual).to_be_visible()
    expect(fold).to_be_hidden()
    dana.set_viewport_size({"width": 390, "height": 844})
    expect(usual).to_be_hidden()
    for seen in (ruth, own, readers.get_by_text("And everybody else who may read the task")):
        expect(seen).to_be_visible()
    fold.click()
    expect(usual).to_be_visible()


def test_that_somebody_changed_it_meanwhile_is_in_sight_on_a_phone(house: House, visitors: Visitors) -> None:
    dana = visitors.enter(house, "dana", house.case, viewport=PHONE)
    dana.get_by_role("link", name=TASK).click()
    dana.get_by_role("link", name="Change the day").click()
    dana.get_by_label("By the next meeting, whenever that is").check()
    dana.locator("[name=because]").fill("The room is closed.")
    ruth = visitors.enter(house, "ruth", "/")
    ruth.get_by_role("button", name="Accept").click()
    expect(ruth.get_by_role("link", name="Finish")).to_be_visible()
    visitors.expect_fault("status of 409")
    dana.locator("#action-send").click()
    sentence = dana.locator("#action-form .errorlist")
    expect(sentence).to_contain_text("Somebody changed this in the meantime.")
    expect(sentence).to_be_focused()
    expect(sentence).to_be_in_viewport(ratio=1)
    expect(dana.locator("[name=because]")).to_have_value("The room is closed.")
