"""What the browser tests name: `opened` opens an address as somebody and gives the page."""

from collections.abc import Callable

from playwright.sync_api import Page

Opened = Callable[..., Page]
