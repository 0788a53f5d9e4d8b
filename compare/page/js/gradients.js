// The arithmetic of the way back: gradients of units and of weights, and the update. See sums.js for the form.
import {
  afterOf,
  gradientTrace,
  inputOf,
  layerOf,
  logitsName,
  nextOf,
  symbol,
  valueOf,
  wholeBatch,
} from "./keys.js";
import { isRelu } from "./network.js";
import { page } from "./record.js";
import { state } from "./state.js";
import { endsOf } from "./titles.js";

// dL/dz of a unit
export function unitGradient(layer, j, number, scene) {
  const batch = wholeBatch(),
    name = `dL/d${layer}`;
  if (batch) {
    const trace = gradientTrace(scene);
    return [
      {
        symbols: `Σ_n dL/d${symbol(layer)}_{n,${j}}`,
        line: lineOfGradient(layer),
        result: number(name, j),
        contributions: trace[name].map((row, n) => ({ n, value: row[j], tokens: [{ value: row[j] }] })),
        zeros: true,
      },
    ];
  }
  if (layer === logitsName) {
    const right = j === scene.label;
    return [
      {
        symbols: `dL/dz_{${j}} = p_{${j}} − ${right ? 1 : 0}`,
        line: "dlogits",
        result: number(name, j),
        terms: [[number("p", j), " − ", right ? "1" : "0"]],
        why: right ? "rightClass" : "wrongClass",
      },
    ];
  }
  if (isRelu(layer)) return [throughWeights(layer, j, number)];
  // a Linear before a ReLU: its gradient came through the mask
  const after = nextOf(layer),
    z = number(layer, j),
    open = z.value > 0;
  return [
    throughWeights(after, j, number),
    {
      symbols: `dL/dz_{${j}} = dL/da_{${j}} · [z_{${j}} > 0]`,
      line: "dmask",
      result: number(name, j),
      terms: [[number(`dL/d${after}`, j), " · ", open ? "1" : "0"]],
      because: { z, open },
    },
  ];
}

const lineOfGradient = layer => (layer === logitsName ? "dlogits" : isRelu(layer) ? "dinput" : "dmask");

// dL/da = Σ_o dL/dz_o W[o, j]: which part comes from which output
function throughWeights(layer, j, number) {
  const next = nextOf(layer),
    outputs = page.recorded.numpy.weights[`${next}.weight`].shape[1];
  const terms = Array.from({ length: outputs }, (_, o) => [
    number(`dL/d${next}`, o),
    " · ",
    number(`${next}.weight`, o, j),
  ]);
  return {
    symbols: `dL/da_{${j}} = Σ_o dL/d${symbol(next)}_o · W_{o,${j}}`,
    line: "dinput",
    terms,
    result: number(`dL/d${layer}`, j),
  };
}

// dL/dW = Σ_n dL/dy x, dL/db = Σ_n dL/dy
export function weightGradient(name, at, number, scene) {
  const layer = layerOf(name),
    [o, i] = at,
    bias = i === undefined,
    from = inputOf(layer);
  const y = symbol(layer),
    x = symbol(from);
  const line = bias ? "dbias" : "dweight",
    result = number(`dL/d${name}`, ...at);
  const why = bias ? "biasGradient" : "weightGradient",
    words = endsOf(name, at);
  if (!wholeBatch()) {
    const terms = [[number(`dL/d${layer}`, o), ...(bias ? [] : [" · ", number(from, i)])]];
    const symbols = bias
      ? `dL/db_{${o}} = dL/d${y}_{${o}}`
      : `dL/dW_{${o},${i}} = dL/d${y}_{${o}} · ${x}_{${i}}`;
    return [{ symbols, line, result, terms, why, words }];
  }
  const trace = scene.batch(),
    input = trace[from];
  const contributions = trace[`dL/d${layer}`].map((row, n) => ({
    n,
    value: row[o] * (bias ? 1 : input[n][i]),
    tokens: bias ? [{ value: row[o] }] : [{ value: row[o] }, " · ", { value: input[n][i] }],
  }));
  const symbols = bias
    ? `dL/db_{${o}} = Σ_n dL/d${y}_{n,${o}}`
    : `dL/dW_{${o},${i}} = Σ_n dL/d${y}_{n,${o}} · ${x}_{n,${i}}`;
  return [{ symbols, line, result, contributions, why, words, zeros: true }];
}

// W_new = W - lr d, with d = g, or the velocity
export function updated(name, at, number, scene) {
  const { lr, momentum } = state.options,
    g = number(`dL/d${name}`, ...at),
    found = [];
  // a step is small: it shows in the last digits only
  const result = { value: valueOf(afterOf(name, ...at), scene), key: afterOf(name, ...at), precise: true };
  let d = g;
  if (momentum) {
    const before = at.reduce((rest, index) => rest?.[index], scene.velocities[name]);
    d = { value: before === undefined ? g.value : momentum * before + g.value };
    found.push({
      symbols: before === undefined ? "v = g" : "v = μ · v + g",
      line: "velocity",
      result: d,
      terms:
        before === undefined ? [[g]] : [[{ value: momentum, exact: true }, " · ", { value: before }], [g]],
    });
  }
  found.push({
    symbols: `W_{new} = W − lr · ${momentum ? "v" : "g"}`,
    line: "update",
    result,
    terms: [[{ ...number(name, ...at), precise: true }, " − ", { value: lr, exact: true }, " · ", d]],
  });
  return found;
}
