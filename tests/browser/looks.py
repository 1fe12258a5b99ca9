"""What every page has to be for everybody: what axe finds, what needs scrolling sideways, what Tab comes to."""

from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page, ViewportSize

WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
NARROW: ViewportSize = {"width": 320, "height": 640}
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RUN = """() => axe.run({resultTypes: ["violations"]}).then(({violations}) =>
    violations.map(({id, nodes}) => [id, nodes.slice(0, 3).map(({target}) => target)]))"""
WIDTH = "[document.scrollingElement.scrollWidth, innerWidth]"
# From the first to the last thing that has to be reached: each once, and of radio buttons of one name only one.
TO_REACH = """() => {
  window.reached = new Set();
  window.hidden = [];
  const said = element => element.outerHTML.slice(0, 160);
  const shown = element => element.checkVisibility({visibilityProperty: true}) && !element.closest("[inert]");
  const named = element => element.type === "radio"
      ? (element.form ?? document).querySelector(`input[type=radio][name="${element.name}"]`) : element;
  const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
      .filter(element => !element.matches(":disabled") && element.type !== "hidden" && shown(element));
  window.missing = () => [...new Set(all.map(named))].filter(element => element.isConnected && shown(element)
      && !reached.has(element)).map(said);
  addEventListener("focusin", ({target}) => {
    reached.add(named(target));
    const style = getComputedStyle(target);
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) hidden.push(["no ring", said(target)]);
    requestAnimationFrame(() => {
      if (document.activeElement !== target) return;
      const {left, right, top, bottom} = target.getClientRects()[0] ?? target.getBoundingClientRect();
      const labels = [...target.labels ?? []];
      const its = over => over && (target.contains(over) || over.contains(target) || labels.includes(over));
      const places = [[(left + right) / 2, (top + bottom) / 2], [left + 4, top + 4], [right - 4, bottom - 4]];
      if (!places.some(place => its(document.elementFromPoint(...place)))) hidden.push(["covered", said(target)]);
    });
  });
  return new Set(all.map(named)).size;
}"""


def violations(page: Page, name: str) -> list[tuple[str, Any]]:
    """What axe finds on this page, and where."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    return [(name, fault) for fault in page.evaluate(RUN)]


def unfold(page: Page) -> None:
    """Open every fold."""
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")


def sideways(page: Page, width: int, text: str = "") -> bool:
    """Whether a window of this width, with text of this size, has to be scrolled sideways."""
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate("size => { document.documentElement.style.fontSize = size }", text)
    wide, inner = page.evaluate(WIDTH)
    page.evaluate("document.documentElement.style.fontSize = ''")
    return bool(wide > inner)


def out_of_reach(page: Page) -> list[Any]:
    """What Tab does not come to, or where it cannot be seen that it has come there."""
    number = page.evaluate(TO_REACH)
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    for _ in range(number + 20):
        page.keyboard.press("Tab")
        if not page.evaluate("missing().length"):
            break
    missing, hidden = page.evaluate("[missing(), hidden]")
    return [*([("never", each) for each in missing]), *hidden]


# What can be pressed at its middle, and as far above and below it as it has to reach. `lone`: but words in a sentence.
TO_PRESS = """([least, lone]) => {
  const said = element => element.outerHTML.slice(0, 160);
  const shown = element => element.checkVisibility({visibilityProperty: true, opacityProperty: true})
      && !element.closest("[inert], .unseen, .skip");
  const within = element => element.localName === "a" && getComputedStyle(element).display.startsWith("inline")
      && !element.matches(".button")
      && element.parentElement.innerText.trim() !== element.innerText.trim();
  const small = [];
  for (const element of document.querySelectorAll("a[href], button, summary, select, input, textarea")) {
    if (element.type === "hidden" || !shown(element) || (lone && within(element))) continue;
    const pressed = element.matches("[type=checkbox], [type=radio]") ? element.labels[0] ?? element : element;
    if (pressed.closest(".bar")) scrollTo(0, 0);
    else pressed.scrollIntoView({block: "center", behavior: "instant"});
    const rects = [...pressed.getClientRects()].filter(({width}) => width > 0);
    if (!rects.length) continue;
    const {left, right, top, bottom} = rects[0];
    const reach = least / 2 - .5;
    const at = [(top + bottom) / 2 - reach, (top + bottom) / 2 + reach];
    const hit = y => {
      const over = document.elementFromPoint((left + right) / 2, y);
      return over && (pressed.contains(over) || over.contains(pressed) && over.matches("a, button, summary, label"));
    };
    if (right - left < least - .5 || !at.every(hit)) small.push([said(element), Math.round(bottom - top)]);
  }
  return small;
}"""


def hard_to_press(page: Page, least: int, *, lone: bool = False) -> list[Any]:
    """What is smaller than so many pixels where it can be pressed. `lone`: words in a sentence may be."""
    found: list[Any] = page.evaluate(TO_PRESS, [least, lone])
    return found
