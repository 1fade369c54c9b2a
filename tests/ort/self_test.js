#!/usr/bin/env node
// The oracle's own tests: what it reads and writes, what it lets pass, and what it must catch.
'use strict';
const assert = require('assert');
const fs = require('fs');
const os = require('os');
const path = require('path');
const {spawnSync} = require('child_process');
const pb = require('./protobuf.js');
const tensors = require('./tensor.js');
const {compareTensors} = require('./compare.js');
const {makeInputs} = require('./inputs.js');
const {readModel} = require('./model.js');
const {refill} = require('./refill.js');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'esat-ort-'));
const inFolder = (name) => path.join(folder, name);

const kFloat = 1, kInt64 = 7;
const message = (number, fields) => [number, pb.kBytes, pb.serialize(fields)];
const string = (number, value) => [number, pb.kBytes, Buffer.from(value)];
const integer = (number, value) => [number, pb.kVarint, value];

function valueInfo(number, name, elementType, dims) {
  const shape = dims.map((dim) => message(1, [typeof dim === 'number' ? integer(1, dim) : string(2, dim)]));
  return message(number, [string(1, name), message(2, [message(1, [integer(1, elementType), message(2, shape)])])]);
}

function node(op, inputs, outputs, attributes = []) {
  return message(1, [...inputs.map((name) => string(1, name)), ...outputs.map((name) => string(2, name)), string(4, op),
    ...attributes]);
}

const initializer = (name, dtype, dims, data) => message(5, tensors.toFields({name, dtype, dims, data}));

function writeModel(name, irVersion, graphFields) {
  const model = [integer(1, irVersion), message(8, [integer(2, 13)]), message(7, [...graphFields, string(2, 'g')])];
  fs.writeFileSync(inFolder(name), pb.serialize(model));
  return inFolder(name);
}

// y = x * w + b; `w` and `b` by argument.
function affine(name, weight, bias) {
  return writeModel(name, 8, [
    node('MatMul', ['x', 'w'], ['p']), node('Add', ['p', 'b'], ['y']),
    initializer('w', 'float32', [2, 2], Float32Array.from(weight)), initializer('b', 'float32', [2], Float32Array.from(bias)),
    valueInfo(11, 'x', kFloat, ['n', 2]), valueInfo(12, 'y', kFloat, ['n', 2]),
  ]);
}

function ortRun(...args) {
  const done = spawnSync(process.execPath, [path.join(__dirname, 'ort_run.js'), ...args], {encoding: 'utf8'});
  return {code: done.status, lines: done.stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line))};
}

