// Your turn: the page trains on by itself from any snapshot, with other hyperparameters or other weights.
import { byId, h, replaceChildren, t } from "./dom.js";
import { grouped, parsed, plain, written } from "./format.js";
import { toSnapshot } from "./player.js";
import { page, trainSamples } from "./record.js";
import { mersenneTwister, shuffled } from "./rng.js";
import { change, currentEpoch, state, trainEpoch } from "./state.js";
import { begin, changes, draws } from "./weights.js";

const FRAME = 12; // milliseconds of each frame that training may take
const bits = mersenneTwister(page.settings.seed);

function oneEpoch() {
  const loss = trainEpoch(state.options.batch ? shuffled(trainSamples.length, bits) : null);
  if (!Number.isFinite(loss)) change({ running: false });
  return loss;
}

// Called for each frame while it runs: as many epochs as the speed asks for and the frame has time for.
export function trainOn() {
  if (!state.running) return;
  const start = performance.now(),
    most = Math.max(1, Math.round(5 * state.speed));
  for (let i = 0; i < most && performance.now() - start < FRAME; i++) oneEpoch();
  change({});
}

function setting(id, words, value, allowed, write) {
  return h(
    "div",
    { class: "setting" },
    h("label", { for: id }, t(words)),
    h("input", {
      type: "text",
      inputmode: "decimal",
      id,
      value: plain(value),
      onchange: event => {
        const text = event.target.value,
          number = parsed(text),
          fits = allowed(number);
        if (fits) write(number);
        state.message = fits ? "" : t("train.refused", { text, expected: t("train.notNegative") });
        event.target.value = plain(fits ? number : value);
        change({});
      },
    }),
  );
}

export function drawTrain(scene) {
  const { loss } = scene.outputs();
  replaceChildren(
    byId("train"),
    h("p", { class: "hint" }, t("train.hint")),
    settings(),
    buttons(),
    planted(),
    status(loss),
    state.mine && !Number.isFinite(loss) ? h("p", { class: "warning" }, t("train.diverged")) : null,
    h("h4", {}, t("train.weights")),
    changes(),
    draws(),
    h(
      "button",
      { class: "reset", "data-id": "reset", disabled: !state.mine, onclick: reset },
      t("train.reset"),
    ),
  );
}

const notNegative = number => number >= 0 && Number.isFinite(number);
const BATCHES = [0, 60, 32, 16, 1]; // 0 is the full batch

function settings() {
  const { options } = state,
    into = name => number => (options[name] = number);
  const sizesOffered = BATCHES.map(size =>
    h(
      "option",
      { value: size, selected: size === options.batch },
      size ? grouped(size) : t("train.full", { n: page.train }),
    ),
  );
  const choose = event => change({ options: { ...options, batch: Number(event.target.value) } });
  return h(
    "div",
    { class: "settings" },
    setting("lr", "train.lr", options.lr, notNegative, into("lr")),
    setting("momentum", "train.momentum", options.momentum, notNegative, into("momentum")),
    h(
      "div",
      { class: "setting" },
      h("label", { for: "batch" }, t("train.batch")),
      h("select", { id: "batch", onchange: choose }, sizesOffered),
    ),
  );
}

function buttons() {
  const run = () => {
    begin(null, "");
    change({ running: !state.running });
  };
  const one = () => {
    begin(null, "");
    oneEpoch();
    change({ running: false });
  };
  return h(
    "div",
    { class: "buttons" },
    h(
      "button",
      { class: "primary", "data-id": "run", "aria-pressed": state.running, onclick: run },
      t(state.running ? "train.pause" : "train.run"),
    ),
    h("button", { "data-id": "one-step", onclick: one }, t("train.step")),
    h(
      "button",
      { "data-id": "to-start", disabled: currentEpoch() === 0, onclick: () => toSnapshot(0) },
      t("train.toStart"),
    ),
  );
}

// a mistake that is still in the network takes part in this training, too
function planted() {
  if (!state.mistake) return null;
  return h(
    "p",
    { class: "warning" },
    t("train.planted", { name: t(`bugNames.${state.mistake}`) }),
    " ",
    h(
      "button",
      { class: "link", "data-id": "unplant-here", onclick: () => change({ mistake: "" }) },
      t("bugs.remove"),
    ),
  );
}

function status(loss) {
  const { mine } = state;
  const words = mine
    ? t("train.status", {
        steps: grouped(mine.steps),
        from: grouped(page.epochs[mine.from]),
        loss: written(loss, 4),
      })
    : t("train.recorded", { epoch: grouped(currentEpoch()) });
  return h("p", { class: "status", role: "status" }, words, rises(), state.message ? ` ${state.message}` : "");
}

// on the full batch a step that is short enough lowers the loss: a rise says that the steps are too long
function rises() {
  if (!state.mine || state.options.batch) return "";
  const { losses } = state.mine,
    k = losses.filter(([, loss], i) => i && loss > losses[i - 1][1]).length;
  return k ? ` ${t("train.rises", { k: grouped(k) })}` : "";
}

function reset() {
  state.message = "";
  change({ mine: null, running: false, options: { lr: page.settings.lr, momentum: 0, batch: 0 } });
}
