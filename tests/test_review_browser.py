"""The review page in a real browser: with mouse and keys, on a phone, and with hostile logs."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reviewing import blocks, build, dataset, page_of, rows_of
from trajset.recipe import parse_recipe

playwright = pytest.importorskip("playwright.sync_api", reason="the package playwright is not here")
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="the browser chromium is not here"),
]
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update",
             "--disable-sync"]  # fmt: skip
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def folder(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(demo, tmp_path_factory.mktemp("browser") / "b")


@pytest.fixture(scope="module")
def written(folder: Path) -> Path:
    return page_of(folder)


@pytest.fixture
def open_page(browser: Any) -> Iterator[Open]:
    """Opens a page; fails afterwards where it wrote an error or asked for anything but itself."""
    errors: list[str] = []
    asked: list[str] = []
    contexts = []

    def open_page(file: Path, place: str = "", width: int = 1280, **more: Any) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": 800}, accept_downloads=True, **more
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        page.on("dialog", lambda dialog: (errors.append("a dialog"), dialog.dismiss()))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(file.as_uri() + place)
        page.wait_for_selector("body[data-ready]")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not errors
    local = ("file:", "data:image/svg", "blob:")
    assert [url for url in asked if not url.startswith(local)] == []


def wait(page: Any, expression: str) -> None:
    """Wait until something holds (the page's policy refuses what Playwright has for it)."""
    for _ in range(100):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(20)
    raise AssertionError(expression)


def test_with_the_keyboard_alone(open_page: Open, written: Path) -> None:
    page = open_page(written)
    press = page.keyboard.press
    press("/")
    wait(page, "document.activeElement.id === 'search'")
    page.keyboard.type("weather-bot")
    press("Enter")
    focused = "document.activeElement.dataset.id"
    assert page.evaluate(focused)
    press("Escape")
    press("/")
    wait(page, "document.activeElement.id === 'search'")
    page.fill("#search", "")
    press("ArrowDown")
    first = page.evaluate(focused)
    press("j")
    second = page.evaluate(focused)
    press("ArrowUp")
    assert page.evaluate(focused) == first != second
    press("x")
    assert page.locator("#to-marks").inner_text() == "Exclude list (1)"
    assert page.evaluate(focused) == first
    assert page.locator("#list li.excluded").count() == 1
    press("Enter")
    page.wait_for_selector("#row .step")
    assert page.locator("button.mark.exclude").get_attribute("aria-pressed") == "true"
    press("x")
    press("y")
    assert page.locator("button.mark.keep").get_attribute("aria-pressed") == "true"
    assert page.locator("#to-marks").inner_text() == "Exclude list"
    press("Escape")
    wait(page, f"{focused} !== undefined")
    assert page.evaluate(focused) == first
    press("?")
    assert page.locator("#help").is_visible()
    press("Escape")
    assert not page.locator("#help").is_visible()


def test_failures_repairs_and_what_is_learnt_are_marked(open_page: Open, written: Path) -> None:
    page = open_page(written, "#trajectories")
    page.fill("#search", "weather-bot")
    page.locator("#list a").first.click()
    page.wait_for_selector("#row .step")
    assert page.locator(".badge.fails", has_text="failed: model").count() >= 1
    assert page.locator(".badge.repairs", has_text="repair 1 from here").is_visible()
    assert page.locator(".badge.repairs", has_text="repair 1 done").count() == 1
    assert page.locator(".badge", has_text="not learnt").count() >= 1
    assert page.locator(".badge.learns").count() >= 1
    before = page.locator("#row-choice").input_value()
    page.keyboard.press("]")
    assert page.locator("#row-choice").input_value() != before
    page.keyboard.press("[")
    assert page.locator("#row-choice").input_value() == before
    page.keyboard.press("n")
    assert page.evaluate("document.activeElement.dataset.mark") == "yes"
    page.locator("button", has_text="repair row").first.click()
    assert "error_recovery" in page.locator("#row-choice option:checked").inner_text()
    assert page.locator(".part.completion .badge.learns").count() == 1


def test_pairs_stand_side_by_side_and_below_each_other_on_a_phone(
    open_page: Open, written: Path
) -> None:
    for width, beside in ((1280, True), (360, False)):
        page = open_page(written, "#trajectories", width)
        page.locator("#choices summary").click()
        page.select_option("#choice-config", "=preference")
        page.locator("#list a").first.click()
        page.wait_for_selector("#row .step")
        options = page.locator("#row-choice option").all_inner_texts()
        at = next(i for i, text in enumerate(options) if text.startswith("preference"))
        page.select_option("#row-choice", str(at))
        chosen = page.locator(".part.chosen").bounding_box()
        rejected = page.locator(".part.rejected").bounding_box()
        assert (chosen["y"] == rejected["y"]) is beside
        assert (chosen["x"] < rejected["x"]) is beside


def test_filters_find_what_the_list_says(open_page: Open, written: Path) -> None:
    entries = blocks(written)["list-data"]
    page = open_page(written, "#trajectories")
    page.locator("#choices summary").click()

    def found() -> int:
        return int(page.locator("#list li").count())

    assert found() == len(entries)
    for choice, value, holds in (
        ("outcome", "success", lambda e: e.get("outcome") == "success"),
        ("split", "test", lambda e: e["split"] == "test"),
        ("failure", "model", lambda e: "model" in e.get("failures", {})),
        ("recovery", "has a recovery", lambda e: e.get("recovered")),
        ("config", "preference", lambda e: "preference" in e["rows"]),
    ):
        page.select_option(f"#choice-{choice}", "=" + value)
        wanted = sum(bool(holds(entry)) for entry in entries)
        assert 0 < wanted < len(entries)
        assert found() == wanted, choice
        page.locator("button", has_text="Clear all").click()
        assert found() == len(entries)


def test_marks_stay_and_become_a_recipe(open_page: Open, written: Path, tmp_path: Path) -> None:
    page = open_page(written, "#trajectories")
    ids = []
    for at in (0, 2):
        page.locator("#list a").nth(at).click()
        page.wait_for_selector("#row .step")
        page.locator("button.mark.exclude").click()
        ids.append(page.locator("#list a").nth(at).get_attribute("data-id"))
    page.reload()
    page.wait_for_selector("body[data-ready]")
    page.locator("#to-marks").click()
    text = page.locator("#recipe").input_value()
    assert sorted(parse_recipe(text).plan.exclude) == sorted(ids)
    with page.expect_download() as download:
        page.locator("button", has_text="Download").click()
    download.value.save_as(tmp_path / "exclude.yaml")
    assert (tmp_path / "exclude.yaml").read_text(encoding="utf-8") == text
    page.locator("button", has_text="Take back").first.click()
    assert len(parse_recipe(page.locator("#recipe").input_value()).plan.exclude) == 1


HOSTILE = (
    "</script></textarea></title><img src=x onerror=\"window.ran='image'\">"
    "<script>window.ran='script'</script><svg onload=\"window.ran='svg'\">"
    "<!-- ' \" ` ${window.ran=1}"
    "<a href=\"javascript:window.ran='link'\">click</a>"
)
_KEPT = {"role", "type", "content", "tool_calls", "function", "name", "arguments", "tool", "args",
         "reasoning_content", "train", "index", "category", "kind", "recovered", "why",
         "recovered_at", "status_source", "id", "tool_call_id"}  # fmt: skip
"""Keys of messages and of failures; all others come from logs."""


def planted(value: Any, name: str = "") -> Any:
    """The value with hostile text in each string and in each key that comes from a log."""
    if isinstance(value, str):
        return value if name == "role" else HOSTILE + value
    if isinstance(value, list):
        return [planted(item) for item in value]
    if isinstance(value, dict):
        return {
            key if key in _KEPT else HOSTILE + key: planted(item, key)
            for key, item in value.items()
        }
    return value


def test_nothing_from_a_log_runs(open_page: Open, folder: Path, tmp_path: Path) -> None:
    rows = [(config, {key: planted(value) for key, value in row.items()})
            for config, row in rows_of(folder)]  # fmt: skip
    rows.sort(key=lambda pair: (pair[1]["started_at"], pair[1]["trajectory_id"]))
    page = open_page(page_of(dataset(tmp_path / "b", rows)))
    own = page.evaluate("document.images.length")
    entries = page.evaluate("location.hash = '#trajectories'") and page.locator("#list a")
    seen = set()
    for at in range(entries.count()):
        entries.nth(at).click()
        page.wait_for_selector("#row .step")
        page.locator("button.mark.exclude").click()
        for option in page.locator("#row-choice option").all():
            page.select_option("#row-choice", option.get_attribute("value"))
            seen.add(option.inner_text().split()[0])
            for summary in page.locator("#row summary").all():
                summary.click()
            folded = page.locator("#row .fold[aria-expanded=false]")
            while folded.count():
                folded.first.click()
            for kind in ("pre", ".call dt", ".tool code"):
                for text in page.locator(f"#row {kind}").all_text_contents():
                    plain = text in ("input", "true", "false") or text.isdigit()
                    assert plain or "<img src=x onerror=" in text, text
    assert seen == {"codeact", "chat", "sft", "error_recovery", "preference"}
    page.locator("#to-marks").click()
    assert len(parse_recipe(page.locator("#recipe").input_value()).plan.exclude) == at + 1
    page.wait_for_timeout(200)
    assert page.evaluate("window.ran") is None
    assert page.evaluate("document.images.length") == own
    assert page.locator("img[src=x], svg, a[href^=javascript]").count() == 0


def test_a_script_that_came_in_all_the_same_would_not_run(browser: Any, written: Path) -> None:
    changed = written.with_name("changed.html")
    text = written.read_text(encoding="utf-8")
    changed.write_text(
        text.replace("<main>", "<main><script>window.ran = 1</script><p onclick='ran=1'>x</p>"),
        encoding="utf-8",
    )
    page = browser.new_page()
    page.goto(changed.as_uri())
    page.wait_for_selector("body[data-ready]")
    page.locator("p", has_text="x").first.click()
    assert page.evaluate("typeof window.ran") == "undefined"
    page.close()


@pytest.mark.parametrize("width", [320, 360, 400, 820])
def test_no_page_scrolls_sideways(open_page: Open, written: Path, width: int) -> None:
    page = open_page(written, "", width)
    for place in ("#overview", "#trajectories", "#marks"):
        page.goto(written.as_uri() + place)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), place
    page.goto(written.as_uri() + "#trajectories")
    page.locator("#list a").first.click()
    page.wait_for_selector("#row .step")
    for option in page.locator("#row-choice option").all():
        page.select_option("#row-choice", option.get_attribute("value"))
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


