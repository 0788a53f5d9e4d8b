// The sample: chosen by class, by part of the split, or among the wrong ones; its features can be dragged.
import { byId, h, nameOf, replaceChildren, t } from "./dom.js";
import { parsed, written } from "./format.js";
import { keyOf, valueOf } from "./keys.js";
import { forward } from "./network.js";
import { allSamples, page, scaledFeature, sizes } from "./record.js";
import { change, currentWeights, isConcealed, isTest, raw, state } from "./state.js";

let filter = "test",
  wrongFor = null,
  wrongKept = [];

// samples whose largest logit is another class's
function wrongSamples() {
  const weights = currentWeights();
  if (wrongFor !== weights) {
    const { logP } = forward(sizes, weights, allSamples, page.labels);
    wrongKept = page.labels
      .map((label, n) => n)
      .filter(n => logP[n].indexOf(Math.max(...logP[n])) !== page.labels[n]);
    wrongFor = weights;
  }
  return wrongKept;
}

function offered() {
  const every = page.labels.map((_, n) => n);
  if (filter === "wrong") return wrongSamples();
  if (filter === "test" || filter === "train") return every.filter(n => isTest(n) === (filter === "test"));
  return every.filter(n => page.labels[n] === Number(filter));
}

const show = sample => change({ sample, measured: null, quiz: null });

function next(by) {
  const list = offered();
  if (!list.length) return;
  const here = list.indexOf(state.sample);
  show(list[here < 0 ? 0 : (here + by + list.length) % list.length]);
}

export function nameOfSample(n) {
  const number = isTest(n) ? n - page.train + 1 : n + 1;
  return `${t(isTest(n) ? "sample.test" : "sample.train", { n: number })} · ${nameOf("classes", page.labels[n])}`;
}

// step: one of the last digit in which the data is written
const decimals = page.features.map((_, i) =>
  Math.max(...page.samples.map(row => (String(row[i]).split(".")[1] ?? "").length)),
);

// While the network moves, its wrong answers are not counted anew for each frame.
let drawn = "";
export function drawSample() {
  const moving = state.playing || state.running;
  const signature = `${state.language} ${state.sample} ${state.measured} ${filter} ${moving || `${state.snapshot} ${state.mine?.epoch}`}`;
  if (signature === drawn && (moving || currentWeights() === wrongFor)) return;
  drawn = signature;
  const list = offered(),
    options = list.includes(state.sample) ? list : [state.sample, ...list];
  const choices = [
    ["test", t("sample.allTest")],
    ["train", t("sample.allTrain")],
    ["wrong", t("sample.wrong", { n: wrongSamples().length })],
    ...page.classes.map((_, c) => [String(c), nameOf("classes", c)]),
  ];
  replaceChildren(
    byId("sample"),
    h("label", { for: "filter" }, t("sample.filter")),
    h(
      "select",
      {
        id: "filter",
        onchange: event => {
          filter = event.target.value;
          const found = offered();
          found.length && !found.includes(state.sample) ? show(found[0]) : change({});
        },
      },
      choices.map(([value, words]) => h("option", { value, selected: value === filter }, words)),
    ),
    h("label", { for: "which" }, t("sample.which")),
    h(
      "div",
      { class: "row" },
      h(
        "button",
        {
          "data-id": "previous-sample",
          "aria-label": t("sample.previous"),
          title: t("sample.previous"),
          onclick: () => next(-1),
        },
        "‹",
      ),
      h(
        "select",
        { id: "which", onchange: event => show(Number(event.target.value)) },
        options.map(n => h("option", { value: n, selected: n === state.sample }, nameOfSample(n))),
      ),
      h(
        "button",
        {
          "data-id": "next-sample",
          "aria-label": t("sample.next"),
          title: t("sample.next"),
          onclick: () => next(1),
        },
        "›",
      ),
    ),
    h(
      "div",
      { class: "features" },
      page.features.map((_, i) => feature(i)),
    ),
    state.measured
      ? h(
          "button",
          { "data-id": "measured-back", onclick: () => change({ measured: null }) },
          t("sample.back"),
        )
      : h("p", { class: "hint" }, t("sample.hint")),
  );
}

// the probabilities once more, for a narrow page: there the network is out of sight of the sliders
export function drawAnswers(scene) {
  byId("answers").hidden = state.tab !== "sample";
  const key = c => keyOf("p", c),
    p = page.classes.map((_, c) => valueOf(key(c), scene));
  const likely = [...p.keys()].sort((a, b) => p[b] - p[a]).slice(0, 3);
  const shown = page.classes.length > likely.length ? likely : [...p.keys()];
  byId("answers").textContent = shown
    .map(c => `${nameOf("classes", c)}${t("unit.colon")}${isConcealed(key(c)) ? "?" : written(p[c], 2)}`)
    .join(" · ");
}

function feature(i) {
  const { min, max } = page.scaler,
    value = raw()[i],
    room = 0.25 * (max[i] - min[i]),
    name = nameOf("features", i);
  const unit = page.features[i].includes("(cm)") ? " cm" : "",
    step = 10 ** -decimals[i];
  const move = number => {
    if (!Number.isFinite(number)) return;
    const measured = [...raw()];
    measured[i] = number;
    change({ measured, quiz: null });
  };
  return h(
    "div",
    { class: "feature" },
    h("label", { for: `feature-${i}` }, name),
    h(
      "span",
      { class: "measured" },
      h("input", {
        type: "text",
        inputmode: "decimal",
        id: `feature-text-${i}`,
        "aria-label": `${name}${unit}`,
        value: String(value),
        onchange: event => {
          move(parsed(event.target.value));
          event.target.value = String(raw()[i]); // the old one, if that was no number
        },
      }),
      unit,
    ),
    h("input", {
      type: "range",
      id: `feature-${i}`,
      min: Number((min[i] - room).toFixed(decimals[i])),
      max: Number((max[i] + room).toFixed(decimals[i])),
      step,
      value,
      oninput: event => move(Number(event.target.value)),
    }),
    h("span", { class: "scaled" }, `→ ${written(scaledFeature(value, i), 3)}`),
  );
}
