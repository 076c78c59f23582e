"""What the tests of the maker's pages share: a look at a page by axe, and its picture where SHOTS names a folder."""

from __future__ import annotations

import os

from playwright.sync_api import Page

from tests.web.test_gallery import violations

LIGHT_AND_SMALL = [{"scheme": "light"}, {"scheme": "dark", "width": 360}]
IDS = ["light", "dark and small"]


def looked_at(page: Page, name: str) -> None:
    """No violation of WCAG 2.2 AA, nothing that sticks out sideways; and a picture."""
    found = violations(page)
    assert not found, f"{name}: {found}"
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} is {wide} px wider than its window"
    if folder := os.environ.get("SHOTS"):
        size = page.viewport_size
        page.screenshot(path=f"{folder}/{name}-{size['width'] if size else 0}.png", full_page=True)
