// Each piece of text that is seen, with its box; which overlap, and what sticks out of its container.
() => {
  const boxes = [], cut = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const svgs = [...document.querySelectorAll("svg")].map(svg => [svg, svg.getBoundingClientRect()]);
  const fixed = [...document.querySelectorAll(".player")].filter(bar => getComputedStyle(bar).position === "fixed");
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!node.data.trim() || !parent.checkVisibility() || parent.closest("script, style, select, .hidden, title")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const { x, y, width, height } of range.getClientRects()) {
      if (width < 1) continue;
      const box = { text: node.data.trim().slice(0, 40), x, y, right: x + width, bottom: y + height, at: boxes.length };
      const scroller = parent.closest(".features, .wide");
      if (scroller && !seen(box, scroller.getBoundingClientRect(), scroller.matches(".wide"))) continue;
      // a bar that stays in view lies over the page, with a ground of its own
      box.layer = fixed.find(bar => bar.contains(parent));
      boxes.push(box);
      const svg = svgs.find(([one]) => one.contains(parent));
      const section = parent.closest("section")?.getBoundingClientRect();
      const beside = section && (box.x < section.x || box.right > section.right - 4);
      if (beside || box.x < -0.5 || box.right > innerWidth + 0.5 || (svg && !within(box, svg[1]))) cut.push(box.text);
    }
  }
  const over = [];
  for (const a of boxes) for (const b of boxes) {
    const wide = Math.min(a.right, b.right) - Math.max(a.x, b.x), high = Math.min(a.bottom, b.bottom) - Math.max(a.y, b.y);
    if (a.at < b.at && a.layer === b.layer && wide > 1.5 && high > 0.35 * Math.min(a.bottom - a.y, b.bottom - b.y)) over.push(`${a.text} / ${b.text}`);
  }
  // what a scroller holds may lie above or below its window; only the wide one scrolls sideways, too
  function seen(box, outer, sideways) {
    return sideways ? within(box, outer) : box.y >= outer.y - 1 && box.bottom <= outer.bottom + 1;
  }
  function within(box, outer) {
    return box.x >= outer.x - 1 && box.right <= outer.right + 1 && box.y >= outer.y - 1 && box.bottom <= outer.bottom + 1;
  }
  const sideways = document.documentElement.scrollWidth > innerWidth;
  const clipped = [...document.querySelectorAll("button, label, dt, dd, th")].filter(e => e.checkVisibility()
    && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline").map(e => e.textContent);
  return { over, cut, sideways, clipped, count: boxes.length };
}
