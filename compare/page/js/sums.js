// The arithmetic behind each number, written out: `sumOf(key)` returns its parts, each with the formula in
// symbols, the same with numbers, the result, and the kind of line in numpy_mlp that computes it.
//
// A part's terms are lists of tokens: a text, or a number { value, key } that can be clicked in its turn.
import { unitGradient, updated, weightGradient } from "./gradients.js";
import { inputOf, isWeight, keyOf, linearOf, logitsName, parts, symbol, valueOf } from "./keys.js";
import { isRelu } from "./network.js";
import { page, recordedWeight, trainLabels } from "./record.js";
import { currentEpoch, raw } from "./state.js";

export function sumOf(key, scene) {
  const { name, at, gradient, after, of } = parts(key);
  const number = (k, ...place) => {
    const found = keyOf(k, ...place);
    return { value: valueOf(found, scene), key: found };
  };
  if (after) return updated(name, at, number, scene);
  if (gradient)
    return isWeight(of) ? weightGradient(of, at, number, scene) : unitGradient(of, at[0], number, scene);
  if (isWeight(name)) return weight(name, at, number);
  if (name === "x") return [scaled(at[0], number)];
  if (name === "p") return [softmax(at[0], number)];
  if (name === "loss") return [sampleLoss(number, scene)];
  if (name === "L") return [meanLoss(scene)];
  if (isRelu(name)) return [linear(linearOf(name), at[0], number), relu(name, at[0], number)];
  return [linear(name, at[0], number)];
}

// x' = (x - min) / (max - min)
function scaled(i, number) {
  const { min, max } = page.scaler,
    plain = value => ({ value, exact: true });
  return {
    symbols: "x = (x_{raw} − min) / (max − min)",
    line: "scale",
    result: number("x", i),
    terms: [
      ["(", plain(raw()[i]), " − ", plain(min[i]), ")", " / ", "(", plain(max[i]), " − ", plain(min[i]), ")"],
    ],
  };
}

// z = Σ w x + b
function linear(layer, o, number) {
  const from = inputOf(layer),
    terms = [];
  const inputs = number(from, 0) && weightsInto(layer, o, number);
  inputs.forEach((w, i) => terms.push([w, " · ", number(from, i)]));
  terms.push([number(`${layer}.bias`, o)]);
  return {
    symbols: `${symbol(layer)}_{${o}} = Σ_i W_{${o},i} · ${symbol(from)}_i + b_{${o}}`,
    line: "linear",
    result: number(layer, o),
    terms,
    count: terms.length,
  };
}

const weightsInto = (layer, o, number) =>
  Array.from({ length: page.recorded.numpy.weights[`${layer}.weight`].shape[2] }, (_, i) =>
    number(`${layer}.weight`, o, i),
  );

// a = max(0, z)
function relu(name, j, number) {
  return {
    symbols: `a_{${j}} = max(0, z_{${j}})`,
    line: "relu",
    result: number(name, j),
    terms: [["max(0, ", number(linearOf(name), j), ")"]],
  };
}

// p = exp(z - m) / Σ exp(z - m)
function softmax(c, number) {
  const z = page.classes.map((_, k) => number(logitsName, k));
  const m = { value: Math.max(...z.map(one => one.value)) };
  const below = z.flatMap((one, k) => [...(k ? [" + "] : []), "exp(", one, " − ", m, ")"]);
  const exps = z.map(one => ({ value: Math.exp(one.value - m.value) }));
  return {
    symbols: `p_{${c}} = exp(z_{${c}} − m) / Σ_k exp(z_k − m),   m = max z`,
    line: "softmax",
    result: number("p", c),
    terms: [["exp(", z[c], " − ", m, ")", " / ", "(", ...below, ")"]],
    then: [[exps[c], " / ", "(", ...exps.flatMap((one, k) => [...(k ? [" + "] : []), one]), ")"]],
  };
}

// loss = -log p[y]
function sampleLoss(number, scene) {
  return {
    symbols: "loss = −log p_{y}",
    line: "loss",
    result: number("loss"),
    terms: [["−log ", number("p", scene.label)]],
  };
}

// L = 1/N Σ -log p[y]
function meanLoss(scene) {
  const batch = scene.outputs(),
    terms = trainLabels.map((label, n) => ({ n, value: -batch.logP[n][label] }));
  return {
    symbols: "L = 1/N Σ_n −log p_{n,y}",
    line: "loss",
    result: { value: batch.loss, key: "L" },
    contributions: terms.map(term => ({ ...term, tokens: [{ value: term.value }] })),
    factor: 1 / terms.length,
  };
}

// A weight is no sum: it was drawn, and moved by every step since.
function weight(name, at, number) {
  return [
    {
      line: currentEpoch() ? "update" : "draw",
      result: number(name, ...at),
      drawn: recordedWeight("numpy", 0, name, at),
    },
  ];
}