const tests = {
  'varints of every length survive'() {
    for (const value of [0n, 1n, 127n, 128n, 300n, (1n << 28n) - 1n, 1n << 28n, (1n << 35n) + 5n, (1n << 63n) + 7n]) {
      const fields = pb.parse(pb.serialize([[3, pb.kVarint, value]]));
      assert.deepStrictEqual(fields, [[3, 0, value]]);
    }
    assert.strictEqual(pb.signed(pb.first(pb.parse(pb.serialize([[1, pb.kVarint, -1]])), 1)), -1);
    assert.throws(() => pb.parse(Buffer.from([0x80])));
    assert.throws(() => pb.parse(Buffer.from([0x0a, 5, 1])));
  },
  'half floats round to nearest even, both ways'() {
    for (let bits = 0; bits < 65536; ++bits) {
      const value = tensors.float16ToNumber(bits);
      if (!Number.isNaN(value)) assert.strictEqual(tensors.numberToFloat16(value), bits, `bits ${bits}`);
    }
    assert.strictEqual(tensors.numberToFloat16(1 + 2 ** -11), 0x3c00);
    assert.strictEqual(tensors.numberToFloat16(1 + 3 * 2 ** -11), 0x3c02);
    assert.strictEqual(tensors.numberToFloat16(65519), 0x7bff);
    assert.strictEqual(tensors.numberToFloat16(65520), 0x7c00);
    assert.strictEqual(tensors.numberToFloat16(2 ** -25), 0);
    assert.strictEqual(tensors.numberToFloat16(2047 * 2 ** -25), 0x0400);
  },
  'tensors round-trip, and typed fields are read as raw data is'() {
    for (const [dtype, data] of [['float32', Float32Array.of(1.5, -2)], ['int64', BigInt64Array.of(-3n, 1n << 40n)],
      ['bool', Uint8Array.of(1, 0)], ['float16', Uint16Array.of(0x3c00, 0x7e00)], ['string', ['a', 'ü']]]) {
      const read = tensors.decode(pb.serialize(tensors.toFields({name: 't', dtype, dims: [2], data})));
      assert.deepStrictEqual(read, {name: 't', dtype, dims: [2], data});
    }
    const typed = pb.serialize([integer(1, 2), integer(2, kInt64), [7, pb.kBytes, Buffer.concat([pb.varint(5), pb.varint(-1)])]]);
    assert.deepStrictEqual(tensors.decode(typed).data, BigInt64Array.of(5n, -1n));
    assert.throws(() => tensors.decode(pb.serialize([integer(1, 3), integer(2, kInt64), integer(7, 1)])), /3/);
  },
  'the measure: relative to the largest value, four times the noise, exact integers, special values'() {
    const f32 = (...data) => ({dtype: 'float32', dims: [data.length], data: Float32Array.from(data)});
    const i32 = (...data) => ({dtype: 'int32', dims: [data.length], data: Int32Array.from(data)});
    assert(compareTensors(f32(100, 0), f32(100, 0.009)).ok);
    assert(!compareTensors(f32(100, 0), f32(100, 0.011)).ok);
    assert(compareTensors(f32(100, 0), f32(100, 0.011), {noise: 0.003}).ok);
    assert(compareTensors(f32(1, 0), f32(1, 0.4), {quantum: 0.5}).ok);
    assert(compareTensors(f32(NaN, Infinity), f32(NaN, Infinity)).ok);
    assert(!compareTensors(f32(1, Infinity), f32(1, -Infinity)).ok);
    assert(!compareTensors(f32(1, NaN), f32(1, 0)).ok);
    assert(!compareTensors(i32(1, 2), i32(1, 3)).ok);
    assert(!compareTensors(f32(1, 2), {...f32(1, 2), dims: [2, 1]}).ok);
    assert(!compareTensors(f32(1), i32(1)).ok);
    const half = (...data) => ({dtype: 'float16', dims: [data.length], data: Uint16Array.from(data, tensors.numberToFloat16)});
    assert(compareTensors(half(1, 0.5), half(1, 0.505)).ok);
    assert(!compareTensors(half(1, 0.5), half(1, 0.52)).ok);
  },
  'ids stay inside the table they index, masks are prefixes of ones, the seed decides'() {
    const file = writeModel('gather.onnx', 8, [
      node('Cast', ['ids'], ['wide'], [message(5, [string(1, 'to'), integer(3, kInt64), integer(20, 2)])]),
      node('Gather', ['table', 'wide'], ['y']), initializer('table', 'float32', [3, 1], Float32Array.of(1, 2, 3)),
      valueInfo(11, 'ids', 6, ['n', 8]), valueInfo(11, 'attention_mask', kInt64, ['n', 8]), valueInfo(12, 'y', kFloat, ['n', 8, 1]),
    ]);
    const model = readModel(file), hints = {dims: {n: [50, 2]}};
    const [ids, mask] = makeInputs(model, {seed: 1, hints});
    assert.deepStrictEqual(ids.dims, [50, 8]);
    assert.deepStrictEqual([...new Set(ids.data)].sort(), [0, 1, 2]);
    for (let row = 0; row < 50; ++row) {
      assert.match(Array.from(mask.data.subarray(row * 8, row * 8 + 8)).join(''), /^1+0*$/);
    }
    assert.deepStrictEqual(makeInputs(model, {seed: 1, hints})[0].data, ids.data);
    assert.notDeepStrictEqual(makeInputs(model, {seed: 3, hints})[0].data, ids.data);
    assert.deepStrictEqual(makeInputs(model, {seed: 2, hints})[0].dims, [2, 8]);
  },
  'equal models compare equal; a permuted weight, a changed shape and a broken file do not'() {
    const a = affine('a.onnx', [1, 2, 3, 4], [0.5, -0.5]);
    assert.strictEqual(ortRun('compare', a, affine('same.onnx', [1, 2, 3, 4], [0.5, -0.5])).code, 0);
    const permuted = ortRun('compare', a, affine('permuted.onnx', [2, 1, 4, 3], [0.5, -0.5]));
    assert.strictEqual(permuted.code, 1);
    assert.strictEqual(permuted.lines.filter((line) => line.output === 'y' && !line.ok).length, 3);
    const close = ortRun('compare', a, affine('close.onnx', [1, 2, 3, 4], [0.5001, -0.5]));
    assert.strictEqual(close.code, 0);
    fs.writeFileSync(inFolder('broken.onnx'), 'not a model');
    const broken = ortRun('compare', a, inFolder('broken.onnx'));
    assert.strictEqual(broken.code, 1);
    assert.strictEqual(broken.lines.pop().ok, false);
    assert.strictEqual(ortRun('compare', a).code, 2);
  },
  'run writes tensors that tensors compares, by the tolerance it wrote'() {
    const a = affine('r.onnx', [1, 2, 3, 4], [0.5, -0.5]), out = inFolder('run');
    assert.strictEqual(ortRun('run', a, '--out', out, '--seeds', '7').code, 0);
    const x = tensors.read(path.join(out, 'input_0.pb')), y = tensors.read(path.join(out, 'output_0.pb'));
    assert.deepStrictEqual(x.dims, [1, 2]);
    assert(Math.abs(y.data[0] - (x.data[0] + 3 * x.data[1] + 0.5)) < 1e-5);
    assert.strictEqual(ortRun('tensors', out, out).code, 0);
    const again = ortRun('run', a, '--out', inFolder('again'), '--inputs', out);
    assert.strictEqual(again.code, 0);
    assert.deepStrictEqual(tensors.read(path.join(inFolder('again'), 'output_0.pb')), y);
    tensors.write(path.join(inFolder('again'), 'output_0.pb'), {...y, data: y.data.map((value) => value + 1)});
    assert.strictEqual(ortRun('tensors', out, inFolder('again')).code, 1);
  },
  'refill: fills and splats become random weights under their names, real weights stay'() {
    const shape = initializer('s', 'int64', [4], BigInt64Array.of(8n, 3n, 3n, 3n));
    const file = writeModel('fill.onnx', 3, [
      node('ConstantOfShape', ['s'], ['w']), node('Conv', ['x', 'w', 'b'], ['y']), shape,
      initializer('b', 'float32', [8], new Float32Array(8)),
      valueInfo(11, 'x', kFloat, [1, 3, 6, 6]), valueInfo(11, 's', kInt64, [4]), valueInfo(11, 'b', kFloat, [8]),
      valueInfo(12, 'y', kFloat, [1, 8, 4, 4]),
    ]);
    const done = refill(readModel(file), 1);
    assert.strictEqual(done.count, 2);
    fs.writeFileSync(inFolder('filled.onnx'), Buffer.concat(done.pieces));
    const model = readModel(inFolder('filled.onnx')), weight = tensors.decode(model.initializers.get('w'));
    assert.deepStrictEqual(model.nodes.map(({op}) => op), ['Conv']);
    assert.deepStrictEqual(model.inputs.map(({name}) => name), ['x']);
    assert.deepStrictEqual(weight.dims, [8, 3, 3, 3]);
    assert(new Set(weight.data).size > 200);
    assert.strictEqual(ortRun('run', inFolder('filled.onnx'), '--out', inFolder('filled')).code, 0);
    assert.deepStrictEqual(Buffer.concat(refill(readModel(file), 1).pieces), fs.readFileSync(inFolder('filled.onnx')));
    assert.strictEqual(refill(readModel(affine('real.onnx', [1, 2, 3, 4], [0, 0])), 1).count, 0);
  },
};

let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  try {
    test();
    process.stdout.write(`ok    ${name}\n`);
  } catch (error) {
    ++failed;
    process.stdout.write(`FAIL  ${name}\n${error.stack}\n`);
  }
}
fs.rmSync(folder, {recursive: true, force: true});
process.stdout.write(`${Object.keys(tests).length - failed} of ${Object.keys(tests).length} pass\n`);
process.exitCode = failed === 0 ? 0 : 1;
