// What a hidden unit does: what it adds to the next layer, and for how many samples it is active. A unit that
// is active for none is dead: then the page says when it died, and how.
import { h, nameOf, t } from "./dom.js";
import { grouped, plain, written } from "./format.js";
import { keyOf, layers, linearOf, logitsName, nextOf, valueOf, widthOf } from "./keys.js";
import { forward } from "./network.js";
import { epochs, page, sizes, snapshot, trainLabels, trainSamples } from "./record.js";
import { state } from "./state.js";
import { tokenOf } from "./terms.js";
import { unitName } from "./titles.js";

const MOST = 4; // units of the next layer that are listed

export const hiddenUnit = (relu, j, scene) => [added(relu, j, scene), activity(relu, j, scene)];

// a W of each unit of the next layer, the largest first if there are many
function added(relu, j, scene) {
  const next = nextOf(relu),
    number = (name, ...at) => ({ value: valueOf(keyOf(name, ...at), scene), key: keyOf(name, ...at) });
  const a = number(relu, j);
  if (a.value === 0) return h("p", { class: "because" }, t("unit.addsNothing"));
  const terms = Array.from({ length: widthOf(next) }, (_, o) => ({ o, w: number(`${next}.weight`, o, j) }));
  const shown =
    terms.length <= MOST
      ? terms
      : [...terms].sort((one, other) => Math.abs(other.w.value) - Math.abs(one.w.value)).slice(0, MOST);
  return h(
    "div",
    { class: "part adds" },
    h(
      "p",
      { class: "because" },
      t(shown === terms ? "unit.adds" : "unit.addsMost", { layer: next, n: terms.length }),
    ),
    h(
      "ol",
      { class: "contributions" },
      shown.map(({ o, w }) =>
        h(
          "li",
          {},
          h("span", {}, next === logitsName ? nameOf("classes", o) : unitName(next, o)),
          h(
            "span",
            { class: "product" },
            tokenOf(w),
            " · ",
            tokenOf(a, true),
            ` = ${written(w.value * a.value, state.digits)}`,
          ),
        ),
      ),
    ),
  );
}

function activity(relu, j, scene) {
  const active = scene.outputs()[relu].map(row => row[j] > 0),
    all = active.filter(Boolean).length;
  const few = page.classes.length <= MOST;
  const byClass = page.classes.map((_, c) => {
    const own = active.filter((_, n) => trainLabels[n] === c);
    return t("unit.ofClass", { name: nameOf("classes", c), k: own.filter(Boolean).length, n: own.length });
  });
  const listed = [t("unit.colon"), byClass.join(t("unit.comma")), t("unit.stop")],
    counted = t("unit.active", { k: all, n: active.length });
  // what is no number is not above 0, but not dead either
  const dead = Number.isFinite(rangeOf(scene.outputs(), relu, j).largest) && !all;
  if (!dead) return h("p", { class: "because" }, counted, few ? listed : t("unit.stop"));
  const first = linearOf(relu) === layers[0];
  return [
    h(
      "p",
      { class: "because" },
      counted,
      t("unit.colon"),
      h("strong", {}, t(first ? "unit.dead" : "unit.deadBehind")),
    ),
    h("p", { class: "because death" }, howItDied(relu, j, scene)),
  ];
}

// from the last epoch at which the unit is known to have been active to the next one
function howItDied(relu, j, scene) {
  const number = value => written(value, state.digits),
    reach = weights => rangeOf(forward(sizes, weights, trainSamples, trainLabels), relu, j),
    bias = weights => number(weights[`${linearOf(relu)}.bias`][j]);
  const last = state.mine ? state.mine.lastActive[keyOf(relu, j)] : lastActive(relu, j);
  if (last) {
    const [before, after] = [reach(last.before), reach(last.after)];
    return t("unit.died", {
      k: before.active,
      n: trainSamples.length,
      from: grouped(last.epoch),
      to: grouped(last.until),
      lr: plain(last.lr),
      biasBefore: bias(last.before),
      biasAfter: bias(last.after),
      zBefore: number(before.largest),
      zAfter: number(after.largest),
    });
  }
  if (state.mine) return t("unit.largest", { z: number(rangeOf(scene.outputs(), relu, j).largest) });
  return t("unit.drawnDead", { z: number(reach(snapshot(0)).largest) });
}

// of a unit over the training samples: its largest z, and for how many of them z is above 0
function rangeOf(trace, relu, j) {
  const z = trace[linearOf(relu)].map(row => row[j]);
  return { largest: Math.max(...z), active: z.filter(value => value > 0).length };
}

// in the recorded training: the last snapshot up to the present one in which a unit is active, and the next
const found = {};
function lastActive(relu, j) {
  const alive = (found[keyOf(relu, j)] ??= epochs.map((_, k) =>
    forward(sizes, snapshot(k), trainSamples, trainLabels)[relu].some(row => row[j] > 0),
  ));
  const k = alive.lastIndexOf(true, state.snapshot);
  if (k < 0) return null;
  const [before, after] = [snapshot(k), snapshot(k + 1)];
  return { epoch: epochs[k], until: epochs[k + 1], lr: page.settings.lr, before, after };
}
