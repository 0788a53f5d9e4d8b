// What each number is called, in words.
import { nameOf, t } from "./dom.js";
import { isWeight, layerOf, logitsName, parts } from "./keys.js";
import { page } from "./record.js";
import { state } from "./state.js";

export function unitName(column, j) {
  if (column === "x") return nameOf("features", j);
  if (column === "loss") return t("network.loss");
  if (column === "L") return t("sum.mean", { n: page.train });
  if (column === "p") return t("sum.probability", { name: nameOf("classes", j) });
  if (column === logitsName) return t("sum.logit", { name: nameOf("classes", j) });
  return t("sum.unit", { j, layer: column });
}

export function titleOf(key) {
  const { name, of, at, gradient, after } = parts(key);
  const batch = state.view === "update" || state.scope === "batch";
  if (isWeight(of)) {
    const place = edgeWords(of, at);
    if (after) return t("sum.newWeight", { place });
    return gradient ? t(batch ? "sum.gradientBatch" : "sum.gradient", { place, n: page.train }) : place;
  }
  if (!gradient) return unitName(name, at[0]);
  return t(batch ? "sum.unitGradientBatch" : "sum.unitGradient", {
    place: unitName(of, at[0]),
    n: page.train,
  });
}

function edgeWords(name, at) {
  return t(name.endsWith(".bias") ? "sum.bias" : "sum.weight", endsOf(name, at));
}

// what a weight lies between; a bias comes from nowhere
export function endsOf(name, [o, i]) {
  const layer = layerOf(name),
    to = layer === logitsName ? nameOf("classes", o) : t("sum.unitShort", { j: o });
  if (i === undefined) return { to };
  return { to, from: layer === "fc1" ? nameOf("features", i) : t("sum.unitShort", { j: i }) };
}
