"""Every control, with the mouse and with the keyboard; what the page says, and that it asks nobody."""

import re

import numpy as np
import pytest

import numpy_mlp as nm

pytestmark = pytest.mark.slow
NUMBER = r"\N{MINUS SIGN}?\d[\d,]*\.?\d*(?:·10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?"
SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹\N{MINUS SIGN}", "-0123456789-")


def number(text):
    """A number as the page writes it."""
    return float(re.sub(r"·10(?=-?\d)", "e", text.translate(SUPERSCRIPTS)).replace(",", ""))


def numbers(text):
    """All numbers of a sentence."""
    return [
        number(found) for found in re.findall(r"\N{MINUS SIGN}?\d[\d,]*\.?\d*(?:·10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?", text)
    ]


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


@pytest.mark.parametrize(
    ("selected", "shown"),
    [
        ("relu[2]", "fc1.weight[2,0] after"),
        ("fc2[1]", "fc2.weight[1,0] after"),
        ("p[1]", "fc2.weight[1,0] after"),
        ("x[3]", "fc1.weight[0,3] after"),
        ("loss", "fc2.weight[0,0] after"),
        ("fc1.bias[4]", "fc1.bias[4] after"),
    ],
)
def test_the_update_view_shows_a_weights_step_at_once(fresh, selected, shown):
    fresh.evaluate("key => page.select(key)", selected)
    fresh.click("[data-view=update]")
    assert fresh.inner_text("#sum-body .key") == shown


def test_a_unit_in_the_update_view_leads_to_the_steps_of_its_weights(fresh):
    fresh.click("[data-view=update]")
    fresh.click('[data-unit="relu[4]"]')
    assert fresh.inner_text("#sum-body .key") == "fc1.weight[4,0] after"
    lit = fresh.evaluate("""
      [...document.querySelectorAll(".edge:not([data-dim])")].map(edge => edge.dataset.edge)""")
    assert set(lit) == {*(f"fc1.weight[4,{i}]" for i in range(4)), "fc1.bias[4]"}
    fresh.keyboard.press("e")
    assert fresh.inner_text("#sum-body .key") == "fc1.weight[4,1] after"


def test_what_a_hidden_unit_adds_to_the_logits_is_all_of_them(fresh):
    """A logit is what the hidden units add to it, and its bias."""
    fresh.select_option("#digits", "9")
    added = np.zeros(3)
    for j in range(10):
        fresh.evaluate("j => page.select(`relu[${j}]`)", j)
        products = fresh.locator("#sum-body .adds .product").all_inner_texts()
        assert len(products) == (0 if "adds nothing" in fresh.inner_text("#sum-body") else 3)
        added += [number(text.split("=")[1]) for text in products] or np.zeros(3)
    logits, bias = fresh.evaluate("[page.sceneOf().one().fc2[0], page.sceneOf().weights['fc2.bias']]")
    assert added + bias == pytest.approx(logits, rel=1e-7)


def test_a_gradient_says_which_two_numbers_it_is_made_of(fresh):
    fresh.evaluate("page.change({ view: 'backward', selected: 'dL/dfc1.weight[2,1]' })")
    assert "comes back to unit 2, times what sepal width sent in" in fresh.inner_text("#sum-body")
    fresh.evaluate("page.select('dL/dfc2.bias[0]')")
    assert "comes back to setosa; a bias is multiplied by 1" in fresh.inner_text("#sum-body")


def test_a_dead_unit_says_how_it_died(fresh, iris):
    """Unit 1 was drawn dead; with lr 10 the second step kills the others: both as numpy_mlp computes it."""
    x, y = iris.x_train.astype(np.float64), iris.y_train
    model = nm.MLP(4, 10, 3, seed=42, dtype=np.float64)
    fresh.evaluate("page.select('relu[1]')")
    largest = model.fc1(x)[:, 1].max()
    assert largest < 0
    told = fresh.inner_text("#sum-body .death")
    assert "drawn so" in told
    assert numbers(told) == pytest.approx([0, largest], rel=5e-3)

    fresh.click("#tab-train")
    fresh.click("[data-id=to-start]")
    assert state(fresh, "state.snapshot") == 0
    fresh.fill("#lr", "10")
    fresh.keyboard.press("Tab")
    criterion, optimizer, seen = nm.CrossEntropyLoss(), nm.SGD(model.parameters(), lr=10), []
    for _ in range(3):
        z = model.fc1(x)[:, 2]
        seen.append([(z > 0).sum(), model.fc1.bias.data[2], z.max()])
        criterion(model(x), y)
        optimizer.zero_grad()
        model.backward(criterion.backward())
        optimizer.step()
        fresh.click("[data-id=one-step]")
    _, (active, bias, z), (none, bias_after, z_after) = seen
    assert active > none == 0
    fresh.click('[data-unit="relu[2]"]')
    expected = [1, active, 120, 2, 10, bias, bias_after, z, z_after]
    assert numbers(fresh.inner_text("#sum-body .death")) == pytest.approx(expected, rel=5e-3)
    # what a step did to other weights is no reason
    fresh.click("[data-id=redraw]")
    assert fresh.locator("#sum-body .death").count() == 0
    fresh.click("[data-id=one-step]")
    fresh.click("[data-id=kill]")
    assert numbers(fresh.inner_text("#sum-body .death")) == [-1]


@pytest.mark.parametrize("pause", ["#play", "Space"])
def test_a_training_of_yours_is_paused_and_not_thrown_away(fresh, pause):
    fresh.click("#tab-train")
    fresh.click("[data-id=run]")
    fresh.wait_for_function("page.state.mine?.steps > 2")
    assert fresh.get_attribute("#play", "aria-label") == "Pause"
    if pause == "Space":
        fresh.evaluate("document.activeElement.blur()")
        fresh.keyboard.press(pause)
    else:
        fresh.click(pause)
    assert state(fresh, "[state.running, state.playing]") == [False, False]
    assert state(fresh, "state.mine.steps") > 2


