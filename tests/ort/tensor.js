// TensorProto in and out, and what ONNX calls each element type.
'use strict';
const fs = require('fs');
const pb = require('./protobuf.js');

// ONNX's number, ORT's name and the typed array of every dtype that ORT's JavaScript interface can carry.
const kDtypes = [
  {onnx: 1, name: 'float32', array: Float32Array, float: true, f64: false},
  {onnx: 2, name: 'uint8', array: Uint8Array},
  {onnx: 3, name: 'int8', array: Int8Array},
  {onnx: 4, name: 'uint16', array: Uint16Array},
  {onnx: 5, name: 'int16', array: Int16Array},
  {onnx: 6, name: 'int32', array: Int32Array},
  {onnx: 7, name: 'int64', array: BigInt64Array},
  {onnx: 8, name: 'string', array: Array},
  {onnx: 9, name: 'bool', array: Uint8Array},
  {onnx: 10, name: 'float16', array: Uint16Array, float: true},
  {onnx: 11, name: 'float64', array: Float64Array, float: true},
  {onnx: 12, name: 'uint32', array: Uint32Array},
  {onnx: 13, name: 'uint64', array: BigUint64Array},
  {onnx: 16, name: 'bfloat16', array: Uint16Array, float: true},
];
const byOnnx = (number) => kDtypes.find((dtype) => dtype.onnx === number);
const byName = (name) => kDtypes.find((dtype) => dtype.name === name);

function float16ToNumber(bits) {
  const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 0x1f, fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

// Rounds to nearest, ties to even.
function numberToFloat16(value) {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0, size = Math.abs(value);
  if (size >= 65520) return sign | 0x7c00;
  const exponent = Math.max(-14, Math.floor(Math.log2(size || 2 ** -14)));
  const scaled = size / 2 ** (exponent - 10), floor = Math.floor(scaled), rest = scaled - floor;
  const rounded = floor + (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? 1 : 0);
  // A subnormal has no implicit bit; a carry out of the fraction lands in the exponent by itself.
  return sign | (rounded < 1024 && exponent === -14 ? rounded : ((exponent + 14) << 10) + rounded);
}

const kBits = new DataView(new ArrayBuffer(4));
function bfloat16ToNumber(bits) {
  kBits.setUint32(0, bits << 16);
  return kBits.getFloat32(0);
}

const elementCount = (dims) => dims.reduce((product, dim) => product * dim, 1);

// {name, dtype, dims, data}; data is the dtype's typed array, or an array of strings. Inline data only.
function decode(buffer) {
  const fields = pb.parse(buffer);
  const dtype = byOnnx(pb.signed(pb.first(fields, 2)));
  if (dtype === undefined) throw new Error(`element type ${pb.signed(pb.first(fields, 2))} is not supported`);
  if (pb.signed(pb.first(fields, 14)) === 1) throw new Error('tensor data is external');
  const dims = pb.repeatedVarints(fields, 1).map((dim) => pb.signed(dim));
  const name = pb.text(pb.first(fields, 8)), raw = pb.first(fields, 9);
  let data;
  if (dtype.name === 'string') {
    data = pb.all(fields, 6).map((bytes) => bytes.toString('utf8'));
  } else if (raw !== undefined) {
    data = new dtype.array(new Uint8Array(raw).buffer);
  } else if (dtype.name === 'float32' || dtype.name === 'float64') {
    data = new dtype.array(new Uint8Array(pb.repeatedFixed(fields, dtype.name === 'float32' ? 4 : 10)).buffer);
  } else {
    const wide = dtype.array === BigInt64Array || dtype.array === BigUint64Array;
    const number = dtype.name === 'int64' ? 7 : dtype.name === 'uint32' || dtype.name === 'uint64' ? 11 : 5;
    const values = pb.repeatedVarints(fields, number).map((value) => BigInt.asIntN(64, value));
    data = dtype.array.from(wide ? values : values.map(Number));
  }
  if (data.length !== elementCount(dims)) {
    throw new Error(`tensor '${name}' has ${data.length} elements, its shape [${dims}] says ${elementCount(dims)}`);
  }
  return {name, dtype: dtype.name, dims, data};
}

const bytesOf = (data) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

// The fields of a TensorProto with its values in raw_data, as little-endian bytes (the host is little-endian).
function toFields(tensor) {
  const fields = tensor.dims.map((dim) => [1, pb.kVarint, dim]);
  fields.push([2, pb.kVarint, byName(tensor.dtype).onnx], [8, pb.kBytes, Buffer.from(tensor.name)]);
  if (tensor.dtype === 'string') {
    for (const value of tensor.data) fields.push([6, pb.kBytes, Buffer.from(value)]);
  } else {
    fields.push([9, pb.kBytes, bytesOf(tensor.data)]);
  }
  return fields;
}

const read = (path) => decode(fs.readFileSync(path));
const write = (path, tensor) => fs.writeFileSync(path, pb.serialize(toFields(tensor)));

// A plain number for element i, whatever the dtype; 64-bit integers are compared elsewhere.
function valueReader(tensor) {
  if (tensor.dtype === 'float16') return (i) => float16ToNumber(tensor.data[i]);
  if (tensor.dtype === 'bfloat16') return (i) => bfloat16ToNumber(tensor.data[i]);
  return (i) => tensor.data[i];
}

module.exports = {byName, byOnnx, decode, elementCount, numberToFloat16, float16ToNumber, read, toFields, valueReader, write};
