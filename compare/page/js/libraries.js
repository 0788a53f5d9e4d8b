// Below a sum: what both libraries have recorded, and the lines of code that compute it.
import { logitBudgets } from "./budgets.js";
import { codeOf, h, t } from "./dom.js";
import { full, grouped, written } from "./format.js";
import { isWeight, logitsName } from "./keys.js";
import {
  allSamples,
  epochs,
  lossShare,
  page,
  recordedLogits,
  recordedLoss,
  recordedWeight,
  sizes,
  snapshot,
  ulpsApart,
} from "./record.js";
import { state } from "./state.js";

// NumPy | PyTorch | how far apart, for numbers that were recorded
export function bothLibraries(name, at, after) {
  const own = after || state.mine || (state.measured && !isWeight(name)),
    rows = own ? null : recordedPair(name, at);
  if (!rows) return h("p", { class: "origin" }, t(state.mine ? "sum.computedMine" : "sum.computed"));
  const [ours, theirs] = rows.values,
    same = Object.is(ours, theirs);
  const cell = (library, value, share) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, library),
      h("td", { class: "full" }, full(value, true)),
      h(
        "td",
        {},
        share === null
          ? "–"
          : share <= 1
            ? t("sum.share", { percent: Math.ceil(share * 100) })
            : t("sum.over"),
      ),
    );
  return h(
    "table",
    { class: "both" },
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("th", {}, ""),
        h("th", {}, t("sum.recorded", { epoch: grouped(epochs[state.snapshot]) })),
        h("th", {}, t(rows.step ? "sum.ofStep" : "sum.ofBudget")),
      ),
    ),
    h(
      "tbody",
      {},
      cell(page.settings.package === "numpy_mlp" ? "NumPy" : page.settings.package, ours, rows.shares[0]),
      cell("PyTorch", theirs, rows.shares[1]),
      h(
        "tr",
        {},
        h("th", { scope: "row" }, "Δ"),
        h("td", { class: "full" }, same ? "0" : written(Math.abs(ours - theirs), 3)),
        h(
          "td",
          {},
          same
            ? t("sum.bitForBit")
            : t("sum.ulp", { n: Number.isFinite(ours - theirs) ? grouped(ulpsApart(ours, theirs)) : "–" }),
        ),
      ),
    ),
  );
}

function recordedPair(name, at) {
  const k = state.snapshot,
    both = make => ["numpy", "torch"].map(make);
  if (isWeight(name)) {
    const shares =
      epochs[k] === 0 ? [null, null] : both(one => recordedWeight(one, k, name, at, "shares") / 100);
    return { values: both(one => recordedWeight(one, k, name, at)), shares, step: true };
  }
  if (name === "L")
    return { values: both(one => recordedLoss(one, k)), shares: both(one => lossShare(one, k)) };
  if (name !== logitsName) return null;
  const logits = both(one => recordedLogits(one, k, state.sample));
  if (!logits[0]) return null;
  const shares = both((one, i) => {
    const { value, allowed } = logitBudgets(sizes, snapshot(k, one), allSamples[state.sample])[at[0]];
    return Math.abs(logits[i][at[0]] - value) / allowed;
  });
  return { values: logits.map(one => one[at[0]]), shares };
}

// the lines of numpy_mlp that compute it, and PyTorch's
export function sourceOf(found) {
  const kinds = [...new Set(found.map(part => part.line))];
  return kinds.map(kind => {
    const line = page.lines[kind];
    return h(
      "figure",
      { class: "code" },
      line.file ? h("figcaption", {}, `${line.file}, ${t("sum.line", { n: line.line })}`) : null,
      line.text ? h("pre", {}, h("code", {}, codeOf(line.text))) : null,
      h("figcaption", {}, "PyTorch"),
      h("pre", {}, h("code", {}, line.torch)),
    );
  });
}
