// Time: the slider over the kept snapshots, the loss curve with its cursor, accuracy, and the histograms.
import { drawCurve } from "./curve.js";
import { byId, h, replaceChildren, set, t } from "./dom.js";
import { grouped, written } from "./format.js";
import { drawHistograms } from "./histograms.js";
import { play, toSnapshot } from "./player.js";
import { lastSnapshot, page, testLabels } from "./record.js";
import { accuracy, change, currentEpoch, state } from "./state.js";

const slider = byId("slider");

slider.max = lastSnapshot;
slider.addEventListener("input", () => {
  state.playing = false;
  toSnapshot(Number(slider.value));
});
byId("play").addEventListener("click", () => play());
byId("speed").addEventListener("change", event => change({ speed: Number(event.target.value) }));

export function drawTime(scene) {
  slider.value = state.snapshot;
  set(slider, { "aria-valuetext": t("time.epoch", { epoch: grouped(currentEpoch()) }) });
  const moving = state.playing || state.running,
    words = t(moving ? "time.pause" : "time.play");
  set(byId("play"), { "aria-pressed": moving, "aria-label": words, title: words });
  byId("play").textContent = moving ? "❚❚" : "▶";
  byId("now").textContent = grouped(currentEpoch());
  const test = scene.test(),
    right = accuracy(test, testLabels);
  const fact = (words, value, title) => h("div", { title }, h("dt", {}, t(words)), h("dd", {}, value));
  replaceChildren(
    byId("facts"),
    fact(
      "time.epochWord",
      `${grouped(currentEpoch())}${state.mine ? "" : ` / ${grouped(page.settings.epochs)}`}`,
    ),
    fact("time.trainLoss", written(scene.outputs().loss, 4), t("time.computed")),
    fact("time.testLoss", written(test.loss, 4), t("time.computed")),
    fact("time.right", t("time.ofTest", { k: right, n: testLabels.length })),
  );
  drawCurve(scene);
  drawHistograms();
}
