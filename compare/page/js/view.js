// What a unit and an edge stand for in the present view: a value, a gradient, or the next step.
import { backwardOrder, afterOf, isWeight, keyOf, layers, linearOf, logitsName, parts } from "./keys.js";
import { isRelu } from "./network.js";
import { change, state } from "./state.js";

// features, then what each layer's units show: relu for a hidden layer, the logits at the end
export const unitColumns = ["x", ...layers.filter(name => isRelu(name) || name === logitsName)];

export function select(key) {
  change({ selected: key, unfolded: false });
}

// the key that a unit of a column has in the present view
export function unitKey(column, j) {
  if (state.view !== "backward" || column === "x" || column === "p") return keyOf(column, j);
  return keyOf(`dL/d${linearOf(column)}`, j);
}

export function edgeKey(name, ...at) {
  if (state.view === "backward") return keyOf(`dL/d${name}`, ...at);
  return state.view === "update" ? afterOf(name, ...at) : keyOf(name, ...at);
}

// a click on a unit shows its sum; in the update view a unit has none, so it shows its first weight's step
export function selectUnit(key) {
  select(state.view === "update" && layers.includes(parts(key).of) ? stepOf(key) : key);
}

// the step of a number's first weight: the first into a unit, the first out of a feature
function stepOf(key) {
  const { of, at } = parts(key);
  if (of === "x") return afterOf("fc1.weight", 0, at[0]);
  return afterOf(`${layers.includes(of) ? linearOf(of) : logitsName}.weight`, at[0] ?? 0, 0);
}

// what a key of another view is called in the present one: relu[3] is dL/dfc1[3] there
export function keyInView(key) {
  if (!key || key.startsWith("count ")) return key;
  const { of, at } = parts(key);
  if (isWeight(of)) return edgeKey(of, ...at);
  if (state.view === "update") return stepOf(key);
  const next = layers[layers.indexOf(of) + 1];
  return layers.includes(of) ? unitKey(next && isRelu(next) ? next : of, at[0]) : key;
}

// whether the backward pass, stepped through, has come to this place
export function isReached(place) {
  return state.view !== "backward" || state.reached === null || backwardOrder.indexOf(place) <= state.reached;
}
