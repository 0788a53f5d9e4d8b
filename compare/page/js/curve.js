// The loss curve, with a cursor that can be dragged.
import { byId, s, set, t } from "./dom.js";
import { grouped, written } from "./format.js";
import { toSnapshot } from "./player.js";
import { epochs, page, recordedLoss } from "./record.js";
import { currentEpoch, state } from "./state.js";

const curve = byId("curve");

const MARGIN = { left: 40, right: 8, top: 10, bottom: 20 };
const HEIGHT = 150;
const HEADROOM = 1.05;
const LONGEST = 600; // points of a training in the page
const TICKS = [0, 10, 100, 1000, 10000, 100000];

const recorded = test => epochs.map((epoch, k) => [epoch, recordedLoss("numpy", k, test)]);
const curves = { test: recorded(true), train: recorded(false) };
const [[, start]] = curves.train;
const finite = loss => Number.isFinite(loss);

let scales, built;

export function drawCurve(scene) {
  const mine = state.mine ? thinned(state.mine.losses) : [];
  const width = Math.max(260, curve.parentElement.clientWidth);
  scales = scalesFor(width, mine);
  const signature = `${width} ${scales.last} ${scales.top} ${state.language} ${mine.length}`;
  if (signature !== built) buildCurve(width, mine);
  built = signature;
  const x = scales.x(currentEpoch());
  const loss = state.mine ? scene.outputs().loss : recordedLoss("numpy", state.snapshot);
  set(curve.querySelector("path.cursor"), { d: `M${x} ${MARGIN.top}V${HEIGHT - MARGIN.bottom}` });
  set(curve.querySelector("circle.cursor"), { cx: x, cy: finite(loss) ? scales.y(loss) : MARGIN.top });
}

// epochs on a logarithmic axis, so that the first hundred have room; a loss far above the start is cut off
function scalesFor(width, mine) {
  const last = Math.max(page.settings.epochs, state.mine?.epoch ?? 0);
  const losses = [...curves.train, ...curves.test, ...mine].map(([, loss]) => loss).filter(finite);
  const top = HEADROOM * Math.max(start, Math.min(4 * start, Math.max(...losses)));
  const inner = width - MARGIN.left - MARGIN.right,
    high = HEIGHT - MARGIN.top - MARGIN.bottom;
  return {
    last,
    top,
    x: epoch => MARGIN.left + (inner * Math.log10(1 + epoch)) / Math.log10(1 + last),
    y: loss => MARGIN.top + high * (1 - Math.min(loss, top) / top),
  };
}

function buildCurve(width, mine) {
  set(curve, { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, "aria-label": t("time.curve") });
  curve.replaceChildren(
    axes(width),
    s("path", { class: "test", d: path(curves.test) }),
    s("path", { class: "train", d: path(curves.train) }),
    s("path", { class: "mine", d: path(mine) }),
    s("path", { class: "cursor" }),
    s("circle", { class: "cursor", r: 4 }),
  );
}

const path = points =>
  points
    .filter(([, loss]) => finite(loss))
    .map(([epoch, loss], i) => `${i ? "L" : "M"}${scales.x(epoch).toFixed(1)} ${scales.y(loss).toFixed(1)}`)
    .join("");

function axes(width) {
  const levels = [0, 0.5, 1].map(part => (part * scales.top) / HEADROOM);
  const anchor = epoch => (epoch === 0 ? "start" : scales.x(epoch) > width - 40 ? "end" : "middle");
  const y = HEIGHT - 5;
  return s(
    "g",
    { class: "axis" },
    ...TICKS.filter(epoch => epoch <= scales.last).map(epoch =>
      s("text", { x: scales.x(epoch), y, "text-anchor": anchor(epoch) }, grouped(epoch)),
    ),
    ...levels.map(loss =>
      s(
        "text",
        { x: MARGIN.left - 6, y: scales.y(loss), dy: "0.35em", "text-anchor": "end" },
        written(loss, 2),
      ),
    ),
    ...levels.map(loss => s("path", { d: `M${MARGIN.left} ${scales.y(loss)}H${width - MARGIN.right}` })),
  );
}

const thinned = points =>
  points.filter((_, i) => i % Math.ceil(points.length / LONGEST) === 0 || i === points.length - 1);

// the cursor is dragged: the snapshot whose epoch is nearest
function drag(event) {
  if (event.type === "pointermove" && !event.buttons) return;
  const box = curve.getBoundingClientRect(),
    x = ((event.clientX - box.left) / box.width) * curve.viewBox.baseVal.width;
  let nearest = 0;
  epochs.forEach((epoch, k) => {
    if (Math.abs(scales.x(epoch) - x) < Math.abs(scales.x(epochs[nearest]) - x)) nearest = k;
  });
  state.playing = false;
  toSnapshot(nearest);
}
curve.addEventListener("pointerdown", event => {
  curve.setPointerCapture(event.pointerId);
  drag(event);
});
curve.addEventListener("pointermove", drag);
