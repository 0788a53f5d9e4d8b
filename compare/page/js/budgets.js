// How far rounding may push a logit of float32: compare/rounding.py and compare/budget.py, for a forward pass.
import { isRelu, layerNames } from "./network.js";

const U = 2 ** -24,
  TINY = 2 ** -126;
const REACH = 1 + 2 ** -53 / U;
const gamma = n => (n * U) / (1 - n * U);

// Value and E of each logit of one sample, from weights and features that are exact.
export function logitBudgets(sizes, weights, x) {
  let value = x,
    error = x.map(() => 0);
  for (const name of layerNames(sizes)) {
    if (isRelu(name)) {
      error = error.map((e, j) => (value[j] > -REACH * e ? e : 0));
      value = value.map(v => Math.max(0, v));
      continue;
    }
    const weight = weights[`${name}.weight`],
      bias = weights[`${name}.bias`];
    const found = weight.map((row, o) => {
      let y = 0,
        magnitude = 0,
        inherited = 0;
      row.forEach((w, i) => {
        y += value[i] * w;
        magnitude += (Math.abs(value[i]) + error[i]) * Math.abs(w);
        inherited += error[i] * Math.abs(w);
      });
      magnitude += Math.abs(bias[o]);
      const terms = row.length + 1;
      return [y + bias[o], inherited + gamma(terms) * magnitude + (magnitude > 0 ? terms * TINY : 0)];
    });
    value = found.map(([y]) => y);
    error = found.map(([, e]) => e);
  }
  return value.map((v, c) => ({ value: v, allowed: REACH * error[c] }));
}
