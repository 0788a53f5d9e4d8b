// Bugs: a mistake of the catalogue is planted, and the first number that parts from the truth is shown in red.
import { codeOf, byId, h, replaceChildren, t } from "./dom.js";
import { written } from "./format.js";
import { isWeight, keyOf, layers, linearOf } from "./keys.js";
import { mistakes } from "./mistakes.js";
import { sum } from "./network.js";
import { toSnapshot } from "./player.js";
import { page } from "./record.js";
import { change, ownWeights, sceneOf, state } from "./state.js";

const STEPS = ["forward", "backward", "update"];
// far above float64's rounding, far below any mistake
const NOTHING = 1e-9;

// the arrays of a step in the order of their computation
const order = [
  ...layers,
  "loss",
  ...[...layers]
    .reverse()
    .flatMap(layer =>
      layer.startsWith("relu")
        ? [`dL/d${layer}`]
        : [`dL/d${layer}`, `dL/d${layer}.weight`, `dL/d${layer}.bias`],
    ),
];

const numbers = (array, at = []) =>
  typeof array === "number" ? [[at, array]] : array.flatMap((entry, i) => numbers(entry, [...at, i]));

// The first array of two steps in which the planted network parts from the true one, and where most.
export function firstDivergence(run) {
  for (let i = 0; i < run.truth.length; i++) {
    const [truth, planted] = [run.truth[i], run.planted[i]];
    const arrays = [
      ...order.map(name => [name, truth.trace[name], planted.trace[name], ""]),
      ...Object.keys(truth.after).map(name => [name, truth.after[name], planted.after[name], " after"]),
    ];
    for (const [name, right, wrong, after] of arrays) {
      const size = Math.max(...numbers(right).map(([, value]) => Math.abs(value)));
      const apart = numbers(right).map(([at, value], n) => ({
        at,
        truth: value,
        planted: numbersOf(wrong)[n],
      }));
      const worst = apart.reduce((most, one) => (distance(one) > distance(most) ? one : most));
      if (!(distance(worst) <= NOTHING * size))
        return {
          step: i,
          name,
          after,
          ...worst,
          gate: after ? "update" : name.startsWith("dL") ? "backward" : "forward",
        };
    }
  }
  return null;
}
const distance = ({ truth, planted }) => (Number.isNaN(planted) ? Infinity : Math.abs(truth - planted));
let flatFor = null,
  flatKept = null;
function numbersOf(array) {
  if (flatFor !== array) [flatFor, flatKept] = [array, numbers(array).map(([, value]) => value)];
  return flatKept;
}

function plant(name) {
  const options =
    name === "momentum-as-moving-average" && !state.options.momentum
      ? { ...state.options, momentum: 0.9 }
      : state.options;
  change({ mistake: name, options, playing: false, running: false, quiz: null, reached: null });
  if (!name) return;
  const first = firstDivergence(sceneOf().planted());
  if (!first) return;
  change({
    view: first.gate,
    scope: "batch",
    selected: keyOfFirst(first),
    ...(perSample(first) ? { sample: first.at[0], measured: null } : {}),
  });
}

// an array with a row for each sample: its key has the place in the row alone
const perSample = ({ name, at }) => at.length === 2 && !isWeight(name.replace("dL/d", ""));

function keyOfFirst(first) {
  if (first.name === "loss") return "L";
  const { name } = first,
    next = layers[layers.indexOf(name) + 1];
  // a hidden unit shows what leaves its ReLU
  const shown = next?.startsWith("relu")
    ? next
    : name.replace(/^dL\/d(relu\d*)$/, (_, relu) => `dL/d${linearOf(relu)}`);
  return `${keyOf(shown, ...(perSample(first) ? [first.at[1]] : first.at))}${first.after}`;
}

