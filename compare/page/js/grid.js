// The keyboard in the drawing: from unit to unit, and from edge to edge.
import { byId } from "./dom.js";
import { MOST, first } from "./geometry.js";
import { linearOf, parts, widthOf } from "./keys.js";
import { sizes } from "./record.js";
import { state } from "./state.js";
import { edgeKey, select, selectUnit, unitColumns, unitKey } from "./view.js";

const svg = byId("network");

// Move the selection from unit to unit: to the next row, or to the next column at about the same height.
export function moveInGrid(direction) {
  const focused = document.activeElement?.closest?.(".unit") ?? svg.querySelector('.unit[tabindex="0"]');
  if (!focused) return;
  const place = group => group.transform.baseVal[0].matrix,
    here = place(focused);
  const columnOf = group => Math.round(place(group).e / 10);
  const units = [...svg.querySelectorAll(".unit")];
  let candidates;
  if (direction === "up" || direction === "down") {
    const sign = direction === "up" ? -1 : 1;
    candidates = units.filter(
      one => columnOf(one) === columnOf(focused) && (place(one).f - here.f) * sign > 1,
    );
    candidates.sort((a, b) => (place(a).f - place(b).f) * sign);
    if (!candidates.length && scrollColumn(focused, sign)) return;
  } else {
    const sign = direction === "left" ? -1 : 1;
    candidates = units.filter(one => (place(one).e - here.e) * sign > 20);
    candidates.sort(
      (a, b) =>
        (place(a).e - place(b).e) * sign || Math.abs(place(a).f - here.f) - Math.abs(place(b).f - here.f),
    );
  }
  if (!candidates.length) return;
  const target = candidates[0].dataset.unit;
  selectUnit(candidates[0].dataset.key);
  svg.querySelector(`[data-unit="${target}"]`).focus();
}

function scrollColumn(focused, sign) {
  const { name, at } = parts(focused.dataset.unit),
    next = at[0] + sign;
  if (!unitColumns.includes(name) || next < 0 || next >= widthOf(name)) return false;
  first[name] = Math.max(0, Math.min(widthOf(name) - MOST, (first[name] ?? 0) + sign));
  selectUnit(unitKey(name, next));
  svg.querySelector(`[data-unit="${name}[${next}]"]`)?.focus();
  return true;
}

// The edges into the selected unit, one after the other.
export function nextEdge(by) {
  const { of, at } = parts(state.selected ?? "loss");
  if (of === "p" || of === "loss" || of === "L" || of === "x") return;
  const name = linearOf(of.replace(/\.(weight|bias)$/, "")),
    inputs = sizes[Number(name.slice(2)) - 1];
  const now = of.endsWith(".weight") ? at[1] : of.endsWith(".bias") ? inputs : by > 0 ? -1 : inputs + 1;
  const place = (now + by + inputs + 1) % (inputs + 1);
  select(place === inputs ? edgeKey(`${name}.bias`, at[0]) : edgeKey(`${name}.weight`, at[0], place));
}
