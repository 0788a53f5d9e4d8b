// Moving in time: to a snapshot, and playing.
import { lastSnapshot } from "./record.js";
import { change, state } from "./state.js";

const PER_SECOND = 20; // snapshots, at speed 1

export function toSnapshot(k) {
  change({ snapshot: Math.max(0, Math.min(lastSnapshot, k)), mine: null, running: false });
}

// Play or pause the recorded training; one's own, while it runs, is paused and not thrown away.
export function play(on = !state.playing) {
  if (state.running) return change({ running: false });
  const atEnd = state.snapshot === lastSnapshot;
  return change({
    playing: on,
    ...(on ? { snapshot: atEnd ? 0 : state.snapshot, mine: null, running: false } : {}),
  });
}

let before = 0,
  moved = 0;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

// Called for each frame while it plays; with reduced motion a few large steps in place of a movement.
export function advance(now) {
  const passed = Math.min(100, now - before) / 1000;
  before = now;
  if (!state.playing) return;
  moved += passed * PER_SECOND * state.speed;
  const least = calm.matches ? 10 * Math.max(1, state.speed) : 1;
  if (moved < least) return;
  const next = Math.min(lastSnapshot, state.snapshot + Math.floor(moved));
  moved -= Math.floor(moved);
  change({ snapshot: next, mine: null, playing: next < lastSnapshot });
}
