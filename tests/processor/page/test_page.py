"""The page in a real browser: what a person sees, with eyes, keys or a screen reader."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tarfile
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait
from support.browser import chromium
from support.processor import AWAY, Processor, running, settings_in

from .conftest import HOSTILE, TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from selenium.webdriver import Chrome

THIS_QUARTER = "#from=2026-07-01&to=2026-10-01"
HOSTILE_DAYS = "#from=2026-11-01&to=2026-12-01"


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    with chromium() as browser:
        yield browser


def opened(browser: Chrome, processor: Processor, place: str = THIS_QUARTER) -> Chrome:
    browser.get("about:blank")
    complaints(browser)  # those of the test before are its own
    browser.get(f"{processor.http}/{place}")
    wait(browser, lambda: text(browser, "#status") == "Loaded")
    return browser


def wait(browser: Chrome, condition: Any) -> None:
    WebDriverWait(browser, 20, 0.05).until(lambda _: condition())


def text(browser: Chrome, selector: str) -> str:
    return str(
        browser.execute_script("return document.querySelector(arguments[0]).textContent", selector)
    )


def rows(browser: Chrome, selector: str) -> list[list[str]]:
    script = """
        return [...document.querySelectorAll(arguments[0] + ' tbody tr')].map(
            (row) => [...row.cells].map((cell) => cell.innerText.trim()))"""
    return browser.execute_script(script, selector)


def complaints(browser: Chrome) -> list[str]:
    return [entry["message"] for entry in browser.get_log("browser")]


def test_it_shows_the_quarter_with_what_is_not_known(browser: Chrome, processor: Processor) -> None:
    opened(browser, processor)
    assert text(browser, "#total") == "≥ $294.00"
    assert "5,726 calls" in text(browser, "#total-about")
    teams, features = (
        rows(browser, "#cuts section:nth-child(1)"),
        rows(browser, "#cuts section:nth-child(2)"),
    )
    assert teams[0][:3] == ["guest-experience", "≥ $132.30", "45.0 %"]
    assert teams[-1][:3] == ["unattributed", "unknown", "\u2013"]
    assert features[0][:3] == ["guest-chat", "$91.14", "31.0 %"]
    coverage = text(browser, "#coverage")
    assert "Unattributedunknown60 calls" in coverage
    assert "Cost unknown66 calls" in coverage
    assert rows(browser, "#unpriced")[0][1] == "unconfigured host"
    assert len(rows(browser, "#traces-body")) == 10
    assert not complaints(browser)


def test_it_needs_nothing_but_the_processor(browser: Chrome, processor: Processor) -> None:
    opened(browser, processor)
    script = "return performance.getEntriesByType('resource').map((each) => each.name)"
    places = {urlsplit(name).netloc for name in browser.execute_script(script)}
    assert places == {urlsplit(processor.http).netloc}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_charts_are_drawn_in_the_colours_of_the_scheme(
    processor: Processor, *, dark: bool
) -> None:
    """Each canvas has many points of the bars' colour, and none of the other scheme's."""
    with chromium(dark=dark) as browser:
        opened(browser, processor)
        script = """
            const ink = (name) => {
                const probe = document.createElement('canvas').getContext('2d')
                probe.fillStyle = name
                probe.fillRect(0, 0, 1, 1)
                return probe.getImageData(0, 0, 1, 1).data.join()
            }
            const counted = (canvas, colour) => {
                const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
                let found = 0
                for (let at = 0; at < data.length; at += 4)
                    if (data.slice(at, at + 4).join() === colour) found += 1
                return found
            }
            const style = getComputedStyle(document.documentElement)
            const accent = ink(style.getPropertyValue('--accent'))
            return {
                drawn: [...document.querySelectorAll('canvas')].map((canvas) => counted(canvas, accent)),
                ground: getComputedStyle(document.querySelector('.card')).backgroundColor,
            }"""
        found = browser.execute_script(script)
    assert len(found["drawn"]) == 3
    assert min(found["drawn"]) > 500
    lightness = sum(int(part) for part in found["ground"][4:-1].split(","))
    assert (lightness < 200) == dark


def test_on_a_narrow_screen_nothing_sticks_out(processor: Processor) -> None:
    with chromium(width=360, height=740) as browser:
        for place in (THIS_QUARTER, HOSTILE_DAYS):
            opened(browser, processor, place)
            assert browser.execute_script("return document.documentElement.scrollWidth") <= 360


def test_on_a_narrow_screen_the_cost_of_a_step_is_in_sight(processor: Processor) -> None:
    with chromium(width=360, height=740) as browser:
        opened(browser, processor)
        browser.find_element(By.CSS_SELECTOR, "#traces-body .link").click()
        wait(browser, lambda: browser.find_element(By.ID, "steps").is_displayed())
        cost = browser.find_element(By.CSS_SELECTOR, "#steps-body td:last-child")
        assert cost.rect["x"] + cost.rect["width"] <= 360


def test_hostile_values_are_shown_as_they_are(browser: Chrome, processor: Processor) -> None:
    opened(browser, processor, HOSTILE_DAYS)
    script = "return [...document.querySelectorAll('#cuts section:nth-child(1) bdi')].map((e) => e.textContent)"
    assert set(HOSTILE.values()) <= set(browser.execute_script(script))
    for row in browser.find_elements(By.CSS_SELECTOR, "#traces-body .link"):
        assert row.is_displayed()
    browser.find_element(By.CSS_SELECTOR, "#traces-body .link").click()
    wait(browser, lambda: browser.find_element(By.ID, "steps").is_displayed())
    assert browser.execute_script("return document.querySelectorAll('script, img').length") == 3
    assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    assert not complaints(browser)


def test_with_the_keys_alone_a_trace_is_opened_and_closed(
    browser: Chrome, processor: Processor
) -> None:
    opened(browser, processor)
    focused = browser.switch_to
    for _ in range(40):
        focused.active_element.send_keys(Keys.TAB)
        if "link" in (focused.active_element.get_attribute("class") or ""):
            break
    focused.active_element.send_keys(Keys.ENTER)
    wait(browser, lambda: browser.find_element(By.ID, "steps").is_displayed())
    assert focused.active_element.get_attribute("id") == "steps-title"
    steps = rows(browser, "#steps-body")
    assert "run revenue-management" in steps[0][0]
    assert steps[0][3] == f"Σ {text(browser, '#steps-body .total')}"
    focused.active_element.send_keys(Keys.TAB)
    focused.active_element.send_keys(Keys.ENTER)
    wait(browser, lambda: not browser.find_element(By.ID, "steps").is_displayed())


def test_a_trace_is_looked_up_by_the_beginning_of_its_id(
    browser: Chrome, processor: Processor
) -> None:
    opened(browser, processor)
    title = rows(browser, "#traces-body")[3][0].split()[-1]
    field = browser.find_element(By.ID, "trace")
    field.send_keys(title.upper(), Keys.ENTER)
    wait(browser, lambda: browser.find_element(By.ID, "steps").is_displayed())
    assert text(browser, "#steps-title").startswith(f"Trace {title}")
    field.clear()
    field.send_keys("ffffffff", Keys.ENTER)
    wait(browser, lambda: browser.find_element(By.ID, "problem").is_displayed())
    assert text(browser, "#problem") == "no trace's id begins with ffffffff"


def test_another_cut_and_another_order(browser: Chrome, processor: Processor) -> None:
    opened(browser, processor, f"{THIS_QUARTER}&by=workflow,property")
    assert rows(browser, "#cuts section:nth-child(1)")[0][0] == "concierge"
    assert rows(browser, "#cuts section:nth-child(2)")[-2][0].endswith(" more")
    costs = [row[-1] for row in rows(browser, "#traces-body")]
    browser.find_element(By.CSS_SELECTOR, "#order option[value=newest]").click()
    assert sorted(costs) == sorted(row[-1] for row in rows(browser, "#traces-body"))
    assert costs != [row[-1] for row in rows(browser, "#traces-body")]


def test_a_cut_by_any_tag(browser: Chrome, processor: Processor) -> None:
    opened(browser, processor, f"{THIS_QUARTER}&by=no such tag,team")
    assert rows(browser, "#cuts section:nth-child(1)")[0][0] == "unattributed"
    assert browser.find_element(By.ID, "cut-0").get_attribute("value") == "no such tag"
    assert not complaints(browser)


def test_a_period_without_calls_says_so(browser: Chrome, processor: Processor) -> None:
    opened(browser, processor, "#from=2020-01-01&to=2020-02-01")
    assert browser.find_element(By.ID, "nothing").is_displayed()
    assert not browser.find_element(By.ID, "overview").is_displayed()


def test_a_ledger_that_is_away_is_said_aloud(browser: Chrome, tmp_path: Path) -> None:
    with running(settings_in(tmp_path, store=AWAY)) as processor:
        browser.get(processor.http)
        wait(browser, lambda: browser.find_element(By.ID, "problem").is_displayed())
        assert "the ledger cannot be read now" in text(browser, "#problem")
        assert browser.find_element(By.ID, "problem").get_attribute("role") == "alert"
    complaints(browser)


def test_from_elsewhere_a_readers_token_opens_it(processor: Processor) -> None:
    """The browser knows the processor by another name, as a colleague's would."""
    rule = "--host-resolver-rules=MAP ledger.example 127.0.0.1"
    with chromium(arguments=[rule]) as browser:
        url = processor.http.replace("127.0.0.1", "ledger.example")
        browser.get(url)
        wait(browser, lambda: browser.find_element(By.ID, "access").is_displayed())
        field = browser.find_element(By.ID, "access-token")
        field.send_keys("wrong", Keys.ENTER)
        wait(browser, lambda: field.get_attribute("value") == "" and field.is_displayed())
        field.send_keys(TOKEN, Keys.ENTER)
        wait(browser, lambda: text(browser, "#status") == "Loaded")
        assert TOKEN not in browser.current_url
        browser.execute_script("sessionStorage.clear()")
        browser.get("about:blank")
        browser.get(f"{url}/#token={TOKEN}&from=2026-07-01&to=2026-10-01")
        wait(browser, lambda: text(browser, "#status") == "Loaded")
        assert browser.current_url == f"{url}/{THIS_QUARTER}"


