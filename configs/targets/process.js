// An LSTM in JavaScript, without packages: one request a line on stdin, one answer a line on stdout.
// The parameters are laid out as torch has them: the gates i f g o follow each other in the rows of W, U and b.

const readline = require("node:readline");

const sigmoid = (z) => 1 / (1 + Math.exp(-z));
const zeros = (...shape) => ({ shape, data: new Array(shape.reduce((a, b) => a * b, 1)).fill(0) });

function forward({ params: { W, U, b }, x, h0, c0 }) {
  const [T, B, D] = x.shape;
  const H = U.shape[1];
  const y = zeros(T, B, H);
  const steps = [];
  let h = h0.data, c = c0.data;
  for (let t = 0; t < T; t++) {
    const step = { h, c, gates: new Array(4 * B * H), tanhC: new Array(B * H) };
    const nextH = new Array(B * H), nextC = new Array(B * H);
    for (let n = 0; n < B; n++) {
      const z = b.data.map((bias, row) => {
        let sum = bias;
        for (let k = 0; k < D; k++) sum += W.data[row * D + k] * x.data[(t * B + n) * D + k];
        for (let k = 0; k < H; k++) sum += U.data[row * H + k] * h[n * H + k];
        return sum;
      });
      for (let k = 0; k < H; k++) {
        const i = sigmoid(z[k]), f = sigmoid(z[H + k]), g = Math.tanh(z[2 * H + k]), o = sigmoid(z[3 * H + k]);
        const at = n * H + k;
        nextC[at] = f * c[at] + i * g;
        step.tanhC[at] = Math.tanh(nextC[at]);
        nextH[at] = o * step.tanhC[at];
        y.data[t * B * H + at] = nextH[at];
        [i, f, g, o].forEach((gate, row) => (step.gates[(row * B + n) * H + k] = gate));
      }
    }
    steps.push(step);
    [h, c] = [nextH, nextC];
  }
  return { y, h_T: { shape: h0.shape, data: h }, c_T: { shape: c0.shape, data: c }, steps };
}

function backward(request) {
  const { params: { W, U }, x, d_y, d_h, d_c, h0, c0 } = request;
  const { steps } = forward(request);
  const [T, B, D] = x.shape;
  const H = U.shape[1];
  const dW = zeros(4 * H, D), dU = zeros(4 * H, H), db = zeros(4 * H), dx = zeros(T, B, D);
  let dh = d_h.data.slice(), dc = d_c.data.slice();
  for (let t = T - 1; t >= 0; t--) {
    const { h, c, gates, tanhC } = steps[t];
    const before = new Array(B * H).fill(0), carried = new Array(B * H);
    for (let n = 0; n < B; n++) {
      const dz = new Array(4 * H);
      for (let k = 0; k < H; k++) {
        const at = n * H + k;
        const [i, f, g, o] = [0, 1, 2, 3].map((row) => gates[(row * B + n) * H + k]);
        const total = dh[at] + d_y.data[t * B * H + at];
        const cell = dc[at] + total * o * (1 - tanhC[at] ** 2);
        dz[k] = cell * g * i * (1 - i);
        dz[H + k] = cell * c[at] * f * (1 - f);
        dz[2 * H + k] = cell * i * (1 - g ** 2);
        dz[3 * H + k] = total * tanhC[at] * o * (1 - o);
        carried[at] = cell * f;
      }
      dz.forEach((d, row) => {
        db.data[row] += d;
        for (let k = 0; k < D; k++) {
          dW.data[row * D + k] += d * x.data[(t * B + n) * D + k];
          dx.data[(t * B + n) * D + k] += d * W.data[row * D + k];
        }
        for (let k = 0; k < H; k++) {
          dU.data[row * H + k] += d * h[n * H + k];
          before[n * H + k] += d * U.data[row * H + k];
        }
      });
    }
    [dh, dc] = [before, carried];
  }
  return { W: dW, U: dU, b: db, x: dx, h0: { shape: h0.shape, data: dh }, c0: { shape: c0.shape, data: dc } };
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const request = JSON.parse(line);
  const { steps, ...answer } = request.do === "forward" ? forward(request) : backward(request);
  console.log(JSON.stringify(answer));
});