// Values of the planted network by key, and the keys at which they part from the truth.
export function wrongNumbers(scene) {
  if (!scene.planted) return null;
  const run = scene.planted(),
    first = firstDivergence(run),
    step = first?.step ?? 0;
  const values = new Map(),
    keys = new Set();
  const { trace: right, after: rightAfter } = run.truth[step],
    { trace: wrong, after } = run.planted[step];
  const note = (key, truth, planted) => {
    values.set(key, planted);
    if (!(Math.abs(truth - planted) <= NOTHING * Math.max(Math.abs(truth), 1e-6))) keys.add(key);
  };
  const row = state.sample < page.train && !state.measured ? state.sample : null;
  if (row !== null && state.view !== "backward") {
    for (const layer of layers)
      right[layer][row].forEach((value, j) => note(keyOf(layer, j), value, wrong[layer][row][j]));
    right.logP[row].forEach((value, c) => note(keyOf("p", c), Math.exp(value), Math.exp(wrong.logP[row][c])));
    note("loss", -right.logP[row][page.labels[row]], -wrong.logP[row][page.labels[row]]);
  }
  note("L", right.loss, wrong.loss);
  for (const layer of layers) {
    const total = (trace, j) => sum(trace[`dL/d${layer}`].map(one => one[j]));
    if (state.scope === "batch")
      right[`dL/d${layer}`][0].forEach((_, j) =>
        note(keyOf(`dL/d${layer}`, j), total(right, j), total(wrong, j)),
      );
  }
  for (const name of Object.keys(rightAfter)) {
    for (const [suffix, truth, planted] of [
      ["", right[`dL/d${name}`], wrong[`dL/d${name}`]],
      [" after", rightAfter[name], after[name]],
    ]) {
      const flat = numbers(planted).map(([, value]) => value);
      numbers(truth).forEach(([at, value], n) =>
        note(suffix ? `${keyOf(name, ...at)} after` : keyOf(`dL/d${name}`, ...at), value, flat[n]),
      );
    }
  }
  return { values, keys, first, firstKey: first && keyOfFirst(first) };
}

export function drawBugs(wrong) {
  const names = Object.keys(mistakes),
    bug = state.mistake ? wordsOf(state.mistake) : null,
    first = wrong?.first;
  replaceChildren(
    byId("bugs"),
    h("p", { class: "hint" }, t("bugs.hint")),
    h("label", { for: "mistake" }, t("bugs.choose")),
    h(
      "select",
      { id: "mistake", onchange: event => plant(event.target.value) },
      h("option", { value: "", selected: !state.mistake }, t("bugs.none")),
      STEPS.map(step =>
        h(
          "optgroup",
          { label: t(`view.${step}`) },
          names
            .filter(name => page.bugs[name].gate === step)
            .map(name =>
              h("option", { value: name, selected: name === state.mistake }, t(`bugNames.${name}`)),
            ),
        ),
      ),
    ),
    bug
      ? [
          first
            ? h(
                "div",
                { class: "first", role: "status" },
                h("p", {}, t(first.step ? "bugs.firstLater" : "bugs.first")),
                h("p", { class: "where" }, h("code", {}, `${keyOf(first.name, ...first.at)}${first.after}`)),
                h(
                  "dl",
                  {},
                  h("dt", {}, t("bugs.wrongValue")),
                  h("dd", { class: "bad" }, written(first.planted, 6)),
                  h("dt", {}, t("bugs.rightValue")),
                  h("dd", {}, written(first.truth, 6)),
                ),
                first.truth && Number.isFinite(first.planted)
                  ? h(
                      "p",
                      { class: "hint" },
                      t("bugs.ratio", { ratio: written(first.planted / first.truth, 4) }),
                    )
                  : null,
              )
            : h("p", { role: "status" }, t("bugs.nothing")),
          h("p", { class: "question" }, bug.question),
          h(
            "details",
            {},
            h("summary", {}, t("bugs.answer")),
            h("p", {}, bug.answer),
            page.bugs[state.mistake].patches.map(patch =>
              h(
                "figure",
                { class: "code" },
                h("figcaption", {}, patch.at.split(".").slice(1).join(".")),
                h("pre", {}, h("code", { class: "right" }, codeOf(patch.right))),
                h("pre", {}, h("code", { class: "wrong" }, codeOf(patch.wrong))),
              ),
            ),
          ),
          h("button", { "data-id": "train-planted", onclick: () => trainOnWithIt() }, t("bugs.train")),
          h(
            "button",
            { "data-id": "train-planted-anew", onclick: () => trainOnWithIt(0) },
            t("bugs.trainAnew"),
          ),
          h("button", { "data-id": "unplant", onclick: () => plant("") }, t("bugs.remove")),
        ]
      : null,
  );
}

function trainOnWithIt(from) {
  if (from !== undefined) toSnapshot(from);
  ownWeights();
  change({ tab: "train", running: true });
  document.querySelector("[data-id=run]").focus();
}

const wordsOf = name => page.strings[state.language].bugQuestions?.[name] ?? page.bugs[name];
