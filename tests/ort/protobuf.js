// The protocol-buffer wire format, as little of it as ONNX files need: a message is a list of fields
// [number, wireType, value], in file order, and every field that nobody touches is written back as it came.
//
// Wire types: 0 varint (BigInt), 1 fixed64 (Buffer), 2 length-delimited (Buffer), 5 fixed32 (Buffer).
'use strict';

const kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5;

function readVarint(buffer, position) {
  let low = 0, shift = 0, byte;
  // Lengths and tags fit in 28 bits nearly always; BigInt only where they do not.
  do {
    if (position >= buffer.length) throw new Error('protobuf: truncated varint');
    byte = buffer[position++];
    if (shift < 28) {
      low |= (byte & 0x7f) << shift;
      shift += 7;
      continue;
    }
    let value = BigInt(low), bigShift = BigInt(shift);
    for (;;) {
      value |= BigInt(byte & 0x7f) << bigShift;
      if (byte < 0x80) return [BigInt.asUintN(64, value), position];
      if (position >= buffer.length || bigShift > 63n) throw new Error('protobuf: bad varint');
      byte = buffer[position++];
      bigShift += 7n;
    }
  } while (byte >= 0x80);
  return [low, position];
}

// The fields of one message. Values of wire type 2 are views into `buffer`, not copies.
function parse(buffer) {
  const fields = [];
  let position = 0, tag, value;
  while (position < buffer.length) {
    [tag, position] = readVarint(buffer, position);
    const number = Number(tag) >>> 3, wire = Number(tag) & 7;
    if (wire === kVarint) {
      [value, position] = readVarint(buffer, position);
      value = BigInt(value);
    } else {
      let length;
      if (wire === kFixed64) length = 8;
      else if (wire === kFixed32) length = 4;
      else if (wire === kBytes) [length, position] = readVarint(buffer, position);
      else throw new Error(`protobuf: wire type ${wire} at byte ${position}`);
      length = Number(length);
      if (position + length > buffer.length) throw new Error(`protobuf: field ${number} ends past the message`);
      value = buffer.subarray(position, position + length);
      position += length;
    }
    fields.push([number, wire, value]);
  }
  return fields;
}

function varint(value) {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes = [];
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

// The pieces of a message, not joined: a weight of half a gigabyte is not copied once per nesting level.
function serializeToPieces(fields) {
  const pieces = [];
  for (const [number, wire, value] of fields) {
    pieces.push(varint(number * 8 + wire));
    if (wire === kVarint) {
      pieces.push(varint(value));
    } else if (wire === kBytes) {
      const inner = Array.isArray(value) ? value : [value];
      pieces.push(varint(inner.reduce((sum, piece) => sum + piece.length, 0)), ...inner);
    } else {
      pieces.push(value);
    }
  }
  return pieces;
}

const serialize = (fields) => Buffer.concat(serializeToPieces(fields));

const first = (fields, number) => {
  const found = fields.find((field) => field[0] === number);
  return found === undefined ? undefined : found[2];
};
const all = (fields, number) => fields.filter((field) => field[0] === number).map((field) => field[2]);
const text = (value) => (value === undefined ? '' : value.toString('utf8'));
const signed = (value) => (value === undefined ? 0 : Number(BigInt.asIntN(64, value)));

// Repeated integers, packed or not, as BigInt.
function repeatedVarints(fields, number) {
  const values = [];
  for (const [n, wire, value] of fields) {
    if (n !== number) continue;
    if (wire === kVarint) {
      values.push(value);
      continue;
    }
    for (let position = 0; position < value.length;) {
      let one;
      [one, position] = readVarint(value, position);
      values.push(BigInt(one));
    }
  }
  return values;
}

// Repeated fixed32/fixed64 scalars, packed or not, as one byte buffer.
const repeatedFixed = (fields, number) => Buffer.concat(all(fields, number));

module.exports = {
  kVarint, kBytes, parse, serialize, serializeToPieces, varint, first, all, text, signed, repeatedVarints, repeatedFixed,
};
