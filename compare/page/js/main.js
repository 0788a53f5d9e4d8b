// The page begins here: what is drawn when something has changed, and the frame by frame of what moves.
import * as record from "./record.js";
import { logitBudgets } from "./budgets.js";
import { drawBugs, firstDivergence, wrongNumbers } from "./bugs.js";
import { byId, has, set } from "./dom.js";
import { full, written } from "./format.js";
import { drawWords } from "./header.js";
import { listen } from "./keyboard.js";
import { keyOf, layers, logitsName, valueOf } from "./keys.js";
import { mistakes, rulesWith } from "./mistakes.js";
import { backward, forward, isRelu, step, wholeStep } from "./network.js";
import { drawNetwork } from "./numbers.js";
import { drawPanel } from "./panel.js";
import { advance } from "./player.js";
import { ask, drawQuiz } from "./quiz.js";
import { drawnWeights } from "./rng.js";
import { drawAnswers, drawSample } from "./sample.js";
import { change, labelOf, onChange, sceneOf, state, trainEpoch } from "./state.js";
import { sumOf } from "./sums.js";
import { drawTime } from "./time.js";
import { drawToolbar, setView, stepBackward } from "./toolbar.js";
import { drawTrain, trainOn } from "./train.js";
import { select } from "./view.js";

const { page } = record;

function draw() {
  const scene = sceneOf(),
    wrong = wrongNumbers(scene);
  drawWords();
  drawToolbar();
  drawNetwork(scene, wrong);
  set(byId("sum-body"), { "aria-live": state.playing || state.running ? "off" : "polite" });
  drawPanel(scene, wrong);
  drawTime(scene);
  drawAnswers(scene);
  ({ sample: drawSample, train: () => drawTrain(scene), bugs: () => drawBugs(wrong), quiz: drawQuiz })[
    state.tab
  ]();
}

// what is shown at first: the sum of the most active unit of the first hidden layer, or of the first logit
function mostActive() {
  const [name] = layers.filter(isRelu).concat(logitsName),
    [row] = sceneOf().one()[name];
  return keyOf(name, Math.max(0, row.indexOf(Math.max(...row))));
}

function setLanguage(language) {
  try {
    localStorage.setItem("language", language);
  } catch {
    /* a browser may keep nothing for a file: then it is not remembered */
  }
  change({ language });
}

function firstLanguage() {
  const asked = new URLSearchParams(location.search).get("lang");
  if (asked in page.strings) return asked;
  try {
    if (localStorage.getItem("language") in page.strings) return localStorage.getItem("language");
  } catch {
    /* as above */
  }
  return navigator.language.startsWith("zh") ? "zh" : "en";
}

for (const button of document.querySelectorAll("button[data-view]"))
  button.addEventListener("click", () => setView(button.dataset.view));
for (const button of document.querySelectorAll("[data-scope]"))
  button.addEventListener("click", () => change({ scope: button.dataset.scope }));
for (const tab of document.querySelectorAll("[role=tab]"))
  tab.addEventListener("click", () => change({ tab: tab.dataset.tab }));
byId("step-back").addEventListener("click", () => stepBackward(-1));
byId("step-on").addEventListener("click", () => stepBackward(1));
byId("step-first").addEventListener("click", () => {
  change({ reached: 1 });
  stepBackward(-1);
});
byId("digits").addEventListener("change", event => change({ digits: Number(event.target.value) }));
byId("language").addEventListener("click", () => setLanguage(state.language === "zh" ? "en" : "zh"));
byId("proof-line").addEventListener("click", () => byId("proof").showModal());
byId("help-button").addEventListener("click", () => byId("help").showModal());
for (const close of document.querySelectorAll("[data-close]"))
  close.addEventListener("click", () => close.closest("dialog").close());

state.language = firstLanguage();
state.selected = mostActive();
onChange(draw);
listen();
new ResizeObserver(() => draw()).observe(byId("network").parentElement);
draw();
requestAnimationFrame(function frame(now) {
  advance(now);
  trainOn();
  requestAnimationFrame(frame);
});

// for the browser's console, and for the tests that hold this network against numpy_mlp's
window.page = {
  state,
  change,
  select,
  record,
  forward,
  backward,
  step,
  wholeStep,
  rulesWith,
  mistakes,
  drawnWeights,
  sceneOf,
  sumOf,
  valueOf,
  trainEpoch,
  logitBudgets,
  firstDivergence,
  labelOf,
  ask,
  written,
  full,
  has,
};
