// The sum of the selected number: symbols, numbers, result; the line of code; both libraries' values.
import { byId, h, replaceChildren, symbolsOf, t } from "./dom.js";
import { grouped, parsed, written } from "./format.js";
import { hiddenUnit } from "./hidden.js";
import { isWeight, keyOf, layerOf, parts, valueOf, widthOf } from "./keys.js";
import { bothLibraries, sourceOf } from "./libraries.js";
import { eachNumber, isRelu } from "./network.js";
import { sizes } from "./record.js";
import { change, currentEpoch, isConcealed, replaceWeights, state } from "./state.js";
import { sumOf } from "./sums.js";
import { contributionsOf, productsOf, termsOf, textOf, tokenOf } from "./terms.js";
import { titleOf } from "./titles.js";
import { edgeKey, isReached, select } from "./view.js";

export function drawPanel(scene, wrong) {
  const body = byId("sum-body"),
    key = state.selected;
  if (!key) return replaceChildren(body, h("p", { class: "hint" }, t("sum.nothing")));
  if (key.startsWith("count ")) return replaceChildren(body, countOf(key.slice(6)));
  const { name, of, at, gradient, after } = parts(key);
  if (gradient && !isReached(isWeight(of) ? `${layerOf(of)}.` : of)) {
    return replaceChildren(body, heading(key), h("p", { class: "hint" }, t("sum.notYet")));
  }
  const found = sumOf(key, scene);
  replaceChildren(
    body,
    heading(key),
    wrong?.keys.has(key) ? contrast(wrong.values.get(key), valueOf(key, scene)) : null,
    ...found.map(partOf),
    isWeight(name) && !after ? weightEditor(name, at, scene) : null,
    isWeight(name) && !after ? relatives(name, at) : null,
    isRelu(name) && !isConcealed(key) ? hiddenUnit(name, at[0], scene) : null,
    bothLibraries(name, at, after),
    sourceOf(found),
  );
}

function heading(key) {
  return [h("h3", {}, titleOf(key)), h("code", { class: "key" }, key)];
}

// "z = Σ w x + b", the same with numbers, and the result
function partOf(part) {
  const asked = isConcealed(part.result.key);
  if (part.drawn !== undefined) return weightOf(part);
  const equals = h("span", { class: "equals" }, " = ");
  const result = h(
    "output",
    {
      class: "result-value",
      "data-value": asked ? null : part.result.value,
      "data-of": part.result.key ?? "",
    },
    asked ? "?" : textOf(part.result),
  );
  return h(
    "div",
    { class: "part" },
    h("p", { class: "symbols" }, symbolsOf(part.symbols)),
    part.because
      ? h(
          "p",
          { class: "because" },
          t(part.because.open ? "sum.open" : "sum.closed", {
            z: written(part.because.z.value, state.digits),
          }),
        )
      : null,
    part.contributions
      ? contributionsOf(part)
      : h(
          "p",
          { class: "numbers" },
          termsOf(part),
          asked ? null : productsOf(part),
          equals,
          part.then ? [] : result,
        ),
    part.then
      ? h(
          "p",
          { class: "numbers" },
          part.then[0].map(token => tokenOf(token)),
          equals.cloneNode(true),
          result,
        )
      : null,
    part.contributions ? h("p", { class: "numbers total" }, t("sum.total"), equals, result) : null,
    part.why ? h("p", { class: "because" }, t(`sum.${part.why}`, part.words)) : null,
  );
}

// a weight: its value, and how far the training has moved it
function weightOf({ result: { value }, drawn }) {
  const digits = Math.max(6, state.digits),
    epoch = currentEpoch();
  return h(
    "div",
    {},
    h("p", { class: "single" }, h("output", { "data-value": value }, written(value, digits))),
    h(
      "p",
      { class: "because" },
      state.mine
        ? null
        : epoch === 0
          ? t("sum.drawn")
          : t("sum.start", {
              start: written(drawn, digits),
              epochs: grouped(epoch),
              moved: written(value - drawn, state.digits),
            }),
    ),
  );
}

// the value with the mistake beside the true one
function contrast(planted, truth) {
  return h(
    "p",
    { class: "contrast" },
    h("strong", {}, t("bugs.planted", { value: written(planted, Math.max(4, state.digits)) })),
    " ",
    t("bugs.truth", { value: written(truth, Math.max(4, state.digits)) }),
  );
}

// why a layer has so many parameters
function countOf(layer) {
  const outputs = widthOf(layer),
    inputs = sizes[Number(layer.slice(2)) - 1];
  return [
    h("h3", {}, t("sum.countTitle", { layer, n: grouped(outputs * (inputs + 1)) })),
    h("p", { class: "symbols" }, "out · in + out"),
    h(
      "p",
      { class: "numbers" },
      `${outputs} · ${inputs} + ${outputs} = `,
      h("output", {}, grouped(outputs * (inputs + 1))),
    ),
    h("p", {}, t("sum.countText", { outputs, inputs, each: inputs + 1, n: outputs * (inputs + 1) })),
  ];
}

// a weight can be dragged or typed
function weightEditor(name, at, scene) {
  const value = valueOf(keyOf(name, ...at), scene),
    reach = Math.max(2, Math.ceil(Math.abs(value) * 1.5) || 2),
    sixDigits = String(Number(value.toPrecision(6)));
  const write = number => {
    if (!Number.isFinite(number)) return;
    const edit = (w, o, i) => (o === at[0] && i === at[1] ? number : w);
    replaceWeights(weights => ({ ...weights, [name]: eachNumber(weights[name], edit) }));
    change({});
  };
  return h(
    "div",
    { class: "editor" },
    h("label", { for: "weight-slider" }, t("train.edit")),
    h("input", {
      type: "range",
      id: "weight-slider",
      min: -reach,
      max: reach,
      step: 0.01,
      value,
      oninput: event => write(Number(event.target.value)),
    }),
    h("input", {
      type: "text",
      id: "weight-text",
      inputmode: "decimal",
      "aria-label": t("train.edit"),
      value: sixDigits,
      onchange: event => {
        const number = parsed(event.target.value);
        write(number);
        if (!Number.isFinite(number)) event.target.value = sixDigits;
      },
    }),
  );
}

// from a weight to its gradient and its next step
function relatives(name, at) {
  const go = (view, words) =>
    h(
      "button",
      {
        class: "link",
        "data-id": `relative ${view}`,
        onclick: () => {
          change({ view, reached: null });
          select(edgeKey(name, ...at));
        },
      },
      t(words),
    );
  return h("p", { class: "relatives" }, go("backward", "sum.toGradient"), go("update", "sum.toUpdate"));
}
