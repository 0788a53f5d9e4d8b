// Everything that can change on the page, in one place; and what follows from it, computed by `sceneOf`.
import { rulesWith } from "./mistakes.js";
import { backward, columns, forward, isRelu, layerNames, step, sum, wholeStep } from "./network.js";
import {
  allSamples,
  epochs,
  lastSnapshot,
  page,
  scaledSample,
  sizes,
  snapshot,
  testLabels,
  testSamples,
  trainLabels,
  trainSamples,
} from "./record.js";

export const state = {
  language: "en",
  snapshot: lastSnapshot, // which of the kept snapshots
  sample: page.train, // the first test sample
  measured: null, // its features, if they were changed
  view: "forward", // or "backward", "update"
  scope: "sample", // gradients of this sample's loss, or "batch"
  reached: null, // how far the backward pass has been stepped; null is to its end
  selected: null, // the key of the number whose sum is shown
  unfolded: false, // whether long sums show all their terms
  digits: 3,
  tab: "sample",
  playing: false,
  speed: 1,
  mine: null, // a training in the page: { weights, epoch, memory, losses }
  options: { lr: page.settings.lr, momentum: 0, batch: 0 }, // batch 0: full
  running: false, // whether that training runs
  message: "", // what the page last answered to a change of it
  mistake: "",
  quiz: null, // { key, value, concealed, answered, right, answer }
  proofOpen: false,
};

const reluNames = layerNames(sizes).filter(isRelu);
const listeners = [];
export const onChange = listener => listeners.push(listener);

// Change some of the state, and draw the page anew.
export function change(changes) {
  Object.assign(state, changes);
  for (const listener of listeners) listener();
}

export const raw = () => state.measured ?? page.samples[state.sample];
export const labelOf = () => page.labels[state.sample];
export const isTest = sample => sample >= page.train;

// whether a number is hidden, since the quiz asks for it
export const isConcealed = key =>
  Boolean(state.quiz && !state.quiz.answered && state.quiz.concealed.includes(key));

let snapshotKept = { k: -1 };
export function currentWeights() {
  if (state.mine) return state.mine.weights;
  if (snapshotKept.k !== state.snapshot)
    snapshotKept = { k: state.snapshot, weights: snapshot(state.snapshot) };
  return snapshotKept.weights;
}

export const currentEpoch = () => (state.mine ? state.mine.epoch : epochs[state.snapshot]);

// From here on the page trains by itself, and nothing is recorded any more. Weights are never changed in place.
export function ownWeights() {
  state.mine ??= {
    weights: currentWeights(),
    epoch: currentEpoch(),
    from: state.snapshot,
    memory: {},
    losses: [],
    steps: 0,
    lastActive: {}, // of a hidden unit, by key: { epoch, until, lr, before, after }, with the weights of both
  };
  return state.mine;
}

// Weights that no step made.
export function replaceWeights(edit) {
  const mine = ownWeights();
  mine.weights = edit(mine.weights);
  mine.lastActive = {};
}

// a number, or many, computed when they are first needed
function lazy(make) {
  let made;
  return () => (made ??= make());
}

// What follows from the weights alone, kept until they change: the training batch's forward pass, the same with
// its gradients, and the test samples' forward pass.
let kept = {};
function fromWeights(weights) {
  if (kept.weights === weights) return kept;
  const outputs = lazy(() => forward(sizes, weights, trainSamples, trainLabels));
  const batch = lazy(() => backward(sizes, weights, outputs(), trainLabels));
  kept = { weights, outputs, batch, test: lazy(() => forward(sizes, weights, testSamples, testLabels)) };
  return kept;
}

// The numbers that follow from the state: the sample's too, and the next step's.
export function sceneOf() {
  const weights = currentWeights(),
    { options, measured, mine, mistake } = state,
    label = labelOf();
  const x = measured ? scaledSample(measured) : allSamples[state.sample],
    scene = { ...fromWeights(weights), x, label };
  const velocities = mine?.memory.velocities ?? {};
  scene.velocities = velocities;
  scene.one = lazy(() => backward(sizes, weights, forward(sizes, weights, [x], [label]), [label]));
  scene.after = lazy(() => step(weights, scene.batch(), options, undefined, { velocities }));
  scene.planted = mistake ? lazy(() => twoSteps(weights, rulesWith(mistake), options)) : null;
  return scene;
}

// Both networks, the true one and the one with the mistake, for two steps from the same weights.
function twoSteps(weights, use, options) {
  const run = rulesUsed => {
    const memory = {},
      steps = [];
    let current = weights;
    for (let i = 0; i < 2; i++) {
      const done = wholeStep(sizes, current, trainSamples, trainLabels, options, rulesUsed, memory);
      steps.push(done);
      current = done.after;
    }
    return steps;
  };
  return { truth: run(undefined), planted: run(use) };
}

export const accuracy = (trace, labels) =>
  sum(labels.map((label, n) => (trace.logP[n].indexOf(Math.max(...trace.logP[n])) === label ? 1 : 0)));

// One epoch of the page's own training, of one or several steps.
export function trainEpoch(order) {
  const mine = ownWeights(),
    use = rulesWith(state.mistake),
    { batch } = state.options;
  const size = batch || trainSamples.length,
    before = mine.weights,
    active = new Set();
  let loss = 0;
  for (let start = 0; start < trainSamples.length; start += size) {
    const index = batch ? order.slice(start, start + size) : null;
    const x = index ? index.map(n => trainSamples[n]) : trainSamples;
    const y = index ? index.map(n => trainLabels[n]) : trainLabels;
    const { trace, after } = wholeStep(sizes, mine.weights, x, y, state.options, use, mine.memory);
    mine.weights = after;
    loss += trace.loss * (y.length / trainSamples.length);
    for (const relu of reluNames)
      columns(trace[relu]).forEach((values, j) => {
        if (values.some(value => value > 0)) active.add(`${relu}[${j}]`);
      });
  }
  const epoch = mine.epoch,
    known = { epoch, until: epoch + 1, lr: state.options.lr, before, after: mine.weights };
  for (const unit of active) mine.lastActive[unit] = known;
  mine.epoch += 1;
  mine.steps += 1;
  mine.losses.push([mine.epoch - 1, loss]);
  return loss;
}