@pytest.mark.parametrize("place", [THIS_QUARTER, HOSTILE_DAYS, "#from=2020-01-01&to=2020-02-01"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_that_keeps_people_out(
    axe: str, processor: Processor, place: str, *, dark: bool
) -> None:
    """Deque's axe-core: names, roles, contrast, order of headings."""
    with chromium(dark=dark) as browser:
        opened(browser, processor, place)
        if place != "#from=2020-01-01&to=2020-02-01":
            browser.find_element(By.CSS_SELECTOR, "#traces-body .link").click()
            wait(browser, lambda: browser.find_element(By.ID, "steps").is_displayed())
        browser.execute_script(axe)
        found = browser.execute_async_script("axe.run().then(arguments[arguments.length - 1])")
    problems = [
        (each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]
    ]
    assert not problems
    assert len(found["passes"]) > 20


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("axe")
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("there is no npm to fetch axe-core with")
    command = [npm, "pack", "axe-core@4", "--silent", "--pack-destination", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("npm does not reach its registry")
    with tarfile.open(next(folder.glob("axe-core-*.tgz"))) as archive:
        member = archive.extractfile("package/axe.min.js")
        assert member is not None
        return member.read().decode()


def test_the_chart_library_is_the_packages_own_file() -> None:
    """`make vendor` copies it; nobody edits it."""
    folder = files("spantally_processor.page") / "vendor"
    about = json.loads((folder / "vendored.json").read_text())
    assert set(about["sha256"]) == {"chart.umd.min.js", "LICENSE.md"}
    for name, digest in about["sha256"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name
