// The network: a column of units for the features and for each layer, edges between them, probabilities, loss.
import { byId, nameOf, s, set, t } from "./dom.js";
import { MOST, first, geometry, shownUnits } from "./geometry.js";
import { keyOf, linearOf, logitsName, widthOf } from "./keys.js";
import { page } from "./record.js";
import { change } from "./state.js";
import { edgeKey, select, selectUnit, unitColumns, unitKey } from "./view.js";

const svg = byId("network");
const LETTER = 7.4; // pixels that a letter of a name takes at most, on average

export function build() {
  const { width, height } = geometry;
  set(svg, { viewBox: `0 0 ${width} ${height}`, width, height, "aria-label": t("network.label") });
  const columns = unitColumns.map((column, c) => ({ column, before: unitColumns[c - 1], c }));
  svg.replaceChildren(
    s("g", { class: "edges" }, ...columns.flatMap(edgesOf), ...outputLines()),
    s("g", { class: "heads" }, ...columns.flatMap(({ column, c }) => headsOf(column, c))),
    s("g", { class: "units" }, ...columns.flatMap(unitsOf), ...probabilities(), ...losses()),
  );
}

function unitsOf({ column }) {
  const { r, xs, ys } = geometry;
  const units = shownUnits(column).map(j => unit(column, j, xs[column], ys[column][j], r));
  if (column === logitsName) return units;
  // the 1 that each bias is multiplied by
  const one = s(
    "g",
    { class: "bias", transform: `translate(${xs[column]} ${ys[column].bias})` },
    s("rect", { x: -r * 0.6, y: -r * 0.6, width: r * 1.2, height: r * 1.2, rx: 4 }),
    s("text", { dy: "0.35em" }, "1"),
  );
  return [...units, one];
}

// the edges into a column: a weight from each unit before it, and the bias
function edgesOf({ column, before }) {
  if (!before) return [];
  const { r, xs, ys } = geometry,
    name = linearOf(column),
    end = xs[column] - r;
  return shownUnits(column).flatMap(o => [
    ...shownUnits(before).map(i =>
      edge(`${name}.weight`, [o, i], xs[before] + r, ys[before][i], end, ys[column][o]),
    ),
    edge(`${name}.bias`, [o], xs[before] + r * 0.6, ys[before].bias, end, ys[column][o]),
  ]);
}

const outputLines = () =>
  shownUnits(logitsName).map(c =>
    s("path", {
      class: "plain",
      d: `M${geometry.xs[logitsName] + geometry.r} ${geometry.ys[logitsName][c]}H${geometry.right}`,
    }),
  );

const probabilities = () =>
  shownUnits(logitsName).flatMap(c => {
    const y = geometry.ys[logitsName][c];
    return [box("p", c, y), beside(y, clipped(nameOf("classes", c), geometry.wide ? 13 : 10))];
  });

function losses() {
  const [y, under] = geometry.losses;
  return [
    box("loss", null, y),
    beside(y, t("network.loss")),
    box("L", null, under),
    beside(under, t("network.mean", { n: page.train })),
  ];
}

// a name beside a box, or above it where the page is narrow
function beside(y, text) {
  const { right, bar, wide } = geometry;
  const place = wide
    ? { class: "name", x: right + bar + 8, y, dy: "0.35em" }
    : { class: "name end", x: right + bar, y: y - 17 };
  return s("text", place, text);
}

function headsOf(column, c) {
  const { xs, wide, right, bar, lines } = geometry,
    x = xs[column];
  const title = column === "x" ? "features" : column === logitsName ? "logits" : "hidden";
  const found = [s("text", { class: "head", x, y: lines.title }, t(`network.${title}`))];
  if (widthOf(column) > MOST) found.push(...windowOf(column));
  if (c) found.push(...layerName(column, unitColumns[c - 1]));
  if (column !== logitsName) return found;
  const p = t(wide ? "network.probabilities" : "network.p");
  return [...found, s("text", { class: "head", x: right + bar / 2, y: lines.title }, p)];
}

// of a wide layer: which units are shown, and two arrows that move on
function windowOf(column) {
  const { xs, lines } = geometry,
    x = xs[column],
    n = widthOf(column),
    start = shownUnits(column)[0];
  const move = by => () => {
    first[column] = Math.max(0, Math.min(n - MOST, start + by));
    change({});
  };
  const arrow = (place, by, sign) =>
    s("text", { class: "scroll", x: x + place, y: lines.scroll, onclick: move(by) }, sign);
  const shown = s("text", { class: "count", x, y: lines.count }, `${start}–${start + MOST - 1} / ${n}`);
  shown.append(s("title", {}, t("network.shown", { from: start, to: start + MOST - 1, n })));
  return [shown, arrow(-11, -MOST, "▲"), arrow(11, MOST, "▼")];
}

// between two columns: the layer, how many parameters it has, and an arrow
function layerName(column, before) {
  const { xs, gap, lines } = geometry,
    name = linearOf(column),
    n = widthOf(column) * (widthOf(before) + 1);
  const x = (xs[column] + xs[before]) / 2;
  const label = s(
    "text",
    {
      class: "layer",
      x,
      y: lines.layer,
      tabindex: 0,
      role: "button",
      "data-layer": name,
      onclick: () => select(`count ${name}`),
    },
    gap < 80 ? `${name}·${n}` : `${name} · ${n}`,
  );
  label.append(s("title", {}, t("network.parameters", { n })));
  return [label, s("path", { class: "way", "data-way": x })];
}

function unit(column, j, x, y, r) {
  const { above, nameRoom } = geometry;
  const group = s(
    "g",
    {
      class: "unit",
      "data-unit": `${column}[${j}]`,
      role: "button",
      tabindex: "-1",
      transform: `translate(${x} ${y})`,
      onclick: () => selectUnit(unitKey(column, j)),
    },
    s("circle", { r }),
    s("text", { class: "value", dy: "0.35em" }),
  );
  if (column === "x") {
    group.append(
      s(
        "text",
        above ? { class: "name", x: 2 - x, y: -r - 5 } : { class: "name end", x: -r - 8, dy: "0.35em" },
        clipped(nameOf("features", j), Math.min(15, Math.floor(nameRoom / LETTER))),
      ),
      s("title", {}, nameOf("features", j)),
    );
  }
  return group;
}

function box(name, at, y) {
  const { right: x, bar: width, wide } = geometry,
    height = wide ? 26 : 24,
    key = at === null ? name : keyOf(name, at);
  return s(
    "g",
    {
      class: "unit box",
      "data-unit": key,
      role: "button",
      tabindex: "-1",
      transform: `translate(${x} ${y})`,
      onclick: () => select(key),
    },
    s("rect", { class: "back", y: -height / 2, width, height, rx: 5 }),
    s("rect", { class: "part", y: -height / 2, width: 0, height, rx: 5 }),
    s("text", { class: "value", x: width / 2, dy: "0.35em" }),
  );
}

function edge(name, at, x1, y1, x2, y2) {
  const bend = (x2 - x1) * 0.4,
    d = `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
  return s(
    "g",
    { class: "edge", "data-edge": keyOf(name, ...at), onclick: () => select(edgeKey(name, ...at)) },
    s("path", { class: "line", d }),
    s("path", { class: "hit", d }),
  );
}

const clipped = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
