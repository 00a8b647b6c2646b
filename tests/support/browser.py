"""A real browser: Chromium with ChromeDriver, as Debian has them. Without one, tests skip."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

__all__ = ["Browser", "browser"]


class Browser:
    """A page in the browser, and what went wrong in it."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def open(
        self, file: Path, fragment: str = "", *, width: int = 1280, dark: bool = False
    ) -> None:
        """Open a file from disk with nothing remembered."""
        scheme = "dark" if dark else "light"
        media = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600},
        )
        self.driver.get("about:blank")
        self.logs()
        self.driver.get(file.as_uri() + fragment)

    def all(self, selector: str) -> list[Any]:
        """The elements of a selector."""
        found: list[Any] = self.driver.find_elements("css selector", selector)
        return found

    def run(self, script: str) -> Any:
        """What a script returns."""
        return self.driver.execute_script(script)

    def logs(self) -> tuple[list[str], list[str]]:
        """Errors of the console, and every address that was asked for, since the last time."""
        errors = [entry["message"] for entry in self.driver.get_log("browser")]
        asked = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                asked.append(message["params"]["request"]["url"])
        return errors, asked


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests of a worker."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    driver = shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("no Chromium with ChromeDriver (apt-get install chromium chromium-driver)")
    webdriver = pytest.importorskip("selenium.webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    profile = tmp_path_factory.mktemp("chromium")
    for word in ("headless=new", "disable-gpu", "no-first-run", f"user-data-dir={profile}"):
        options.add_argument(f"--{word}")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService(driver)
    started = webdriver.Chrome(options=options, service=service)
    started.set_page_load_timeout(60)
    try:
        yield Browser(started)
    finally:
        started.quit()
