"""Every control, with the mouse and with the keyboard; what the page says, and that it asks nobody."""

import re

import numpy as np
import pytest

import numpy_mlp as nm

pytestmark = pytest.mark.slow
SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹\N{MINUS SIGN}", "-0123456789-")


def number(text):
    """A number as the page writes it."""
    return float(re.sub(r"·10(?=-?\d)", "e", text.translate(SUPERSCRIPTS)).replace(",", ""))


def state(page, expression):
    return page.evaluate(f"(() => {{ const {{ state }} = page; return {expression}; }})()")


@pytest.fixture
def fresh(page):
    """The page as it is when it is opened, whatever a test before has done to it."""
    page.evaluate("localStorage.clear()")
    page.reload()
    yield page
    assert page.problems == []
    assert {url.partition("?")[0].partition(":")[0] for url in page.requests} <= {"file", "data"}
    assert {url.partition("?")[0] for url in page.requests if url.startswith("file")} == {
        page.url.partition("?")[0]
    }


def test_views_scopes_and_the_stepping_of_backward(fresh):
    fresh.click("[data-view=backward]")
    assert state(fresh, "state.view") == "backward"
    assert fresh.is_visible("#stepper")
    fresh.click("#step-first")
    assert state(fresh, "state.reached") == 0
    assert fresh.is_disabled("#step-back")
    assert "dL/dfc2" in fresh.inner_text("#step-words")
    for _ in range(4):
        fresh.click("#step-on")
    assert fresh.is_disabled("#step-on")
    fresh.click("#step-back")
    assert "relu" in fresh.inner_text("#step-words") or "fc1" in fresh.inner_text("#step-words")
    fresh.click("[data-scope=batch]")
    assert state(fresh, "state.scope") == "batch"
    fresh.click("[data-view=update]")
    assert "\N{MINUS SIGN}lr" in fresh.inner_text("#explain")
    fresh.click("[data-view=forward]")
    assert not fresh.is_visible("#scope")


def test_a_stepped_backward_pass_shows_nothing_that_is_not_yet_computed(fresh):
    fresh.keyboard.press("b")
    fresh.click("#step-first")
    hidden = fresh.locator('.unit[data-unit^="relu"] .value').all_text_contents()
    assert set(hidden) == {"·"}
    for _ in range(4):
        fresh.keyboard.press("n")
    assert "·" not in fresh.locator('.unit[data-unit^="relu"] .value').all_text_contents()
    fresh.keyboard.press("p")
    signs = "[...document.querySelectorAll('.edge[data-edge^=fc1]')].map(edge => edge.dataset.sign)"
    assert set(fresh.evaluate(signs)) == {"none"}


@pytest.mark.parametrize("key", ["x[2]", "relu[2]", "fc2[1]", "p[0]", "loss", "L"])
def test_a_click_on_a_unit_shows_its_sum(fresh, key):
    fresh.click(f'[data-unit="{key}"] > :first-child')
    assert fresh.inner_text("#sum-body .key") == key
    assert fresh.locator("#sum-body output").count() >= 1
    assert fresh.locator("#sum-body .code").count() >= 1


def test_a_click_on_an_edge_shows_the_weight_with_both_libraries(fresh, contents_of, docs_page, array_of):
    fresh.dispatch_event('[data-edge="fc1.weight[3,1]"] .hit', "click")
    assert fresh.inner_text("#sum-body .key") == "fc1.weight[3,1]"
    recorded = contents_of(docs_page)["recorded"]
    cells = fresh.locator(".both .full").all_inner_texts()
    for cell, library in zip(cells, ("numpy", "torch"), strict=False):
        assert np.float32(number(cell)) == array_of(recorded[library]["weights"]["fc1.weight"])[-1, 3, 1]


def test_a_number_in_a_sum_leads_on_to_its_own_sum(fresh):
    fresh.click('[data-unit="p[1]"]')
    fresh.locator('#sum-body button.number[data-key="fc2[1]"]').first.click()
    assert fresh.inner_text("#sum-body .key") == "fc2[1]"
    fresh.locator('#sum-body button.number[data-key^="relu"]').first.click()
    assert fresh.inner_text("#sum-body .key").startswith("relu[")
    fresh.locator('#sum-body button.number[data-key^="fc1.weight"]').first.click()
    fresh.locator("#sum-body button.link").first.click()
    assert fresh.inner_text("#sum-body .key").startswith("dL/dfc1.weight")


