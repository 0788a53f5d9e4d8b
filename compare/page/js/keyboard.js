// Keys: everything can be done without a mouse.
import { byId } from "./dom.js";
import { moveInGrid, nextEdge } from "./grid.js";
import { play, toSnapshot } from "./player.js";
import { change, state } from "./state.js";
import { setView, stepBackward } from "./toolbar.js";
import { select, selectUnit } from "./view.js";

// for the help: keys, and the words that say what they do
export const keys = [
  [["←", "→"], "keys.time"],
  [["Space"], "keys.play"],
  [["Tab"], "keys.tab"],
  [["←", "→", "↑", "↓"], "keys.grid"],
  [["E", "Shift E"], "keys.edge"],
  [["Enter"], "keys.enter"],
  [["F"], "keys.forward"],
  [["B"], "keys.backward"],
  [["U"], "keys.update"],
  [["N", "P"], "keys.step"],
  [["?"], "keys.help"],
  [["Esc"], "keys.escape"],
];

const ARROWS = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };

export function listen() {
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const target = event.target,
      inGrid = target.closest?.(".unit"),
      tab = target.closest?.("[role=tab]");
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName)) return;
    const arrow = ARROWS[event.key],
      letter = event.key.toLowerCase();
    const act = {
      f: () => setView("forward"),
      b: () => setView("backward"),
      u: () => setView("update"),
      e: () => nextEdge(event.shiftKey ? -1 : 1),
      n: () => stepBackward(1),
      p: () => stepBackward(-1),
      "?": () => byId("help").showModal(),
      escape: () => change({ selected: null }),
    }[letter];
    if (inGrid && arrow) moveInGrid(arrow);
    else if (inGrid && (event.key === "Enter" || event.key === " ")) selectUnit(inGrid.dataset.key);
    else if (target.dataset?.layer && (event.key === "Enter" || event.key === " "))
      select(`count ${target.dataset.layer}`);
    else if (tab && arrow) moveTab(tab, arrow);
    else if (arrow === "left" || arrow === "right") toSnapshot(state.snapshot + (arrow === "left" ? -1 : 1));
    else if (event.key === " " && target.tagName !== "BUTTON" && target.tagName !== "SUMMARY") play();
    else if (act) act();
    else return;
    event.preventDefault();
  });
}

function moveTab(tab, arrow) {
  const tabs = [...tab.parentElement.children],
    by = arrow === "left" || arrow === "up" ? -1 : 1;
  const next = tabs[(tabs.indexOf(tab) + by + tabs.length) % tabs.length];
  change({ tab: next.dataset.tab });
  next.focus();
}
