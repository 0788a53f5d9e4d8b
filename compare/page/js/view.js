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

// what a key of another view is called in the present one: relu[3] is dL/dfc1[3] there
export function keyInView(key) {
  if (!key || key.startsWith("count ")) return key;
  const { of, at } = parts(key);
  if (isWeight(of)) return edgeKey(of, ...at);
  const next = layers[layers.indexOf(of) + 1];
  return layers.includes(of) ? unitKey(next && isRelu(next) ? next : of, at[0]) : key;
}

// whether the backward pass, stepped through, has come to this place
export function isReached(place) {
  return state.view !== "backward" || state.reached === null || backwardOrder.indexOf(place) <= state.reached;
}
