// The weights of each layer, counted in bins whose range holds for the whole training.
import { byId, h, replaceChildren, s, t } from "./dom.js";
import { written } from "./format.js";
import { lastSnapshot, snapshot, weightNames } from "./record.js";
import { currentWeights } from "./state.js";

const BINS = 24;

// weights of each layer, counted in bins whose range holds for the whole training
const ranges = {};
const sampled = [0, 0.1, 0.3, 0.6, 1].map(part => Math.round(part * lastSnapshot));
const largest = (k, name) => Math.max(...snapshot(k)[name].flat().map(Math.abs).filter(Number.isFinite), 0);
const rangeOf = name => (ranges[name] ??= Math.max(...sampled.map(k => largest(k, name))) || 1);

export function drawHistograms() {
  const names = weightNames.filter(name => name.endsWith(".weight")),
    weights = currentWeights();
  const figures = names.map(name => {
    const values = weights[name].flat(),
      range = rangeOf(name),
      counts = Array(BINS).fill(0);
    for (const value of values)
      if (Number.isFinite(value))
        counts[Math.max(0, Math.min(BINS - 1, Math.floor(((value + range) / (2 * range)) * BINS)))]++;
    const most = Math.max(...counts, 1),
      mean = values.reduce((a, b) => a + b, 0) / values.length;
    const deviation = Math.sqrt(
      values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length,
    );
    return { name, counts, most, mean, deviation, range };
  });
  replaceChildren(
    byId("histograms"),
    figures.map(({ name, counts, most, mean, deviation, range }) =>
      h(
        "figure",
        {},
        h(
          "figcaption",
          {},
          h("b", {}, name),
          ` ${t("time.spread", { mean: written(mean, 2), deviation: written(deviation, 2) })}`,
        ),
        s(
          "svg",
          {
            viewBox: "0 0 120 48",
            preserveAspectRatio: "none",
            role: "img",
            "aria-label": t("time.histogram", { name }),
          },
          ...counts.map((count, i) =>
            s("rect", {
              x: i * 5 + 0.5,
              width: 4,
              y: 46 - (44 * count) / most,
              height: (44 * count) / most,
              class: i < BINS / 2 ? "minus" : "plus",
            }),
          ),
          s("path", { d: "M0 46.5H120M60 44V48" }),
        ),
        h(
          "div",
          { class: "ends" },
          h("span", {}, written(-range, 2)),
          h("span", {}, "0"),
          h("span", {}, written(range, 2)),
        ),
      ),
    ),
  );
}
