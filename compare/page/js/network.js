// The network, a third time: the files of numpy_mlp in JavaScript, function beside function, in float64.
//
// Shapes as there: N samples, `inputs` features before a layer, `outputs` after it. A matrix is an array of
// rows, so weight[o][i] is W[o, i]. Each rule below is one line of numpy_mlp; a planted mistake replaces one.

export const rules = {
  // y = x Wᵀ + b                 (N, in) -> (N, out)
  linear: (x, weight, bias) => x.map(row => bias.map((b, o) => dot(row, weight[o]) + b)),

  // y = max(0, x)                (N, features)
  relu: x => x.map(row => row.map(value => Math.max(0, value))),

  // [x > 0]                      (N, features) of 1 and 0
  mask: x => x.map(row => row.map(value => (value > 0 ? 1 : 0))),

  // log p = z - m - log Σ_c exp(z - m), m = max_c z      (N, C)
  logSoftmax: z =>
    z.map(row => {
      const m = Math.max(...row);
      const logSum = Math.log(sum(row.map(value => Math.exp(value - m))));
      return row.map(value => value - m - logSum);
    }),

  // L = -1/N Σ_n log p[n, y[n]]  one number
  loss: (logP, labels) => -sum(labels.map((label, n) => logP[n][label])) / labels.length,

  // dL/dz = 1/N (p - onehot(y))  (N, C)
  lossBackward: (logP, labels) =>
    logP.map((row, n) =>
      row.map((value, c) => (Math.exp(value) - (c === labels[n] ? 1 : 0)) / labels.length),
    ),

  // dL/dW = (dL/dy)ᵀ x           (out, in)
  weightGrad: (grad, x) => columns(grad).map(d => columns(x).map(values => dot(d, values))),

  // dL/db = Σ_n dL/dy            (out,)
  biasGrad: grad => columns(grad).map(sum),

  // dL/dx = dL/dy W              (N, in)
  inputGrad: (grad, weight) => {
    const byInput = columns(weight);
    return grad.map(row => byInput.map(w => dot(row, w)));
  },

  // dL/dx = dL/dy ⊙ [x > 0]      (N, features)
  reluBackward: (grad, mask) => grad.map((row, n) => row.map((value, j) => value * mask[n][j])),

  // before a backward pass the old gradients are dropped
  zeroGrad: () => ({}),

  // v = d at the first step, then v = μ v + d
  velocity: (momentum, before, d) => (before === undefined ? d : momentum * before + d),

  // W = W - lr d
  update: (weight, lr, d) => weight - lr * d,
};

export function dot(a, b) {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
}

export function sum(values) {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

export const columns = matrix => matrix[0].map((_, j) => matrix.map(row => row[j]));

// a function on every number of a bias (out,) or of a weight (out, in)
export const eachNumber = (array, change) =>
  array.map((entry, o) =>
    typeof entry === "number" ? change(entry, o) : entry.map((value, i) => change(value, o, i)),
  );

// ["fc1", "relu", "fc2"], or fc1, relu1, fc2, relu2, fc3: the names that PyTorch gives
export function layerNames(sizes) {
  const hidden = sizes.length - 2;
  return sizes
    .slice(1)
    .flatMap((_, i) =>
      i < hidden ? [`fc${i + 1}`, hidden === 1 ? "relu" : `relu${i + 1}`] : [`fc${i + 1}`],
    );
}

export const isRelu = name => name.startsWith("relu");
export const lastLinear = sizes => `fc${sizes.length - 1}`;

// Forwards: every layer's output by name, then logP and loss.
export function forward(sizes, weights, x, labels, use = rules) {
  const trace = { x };
  for (const name of layerNames(sizes)) {
    if (isRelu(name)) {
      trace[`mask of ${name}`] = use.mask(x);
      x = use.relu(x);
    } else {
      x = use.linear(x, weights[`${name}.weight`], weights[`${name}.bias`]);
    }
    trace[name] = x;
  }
  trace.logP = use.logSoftmax(use.output ? use.output(x) : x);
  trace.loss = use.loss(trace.logP, labels);
  return trace;
}

// Backwards, from the loss to the first layer: dL/d of every output and parameter, in that order.
// `memory` is what layers and parameters keep from one step to the next; only some mistakes look at it.
export function backward(sizes, weights, trace, labels, use = rules, memory = {}) {
  const names = layerNames(sizes);
  const kept = (memory.grads = use.zeroGrad(memory.grads ?? {}));
  let grad = use.lossBackward(trace.logP, labels);
  for (let i = names.length - 1; i >= 0; i--) {
    const name = names[i];
    trace[`dL/d${name}`] = grad;
    if (isRelu(name)) {
      grad = use.reluBackward(grad, trace[`mask of ${name}`]);
      continue;
    }
    let input = i ? trace[names[i - 1]] : trace.x;
    if (use.keptInput) input = use.keptInput(memory, name, input);
    const found = { weight: use.weightGrad(grad, input), bias: use.biasGrad(grad) };
    for (const kind of ["weight", "bias"]) {
      const key = `${name}.${kind}`,
        old = kept[key];
      // gradients add up until they are dropped, as in PyTorch
      kept[key] = old
        ? eachNumber(found[kind], (value, o, at) => value + (at === undefined ? old[o] : old[o][at]))
        : found[kind];
      trace[`dL/d${key}`] = kept[key];
    }
    // nothing stands before the first layer
    if (i) grad = use.inputGrad(grad, weights[`${name}.weight`], input);
  }
  return trace;
}

// The step of SGD: the new weights by name; the velocities are kept in `memory`.
export function step(weights, trace, { lr, momentum }, use = rules, memory = {}) {
  const after = {},
    before = memory.velocities ?? {};
  memory.velocities = {};
  for (const [name, weight] of Object.entries(weights)) {
    const at = (array, o, i) => (i === undefined ? array[o] : array[o][i]);
    let d = trace[`dL/d${name}`];
    if (momentum) {
      const old = before[name];
      d = memory.velocities[name] = eachNumber(d, (g, o, i) =>
        use.velocity(momentum, old && at(old, o, i), g),
      );
    }
    after[name] = eachNumber(weight, (w, o, i) => use.update(w, lr, at(d, o, i)));
  }
  return after;
}

// One whole step: forwards, backwards, and the new weights.
export function wholeStep(sizes, weights, x, labels, options, use = rules, memory = {}) {
  const trace = forward(sizes, weights, x, labels, use);
  backward(sizes, weights, trace, labels, use, memory);
  return { trace, after: step(weights, trace, options, use, memory) };
}
