// Every number on the page has a key, by its name in a trace: x[2], fc1[3], relu[3], fc2[0], p[0], loss, L,
// fc1.weight[3,2], dL/drelu[3], dL/dfc1.weight[3,2], fc1.weight[3,2] after. Here a key becomes its value.
import { isRelu, lastLinear, layerNames, sum } from "./network.js";
import { scaledFeature, sizes } from "./record.js";
import { raw, state } from "./state.js";

export const keyOf = (name, ...at) => (at.length ? `${name}[${at.join(",")}]` : name);
export const afterOf = (name, ...at) => `${keyOf(name, ...at)} after`;

// "dL/dfc1.weight[3,2] after" -> { name: "dL/dfc1.weight", at: [3, 2], gradient, after, of: "fc1.weight" }
export function parts(key) {
  const [, name, at, after] = key.match(/^([^[ ]+)(?:\[([\d,]+)\])?( after)?$/);
  const gradient = name.startsWith("dL/d");
  return {
    name,
    at: at === undefined ? [] : at.split(",").map(Number),
    gradient,
    after: Boolean(after),
    of: gradient ? name.slice(4) : name,
  };
}

export const layers = layerNames(sizes);
export const logitsName = lastLinear(sizes);
// of fc1.weight, and not of dL/dfc1.weight
export const isWeight = name => /^fc\d+\.(weight|bias)$/.test(name);
export const layerOf = name => name.replace(/\.(weight|bias)$/, "");

// what a layer's input is called: "x", or the layer before
export const inputOf = layer => layers[layers.indexOf(layer) - 1] ?? "x";
// the layer after one, or undefined
export const nextOf = layer => layers[layers.indexOf(layer) + 1];
// the Linear whose output a unit belongs to: relu -> fc1
export const linearOf = layer => (isRelu(layer) ? inputOf(layer) : layer);
export const widthOf = layer => sizes[layer === "x" ? 0 : Number(linearOf(layer).slice(2))];

const entry = (array, at) => at.reduce((rest, index) => rest[index], array);

// which trace gradients are taken from
export const gradientTrace = scene =>
  state.view === "update" || state.scope === "batch" ? scene.batch() : scene.one();
export const wholeBatch = () => state.view === "update" || state.scope === "batch";

// The value that belongs to a key; gradients of units are summed over the batch.
export function valueOf(key, scene) {
  const { name, at, gradient, after, of } = parts(key);
  if (after) return entry(scene.after()[name], at);
  if (gradient) {
    const found = gradientTrace(scene)[name];
    return isWeight(of) ? entry(found, at) : sum(found.map(row => row[at[0]]));
  }
  if (isWeight(name)) return entry(scene.weights[name], at);
  if (name === "x") return state.measured ? scaledFeature(raw()[at[0]], at[0]) : scene.x[at[0]];
  const one = scene.one();
  if (name === "p") return Math.exp(one.logP[0][at[0]]);
  if (name === "loss") return one.loss;
  if (name === "L") return scene.outputs().loss;
  return one[name][0][at[0]];
}

// The order in which `backward` goes: first dL/dlogits, then for each layer its parameters and its input.
export const backwardOrder = [...layers]
  .reverse()
  .flatMap(layer => (isRelu(layer) ? [layer] : [layer, `${layer}.`]));

// the letter of a layer's output: x, z before a ReLU and for logits, a behind it
export const symbol = layer => (layer === "x" ? "x" : isRelu(layer) ? "a" : "z");
