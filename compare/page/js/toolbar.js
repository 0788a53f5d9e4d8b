// Forward, backward, update; whose loss; how far backward has come; the tabs.
import { byId, set, t } from "./dom.js";
import { backwardOrder } from "./keys.js";
import { page } from "./record.js";
import { nameOfSample } from "./sample.js";
import { change, state } from "./state.js";
import { keyInView, select } from "./view.js";

export function drawToolbar() {
  for (const button of document.querySelectorAll("button[data-view]"))
    set(button, { "aria-pressed": button.dataset.view === state.view });
  for (const button of document.querySelectorAll("[data-scope]"))
    set(button, { "aria-pressed": button.dataset.scope === state.scope });
  byId("scope").hidden = state.view !== "backward";
  byId("stepper").hidden = state.view !== "backward";
  const reached = state.reached ?? backwardOrder.length - 1,
    place = backwardOrder[reached];
  byId("step-words").textContent = t(place.endsWith(".") ? "step.parameters" : "step.output", {
    layer: place.replace(".", ""),
    k: reached + 1,
    n: backwardOrder.length,
  });
  byId("step-back").disabled = reached === 0;
  byId("step-on").disabled = reached === backwardOrder.length - 1;
  byId("explain").textContent = t(
    `explain.${state.view}${state.view === "backward" ? (state.scope === "batch" ? "Batch" : "Sample") : ""}`,
    { sample: nameOfSample(state.sample), n: page.train, lr: state.options.lr },
  );
  for (const tab of document.querySelectorAll("[role=tab]")) {
    const chosen = tab.dataset.tab === state.tab;
    set(tab, { "aria-selected": chosen, tabindex: chosen ? 0 : -1 });
    byId(tab.dataset.tab).hidden = !chosen;
  }
  byId("digits").value = state.digits;
  set(byId("language"), { lang: state.language === "zh" ? "en" : "zh-Hans" });
}

export function setView(view) {
  Object.assign(state, { view, reached: null, quiz: null });
  select(keyInView(state.selected));
}

export function stepBackward(by) {
  const reached = (state.reached ?? backwardOrder.length - 1) + by;
  if (reached < 0 || reached >= backwardOrder.length) return;
  const place = backwardOrder[reached];
  change({ reached, selected: place.endsWith(".") ? `dL/d${place}weight[0,0]` : `dL/d${place}[0]` });
}
