#!/usr/bin/env node
// refill.js IN.onnx OUT.onnx [--seed N]
//
// Some corpus models have no weights: ConstantOfShape nodes, or initializers of one repeated value, stand where
// trained tensors were. An optimizer that permuted such a weight would go unnoticed. This writes the same model
// with seeded random weights as real initializers under the same names: He-scaled for convolutions and products,
// small for biases, positive for variances. Normalisation scales lie below 1, or a deep residual network's logits
// grow until its softmax is a one-hot vector that hides every error. Integer fills (shapes, indices) stay, and so
// does a model most of whose weights are real: a splat among them (a bias of zeros) is what training left.
'use strict';
const fs = require('fs');
const pb = require('./protobuf.js');
const tensors = require('./tensor.js');
const {Random} = require('./random.js');
const {integerAttribute, readModel} = require('./model.js');

const product = (dims) => dims.reduce((total, dim) => total * dim, 1);
const spread = (deviation) => [-Math.sqrt(3) * deviation, Math.sqrt(3) * deviation];  // Uniform of that deviation.

// The interval to draw a weight from, by its first consumer; undefined if it is no weight.
function rangeFor(model, name, dims) {
  for (const [node, index] of model.consumers.get(name) || []) {
    switch (node.op) {
      case 'Conv':
      case 'ConvTranspose':
        if (index === 1) return spread(Math.sqrt(2 / product(dims.slice(1))));
        if (index === 2) return spread(0.1);
        break;
      case 'Gemm':
        if (index === 1) return spread(Math.sqrt(2 / dims[integerAttribute(node, 'transB', 0) ? 1 : 0]));
        if (index === 2) return spread(0.1);
        break;
      case 'MatMul':
        if (index === 1 && dims.length > 1) return spread(Math.sqrt(2 / dims[dims.length - 2]));
        break;
      case 'BatchNormalization':
        if (index === 1) return [0.4, 0.9];
        if (index === 4) return [0.5, 1.5];
        if (index >= 2) return spread(0.1);
        break;
      default:
    }
  }
  return undefined;
}

const kNothing = {weights: new Map(), dropNodes: new Set(), dropInitializers: new Set()};

const isSplat = (data) => data.length > 1 && data.every((value) => Object.is(value, data[0]));

// name → dims of every float tensor to draw; and which nodes and initializers that makes superfluous.
function plan(model) {
  const weights = new Map(), dropNodes = new Set(), shapes = new Set();
  const normalisation = new Set();
  model.nodes.forEach((node, position) => {
    if (node.op === 'BatchNormalization') node.inputs.slice(1, 5).forEach((name) => normalisation.add(name));
    if (node.op !== 'ConstantOfShape' || !model.initializers.has(node.inputs[0])) return;
    const fill = node.attributes.get('value');
    if (fill !== undefined && tensors.decode(pb.first(fill, 5)).dtype !== 'float32') return;
    const dims = Array.from(tensors.decode(model.initializers.get(node.inputs[0])).data, Number);
    if (rangeFor(model, node.outputs[0], dims) === undefined) return;
    weights.set(node.outputs[0], dims);
    dropNodes.add(position);
    shapes.add(node.inputs[0]);
  });
  const hasFills = weights.size > 0;
  const isMatrix = (dims) => dims.length > 1;
  let constant = [...weights.values()].filter(isMatrix).length, real = 0;
  for (const [name, buffer] of model.initializers) {
    const fields = pb.parse(buffer);
    if (pb.signed(pb.first(fields, 2)) !== 1 || pb.signed(pb.first(fields, 14)) === 1) continue;
    const dims = pb.repeatedVarints(fields, 1).map((dim) => pb.signed(dim));
    if (rangeFor(model, name, dims) === undefined) continue;
    // Trained statistics of a network whose weights are gone fit nothing any more.
    const splat = isSplat(tensors.decode(buffer).data);
    if ((hasFills && normalisation.has(name)) || splat) weights.set(name, dims);
    if (isMatrix(dims)) splat ? ++constant : ++real;
  }
  if (real >= constant) return kNothing;
  const stillUsed = (name) => model.consumers.get(name).some(([node]) => !dropNodes.has(model.nodes.indexOf(node)));
  for (const name of [...shapes]) if (stillUsed(name)) shapes.delete(name);
  return {weights, dropNodes, dropInitializers: shapes};
}

function drawTensor(model, name, dims, seed) {
  const [low, high] = rangeFor(model, name, dims), random = new Random(seed, name), data = new Float32Array(product(dims));
  for (let i = 0; i < data.length; ++i) data[i] = random.uniform(low, high);
  return {name, dtype: 'float32', dims, data};
}

// A ValueInfoProto; a model of IR version 3 lists its initializers among its inputs.
function inputFields(name, dims) {
  const shape = dims.map((dim) => [1, pb.kBytes, pb.serialize([[1, pb.kVarint, dim]])]);
  const tensorType = pb.serialize([[1, pb.kVarint, 1], [2, pb.kBytes, pb.serialize(shape)]]);
  return pb.serialize([[1, pb.kBytes, Buffer.from(name)], [2, pb.kBytes, pb.serialize([[1, pb.kBytes, tensorType]])]]);
}

// The model's pieces with its weights drawn, and how many were. Pieces, because some models grow to half a gigabyte.
function refill(model, seed) {
  const {weights, dropNodes, dropInitializers} = plan(model);
  const listsInitializers = pb.signed(pb.first(model.modelFields, 1)) < 4;
  const declared = new Set(model.declaredInputs.map((input) => input.name));
  const graph = [];
  let node = -1;
  for (const field of model.graphFields) {
    const [number, , value] = field;
    if (number === 1 && dropNodes.has(++node)) continue;
    if (number === 5 || number === 11) {
      const name = pb.text(pb.first(pb.parse(value), number === 5 ? 8 : 1));
      if (dropInitializers.has(name) || (number === 5 && weights.has(name))) continue;
    }
    graph.push(field);
  }
  for (const [name, dims] of weights) {
    graph.push([5, pb.kBytes, pb.serializeToPieces(tensors.toFields(drawTensor(model, name, dims, seed)))]);
    if (listsInitializers && !declared.has(name)) graph.push([11, pb.kBytes, inputFields(name, dims)]);
  }
  const fields = model.modelFields.map((field) => (field[0] === 7 ? [7, pb.kBytes, pb.serializeToPieces(graph)] : field));
  return {pieces: pb.serializeToPieces(fields), count: weights.size};
}

function main(argv) {
  const seedAt = argv.indexOf('--seed'), seed = seedAt < 0 ? 1 : Number(argv[seedAt + 1]);
  const [input, output] = seedAt < 0 ? argv : argv.filter((_, i) => i !== seedAt && i !== seedAt + 1);
  if (output === undefined || !Number.isInteger(seed)) {
    process.stderr.write('usage: refill.js IN.onnx OUT.onnx [--seed N]\n');
    return 2;
  }
  const {pieces, count} = refill(readModel(input), seed);
  const file = fs.openSync(output, 'w');
  for (const piece of pieces) fs.writeSync(file, piece);
  fs.closeSync(file);
  process.stdout.write(`${JSON.stringify({model: input, refilled: count})}\n`);
  return 0;
}

if (require.main === module) process.exitCode = main(process.argv.slice(2));
module.exports = {plan, refill};
