// What Python put into this page: the recorded training of both libraries, and the samples.

export const page = JSON.parse(document.getElementById("contents").textContent);

const ARRAYS = { float32: Float32Array, uint8: Uint8Array };

// { dtype, shape, data in base64 } -> { values, shape }
function unpacked({ dtype, shape, data }) {
  const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0));
  return { values: new ARRAYS[dtype](bytes.buffer), shape };
}

const unpackedAll = named =>
  Object.fromEntries(Object.entries(named).map(([name, one]) => [name, unpacked(one)]));

const libraries = Object.fromEntries(
  Object.entries(page.recorded).map(([name, one]) => [
    name,
    {
      weights: unpackedAll(one.weights),
      shares: unpackedAll(one.shares),
      losses: unpacked(one.losses),
      testLosses: unpacked(one.testLosses),
      lossShares: unpacked(one.lossShares),
      logits: unpacked(one.logits),
    },
  ]),
);

export const { sizes } = page.settings;
export const epochs = page.epochs;
export const lastSnapshot = epochs.length - 1;
export const weightNames = Object.keys(page.recorded.numpy.weights);

// the k-th entry of an array (K, out) or (K, out, in), as rows
function entry({ values, shape: [, outputs, inputs] }, k) {
  const size = outputs * (inputs ?? 1),
    part = values.subarray(k * size, (k + 1) * size);
  if (inputs === undefined) return Array.from(part);
  return Array.from({ length: outputs }, (_, o) => Array.from(part.subarray(o * inputs, (o + 1) * inputs)));
}

export const snapshot = (k, library = "numpy") =>
  Object.fromEntries(weightNames.map(name => [name, entry(libraries[library].weights[name], k)]));

// one weight of a library at a snapshot, or the percentage of its budget that its last step used
export function recordedWeight(library, k, name, at, what = "weights") {
  const {
    values,
    shape: [, outputs, inputs = 1],
  } = libraries[library][what][name];
  return values[k * outputs * inputs + (at.length === 1 ? at[0] : at[0] * inputs + at[1])];
}

export const recordedLoss = (library, k, test = false) =>
  libraries[library][test ? "testLosses" : "losses"].values[k];
export const lossShare = (library, k, test = false) =>
  libraries[library].lossShares.values[2 * k + (test ? 1 : 0)];

// the logits of a sample, if they were kept: those of the first training and test samples are
export function recordedLogits(library, k, sample) {
  const [train, test] = page.shown,
    {
      values,
      shape: [, samples, classes],
    } = libraries[library].logits;
  const place = sample < page.train ? sample : train + sample - page.train;
  if (sample < page.train ? sample >= train : sample - page.train >= test) return null;
  return Array.from(values.subarray((k * samples + place) * classes, (k * samples + place + 1) * classes));
}

// x' = (x - min) / (max - min), in float64, then float32: as numpy_mlp/data.py computes it
export function scaledFeature(value, i) {
  const { min, max } = page.scaler,
    span = max[i] - min[i];
  return Math.fround((value - min[i]) / (span === 0 ? 1 : span));
}

export const scaledSample = raw => raw.map(scaledFeature);
export const allSamples = page.samples.map(scaledSample);
export const trainSamples = allSamples.slice(0, page.train);
export const trainLabels = page.labels.slice(0, page.train);
export const testSamples = allSamples.slice(page.train);
export const testLabels = page.labels.slice(page.train);

const pair = new Float32Array(1),
  bits = new Int32Array(pair.buffer);
const place = value => {
  pair[0] = value;
  return bits[0] < 0 ? -(bits[0] & 0x7fffffff) : bits[0];
};

// how many float32 numbers apart two float32 numbers are
export const ulpsApart = (a, b) => Math.abs(place(a) - place(b));
