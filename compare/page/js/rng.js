// numpy_mlp/init.py in JavaScript: MT19937 and the uniform draws of torch.nn.Linear, bit for bit.

export function mersenneTwister(seed) {
  const state = new Uint32Array(624);
  state[0] = seed;
  for (let i = 1; i < 624; i++) {
    state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
  }
  let place = 624;
  const refill = () => {
    for (let i = 0; i < 624; i++) {
      const y = (state[i] & 0x80000000) | (state[(i + 1) % 624] & 0x7fffffff);
      state[i] = state[(i + 397) % 624] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    place = 0;
  };
  // the next 32 bits
  return () => {
    if (place === 624) refill();
    let y = state[place++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
}

// u = (low 24 bits) · 2⁻²⁴,  w = u · (to - from) + from, rounded once to float32
function uniform(bits, bound) {
  const low = Math.fround(-bound),
    high = Math.fround(bound);
  const u = (bits() & 0xffffff) * 2 ** -24;
  return Math.fround(u * (high - low) + low);
}

// √3 · gain / √in with gain = √(2 / (1 + a²)), a = √5, in PyTorch's order of operations
const weightBound = inputs =>
  Math.sqrt(3) * (Math.sqrt(2 / (1 + Math.sqrt(5) * Math.sqrt(5))) / Math.sqrt(inputs));
const biasBound = inputs => 1 / Math.sqrt(inputs);

// every layer's weight, then its bias, as MLP(*sizes, seed=seed) draws them
export function drawnWeights(sizes, seed) {
  const bits = mersenneTwister(seed),
    weights = {};
  for (let layer = 1; layer < sizes.length; layer++) {
    const inputs = sizes[layer - 1],
      units = [...Array(sizes[layer])];
    weights[`fc${layer}.weight`] = units.map(() =>
      Array.from({ length: inputs }, () => uniform(bits, weightBound(inputs))),
    );
    weights[`fc${layer}.bias`] = units.map(() => uniform(bits, biasBound(inputs)));
  }
  return weights;
}

// 0 .. n - 1 in a random order, for mini-batches (Fisher and Yates); not NumPy's order
export function shuffled(n, bits) {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = bits() % (i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
