"""A picture on a card, and who is who on one page of paper, as a browser shows and prints them."""

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.house import House
from tests.browser.visitors import Visitors

CASE = "(SELECT id FROM workspace_case WHERE key = 'juniper')"


def board_of(house: House) -> str:
    [(case,)] = house.rows("SELECT public_id FROM workspace_case WHERE key = 'juniper'")
    return f"/cases/{case}/roles/"


@pytest.mark.parametrize("scripts", [True, False])
def test_a_picture_is_put_on_a_card_and_taken_off(
    house: House, visitors: Visitors, tmp_path: Path, scripts: bool
) -> None:
    visitors.expect_fault("status of 422")
    [(seat,)] = house.rows(
        "SELECT m.public_id FROM workspace_seat s JOIN workspace_mark m ON m.id = s.mark_id"
        f" JOIN workspace_person p ON p.id = s.person_id WHERE p.key = 'dana' AND s.case_id = {CASE}"
    )
    words, photograph = tmp_path / "words.jpg", tmp_path / "photograph.jpg"
    words.write_text("no picture")
    Image.new("RGB", (900, 1200), "teal").save(photograph)
    page = visitors.window(house, storage_state=house.states["dana"], java_script_enabled=scripts)
    page.goto(f"/seats/{seat}/picture/change/")
    page.get_by_label("Choose a picture").set_input_files(words)
    page.get_by_role("button", name="Put it on my card").click()
    expect(page.locator(".errorlist")).to_contain_text("could not be read as a picture")
    page.get_by_label("Choose a picture").set_input_files(photograph)
    page.get_by_role("button", name="Put it on my card").click()
    expect(page).to_have_url(re.compile(rf"{board_of(house)}#about-{seat}$"))
    page.goto(f"/seats/{seat}/picture/change/")
    face = page.get_by_role("img", name="The picture on your card now")
    assert face.evaluate("image => image.naturalWidth") == 256
    page.get_by_role("button", name="Take my picture off").click()
    expect(page).to_have_url(re.compile(rf"{board_of(house)}$"))
    page.goto(f"/seats/{seat}/picture/change/")
    expect(page.locator("main img")).to_have_count(0)


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_twelve_people_with_much_to_say_fit_on_one_page(house: House, visitors: Visitors, paper: str) -> None:
    does = "I help you with whatever you need in the morning, noon and night, and I bring a cake. You say when we stop."
    reach = "(202) 555-0100, on weekdays from nine to five; send a text message before you call"
    everybody = f"SELECT mark_id FROM workspace_seat WHERE case_id = {CASE} AND person_id IN"
    house.rows(
        f"UPDATE workspace_seat SET does = ?, contact = ?, language = 'es', stand_in_id = ({everybody}"
        f" (SELECT id FROM workspace_person WHERE key = 'priya') LIMIT 1), until = NULL WHERE case_id = {CASE}",
        *(does, reach),
    )
    marisol = visitors.enter(house, "marisol", f"{board_of(house)}paper/?paper=yes")
    assert marisol.locator("#leaflet li").count() >= 11
    printed = marisol.pdf(format=paper, display_header_footer=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
