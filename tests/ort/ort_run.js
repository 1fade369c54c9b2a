#!/usr/bin/env node
// ONNX Runtime as an oracle.
//
//   ort_run.js run MODEL --out DIR        run MODEL; write input_N.pb and output_N.pb (TensorProto) into DIR
//   ort_run.js compare A B                run both on the same inputs and compare (compare.js has the measure)
//   ort_run.js tensors EXPECTED GOT       compare the output_N.pb of two folders; EXPECTED/tolerance.json, which
//                                         `run` writes, holds what the measure allows each output
//   ort_run.js batch                      one JSON object a line on stdin, for many small models: {"command": "run",
//                                         "models": [...], "out": ..., any option below}; answers a line each
//
// Options: --seeds 1,2,3 (default; `run` takes the first)   inputs that inputs.js draws
//          --inputs DIR        take DIR/input_N.pb instead
//          --hints FILE --name NAME   FILE[NAME] is the hints object of inputs.js
//          --default-dim N     size of a symbolic dim without a hint (1)
//          --level disabled|basic|extended|all    ORT's graph optimisation of the compared runs (disabled)
//
// Prints JSON lines, one for each output and seed, then one that sums up: {"ok": ...}. Exit code 0: the same; 1: not,
// or a model did not load or run; 2: wrong usage.
'use strict';
const fs = require('fs');
const path = require('path');
const readline = require('readline');
const ort = require('onnxruntime-node');
const tensors = require('./tensor.js');
const {makeInputs} = require('./inputs.js');
const {readModel} = require('./model.js');
const {compareTensors, noiseBetween} = require('./compare.js');

const print = (object) => process.stdout.write(`${JSON.stringify(object)}\n`);

// Threads that spin while they wait would take the cores from whoever else tests on this machine.
const kSessionOptions = {logSeverityLevel: 4, extra: {session: {intra_op: {allow_spinning: '0'}}}};

function toOrt(tensor) {
  return new ort.Tensor(tensor.dtype, tensor.data, tensor.dims);
}

// ORT hands out Float16Array where JavaScript has it; we keep bits.
function fromOrt(name, value) {
  if (value.type === undefined || value.data === undefined) throw new Error(`output '${name}' is not a tensor`);
  let data = value.data;
  if (value.type === 'float16' && !(data instanceof Uint16Array)) {
    data = new Uint16Array(data.buffer, data.byteOffset, data.length);
  }
  return {name, dtype: value.type, dims: Array.from(value.dims), data};
}

async function runSession(session, inputs) {
  const feeds = {};
  for (const input of inputs) if (session.inputNames.includes(input.name)) feeds[input.name] = toOrt(input);
  const results = await session.run(feeds);
  return session.outputNames.map((name) => fromOrt(name, results[name]));
}

// The outputs for each of `batches`, a list of inputs each; one session for all of them.
async function runModel(file, level, batches) {
  const session = await ort.InferenceSession.create(file, {...kSessionOptions, graphOptimizationLevel: level});
  try {
    const results = [];
    for (const inputs of batches) results.push(await runSession(session, inputs));
    return results;
  } finally {
    await session.release();
  }
}

function readHints(options) {
  if (options.hints === undefined) return {};
  if (typeof options.hints === 'object') return options.hints;
  return JSON.parse(fs.readFileSync(options.hints, 'utf8'))[options.name] || {};
}

function inputsFor(model, options, seed) {
  if (options.inputs === undefined) {
    return makeInputs(model, {seed, hints: readHints(options), defaultDim: Number(options['default-dim'] || 1)});
  }
  return model.inputs.map((input, i) => ({...tensors.read(path.join(options.inputs, `input_${i}.pb`)), name: input.name}));
}

// One step of the quantisation that made each output: the scale of the DequantizeLinear behind it, else 0.
function quantumOf(model, outputName) {
  const producer = model.nodes.find((node) => node.outputs.includes(outputName));
  if (producer === undefined || producer.op !== 'DequantizeLinear') return 0;
  const scale = model.initializers.get(producer.inputs[1]);
  return scale === undefined ? 0 : Math.max(...Array.from(tensors.decode(scale).data, Number));
}

// Per batch of inputs and output of `model`: what ORT computes, and the noise of that computation.
async function reference(file, model, batches, level) {
  const plain = await runModel(file, 'disabled', batches);
  const optimised = await runModel(file, 'all', batches);
  const compared = level === 'disabled' ? plain : await runModel(file, level, batches);
  return compared.map((outputs, batch) => outputs.map((tensor, i) => ({
    tensor, allowance: {noise: noiseBetween(plain[batch][i], optimised[batch][i]), quantum: quantumOf(model, tensor.name)},
  })));
}

