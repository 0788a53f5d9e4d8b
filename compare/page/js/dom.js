// Small helpers for elements, and the words of the chosen language.
import { page } from "./record.js";
import { state } from "./state.js";

export const byId = id => document.getElementById(id);

// h("button", { class: "big", onclick: f }, "text", other): an HTML element
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  set(element, attributes);
  element.append(...children.flat().filter(child => child !== null && child !== undefined));
  return element;
}

// the same for SVG
export function s(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  set(element, attributes);
  element.append(...children);
  return element;
}

// attributes; a name such as "onclick" is a handler, and false, null or undefined take an attribute away
export function set(element, attributes) {
  for (const [name, given] of Object.entries(attributes)) {
    const value = name.startsWith("aria-") && typeof given === "boolean" ? String(given) : given;
    if (name.startsWith("on")) element[name] = value;
    else if (value === false || value === null || value === undefined) element.removeAttribute(name);
    else if (element.getAttribute(name) !== String(value))
      element.setAttribute(name, value === true ? "" : value);
  }
}

// Make an element's children equal to new ones. What is already there stays and is changed in place: so the
// focus, an open list, and a button under a pressed mouse survive.
export function replaceChildren(element, ...children) {
  const wanted = children
    .flat(Infinity)
    .filter(child => child !== null && child !== undefined)
    .map(child => (typeof child === "string" ? document.createTextNode(child) : child));
  const there = [...element.childNodes];
  wanted.forEach((child, i) => (there[i] ? become(there[i], child) : element.append(child)));
  there.slice(wanted.length).forEach(child => child.remove());
}

const HANDLERS = ["onclick", "onchange", "oninput", "onsubmit", "onpointerdown"];
const idOf = node => node.dataset?.id ?? node.id;

function become(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName || idOf(old) !== idOf(fresh))
    return old.replaceWith(fresh);
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return undefined;
  }
  for (const { name } of [...old.attributes])
    if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  for (const { name, value } of fresh.attributes)
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const handler of HANDLERS) old[handler] = fresh[handler];
  replaceChildren(old, [...fresh.childNodes]);
  // what somebody is typing stays; a slider follows
  if (old.nodeName === "SELECT") old.value = fresh.value;
  else if (old.nodeName === "INPUT" && (old !== document.activeElement || old.type === "range"))
    old.value = fresh.value;
  return undefined;
}

// the words for a key such as "time.play"; {name} in them is replaced
export function t(key, values = {}) {
  const text = key.split(".").reduce((table, part) => table?.[part], page.strings[state.language]);
  if (typeof text !== "string") throw new Error(`no words for ${key} in ${state.language}`);
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export const has = key =>
  typeof key.split(".").reduce((table, part) => table?.[part], page.strings[state.language]) === "string";

// names of features and classes: translated where the table has them
export function nameOf(kind, i) {
  const name = page[kind][i];
  return page.strings[state.language][kind]?.[name] ?? name.replace(" (cm)", "");
}

// "z_{3} = Σ_i W" with real subscripts
export function symbolsOf(text) {
  return text
    .split(/(_\{[^}]*\}|_[a-z])/)
    .map(part => (part.startsWith("_") ? h("sub", {}, part.replace(/^_\{?|\}$/g, "")) : part));
}

// lines of source; the gap before a comment's second column is narrowed
export const codeOf = text => text.replace(/(\S) {3,}/g, "$1  ");
