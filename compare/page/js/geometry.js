// Where everything in the drawing stands, in pixels; and which units of a wide layer are shown.
import { logitsName, widthOf } from "./keys.js";
import { unitColumns } from "./view.js";

export const MOST = 16; // units of a column that are shown at once
export const first = {}; // of each column, the first unit that is shown
export const geometry = {}; // what `layOut` has returned for the present width

export const shownUnits = column => {
  const count = Math.min(MOST, widthOf(column)),
    start = Math.min(first[column] ?? 0, widthOf(column) - count);
  return Array.from({ length: count }, (_, i) => start + i);
};

// Move the window of a wide column until a unit is in it.
export function reveal(column, j) {
  const start = shownUnits(column)[0];
  if (j < start) first[column] = j;
  else if (j >= start + MOST) first[column] = j - MOST + 1;
}

const CROWDED = 130; // pixels between columns, below which the layers' names have a line of their own

// where everything stands, in pixels; names of features stand above their units, if there is room for them
export function layOut(width) {
  const wide = width >= 560,
    r = width >= 900 ? 22 : wide ? 18 : 16;
  const rows = Math.max(...unitColumns.map(c => shownUnits(c).length + (c === logitsName ? 0 : 1)));
  const loose = rows >= 1.5 * shownUnits("x").length,
    above = loose || !wide,
    row = 2 * r + (wide ? 4 : loose ? 8 : 18),
    bar = wide ? 92 : 56;
  const right = width - bar - (wide ? 92 : 6),
    left = above ? r + 18 : wide ? 118 : r + 8;
  const gap = (right - (wide ? 44 : 22) - left) / (unitColumns.length - 1);
  const lines = linesOf(gap),
    nameRoom = (above ? left + gap : left) - r - 8,
    xs = {},
    ys = {};
  unitColumns.forEach((column, c) => {
    const units = shownUnits(column),
      count = units.length + (column === logitsName ? 0 : 1);
    const spread = count < 7 ? Math.min(row * 1.9, (rows * row) / count) : row;
    const start = lines.top + (rows * row - count * spread) / 2 + spread / 2;
    xs[column] = left + gap * c;
    ys[column] = { bias: start + units.length * spread };
    units.forEach((j, i) => (ys[column][j] = start + i * spread));
  });
  const lowest = ys[logitsName][shownUnits(logitsName).at(-1)],
    losses = wide ? [lowest + 56, lowest + 102] : [lowest + 52, lowest + 102];
  const height = Math.max(lines.top + rows * row + 8, losses[1] + 20);
  return { width, height, wide, above, r, bar, right, gap, nameRoom, lines, losses, xs, ys };
}

// the lines above the units: titles, which units are shown, names of layers, arrows
function linesOf(gap) {
  const scrolled = unitColumns.some(column => widthOf(column) > MOST),
    count = 28,
    scroll = 44;
  const layer = gap < CROWDED ? (scrolled ? 62 : 32) : 14,
    way = layer + (gap < CROWDED ? 12 : 14);
  return { title: 14, count, scroll, layer, way, top: Math.max(way + 12, scrolled ? scroll + 8 : 0) };
}