def test_the_layers_name_says_why_there_are_50_parameters(fresh):
    fresh.click('[data-layer="fc1"]')
    assert "10 · 4 + 10 = 50" in fresh.inner_text("#sum-body")
    fresh.focus('[data-layer="fc2"]')
    fresh.keyboard.press("Enter")
    assert "3 · 10 + 3 = 33" in fresh.inner_text("#sum-body")


def test_time_moves_by_slider_keys_play_and_curve(fresh):
    fresh.keyboard.press("ArrowLeft")
    assert state(fresh, "state.snapshot") == 199
    fresh.focus("#slider")
    fresh.keyboard.press("Home")
    assert state(fresh, "state.snapshot") == 0
    assert "0 / 20,000" in fresh.inner_text("#facts")
    fresh.select_option("#speed", "4")
    fresh.click("#play")
    fresh.wait_for_function("page.state.snapshot > 3")
    fresh.click("#play")
    assert state(fresh, "state.playing") is False
    fresh.evaluate("document.activeElement.blur()")
    fresh.keyboard.press(" ")
    assert state(fresh, "state.playing") is True
    fresh.keyboard.press(" ")
    box = fresh.locator("#curve").bounding_box()
    fresh.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 40)
    fresh.mouse.down()
    fresh.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 40)
    fresh.mouse.up()
    assert state(fresh, "state.snapshot") > 110


def test_a_sample_can_be_chosen_and_its_measurements_dragged(fresh):
    fresh.click("[data-id=next-sample]")
    assert state(fresh, "state.sample") == 121
    fresh.click("[data-id=previous-sample]")
    fresh.select_option("#filter", "wrong")
    wrong = state(fresh, "state.sample")
    fresh.select_option("#filter", "0")
    fresh.select_option("#which", index=2)
    assert state(fresh, "page.record.page.labels[state.sample]") == 0
    assert wrong != state(fresh, "state.sample")
    before = fresh.text_content('[data-unit="fc2[2]"] .value')
    fresh.focus("#feature-2")
    for _ in range(10):
        fresh.keyboard.press("ArrowRight")
    assert fresh.text_content('[data-unit="fc2[2]"] .value') != before
    assert fresh.evaluate("document.activeElement.id") == "feature-2", "the focus stays where it was"
    fresh.fill("#feature-text-0", "7,1")
    fresh.keyboard.press("Enter")
    assert state(fresh, "state.measured[0]") == 7.1
    fresh.click("[data-id=measured-back]")
    assert state(fresh, "state.measured") is None


def test_your_turn_trains_edits_kills_redraws_and_resets(fresh):
    fresh.click("#tab-train")
    fresh.fill("#lr", "0.5")
    fresh.keyboard.press("Tab")
    fresh.select_option("#batch", "32")
    fresh.click("[data-id=one-step]")
    assert state(fresh, "[state.mine.steps, state.mine.epoch, state.options.lr]") == [1, 20001, 0.5]
    fresh.click("[data-id=run]")
    fresh.wait_for_function("page.state.mine.steps > 3")
    fresh.click("[data-id=run]")
    assert state(fresh, "state.running") is False
    fresh.click("[data-id=zero]")
    assert state(fresh, "Object.values(state.mine.weights).flat(2).every(w => w === 0)")
    fresh.fill("#seed", "7")
    fresh.click("[data-id=redraw]")
    drawn = nm.MLP(4, 10, 3, seed=7).state_dict()
    assert np.array_equal(np.array(state(fresh, 'state.mine.weights["fc1.weight"]')), drawn["fc1.weight"])
    fresh.click('[data-unit="relu[4]"]')
    fresh.click("[data-id=kill]")
    assert "dead" in fresh.inner_text("#sum-body")
    fresh.evaluate("page.select('fc2.weight[0,1]')")
    fresh.fill("#weight-text", "1.25")
    fresh.keyboard.press("Enter")
    assert state(fresh, 'state.mine.weights["fc2.weight"][0][1]') == 1.25
    fresh.focus("#weight-slider")
    fresh.keyboard.press("ArrowRight")
    assert state(fresh, 'state.mine.weights["fc2.weight"][0][1]') == pytest.approx(1.26)
    fresh.fill("#lr", "fast")
    fresh.keyboard.press("Enter")
    assert "“fast” does not fit" in fresh.inner_text("#train")
    fresh.click("[data-id=reset]")
    assert state(fresh, "[state.mine, state.options.lr]") == [None, 0.01]


