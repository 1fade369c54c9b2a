// The parts of a ModelProto that the oracle needs to know: inputs with their types, and enough of the graph
// to say what an input or a weight is for.
'use strict';
const fs = require('fs');
const pb = require('./protobuf.js');

function readValueInfo(buffer) {
  const fields = pb.parse(buffer), type = pb.first(fields, 2);
  const value = {name: pb.text(pb.first(fields, 1)), elementType: 0, dims: undefined};
  const tensorType = type && pb.first(pb.parse(type), 1);
  if (tensorType === undefined) return value;  // A sequence, a map, an optional, or untyped.
  const tensor = pb.parse(tensorType), shape = pb.first(tensor, 2);
  value.elementType = pb.signed(pb.first(tensor, 1));
  value.dims = shape && pb.all(pb.parse(shape), 1).map((dim) => {
    const parts = pb.parse(dim), size = pb.first(parts, 1);
    return size === undefined ? pb.text(pb.first(parts, 2)) || '?' : pb.signed(size);
  });
  return value;
}

function readNode(buffer) {
  const fields = pb.parse(buffer);
  const attributes = new Map();
  for (const attribute of pb.all(fields, 5)) {
    const parts = pb.parse(attribute);
    attributes.set(pb.text(pb.first(parts, 1)), parts);
  }
  return {
    op: pb.text(pb.first(fields, 4)), domain: pb.text(pb.first(fields, 7)), attributes,
    inputs: pb.all(fields, 1).map(pb.text), outputs: pb.all(fields, 2).map(pb.text),
  };
}

const integerAttribute = (node, name, fallback) => {
  const parts = node.attributes.get(name);
  return parts === undefined ? fallback : pb.signed(pb.first(parts, 3));
};

// {modelFields, graphFields, nodes, inputs, outputs, initializers: name → buffer, consumers: name → [[node, index]]}
// `inputs` are those a caller must feed: graph inputs that no initializer supplies.
function readModel(path) {
  const modelFields = pb.parse(fs.readFileSync(path));
  const graph = pb.first(modelFields, 7);
  if (graph === undefined) throw new Error(`${path}: no graph`);
  const graphFields = pb.parse(graph);
  const initializers = new Map();
  for (const tensor of pb.all(graphFields, 5)) initializers.set(pb.text(pb.first(pb.parse(tensor), 8)), tensor);
  const nodes = pb.all(graphFields, 1).map(readNode);
  const consumers = new Map();
  for (const node of nodes) {
    node.inputs.forEach((name, index) => {
      if (!consumers.has(name)) consumers.set(name, []);
      consumers.get(name).push([node, index]);
    });
  }
  const declared = pb.all(graphFields, 11).map(readValueInfo);
  return {
    modelFields, graphFields, nodes, initializers, consumers, declaredInputs: declared,
    inputs: declared.filter((input) => !initializers.has(input.name)),
    outputs: pb.all(graphFields, 12).map(readValueInfo),
  };
}

const initializerDims = (model, name) => {
  const tensor = model.initializers.get(name);
  return tensor && pb.repeatedVarints(pb.parse(tensor), 1).map((dim) => pb.signed(dim));
};

module.exports = {initializerDims, integerAttribute, readModel};
