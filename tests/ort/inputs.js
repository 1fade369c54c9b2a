// Inputs that a model can mean something by: ids stay inside their tables, masks are 0/1 with a prefix of ones,
// positions count up, rates and lengths are what the model's manifest entry says; the rest is uniform in [-1, 1).
//
// A hints object (tests/corpus/inputs.json has one per model that needs it) overrides the guesses:
//   dims    name → size, or a list of sizes of which seed s takes the ((s - 1) mod length)-th; the same for
//           every symbol of one model, so that seq + past = total can be kept
//   inputs  name → {shape, range: [low, high), values: [...], mask: true, positions: true,
//           strokes: true (an image of dark vertical strokes in lines on white, which a text detector sees)}
'use strict';
const {Random} = require('./random.js');
const {initializerDims, integerAttribute} = require('./model.js');
const tensors = require('./tensor.js');

// Ops that hand an integer on as it is, as far as its range is concerned.
const kTransparent = new Set(['Cast', 'Reshape', 'Squeeze', 'Unsqueeze', 'Transpose', 'Identity', 'Flatten', 'Expand', 'Slice']);
const kEmbeddingTables = {EmbedLayerNormalization: new Map([[0, 2], [1, 4]])};

// The smallest table that values of `name` index, following it through transparent ops; undefined if none does.
function indexedTableSize(model, name) {
  let smallest;
  const seen = new Set([name]);
  for (const value of seen) {
    for (const [node, index] of model.consumers.get(value) || []) {
      if (kTransparent.has(node.op) && index === 0) node.outputs.forEach((output) => seen.add(output));
      let size;
      if (node.op === 'Gather' && index === 1) {
        const dims = initializerDims(model, node.inputs[0]);
        size = dims && dims[(integerAttribute(node, 'axis', 0) + dims.length) % dims.length];
      } else if (kEmbeddingTables[node.op] !== undefined && kEmbeddingTables[node.op].has(index)) {
        const dims = initializerDims(model, node.inputs[kEmbeddingTables[node.op].get(index)]);
        size = dims && dims[0];
      }
      if (size !== undefined && (smallest === undefined || size < smallest)) smallest = size;
    }
  }
  return smallest;
}

function meaningOf(model, input, hint) {
  if (hint.values !== undefined) return {kind: 'values', values: hint.values};
  if (hint.mask || /mask/i.test(input.name)) return {kind: 'mask'};
  if (hint.positions || /position_ids/i.test(input.name)) return {kind: 'positions'};
  if (hint.strokes) return {kind: 'strokes'};
  if (hint.range !== undefined) return {kind: 'range', low: hint.range[0], high: hint.range[1]};
  const dtype = tensors.byOnnx(input.elementType);
  if (dtype.float) return {kind: 'range', low: -1, high: 1};
  const table = indexedTableSize(model, input.name);
  if (table !== undefined) return {kind: 'range', low: 0, high: table};
  if (dtype.name === 'bool') return {kind: 'range', low: 0, high: 2};
  return {kind: 'range', low: 0, high: /type_ids|segment/i.test(input.name) ? 2 : 16};
}

function shapeOf(input, hints, hint, seed, defaultDim) {
  const dims = hint.shape || input.dims;
  if (dims === undefined) throw new Error(`input '${input.name}' has no shape`);
  return dims.map((dim) => {
    if (typeof dim === 'number' && dim >= 0) return dim;
    const given = (hints.dims || {})[dim];
    if (given === undefined) return defaultDim;
    return Array.isArray(given) ? given[(seed - 1) % given.length] : given;
  });
}

// Number of element i, before it is stored as the dtype's own.
function numberSource(meaning, dims, random) {
  const row = dims.length > 0 ? dims[dims.length - 1] : 1;
  switch (meaning.kind) {
    case 'values':
      return (i) => meaning.values[i % meaning.values.length];
    case 'positions':
      return (i) => i % row;
    case 'mask': {
      const lengths = [];  // One a row, at least one element stays visible.
      return (i) => {
        const r = Math.floor(i / row);
        if (lengths[r] === undefined) lengths[r] = random.integer(Math.ceil(row / 2), row + 1);
        return i % row < Math.max(1, lengths[r]) ? 1 : 0;
      };
    }
    case 'strokes': {
      const height = dims[dims.length - 2], columns = [];  // One drawing for all channels.
      for (let x = 0; x < row; ++x) columns.push(x % 6 < 2 || random.next32() % 4 === 0);
      return (i) => {
        const x = i % row, y = Math.floor(i / row) % height, inLine = y % 32 >= 8 && y % 32 < 24;
        return (inLine && x > 8 && x < row - 8 && columns[x] ? -2 : 2) + random.uniform(-0.05, 0.05);
      };
    }
    default:
      return () => random.uniform(meaning.low, meaning.high);
  }
}

function makeInput(model, input, hints, seed, defaultDim) {
  const dtype = tensors.byOnnx(input.elementType);
  if (dtype === undefined || input.elementType === 0) throw new Error(`input '${input.name}' is not a tensor of a known dtype`);
  const hint = (hints.inputs || {})[input.name] || {};
  const dims = shapeOf(input, hints, hint, seed, defaultDim);
  const count = tensors.elementCount(dims), random = new Random(seed, input.name);
  if (dtype.name === 'string') {
    const values = hint.values || ['a', 'b', 'c'];
    return {name: input.name, dtype: dtype.name, dims, data: Array.from({length: count}, (_, i) => values[i % values.length])};
  }
  if (dtype.name === 'bfloat16') throw new Error(`input '${input.name}': ORT's JavaScript interface has no bfloat16`);
  const data = new dtype.array(count), source = numberSource(meaningOf(model, input, hint), dims, random);
  const wide = dtype.name === 'int64' || dtype.name === 'uint64';
  for (let i = 0; i < count; ++i) {
    const value = source(i);
    if (dtype.name === 'float16') data[i] = tensors.numberToFloat16(value);
    else if (dtype.float) data[i] = value;
    else data[i] = wide ? BigInt(Math.floor(value)) : Math.floor(value);
  }
  return {name: input.name, dtype: dtype.name, dims, data};
}

// One tensor for every input that a caller must feed, in the model's order.
function makeInputs(model, {seed, hints = {}, defaultDim = 1}) {
  return model.inputs.map((input) => makeInput(model, input, hints, seed, defaultDim));
}

module.exports = {indexedTableSize, makeInputs};
