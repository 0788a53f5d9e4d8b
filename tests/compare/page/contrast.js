// The texts whose contrast with what stands behind them is below 4.5, by WCAG's formula.
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = colour => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = colour => {
    const [r, g, b] = colour.map(c => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = element => {
    for (let one = element; one; one = one.parentElement) {
      const shape = one.classList?.contains("unit") ? one.firstElementChild : null;
      const colour = rgb(shape ? getComputedStyle(shape).fill : getComputedStyle(one).backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return rgb(getComputedStyle(document.body).backgroundColor);
  };
  const low = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility() || element.closest("script, style, title, option, optgroup, :disabled")) continue;
    const style = getComputedStyle(element), front = rgb(element.closest("svg") ? style.fill : style.color);
    const [a, b] = [light(front.slice(0, 3)), light(behind(element).slice(0, 3))].sort((p, q) => q - p);
    if ((a + 0.05) / (b + 0.05) < 4.5) low.push(`${element.textContent.slice(0, 30)}: ${((a + 0.05) / (b + 0.05)).toFixed(2)}`);
  }
  return low;
}