CONTRASTS = """() => {
  const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => c / 255).map(
      (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    if (!walk.currentNode.textContent.trim() || !element.checkVisibility() ||
        element.closest("script, .unseen, :disabled")) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(getComputedStyle(element).fontSize);
    if (ratio < 4.5 || size < 12) {
      found.push([element.className, walk.currentNode.textContent.slice(0, 40), ratio, size]);
    }
  }
  return found;
}"""
UNNAMED = """() => [...document.querySelectorAll("button, a, input, select, textarea, img")]
  .filter((e) => e.checkVisibility() && !(e.ariaLabel || e.alt || e.textContent.trim() ||
    [...(e.labels ?? [])].some((label) => label.textContent.trim())))
  .map((e) => e.outerHTML.slice(0, 100))"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_is_readable_and_all_controls_have_names(
    open_page: Open, written: Path, scheme: str
) -> None:
    page = open_page(written, color_scheme=scheme)

    def look() -> None:
        assert page.evaluate(CONTRASTS) == []
        assert page.evaluate(UNNAMED) == []

    look()
    page.locator("#to-list").click()
    page.locator("#choices summary").click()
    look()
    for link in page.locator("#list a").all()[:4]:
        link.click()
        page.wait_for_selector("#row .step")
        page.keyboard.press("x")
        for option in page.locator("#row-choice option").all():
            page.select_option("#row-choice", option.get_attribute("value"))
            for summary in page.locator("#row summary").all():
                summary.click()
            look()
    page.locator("#to-marks").click()
    look()
    outline = page.locator("body").aria_snapshot()
    for part in ('navigation "Pages"', "main", 'heading "Exclude list"', 'textbox "Recipe"'):
        assert part in outline, part


def test_the_focus_is_seen(open_page: Open, written: Path) -> None:
    page = open_page(written, "#trajectories")
    page.locator("#skip").focus()
    reached = set()
    for _ in range(12):
        page.keyboard.press("Tab")
        tag = page.evaluate("document.activeElement.tagName")
        reached.add(tag)
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid" or tag == "BODY", tag
    assert {"A", "BUTTON", "INPUT", "SUMMARY"} <= reached


def test_ten_thousand_trajectories_stay_usable(
    open_page: Open, folder: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    some = [pair for pair in rows_of(folder) if pair[0] in ("codeact", "chat")]
    ids = sorted({row["trajectory_id"] for _, row in some})
    started = some[0][1]["started_at"]

    def many() -> Iterator[tuple[str, Any]]:
        for number in range(10_000):
            for config, row in some:
                if row["trajectory_id"] == ids[number % len(ids)]:
                    name = f"{number:05d}"
                    changed = {"trajectory_id": name, "id": f"{name}-{config}-{row['window']}"}
                    yield config, row | changed | {"started_at": started, "session_id": name}

    file = page_of(dataset(tmp_path / "b", many()))
    start = time.monotonic()
    page = open_page(file)
    shown = time.monotonic() - start
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime")
    page.locator("#to-list").click()
    assert page.locator("#list li").count() <= 100
    start = time.monotonic()
    page.fill("#search", "09999")
    wait(page, "document.querySelectorAll('#list li').length === 1")
    searched = time.monotonic() - start
    page.locator("#list a").click()
    page.wait_for_selector("#row .step")
    size = file.stat().st_size / 1e6
    told = f"{size:.1f} MB, paint {paint} ms, shown {shown:.2f} s, search {searched:.2f} s"
    record_property("measured", told)
    assert paint < 2000, told
    assert shown < 5, told
    assert searched < 1, told