def test_your_turn_counts_the_epochs_at_which_the_loss_rose(fresh):
    fresh.click("#tab-train")
    fresh.click("[data-id=to-start]")
    for _ in range(3):
        fresh.click("[data-id=one-step]")
    assert "rose" not in fresh.inner_text("#train [role=status]")
    fresh.fill("#lr", "10")
    fresh.keyboard.press("Tab")
    for _ in range(3):
        fresh.click("[data-id=one-step]")
    losses = [loss for _, loss in state(fresh, "state.mine.losses")]
    rises = int((np.diff(losses) > 0).sum())
    assert rises > 0
    assert f"At {rises} of them the loss rose" in fresh.inner_text("#train [role=status]")


def test_a_planted_mistake_trains_from_epoch_0_and_your_turn_names_it(fresh):
    fresh.click("#tab-bugs")
    fresh.select_option("#mistake", label="1/N forgotten")
    fresh.click("[data-id=train-planted-anew]")
    fresh.wait_for_function("page.state.mine.steps > 2")
    fresh.click("[data-id=run]")
    assert state(fresh, "[state.mine.from, state.mistake]") == [0, "mean-forgotten"]
    assert fresh.evaluate("document.activeElement.dataset.id") == "run", "the keyboard goes on from there"
    assert "1/N forgotten" in fresh.inner_text("#train .warning")
    fresh.click("[data-id=unplant-here]")
    assert state(fresh, "state.mistake") == ""
    assert fresh.locator("#train .warning").count() == 0


@pytest.mark.parametrize(("width", "height"), [(360, 800), (1280, 720)])
def test_where_the_screen_is_small_the_player_stays_in_view(open_page, docs_page, width, height):
    page = open_page(docs_page, width=width, height=height)
    for place in ("0", "document.body.scrollHeight"):
        page.evaluate(f"scrollTo(0, {place})")
        box = page.locator("#play").bounding_box()
        assert 0 < box["y"] < height - box["height"]
    page.click("#play")
    page.wait_for_function("page.state.playing && page.state.snapshot > 0")
    page.click("#play")
    assert number(page.inner_text("#now")) == page.evaluate("page.record.epochs[page.state.snapshot]")


def test_on_a_phone_the_probabilities_stand_beside_the_measurements(open_page, docs_page):
    page = open_page(docs_page, width=360, height=800)
    before = page.inner_text("#answers")
    assert re.search(r"setosa: .*versicolor: 0.99.*virginica: ", before)
    page.focus("#feature-2")
    page.keyboard.press("Home")
    assert page.inner_text("#answers") != before
    page.evaluate("page.ask(['forward', () => 'p[1]'])")
    assert "versicolor: ?" in page.inner_text("#answers")


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
    for text in ("abc", "", "1e400"):
        fresh.fill("#feature-text-0", text)
        fresh.keyboard.press("Enter")
        assert fresh.input_value("#feature-text-0") == "7.1"
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
    assert "0 epochs of yours, from epoch 0." in fresh.inner_text("#train [role=status]")
    fresh.click('[data-unit="relu[4]"]')
    fresh.click("[data-id=kill]")
    assert "dead" in fresh.inner_text("#sum-body")
    fresh.evaluate("page.select('fc2.weight[0,1]')")
    fresh.fill("#weight-text", "1.25")
    fresh.keyboard.press("Enter")
    assert state(fresh, 'state.mine.weights["fc2.weight"][0][1]') == 1.25
    fresh.fill("#weight-text", "abc")
    fresh.keyboard.press("Enter")
    assert fresh.input_value("#weight-text") == "1.25"
    fresh.focus("#weight-slider")
    fresh.keyboard.press("ArrowRight")
    assert state(fresh, 'state.mine.weights["fc2.weight"][0][1]') == pytest.approx(1.26)
    fresh.fill("#lr", "fast")
    fresh.keyboard.press("Enter")
    assert "“fast” does not fit here: expected a number of 0 or more" in fresh.inner_text("#train")
    assert fresh.input_value("#lr") == "0.5"
    fresh.fill("#seed", "-1")
    fresh.click("[data-id=redraw]")
    assert "expected a whole number from 0 to 4,294,967,295" in fresh.inner_text("#train")
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
        assert not fresh.locator("#sum-body .adds").count() or not key.startswith("relu")
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
    """Processor time of the main thread for each frame: other processes take none of it away."""
    devtools = fresh.context.new_cdp_session(fresh)
    devtools.send("Performance.enable")

    def seconds():
        metrics = devtools.send("Performance.getMetrics")["metrics"]
        return next(one["value"] for one in metrics if one["name"] == "ThreadTime")

    # a snapshot for each frame, however many frames a busy machine leaves in a second
    frames = """last => new Promise(done => {
      const frame = () => {
        page.change({ snapshot: page.state.snapshot + 1 });
        page.state.snapshot < last ? requestAnimationFrame(frame) : done();
      };
      requestAnimationFrame(frame);
    })"""
    fresh.evaluate("page.change({ snapshot: 0, playing: true, speed: 0, selected: 'relu[2]' })")
    before = seconds()
    fresh.evaluate(frames, 60)
    spent = (seconds() - before) / 60
    assert state(fresh, "[state.playing, state.snapshot]") == [True, 60]
    assert 0 < spent <= 1 / 30, f"{1000 * spent:.1f} ms for a frame"


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
