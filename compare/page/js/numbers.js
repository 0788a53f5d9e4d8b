// The numbers in the drawing, which change with every snapshot: in units, and as width and colour of edges.
import { byId, set } from "./dom.js";
import { build } from "./drawing.js";
import { short, written } from "./format.js";
import { first, geometry, layOut, reveal } from "./geometry.js";
import { afterOf, isWeight, keyOf, layerOf, linearOf, parts, valueOf } from "./keys.js";
import { isRelu } from "./network.js";
import { isConcealed, state } from "./state.js";
import { unitName } from "./titles.js";
import { edgeKey, isReached, unitColumns, unitKey } from "./view.js";

const svg = byId("network");

let built = "";

let revealed = null;

// the selected unit of a wide layer is among those that are shown
function revealSelected() {
  if (revealed === state.selected) return;
  revealed = state.selected;
  if (!revealed || revealed.startsWith("count ")) return;
  const { of, at } = parts(revealed),
    column = unitColumns.find(one => one === of || linearOf(one) === of.split(".")[0]);
  if (!column || !at.length) return;
  reveal(column, at[0]);
  if (of.endsWith(".weight")) reveal(unitColumns[unitColumns.indexOf(column) - 1], at[1]);
}

export function drawNetwork(scene, wrong) {
  revealSelected();
  const width = Math.max(300, Math.round(svg.parentElement.clientWidth));
  const signature = `${width} ${state.language} ${JSON.stringify(first)}`;
  if (signature !== built) {
    Object.assign(geometry, layOut(width));
    build();
    built = signature;
  }
  svg.dataset.view = state.view;
  drawWays();
  drawUnits(scene, wrong);
  drawEdges(scene, wrong);
}

// arrows under the layers' names: forwards or backwards
function drawWays() {
  const back = state.view === "backward",
    { gap, lines } = geometry,
    y = lines.way,
    half = Math.min(26, gap / 5);
  for (const way of svg.querySelectorAll(".way")) {
    const x = Number(way.dataset.way),
      [from, to] = back ? [x + half, x - half] : [x - half, x + half],
      tip = back ? 6 : -6;
    set(way, { d: `M${from} ${y}H${to}M${to + tip} ${y - 4}L${to} ${y}L${to + tip} ${y + 4}` });
  }
}

function drawUnits(scene, wrong) {
  const units = [...svg.querySelectorAll(".unit")].map(group => shownBy(group, scene, wrong)),
    largest = {};
  for (const { name, size } of units) largest[name] = Math.max(largest[name] ?? 0, size);
  for (const one of units) drawUnit(one, largest[one.name], wrong);
  // one of them is reached by Tab: the selected one, or the one that was
  const stop =
    units.find(one => one.key === state.selected) ??
    units.find(one => one.group.tabIndex === 0) ??
    units.find(one => one.name === unitColumns[1]);
  for (const { group } of units) set(group, { tabindex: group === stop.group ? 0 : -1 });
}

// what a unit has to show: its key, its value, and whether that is hidden
function shownBy(group, scene, wrong) {
  const { name, at } = parts(group.dataset.unit),
    key = name === "loss" || name === "L" ? name : unitKey(name, at[0]);
  const asked = isConcealed(key),
    notYet = unitColumns.includes(name) && name !== "x" && !isReached(linearOf(name));
  const value = wrong?.values.get(key) ?? valueOf(key, scene),
    hidden = asked || notYet;
  return { group, name, at, key, asked, hidden, value, size: hidden ? 0 : Math.abs(value) || 0 };
}

function drawUnit({ group, name, at, key, asked, hidden, value, size }, largest, wrong) {
  const text = asked ? "?" : hidden ? "·" : short(value),
    [shape, part] = group.children;
  group.querySelector(".value").textContent = text;
  set(group, {
    "aria-label": `${unitName(name, at[0])}: ${asked ? "?" : hidden ? "" : written(value)}`,
    "aria-pressed": key === state.selected,
    "data-sign": hidden || value === 0 ? "none" : value < 0 ? "minus" : "plus",
    "data-off": (isRelu(name) && value === 0 && !hidden) || null,
    "data-wrong": wrong?.keys.has(key) ? (key === wrong.firstKey ? "first" : "after") : null,
    "data-key": key,
    "data-long": text.length > 4 || null,
  });
  if (shape.tagName === "circle")
    shape.style.setProperty("--strength", largest ? (size / largest).toFixed(3) : 0);
  else if (name === "p") set(part, { width: Math.min(1, size) * geometry.bar });
}

// Which edges are lit: those into and out of the selected unit, those of a layer, or all of them.
function litEdges() {
  const { selected } = state;
  if (!selected) return () => true;
  if (selected.startsWith("count ")) return name => name.startsWith(`${selected.slice(6)}.`);
  const { of, at, name } = parts(selected);
  // it is drawn as the selected one; in the update view the others into its unit are lit, too
  if (isWeight(of))
    return (edgeName, [o]) =>
      state.view === "update" && edgeName.startsWith(`${layerOf(of)}.`) && o === at[0];
  if (name === "p" || name === "loss" || name === "L") return () => true;
  const layer = linearOf(of),
    next = `fc${Number(layer.slice(2)) + 1}.weight`; // of x: fc1.weight
  return (edgeName, [o, i]) =>
    (edgeName.startsWith(`${layer}.`) && o === at[0]) || (edgeName === next && i === at[0]);
}

// what an edge shows: the weight, its gradient, or its next step
function edgeValue(name, at, scene) {
  if (state.view === "update")
    return valueOf(afterOf(name, ...at), scene) - valueOf(keyOf(name, ...at), scene);
  return valueOf(edgeKey(name, ...at), scene);
}

function drawEdges(scene, wrong) {
  const lit = litEdges(),
    largest = {},
    values = [];
  for (const group of svg.querySelectorAll(".edge")) {
    const { name, at } = parts(group.dataset.edge),
      key = edgeKey(name, ...at);
    const layer = name.split(".")[0],
      hidden = !isReached(`${layer}.`);
    const value = hidden ? 0 : (wrong?.values.get(key) ?? edgeValue(name, at, scene));
    largest[layer] = Math.max(largest[layer] ?? 0, Math.abs(value) || 0);
    values.push({ group, name, at, key, layer, value });
  }
  for (const { group, name, at, key, layer, value } of values) {
    const size = largest[layer] ? Math.abs(value) / largest[layer] : 0,
      selected = state.selected === key;
    const dim = !selected && !lit(name, at);
    set(group, {
      "data-sign": value === 0 ? "none" : value < 0 ? "minus" : "plus",
      "data-dim": dim || null,
      "data-selected": selected || null,
      "data-wrong": key === wrong?.firstKey ? "first" : null,
    });
    group.style.setProperty("--size", size.toFixed(3));
  }
}
