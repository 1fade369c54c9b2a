// Two results of one computation: are they the same numbers?
//
//   f32, f64   max|a - b| <= max(1e-4 * max|a|, 4 * noise, quantum)
//   f16, bf16  the same with 1e-2
//   others     equal
//
// `noise` is what ONNX Runtime with all optimisations differs from itself without, on the same inputs: a model that
// is ill-conditioned says so there. `quantum` is one step of the quantisation that produced the output. NaN and
// infinities must stand in the same places with the same signs.
'use strict';
const {valueReader} = require('./tensor.js');

const kRelative = {float32: 1e-4, float64: 1e-4, float16: 1e-2, bfloat16: 1e-2};

function differenceOfFloats(a, b) {
  const valueOfA = valueReader(a), valueOfB = valueReader(b);
  const result = {maxAbsDiff: 0, maxAbs: 0, maxRelDiff: 0, specialsAgree: true, worstIndex: -1};
  for (let i = 0; i < a.data.length; ++i) {
    const x = valueOfA(i), y = valueOfB(i);
    if (!Number.isFinite(x) || !Number.isFinite(y)) {
      if (!Object.is(x, y)) {
        result.specialsAgree = false;
        result.worstIndex = i;
      }
      continue;
    }
    const size = Math.abs(x), diff = Math.abs(x - y);
    if (size > result.maxAbs) result.maxAbs = size;
    if (size > 0 && diff / size > result.maxRelDiff) result.maxRelDiff = diff / size;
    if (diff > result.maxAbsDiff) {
      result.maxAbsDiff = diff;
      if (result.specialsAgree) result.worstIndex = i;
    }
  }
  return result;
}

// What `b` differs from `a` by, ignoring special values: the noise of `a`'s computation when both are honest.
function noiseBetween(a, b) {
  if (kRelative[a.dtype] === undefined || a.dtype !== b.dtype || a.data.length !== b.data.length) return 0;
  return differenceOfFloats(a, b).maxAbsDiff;
}

// {ok, why?, maxAbsDiff, maxAbs, maxRelDiff, tolerance}
function compareTensors(a, b, {noise = 0, quantum = 0} = {}) {
  if (a.dtype !== b.dtype) return {ok: false, why: `dtype ${b.dtype}, expected ${a.dtype}`};
  if (a.dims.join() !== b.dims.join()) return {ok: false, why: `shape [${b.dims}], expected [${a.dims}]`};
  const relative = kRelative[a.dtype];
  if (relative === undefined) {
    let different = 0;
    for (let i = 0; i < a.data.length; ++i) different += a.data[i] !== b.data[i];
    return {ok: different === 0, ...(different && {why: `${different} of ${a.data.length} elements differ`}), tolerance: 0};
  }
  const found = differenceOfFloats(a, b), tolerance = Math.max(relative * found.maxAbs, 4 * noise, quantum);
  const result = {ok: found.specialsAgree && found.maxAbsDiff <= tolerance, ...found, tolerance};
  delete result.specialsAgree;
  if (!found.specialsAgree) result.why = `NaN or infinity at element ${found.worstIndex} of one side only`;
  else if (!result.ok) result.why = `element ${found.worstIndex} differs by ${found.maxAbsDiff}, allowed ${tolerance}`;
  return result;
}

module.exports = {compareTensors, noiseBetween};
