// A sum's terms: numbers that lead on to their own sums, long sums folded, a batch's samples in their order.
import { h, nameOf, t } from "./dom.js";
import { plain, written } from "./format.js";
import { keyOf, nextOf, parts } from "./keys.js";
import { isRelu } from "./network.js";
import { page } from "./record.js";
import { change, isConcealed, state } from "./state.js";
import { titleOf } from "./titles.js";
import { select } from "./view.js";

const FOLDED = 12; // terms of a long sum that are shown at first
const TOP = 6; // samples that contribute most

export function termsOf({ terms }) {
  const long = terms.length > FOLDED + 1 && !state.unfolded;
  const sized = terms.map((tokens, i) => ({ i, tokens, size: Math.abs(productOf(tokens)) }));
  const kept = new Set(
    long
      ? [...sized]
          .sort((a, b) => b.size - a.size)
          .slice(0, FOLDED)
          .map(one => one.i)
      : terms.keys(),
  );
  const shown = terms.filter((_, i) => kept.has(i)),
    rest = terms.filter((_, i) => !kept.has(i));
  const found = shown.flatMap((tokens, i) => [
    i ? h("span", { class: "plus" }, " + ") : "",
    h(
      "span",
      { class: tokens.length > 6 ? "" : "term" },
      tokens.map((token, place) => tokenOf(token, i > 0 || place > 0)),
    ),
  ]);
  if (!rest.length) return found;
  const sum = rest.reduce((total, tokens) => total + productOf(tokens), 0);
  return [
    ...found,
    " + ",
    h(
      "button",
      { class: "more", "data-id": "more", onclick: () => change({ unfolded: true }) },
      t("sum.others", { n: rest.length, value: written(sum, state.digits) }),
    ),
  ];
}

// between the terms and the result: each product
export function productsOf({ terms }) {
  if (terms.length < 2 || terms.length > FOLDED + 1) return null;
  return h(
    "span",
    { class: "products" },
    "= ",
    terms.flatMap((tokens, i) => {
      const value = productOf(tokens),
        sign = value < 0 ? (i ? "− " : "−") : i ? "+ " : "";
      return [
        i ? " " : "",
        h(
          "span",
          { class: "term" },
          sign,
          h("span", { class: "number", "data-value": value }, written(Math.abs(value), state.digits)),
        ),
      ];
    }),
  );
}

const productOf = tokens =>
  tokens.reduce((total, token) => (typeof token === "string" ? total : total * token.value), 1);

const PRECISE = 8;
export const textOf = ({ value, exact, precise }) =>
  exact ? plain(value) : written(value, precise ? Math.max(PRECISE, state.digits) : state.digits);

// a number in a sum; one with a key is a button that shows its own sum
export function tokenOf(token, inside = false) {
  if (typeof token === "string") return token;
  const text = textOf(token);
  const shown = inside && token.value < 0 ? `(${text})` : text;
  if (!token.key) return h("span", { class: "number", "data-value": token.value }, shown);
  return h(
    "button",
    {
      class: "number",
      "data-key": token.key,
      "data-id": `token ${token.key}`,
      "data-value": isConcealed(token.key) ? null : token.value,
      title: titleOf(token.key),
      onclick: () => select(shownKey(token.key)),
    },
    isConcealed(token.key) ? "?" : shown,
  );
}

// a unit of a hidden layer shows its ReLU's output too: its sum has both parts
function shownKey(key) {
  const { name, at } = parts(key),
    next = nextOf(name);
  return next && isRelu(next) ? keyOf(next, ...at) : key;
}

export function contributionsOf({ contributions, factor = 1, zeros }) {
  const sorted = contributions
    .filter(one => one.value !== 0)
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  const shown = sorted.slice(0, state.unfolded ? sorted.length : TOP),
    rest = sorted.slice(shown.length);
  const total = list => list.reduce((whole, one) => whole + one.value, 0) * factor;
  const none = contributions.length - sorted.length;
  return h(
    "div",
    {},
    h(
      "ol",
      { class: "contributions" },
      shown.map(one =>
        h(
          "li",
          {},
          h(
            "button",
            {
              class: "sample",
              "data-id": `sample ${one.n}`,
              onclick: () => change({ sample: one.n, measured: null }),
            },
            `#${one.n + 1} ${nameOf("classes", page.labels[one.n])}`,
          ),
          h(
            "span",
            { class: "product" },
            one.tokens.map((token, i) => tokenOf(token, i > 0)),
            one.tokens.length > 1 ? ` = ${written(one.value, state.digits)}` : "",
          ),
        ),
      ),
    ),
    rest.length
      ? h(
          "button",
          { class: "more", "data-id": "more", onclick: () => change({ unfolded: true }) },
          t("sum.otherSamples", { n: rest.length, value: written(total(rest), state.digits) }),
        )
      : null,
    zeros && none
      ? h("p", { class: "because" }, t("sum.zeros", { n: none, all: contributions.length }))
      : null,
    factor !== 1 ? h("p", { class: "because" }, t("sum.dividedBy", { n: contributions.length })) : null,
  );
}
