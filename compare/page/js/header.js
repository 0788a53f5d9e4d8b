// The top of the page: its words, the proof's verdict, the training's, and the list of keys.
import * as record from "./record.js";
import { byId, h, replaceChildren, set, t } from "./dom.js";
import { grouped, written } from "./format.js";
import { keys } from "./keyboard.js";
import { page } from "./record.js";
import { state } from "./state.js";

// everything in the template that carries data-t, in the chosen language
let wordsIn = "";
export function drawWords() {
  if (wordsIn === state.language) return;
  wordsIn = state.language;
  document.documentElement.lang = state.language === "zh" ? "zh-Hans" : "en";
  document.title = t("title");
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of document.querySelectorAll("[data-label]"))
    set(element, { "aria-label": t(element.dataset.label) });
  const { sizes, dataset, lr, epochs, seed } = page.settings;
  byId("lead").textContent = t("lead", {
    sizes: sizes.join(" → "),
    dataset,
    lr,
    epochs: grouped(epochs),
    seed,
    kept: record.epochs.length,
  });
  drawProof();
  drawHelp();
  drawVerdict();
}

// a training whose loss is no number in the end, or was far above that of the start, says so
function drawVerdict() {
  const losses = record.epochs.map((_, k) => record.recordedLoss("numpy", k)),
    [first] = losses,
    { lr } = page.settings;
  const broken = losses.findIndex(loss => !Number.isFinite(loss)),
    largest = Math.max(...losses.filter(Number.isFinite));
  const words =
    broken >= 0
      ? t("diverged.noNumber", { epoch: grouped(record.epochs[broken]), lr })
      : largest > 1.5 * first
        ? t("diverged.larger", { first: written(first, 3), largest: written(largest, 3), lr })
        : "";
  byId("verdict").hidden = !words;
  byId("verdict").textContent = words;
}

function drawProof() {
  const { proof } = page,
    line = byId("proof-line");
  line.hidden = !proof;
  if (!proof) return;
  line.className = proof.failed ? "bad" : "good";
  line.textContent = t(proof.failed ? "proof.disagree" : "proof.agree", {
    n: grouped(proof.checks),
    failed: grouped(proof.failed),
  });
  const [head, ...rows] = proof.table;
  replaceChildren(
    byId("proof-table"),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        head.map(cell => h("th", {}, cell)),
      ),
    ),
    h(
      "tbody",
      {},
      rows.map(row =>
        h(
          "tr",
          {},
          row.map((cell, i) => h(i ? "td" : "th", i ? {} : { scope: "row" }, cell)),
        ),
      ),
    ),
  );
  byId("proof-report").hidden = !proof.report;
  set(byId("proof-report"), { href: proof.report || null });
}

function drawHelp() {
  replaceChildren(
    byId("help-keys"),
    keys.flatMap(([names, words]) => [
      h(
        "dt",
        {},
        names.flatMap((name, i) => [i ? " " : "", h("kbd", {}, name)]),
      ),
      h("dd", {}, t(words)),
    ]),
  );
}
