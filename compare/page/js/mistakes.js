// The classic mistakes that change a number in this network's forward pass, backward pass or update: each is
// the rule that it breaks. Names, questions and answers stand in compare/bugs/catalogue.toml.
import { columns, dot, rules, sum } from "./network.js";

const softmax = logP => logP.map(row => row.map(Math.exp));
const scaled = (matrix, factor) => matrix.map(row => row.map(value => value * factor));
const grad = (logP, labels) => scaled(rules.lossBackward(logP, labels), labels.length); // p - onehot(y)
const zeroGradForgotten = { zeroGrad: old => ({ ...old }) };

export const mistakes = {
  "mean-forgotten": { lossBackward: grad },
  "divided-by-n-times-c": { lossBackward: (p, y) => scaled(grad(p, y), 1 / (y.length * p[0].length)) },
  "divided-by-n-twice": { lossBackward: (p, y) => scaled(grad(p, y), 1 / y.length / y.length) },
  "divided-by-n-minus-one": { lossBackward: (p, y) => scaled(grad(p, y), 1 / Math.max(1, y.length - 1)) },
  "sum-for-mean": { loss: (p, y) => rules.loss(p, y) * y.length, lossBackward: grad },
  "loss-sign-flipped": { lossBackward: (p, y) => scaled(rules.lossBackward(p, y), -1) },
  "onehot-not-subtracted": { lossBackward: (p, y) => scaled(softmax(p), 1 / y.length) },
  "softmax-over-samples": { logSoftmax: z => columns(rules.logSoftmax(columns(z))) },
  "softmax-without-its-sum": { logSoftmax: z => z.map(row => row.map(value => value - Math.max(...row))) },
  "softmax-jacobian-twice": {
    lossBackward: (logP, y) =>
      rules.lossBackward(logP, y).map((g, n) => {
        const p = logP[n].map(Math.exp),
          mean = dot(g, p);
        return g.map((value, c) => p[c] * (value - mean));
      }),
  },
  "softmax-before-the-loss": { logSoftmax: z => rules.logSoftmax(softmax(rules.logSoftmax(z))) },
  "log-of-p-plus-epsilon": {
    loss: (logP, y) => -sum(y.map((label, n) => Math.log(Math.exp(logP[n][label]) + 1e-7))) / y.length,
  },
  "bias-left-out": {
    linear: (x, weight, bias) =>
      rules.linear(
        x,
        weight,
        bias.map(() => 0),
      ),
  },
  "bias-gradient-averaged": { biasGrad: g => columns(g).map(column => sum(column) / g.length) },
  "bias-gradient-of-first-sample": { biasGrad: g => g[0] },
  "mask-from-the-gradient": { reluBackward: g => g.map(row => row.map(value => (value > 0 ? value : 0))) },
  "mask-missing": { reluBackward: g => g },
  "activation-for-mask": { mask: rules.relu },
  "relu-on-the-output": { output: rules.relu },
  "relu-leaky": {
    mask: x => x.map(row => row.map(value => (value > 0 ? 1 : 0.01))),
    relu: x => x.map(row => row.map(value => (value > 0 ? 1 : 0.01) * value)),
  },
  "cache-of-an-earlier-batch": {
    keptInput: (memory, name, input) => ((memory.inputs ??= {})[name] ??= input),
  },
  "updated-before-the-gradient": {
    inputGrad: (g, weight, input) => {
      const d = rules.weightGrad(g, input);
      return rules.inputGrad(
        g,
        weight.map((row, o) => row.map((w, i) => w - 0.01 * d[o][i])),
      );
    },
  },
  "zero-grad-forgotten": zeroGradForgotten,
  "zero-grad-of-a-local-name": zeroGradForgotten,
  "update-with-wrong-sign": { update: (w, lr, d) => w + lr * d },
  "momentum-as-moving-average": {
    velocity: (momentum, before, d) => momentum * (before ?? 0) + (1 - momentum) * d,
  },
  "learning-rate-divided-by-n": { update: (w, lr, d) => w - (lr / 120) * d },
  "parameters-rebound": { update: w => w },
};

// the network's rules with a mistake in them; null is no mistake
export const rulesWith = name => ({ ...rules, ...mistakes[name] });
