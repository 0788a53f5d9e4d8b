// The quiz: one number is hidden, the page asks for it, checks the answer to the digits shown, shows the sum.
import { byId, h, replaceChildren, t } from "./dom.js";
import { parsed, rightToTheDigits, written } from "./format.js";
import { afterOf, keyOf, linearOf, logitsName, valueOf, widthOf } from "./keys.js";
import { sizes } from "./record.js";
import { change, sceneOf, state } from "./state.js";
import { sumOf } from "./sums.js";
import { titleOf } from "./titles.js";
import { unitColumns } from "./view.js";

const pick = list => list[Math.floor(Math.random() * list.length)];
const place = width => Math.floor(Math.random() * width);
const score = { asked: 0, right: 0 };

// kinds of question: the view in which they stand, and a key
const hidden = () => pick(unitColumns.slice(1, -1).length ? unitColumns.slice(1, -1) : [logitsName]);
const edge = () => {
  const layer = 1 + place(sizes.length - 1);
  return [`fc${layer}.weight`, place(sizes[layer]), place(sizes[layer - 1])];
};
const KINDS = [
  ["forward", () => keyOf(hidden(), place(widthOf(hidden())))],
  ["forward", () => keyOf(logitsName, place(widthOf(logitsName)))],
  ["forward", () => keyOf("p", place(widthOf(logitsName)))],
  ["forward", () => "loss"],
  ["backward", () => keyOf(`dL/d${logitsName}`, place(widthOf(logitsName)))],
  ["backward", () => keyOf(`dL/d${logitsName}.bias`, place(widthOf(logitsName)))],
  ["backward", () => keyOf(`dL/d${linearOf(hidden())}`, place(widthOf(hidden())))],
  [
    "backward",
    () => {
      const [name, ...at] = edge();
      return keyOf(`dL/d${name}`, ...at);
    },
  ],
  ["update", () => afterOf(...edge())],
];

export function ask(kind = pick(KINDS)) {
  const [view, make] = kind;
  change({ view, scope: "sample", reached: null, mistake: "", playing: false, running: false, quiz: null });
  const key = make();
  const scene = sceneOf(),
    concealed = sumOf(key, scene).map(part => part.result.key);
  change({
    selected: key,
    unfolded: false,
    quiz: {
      key,
      concealed,
      value: valueOf(key, scene),
      digits: key.endsWith(" after") ? Math.max(6, state.digits) : state.digits,
      answered: false,
      right: false,
      answer: "",
    },
  });
  byId("answer")?.focus();
}

function check(text) {
  const answer = parsed(text),
    { quiz } = state;
  if (Number.isNaN(answer)) return change({ quiz: { ...quiz, answer: text, unread: true } });
  const right = rightToTheDigits(answer, quiz.value, quiz.digits);
  score.asked += 1;
  score.right += right ? 1 : 0;
  return change({ quiz: { ...quiz, answered: true, right, answer: text, unread: false } });
}

export function drawQuiz() {
  const { quiz } = state;
  replaceChildren(
    byId("quiz"),
    h("p", { class: "hint" }, t("quiz.hint")),
    h(
      "button",
      { class: quiz && !quiz.answered ? "" : "primary", "data-id": "ask", onclick: () => ask() },
      t(quiz ? "quiz.next" : "quiz.start"),
    ),
    quiz
      ? [
          h(
            "p",
            { class: "question" },
            t("quiz.question", { name: titleOf(quiz.key) }),
            " ",
            h("code", { class: "key" }, quiz.key),
          ),
          h(
            "form",
            {
              class: "row",
              onsubmit: event => {
                event.preventDefault();
                if (!quiz.answered) check(byId("answer").value);
              },
            },
            h("input", {
              type: "text",
              id: "answer",
              inputmode: "text",
              size: 10,
              "aria-label": t("quiz.answer"),
              value: quiz.answer,
              readonly: quiz.answered,
            }),
            h("button", { "data-id": "check", disabled: quiz.answered }, t("quiz.check")),
          ),
          h(
            "p",
            { class: quiz.answered ? (quiz.right ? "good" : "bad") : "hint", role: "status" },
            quiz.answered
              ? t(quiz.right ? "quiz.right" : "quiz.wrong", { value: written(quiz.value, quiz.digits) })
              : t(quiz.unread ? "quiz.unread" : "quiz.digits", { n: quiz.digits }),
          ),
          score.asked ? h("p", { class: "hint" }, t("quiz.score", score)) : null,
        ]
      : null,
  );
}
