"""The page of a run in a real browser: it tells the run, can be searched, and asks for nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from arazzo_runner.errors import InputError
from arazzo_runner.reporting.html_report import html_error_text, html_text
from arazzo_runner.reporting.recording import Recording
from arazzo_runner.values import Redactor
from tests.reporting.recordings import recorded
from tests.reporting.records import T0, happy, rough
from tests.reporting.shop import SECRET, run_shop
from tests.support.browser import Browser, browser

__all__ = ["browser"]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return page(tmp_path_factory.mktemp("good"), charge=200)


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return page(tmp_path_factory.mktemp("bad"), charge=500)


def page(folder: Path, **how: Any) -> Path:
    recording, _, redactor = run_shop(folder, **how)
    file = folder / "run.html"
    file.write_text(html_text(recording, redactor), encoding="utf-8")
    return file


def shown(browser: Browser) -> list[str]:
    """The names of the steps that can be seen."""
    names = browser.all("details[data-step] > summary .name")
    return [name.text for name in names if name.is_displayed()]


def test_nothing_is_loaded_and_nothing_goes_wrong(browser: Browser, good: Path) -> None:
    browser.open(good)
    errors, asked = browser.logs()
    assert errors == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert browser.run("return window.hacked") is None
    assert browser.all("img") == []


def test_the_steps_and_the_path_taken(browser: Browser, good: Path) -> None:
    browser.open(good)
    assert browser.all(".badge")[0].text == "completed"
    assert shown(browser) == ["login", "checkStock", "charge", "track"]
    cards = {
        card.get_attribute("class"): card.text.split("\n")[0] for card in browser.all("svg .step")
    }
    assert "step was-success" in cards
    assert len(browser.all("svg .was-success")) == 4
    assert len(browser.all("svg .step")) == 6
    assert "4×" in browser.all("svg")[0].text
    taken = browser.all("svg .edge.taken.retry")
    assert len(taken) == 1, "the retry of a busy server"


def test_a_click_opens_a_step(browser: Browser, good: Path) -> None:
    browser.open(good)
    step = next(s for s in browser.all("details[data-step]") if "checkStock" in s.text)
    assert "Attempt 1" not in step.text
    step.find_element("css selector", "summary").click()
    text = step.text
    for part in ("ATTEMPT 3", "GET https://shop.example.com/stock", "503", "$statusCode == 200"):
        assert part in text
    assert step.get_attribute("open")


def test_a_card_of_the_picture_leads_to_its_step(browser: Browser, good: Path) -> None:
    browser.open(good)
    anchor = browser.run("return document.querySelectorAll('svg a')[1].getAttribute('href')")
    for _ in range(2):  # the same link again opens it again
        browser.run(CLICK)
        assert browser.run("return location.hash") == anchor
        assert browser.run(f"return document.querySelector('{anchor}').open")
        browser.run(f"document.querySelector('{anchor}').open = false")


def test_a_link_from_outside_opens_a_visit_inside_a_poll(browser: Browser, good: Path) -> None:
    browser.open(good)
    inner = browser.all("details[data-step] details[data-step]")[-1].get_attribute("id")
    browser.open(good, f"#{inner}")
    assert browser.all(f"#{inner}")[0].is_displayed()


def test_search_filters(browser: Browser, good: Path) -> None:
    browser.open(good)
    field = browser.all("#search")[0]
    browser.all("body")[0].send_keys("/")
    assert browser.run("return document.activeElement.id") == "search"
    field.send_keys("charges 200")
    assert shown(browser) == ["charge"]
    assert browser.all("#count")[0].text == "1 of 8 steps"
    field.send_keys("nonsense")
    assert shown(browser) == []
    field.send_keys("\ue00c")  # Escape
    assert len(shown(browser)) == 4
    browser.run(
        "const o = document.getElementById('only'); o.value = 'failure';"
        "o.dispatchEvent(new Event('change'))"
    )
    assert shown(browser) == []


def test_everything_opens_and_closes(browser: Browser, good: Path) -> None:
    browser.open(good)
    button = browser.all("#all")[0]
    button.click()
    assert len(browser.all("details[data-step][open]")) == 8
    button.click()
    assert browser.all("details[data-step][open]") == []


def test_light_and_dark(browser: Browser, good: Path) -> None:
    backgrounds = []
    for dark in (False, True):
        browser.open(good, dark=dark)
        browser.run("try { localStorage.clear() } catch {}")
        browser.open(good, dark=dark)
        backgrounds.append(browser.run("return getComputedStyle(document.body).backgroundColor"))
        browser.all("#theme")[0].click()
        backgrounds.append(browser.run("return getComputedStyle(document.body).backgroundColor"))
        browser.run("try { localStorage.clear() } catch {}")
    light, dark_one = backgrounds[:2]
    assert backgrounds == [light, dark_one, dark_one, light]
    assert light != dark_one


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_nothing_sticks_out(browser: Browser, bad: Path, width: int) -> None:
    browser.open(bad, width=width)
    browser.run("document.getElementById('all').click()")
    assert browser.run("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("dark", [False, True])
def test_it_can_be_read_and_used_by_everybody(browser: Browser, bad: Path, dark: bool) -> None:
    browser.open(bad, dark=dark)
    browser.run("document.getElementById('all').click()")
    assert browser.run(UNNAMED) == []
    assert browser.run(CONTRAST) == []
    assert browser.run("return document.documentElement.lang") == "en"


def test_a_failed_run_says_why(browser: Browser, bad: Path) -> None:
    browser.open(bad)
    assert browser.all(".badge")[0].text == "ended"
    alert = browser.all("[role=alert]")[0].text
    assert "Failed at step charge" in alert
    assert "$statusCode == 200" in alert
    assert "flow.yaml:" in alert
    browser.run("document.getElementById('all').click()")
    assert "is 500" in browser.all("details[data-status=failure]")[0].text


def test_secrets_are_masked(good: Path, bad: Path) -> None:
    for file in (good, bad):
        text = file.read_text(encoding="utf-8")
        assert SECRET not in text
        assert "•••" in text


def test_without_a_program_there_is_no_picture() -> None:
    for records in (happy(), rough(), []):
        text = html_text(recorded(records), Redactor())
        assert "<svg" not in text
        assert text.startswith("<!doctype html>")


def test_a_long_poll_is_folded(tmp_path: Path) -> None:
    recording, _, redactor = run_shop(tmp_path, polls=100)
    text = html_text(recording, redactor)
    assert "60 visits are left out; the trace has them" in text
    assert text.count("data-step") < 60


def test_a_run_that_could_not_begin(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "run.html"
    error = InputError("the inputs do not fit", problems=["input 'a' <is> missing"])
    file.write_text(html_error_text(error, None, T0, Redactor()), encoding="utf-8")
    browser.open(file)
    assert browser.logs()[0] == []
    assert "input 'a' <is> missing" in browser.all("[role=alert]")[0].text
    assert isinstance(Recording().roots, list)


CLICK = """
document.querySelectorAll('svg a')[1].dispatchEvent(
  new MouseEvent('click', {bubbles: true, cancelable: true}));
"""
UNNAMED = """
const named = (e) => (e.getAttribute('aria-label') || e.textContent || e.title || '').trim();
return [...document.querySelectorAll('a, button, input, select, summary, [role=img]')]
  .filter((e) => !named(e)).map((e) => e.outerHTML.slice(0, 100));
"""
CONTRAST = """
const parse = (c) => c.match(/[0-9.]+/g).map(Number);
const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
  .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const behind = (e) => {
  for (let at = e; at; at = at.parentElement) {
    const color = parse(getComputedStyle(at).backgroundColor);
    if (color.length === 3 || color[3] === 1) return color;
  }
  return [255, 255, 255];
};
return [...document.querySelectorAll('main *:not(svg *)')].filter((e) => e.checkVisibility() &&
    [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()))
  .map((e) => {
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(behind(e))];
    return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.outerHTML.slice(0, 80)];
  }).filter(([ratio]) => ratio < 4.5);
"""