const levelOf = (options) => options.level || 'disabled';
const seedsOf = (options) => (options.inputs ? [0] : String(options.seeds || '1,2,3').split(',').map(Number));

async function run([file], options) {
  const model = readModel(file), seed = seedsOf(options)[0], inputs = inputsFor(model, options, seed);
  const [outputs] = await reference(file, model, [inputs], levelOf(options));
  fs.mkdirSync(options.out, {recursive: true});
  inputs.forEach((tensor, i) => tensors.write(path.join(options.out, `input_${i}.pb`), tensor));
  outputs.forEach(({tensor}, i) => tensors.write(path.join(options.out, `output_${i}.pb`), tensor));
  const tolerance = outputs.map(({tensor, allowance}) => ({name: tensor.name, ...allowance}));
  fs.writeFileSync(path.join(options.out, 'tolerance.json'), `${JSON.stringify(tolerance, null, 1)}\n`);
  return {ok: true, model: file, seed, inputs: inputs.length, outputs: outputs.length};
}

async function compare([a, b], options) {
  const model = readModel(a), seeds = seedsOf(options), batches = seeds.map((seed) => inputsFor(model, options, seed));
  const expected = await reference(a, model, batches, levelOf(options));
  const got = await runModel(b, levelOf(options), batches);
  // A user runs the result with every optimisation of ORT on: it must load and run there too.
  await runModel(b, 'all', batches.slice(0, 1));
  let ok = true, worst = 0, compared = 0;
  for (const [batch, seed] of seeds.entries()) {
    const names = got[batch].map((tensor) => tensor.name);
    if (names.join() !== expected[batch].map(({tensor}) => tensor.name).join()) return {ok: false, why: `outputs are ${names}`};
    expected[batch].forEach(({tensor, allowance}, i) => {
      const row = compareTensors(tensor, got[batch][i], allowance);
      print({seed, output: tensor.name, shape: tensor.dims, dtype: tensor.dtype, noise: allowance.noise, ...row});
      ok = ok && row.ok;
      if (row.tolerance > 0 && row.maxAbsDiff !== undefined) worst = Math.max(worst, row.maxAbsDiff / row.tolerance);
      ++compared;
    });
  }
  return {ok, compared, worstShareOfTolerance: worst};
}

function compareFolders([expectedDir, gotDir]) {
  const toleranceFile = path.join(expectedDir, 'tolerance.json');
  const allowances = fs.existsSync(toleranceFile) ? JSON.parse(fs.readFileSync(toleranceFile, 'utf8')) : [];
  let ok = true, compared = 0;
  for (; fs.existsSync(path.join(expectedDir, `output_${compared}.pb`)); ++compared) {
    const expected = tensors.read(path.join(expectedDir, `output_${compared}.pb`));
    const got = tensors.read(path.join(gotDir, `output_${compared}.pb`));
    const row = compareTensors(expected, got, allowances[compared]);
    print({output: expected.name, shape: expected.dims, dtype: expected.dtype, ...row});
    ok = ok && row.ok;
  }
  return {ok: ok && compared > 0, compared};
}

const kCommands = {run, compare, tensors: compareFolders};
const kOperands = {run: 1, compare: 2, tensors: 2};

// The first line says what is wrong; ORT's messages carry its own source lines after it.
const reason = (error) => String((error && error.message) || error).split('\n')[0];

async function perform(command, operands, options) {
  try {
    return await kCommands[command](operands, options);
  } catch (error) {
    return {ok: false, why: reason(error)};
  }
}

async function batch() {
  let ok = true;
  for await (const line of readline.createInterface({input: process.stdin})) {
    if (line.trim() === '') continue;
    const {command, models, ...options} = JSON.parse(line);
    const result = await perform(command, models, options);
    print({command, models, ...result});
    ok = ok && result.ok;
  }
  return ok ? 0 : 1;
}

async function main(argv) {
  const operands = [], options = {};
  for (let i = 0; i < argv.length; ++i) {
    if (argv[i].startsWith('--')) options[argv[i].slice(2)] = argv[++i];
    else operands.push(argv[i]);
  }
  const command = operands.shift();
  if (command === 'batch') return batch();
  if (kCommands[command] === undefined || operands.length !== kOperands[command] || (command === 'run' && !options.out)) {
    process.stderr.write('usage: ort_run.js run MODEL --out DIR | compare A B | tensors EXPECTED GOT | batch; see the file\n');
    return 2;
  }
  const result = await perform(command, operands, options);
  print(result);
  return result.ok ? 0 : 1;
}

main(process.argv.slice(2)).then((code) => { process.exitCode = code; });