def test_a_training_of_yours_that_diverges_says_so(fresh):
    fresh.click("#tab-train")
    fresh.evaluate("page.change({ options: { lr: 1e200, momentum: 0, batch: 0 } })")
    for _ in range(3):
        fresh.click("[data-id=one-step]")
    assert "no number" in fresh.inner_text("#train .warning")


def test_a_planted_mistake_is_shown_with_its_question(fresh):
    fresh.click("#tab-bugs")
    fresh.select_option("#mistake", "mean-forgotten")
    assert "If it is divided by N" in fresh.inner_text("#bugs .question")
    assert fresh.locator("[data-wrong=first]").count() == 1
    assert state(fresh, "[state.view, state.scope]") == ["backward", "batch"]
    wrong, right = (number(text) for text in fresh.locator("#bugs dd").all_inner_texts())
    assert wrong / right == pytest.approx(120, rel=1e-4)
    assert "120.0 times" in fresh.inner_text("#bugs")
    fresh.click("#bugs summary")
    assert "len(labels)" in fresh.inner_text("#bugs details")
    fresh.click("[data-id=train-planted]")
    fresh.wait_for_function("page.state.mine.steps > 2")
    fresh.click("[data-id=run]")
    fresh.click("#tab-bugs")
    fresh.click("[data-id=unplant]")
    assert fresh.locator("[data-wrong]").count() == 0


def test_the_quiz_hides_one_number_and_checks_the_answer(fresh):
    fresh.click("#tab-quiz")
    for _ in range(8):
        fresh.click("[data-id=ask]")
        key = state(fresh, "state.quiz.key")
        assert fresh.inner_text("#quiz .key") == key
        shown = fresh.locator(f'#sum-body [data-of="{key}"]').all_inner_texts()
        assert shown == ["?"]
        value = state(fresh, "state.quiz.value")
        fresh.fill("#answer", f"{value:.6g}")
        fresh.keyboard.press("Enter")
        assert "Right" in fresh.inner_text("#quiz [role=status]"), key
        assert fresh.locator(f'#sum-body [data-of="{key}"]').inner_text() != "?"
    fresh.click("[data-id=ask]")
    fresh.fill("#answer", "a lot")
    fresh.click("[data-id=check]")
    assert "no number" in fresh.inner_text("#quiz [role=status]")
    fresh.fill("#answer", "12345")
    fresh.click("[data-id=check]")
    assert "It is" in fresh.inner_text("#quiz [role=status]")


def test_both_dialogs_open_and_close(fresh):
    fresh.click("#proof-line")
    assert "trajectory" in fresh.inner_text("#proof")
    fresh.click("#proof [data-close]")
    fresh.evaluate("document.activeElement.blur()")
    fresh.keyboard.press("?")
    assert fresh.is_visible("#help")
    fresh.keyboard.press("Escape")
    assert not fresh.is_visible("#help")


def test_the_language_is_switched_remembered_and_taken_from_the_address(fresh, docs_page):
    fresh.click("#language")
    assert fresh.inner_text("h1") == "看见每一个数"
    assert fresh.evaluate("document.documentElement.lang") == "zh-Hans"
    fresh.goto(docs_page.as_uri())
    assert fresh.inner_text("h1") == "看见每一个数"
    fresh.goto(f"{docs_page.as_uri()}?lang=en")
    assert fresh.inner_text("h1") == "See every number"
    fresh.select_option("#digits", "6")
    assert re.search(r"\d\.\d{5}", fresh.inner_text("#sum-body"))


def test_tab_reaches_every_control_and_arrows_every_unit(fresh):
    wanted = fresh.evaluate("""
      [...document.querySelectorAll("button, select, input, summary")]
        .filter(one => one.checkVisibility() && !one.disabled && one.tabIndex >= 0)
        .map(one => one.dataset.id ?? one.id ?? "").filter(Boolean)""")
    reached = set()
    for _ in range(80):
        fresh.keyboard.press("Tab")
        reached.add(fresh.evaluate("document.activeElement.dataset?.id ?? document.activeElement.id ?? ''"))
    assert set(wanted) <= reached
    fresh.focus('.unit[tabindex="0"]')
    units = set()
    for column in range(5):
        for key in ["ArrowUp"] * 10 + ["ArrowDown"] * 10:
            units.add(fresh.evaluate("document.activeElement.dataset.unit"))
            assert fresh.inner_text("#sum-body .key") is not None
            fresh.keyboard.press(key)
        units.add(fresh.evaluate("document.activeElement.dataset.unit"))
        fresh.keyboard.press("ArrowLeft" if column == 0 else "ArrowRight")
    every = fresh.evaluate("[...document.querySelectorAll('.unit')].map(e => e.dataset.unit)")
    assert set(every) <= units
    fresh.focus('.unit[tabindex="0"]')
    fresh.keyboard.press("Enter")


