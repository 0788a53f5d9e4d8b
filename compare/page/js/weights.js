// Change the weights: all to 0, drawn from another seed, or a unit killed. What is changed is one's own from then.
import { byId, h, t } from "./dom.js";
import { parsed } from "./format.js";
import { isWeight, keyOf, layerOf, linearOf, parts } from "./keys.js";
import { eachNumber, isRelu } from "./network.js";
import { page, sizes } from "./record.js";
import { drawnWeights } from "./rng.js";
import { change, ownWeights, replaceWeights, state } from "./state.js";

// From here on the training is the learner's own, with changed weights if `changes` makes some.
export function begin(changes, words) {
  change({ playing: false, quiz: null });
  const mine = ownWeights();
  if (changes) {
    replaceWeights(changes);
    Object.assign(mine, { memory: {}, steps: 0 });
  }
  state.message = words;
}

const zeros = weights =>
  Object.fromEntries(Object.entries(weights).map(([name, array]) => [name, eachNumber(array, () => 0)]));

function redraw(seed) {
  begin(() => drawnWeights(sizes, seed), t("train.redrawn", { seed }));
  Object.assign(state.mine, { epoch: 0, from: 0, losses: [] });
  change({});
}

// with weights of 0 and a bias of -1, z is -1 for each sample and the mask 0: the unit is dead for good
function kill(layer, j) {
  begin(
    weights => ({
      ...weights,
      [`${layer}.weight`]: weights[`${layer}.weight`].map((row, o) => (o === j ? row.map(() => 0) : row)),
      [`${layer}.bias`]: weights[`${layer}.bias`].map((b, o) => (o === j ? -1 : b)),
    }),
    t("train.killed", { j }),
  );
  change({
    selected: keyOf(isRelu(layer) ? layer : `relu${sizes.length === 3 ? "" : layer.slice(2)}`, j),
    view: "forward",
  });
}

// the hidden unit that is selected, if one is
function selectedUnit() {
  if (!state.selected || state.selected.startsWith("count ")) return null;
  const { of, at, name } = parts(state.selected);
  if (!/^(fc|relu)/.test(of) || name === "loss") return null;
  const layer = linearOf(layerOf(of));
  return layer === `fc${sizes.length - 1}` || (isWeight(of) && at.length > 2) ? null : { layer, j: at[0] };
}

export function changes() {
  const unit = selectedUnit();
  const zero = () => {
    begin(zeros, t("train.zeroed"));
    change({});
  };
  return h(
    "div",
    { class: "buttons" },
    h("button", { "data-id": "zero", onclick: zero }, t("train.zero")),
    h(
      "button",
      {
        "data-id": "kill",
        disabled: !unit,
        title: unit ? null : t("train.killHint"),
        onclick: () => kill(unit.layer, unit.j),
      },
      unit ? t("train.kill", { j: unit.j }) : t("train.killNone"),
    ),
  );
}

export function draws() {
  const draw = event => {
    event.preventDefault();
    const text = byId("seed").value,
      seed = parsed(text);
    if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32) return redraw(seed);
    state.message = t("train.refused", { text, expected: t("train.wholeSeed") });
    return change({});
  };
  const value = byId("seed")?.value ?? page.settings.seed;
  return h(
    "form",
    { class: "row", onsubmit: draw },
    h("label", { for: "seed" }, t("train.seed")),
    h("input", { type: "text", id: "seed", inputmode: "numeric", size: 6, value }),
    h("button", { "data-id": "redraw" }, t("train.redraw")),
  );
}
