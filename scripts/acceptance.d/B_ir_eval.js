#!/usr/bin/env node
// The op table, inference, upgrades and evaluation, by count.
'use strict';
const fs = require('fs');
const path = require('path');
const {corpus, manifest, root, row, some} = require('./lib.js');

const read = (file) => fs.readFileSync(path.join(root, file), 'utf8');
const entries = [...read('ir/ops.def').matchAll(/^ESAT_OP(?:_HOW)?\((\w+),[^\n]*,\s*(\w+),\s*(\w+)\)\s*$/gm)]
    .map(([, name, infer, kernel]) => ({name, infer, kernel}));
const inTable = new Set(entries.map((entry) => entry.name));

function sourcesUnder(folder) {
  return fs.readdirSync(path.join(root, folder), {withFileTypes: true}).flatMap((entry) =>
    (entry.isDirectory() ? sourcesUnder(path.join(folder, entry.name)) : [path.join(folder, entry.name)]));
}

// Operators of the default domain that ONNX ever had; the corpus also has invented ones.
const schemas = JSON.parse(fs.readFileSync(path.join(corpus, 'onnx/schemas.json'), 'utf8')).schemas;
const everInOnnx = new Set(schemas.filter((schema) => schema.domain === '').map((schema) => schema.op));
const used = new Set(manifest().filter((entry) => entry.format === 'onnx').flatMap((entry) => Object.keys(entry.ops || {})));
const names = [...used].filter((name) => /^\w+$/.test(name)).sort();
const importer = sourcesUnder('frontends/onnx').filter((file) => file.endsWith('.cc')).map(read).join('\n');
const kept = names.filter((name) => !everInOnnx.has(name) && !inTable.has(name) && !importer.includes(`"${name}"`));
const missing = names.filter((name) => !inTable.has(name) && !importer.includes(`"${name}"`) && everInOnnx.has(name));
row(missing.length === 0, 'B.1', 'every ai.onnx operator that the corpus uses has a table entry or an upgrade',
  `${names.length} used, ${names.length - missing.length - kept.length} covered, ${kept.length} that ai.onnx never had stay Opaque (${some(kept, 20)})` +
  (missing.length ? `; missing: ${some(missing, 20)}` : ''));

const kernels = entries.filter((entry) => entry.kernel !== 'None'), kernelNames = kernels.map((entry) => entry.name).filter((name) => everInOnnx.has(name));
row(kernelNames.length >= 140, 'B.2', 'at least 140 ai.onnx operators have an eval kernel', `${kernelNames.length}, a missing one is a link error`);
const uninferred = entries.filter((entry) => entry.infer === 'None' && entry.name !== 'None');
row(uninferred.length === 0, 'B.3', 'every entry has inference', `${entries.length} entries, ${uninferred.length} without`);
