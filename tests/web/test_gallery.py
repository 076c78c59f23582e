"""Every page, in both lights and on a phone: nobody is kept out (axe, WCAG 2.2 AA), nothing spills."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.web import examples as x
from tests.web.conftest import Watched, drawn

EVERYTHING = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# what a change of light or width can break; the rest is the same page
DESKTOP = {"scheme": "light", "rules": EVERYTHING}
DARK = {"scheme": "dark", "rules": ["color-contrast"]}
PHONE = {"scheme": "light", "width": 390, "rules": ["target-size", "scrollable-region-focusable"]}


def violations(page: Page, rules: list[str] | None = None) -> list[str]:
    """What axe finds: by all rules of WCAG 2.2 AA and good practice, or by a few."""
    found = Axe().run(page, options={"runOnly": rules or EVERYTHING}).response["violations"]
    return [f"{v['id']}: {n['html'][:140]} {n['failureSummary'][:200]}" for v in found for n in v["nodes"]]


@pytest.mark.parametrize("watched", [DESKTOP, DARK, PHONE], indirect=True, ids=["light", "dark", "phone"])
def test_every_page_is_open_to_everybody(watched: Watched, gallery: str, request: pytest.FixtureRequest) -> None:
    rules = request.node.callspec.params["watched"]["rules"]
    wrong: dict[str, list[str]] = {}
    for name in drawn():
        watched.page.goto(f"{gallery}/{name}")
        watched.page.evaluate("document.fonts.ready")
        found = violations(watched.page, rules)
        spill = watched.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if spill > 0:
            found.append(f"the page is {spill} pixels wider than the screen")
        if found:
            wrong[name] = found
    assert not wrong, "\n".join(f"{name}\n  " + "\n  ".join(found) for name, found in wrong.items())
    assert watched.complaints == []


def clock(page: Page) -> str:
    return page.locator("[data-time]").inner_text()


def test_the_two_voices_keep_the_place(watched: Watched, gallery: str) -> None:
    page = watched.page
    page.goto(f"{gallery}/song")
    remix, original = (
        page.get_by_role("slider", name="Place in the remix"),
        page.get_by_role("slider", name="Place in the original"),
    )
    remix.focus()
    page.keyboard.press("PageDown")
    assert remix.get_attribute("aria-valuenow") == "0"
    page.keyboard.press("PageUp")
    # the second section of the remix is the original's intro: 8 bars of 1852 ms follow 16
    start = 16 * 1.852
    assert remix.get_attribute("aria-valuetext") == f"{int(start)} seconds of 2 minutes 28 seconds. Intro, bar 17"
    assert original.get_attribute("aria-valuenow") == "0"
    page.keyboard.press("Shift+ArrowRight")
    assert "bar 18" in (remix.get_attribute("aria-valuetext") or "")
    assert original.get_attribute("aria-valuenow") == "2"
    page.keyboard.press("x")
    assert page.get_by_role("button", name="Original").get_attribute("aria-pressed") == "true"
    assert clock(page) == "0:02"
    page.keyboard.press("x")
    assert clock(page) == "0:31"
    page.keyboard.press("End")
    assert clock(page) == "2:28"
    page.keyboard.press("Home")
    assert clock(page) == "0:00"
    assert watched.complaints == []


def test_it_plays_pauses_loops_and_jumps_where_one_points(watched: Watched, gallery: str) -> None:
    page = watched.page
    page.goto(f"{gallery}/song")
    page.get_by_role("slider", name="Place in the remix").focus()
    page.keyboard.press("Space")
    expect(page.locator("[data-time]")).not_to_have_text("0:00")
    page.get_by_role("button", name="Pause").click()
    assert page.locator("[data-player]").get_attribute("data-playing") == "false"
    box = page.locator("[data-wave=original]").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert page.get_by_role("button", name="Original").get_attribute("aria-pressed") == "true"
    assert clock(page) == "1:20"
    loop = page.get_by_role("button", name="Loop this section")
    loop.click()
    assert loop.get_attribute("aria-pressed") == "true"
    page.locator("[data-wave=original]").focus()
    page.keyboard.press("Home")
    assert loop.get_attribute("aria-pressed") == "false"
    assert watched.complaints == []


def test_a_line_opens_in_place_and_says_when_it_cannot(watched: Watched, gallery: str) -> None:
    page = watched.page
    page.goto(f"{gallery}/statement")
    lines = page.locator("details.line")
    lines.nth(0).locator("summary").focus()
    page.keyboard.press("Enter")
    page.get_by_text("5,120 plays were reported").wait_for()
    assert violations(page) == []
    assert watched.complaints == []
    lines.nth(2).locator("summary").click()
    page.get_by_text("could not be opened just now").wait_for()
    assert lines.nth(2).get_by_role("link", name="How this amount came about").is_visible()


def test_the_light_switch_is_remembered(watched: Watched, gallery: str) -> None:
    page = watched.page
    page.goto(f"{gallery}/runs")
    page.get_by_role("button", name="Switch between light and dark").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert [c["value"] for c in page.context.cookies() if c["name"] == "ritornello_light"] == ["dark"]


def test_the_family_is_reached_by_keys(watched: Watched, gallery: str) -> None:
    page = watched.page
    page.goto(f"{gallery}/tree")
    members = page.locator("svg.tree a")
    assert members.count() == len(x.TREE.nodes)
    first = members.nth(0)
    first.focus()
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("Night Ferry, Original by")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('svg.tree') !== null")


def test_without_a_script_everything_is_there(browser: Browser, gallery: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{gallery}/song")
    assert page.locator("audio").count() == 2
    assert not page.locator("[data-controls]").is_visible()
    page.goto(f"{gallery}/statement")
    page.locator("details.line summary").nth(0).click()
    assert page.get_by_role("link", name="How this amount came about").nth(0).is_visible()
    context.close()