def test_keys_go_through_the_edges_of_a_unit(fresh):
    fresh.evaluate("page.select('relu[2]')")
    seen = []
    for _ in range(5):
        fresh.keyboard.press("e")
        seen.append(fresh.inner_text("#sum-body .key"))
    assert seen == [*(f"fc1.weight[2,{i}]" for i in range(4)), "fc1.bias[2]"]
    fresh.keyboard.press("u")
    assert fresh.inner_text("#sum-body .key") == "fc1.bias[2] after"
    fresh.keyboard.press("f")
    fresh.keyboard.press("Escape")
    assert "Click a unit" in fresh.inner_text("#sum-body")


def test_a_tab_of_the_controls_is_changed_with_arrows(fresh):
    fresh.focus("#tab-sample")
    fresh.keyboard.press("ArrowRight")
    assert fresh.is_visible("#train")
    fresh.keyboard.press("ArrowLeft")
    fresh.keyboard.press("ArrowLeft")
    assert fresh.is_visible("#quiz")


def test_the_sums_written_on_the_page_are_those_of_numpy(fresh, contents_of, docs_page, array_of, iris):
    """Text of results, with nine digits, against numpy_mlp in float64 from the weights in the file."""
    recorded = contents_of(docs_page)["recorded"]["numpy"]["weights"]
    model = nm.MLP(4, 10, 3, seed=0, dtype=np.float64)
    model.load_state_dict({name: array_of(one)[60].astype(np.float64) for name, one in recorded.items()})
    x, y = iris.x_test[:1].astype(np.float64), iris.y_test[:1]
    fc1 = model.fc1(x)
    criterion, logits = nm.CrossEntropyLoss(), model(x)
    loss = criterion(logits, y)
    model.backward(criterion.backward())
    expected = {f"fc1[{j}]": fc1[0, j] for j in range(10)} | {
        f"relu[{j}]": max(0, fc1[0, j]) for j in range(10)
    }
    expected |= {f"fc2[{c}]": logits[0, c] for c in range(3)} | {"loss": loss}
    for name, param in model.named_parameters():
        for place, gradient in np.ndenumerate(param.grad):
            expected[f"dL/d{name}[{','.join(map(str, place))}]"] = gradient
    fresh.evaluate("page.change({ snapshot: 60, sample: 120, digits: 9, scope: 'sample' })")
    written = fresh.evaluate(
        """keys => keys.map(key => {
          page.change({ view: key.startsWith("dL") ? "backward" : "forward", selected: key });
          return document.querySelector(`#sum-body [data-of="${key}"]`).textContent;
        })""",
        list(expected),
    )
    for text, (key, value) in zip(written, expected.items(), strict=True):
        assert number(text) == pytest.approx(value, rel=6e-9, abs=1e-300), key


def test_a_playing_page_holds_30_frames_a_second(fresh):
    fresh.evaluate("page.change({ snapshot: 0, playing: true, speed: 1, selected: 'relu[2]' })")
    count = """() => new Promise(done => {
      const times = [];
      const frame = now => {
        times.push(now);
        times.length < 16 ? requestAnimationFrame(frame) : done(times);
      };
      requestAnimationFrame(frame);
    })"""
    # the best of several: other processes take their share of a busy machine
    means = [np.mean(np.diff(fresh.evaluate(count))) for _ in range(8)]
    assert min(means) <= 1000 / 30, means
    assert state(fresh, "state.snapshot") > 0


def test_with_reduced_motion_it_plays_in_a_few_steps(open_page, docs_page):
    page = open_page(docs_page, reduced_motion="reduce")
    page.evaluate("page.change({ snapshot: 0, playing: true })")
    seen = page.evaluate("""() => new Promise(done => {
      const seen = new Set(), begin = performance.now();
      const frame = now => {
        seen.add(page.state.snapshot);
        now - begin < 1500 ? requestAnimationFrame(frame) : done([...seen]);
      };
      requestAnimationFrame(frame);
    })""")
    assert all(step >= 10 for step in np.diff(seen)), seen
    assert page.problems == []
