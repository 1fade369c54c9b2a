#!/usr/bin/env node
// Whatever the input: success or one clear error with its exit code. No crash, no sanitizer report, none over 20 s, no
// partial output. With build/asan-ubsan there, the sanitized command gets every file; else the release one does.
'use strict';
const fs = require('fs');
const path = require('path');
const {esat, lastLine, models, overAll, root, row, run, some, work} = require('./lib.js');

const kLimit = 20;
const sanitized = path.join(root, 'build/asan-ubsan/tools/esat');
const environment = {ASAN_OPTIONS: 'detect_leaks=0', UBSAN_OPTIONS: 'halt_on_error=1'};

function onnxFilesUnder(folder) {
  return fs.readdirSync(folder, {withFileTypes: true}).flatMap((entry) => {
    const full = path.join(folder, entry.name);
    return entry.isDirectory() ? onnxFilesUnder(full) : entry.name.endsWith('.onnx') ? [full] : [];
  }).sort();
}

// What is wrong with how the command ended, or nothing.
function complaint(done, prefix, mustFail) {
  if (done.timedOut) return `over ${kLimit} s`;
  if (/ERROR: AddressSanitizer|runtime error:|LeakSanitizer/.test(done.stderr)) return `sanitizer: ${done.stderr.match(/(runtime error:|ERROR: \w+Sanitizer).*/)[0]}`;
  if (done.code === null || done.code >= 100) return `died: ${done.signal || `exit ${done.code}`} ${lastLine(done.stderr)}`;
  if (done.code === 0 && mustFail) return 'accepted';
  if (done.code !== 0 && done.stderr.trim() === '') return 'failed without a word';
  const left = fs.readdirSync(path.dirname(prefix)).filter((name) => name.startsWith(`${path.basename(prefix)}.`));
  if (done.code !== 0 && left.length > 0) return `left ${left.join(' ')}`;
  return undefined;
}

async function attempt(command, file, machine, name, mustFail, limit = kLimit) {
  const folder = path.join(work, name), prefix = path.join(folder, 'out');
  fs.mkdirSync(folder, {recursive: true});
  const done = await run(command, [file, '--cost', machine, '-o', prefix, '--json'], {limit, environment});
  const why = complaint(done, prefix, mustFail);
  fs.rmSync(folder, {recursive: true, force: true});
  return {name: path.relative(models, file), why, code: done.code, seconds: done.seconds, said: lastLine(done.stderr)};
}

async function everyFile(command, id, what, limit) {
  const files = onnxFilesUnder(path.join(models, 'onnx'));
  const results = await overAll(files, (file, i) => attempt(command, file, 'ethos-u65-256', `${id}-${i}`, false, limit));
  const bad = results.filter((r) => r.why !== undefined), slowest = results.reduce((a, b) => (b.seconds > a.seconds ? b : a));
  for (const r of results) process.stdout.write(`${r.why || 'ok'}\t${r.code}\t${r.seconds.toFixed(2)}\t${r.name}\t${r.said}\n`);
  row(bad.length === 0, id, what, `${files.length} files: ${results.filter((r) => r.code === 0).length} succeed, ` +
    `${results.filter((r) => r.code !== 0 && !r.why).length} clear errors, ${bad.length} bad${bad.length ? ` (${some(bad.map((r) => `${r.name}: ${r.why}`), 4)})` : ''}; ` +
    `slowest ${slowest.seconds.toFixed(1)} s ${slowest.name}`);
}

function badInputs() {
  const folder = path.join(work, 'inputs');
  fs.mkdirSync(path.join(folder, 'a-directory'), {recursive: true});
  const good = fs.readFileSync(path.join(root, 'tests/data/mnist-cntk.onnx'));
  const write = (name, data) => {
    fs.writeFileSync(path.join(folder, name), data);
    return path.join(folder, name);
  };
  const external = path.join(models, 'onnx/mnist-external-data/mnist.onnx');
  return [
    ['an empty file', write('empty.onnx', '')],
    ['a truncated file', write('truncated.onnx', good.subarray(0, good.length / 2))],
    ['a text file', write('text.onnx', 'This is not a model.\n'.repeat(50))],
    ['a missing path', path.join(folder, 'missing.onnx')],
    ['a directory', path.join(folder, 'a-directory')],
    ['missing external data', write('external.onnx', fs.existsSync(external) ? fs.readFileSync(external) : '')],
  ];
}

// The preset with one thing wrong; `edit` is given its text.
function badMachines() {
  const preset = fs.readFileSync(path.join(root, 'cost/presets/ethos-u65-256.json'), 'utf8');
  const folder = path.join(work, 'machines');
  fs.mkdirSync(folder, {recursive: true});
  const write = (name, text) => {
    if (text === preset) throw new Error(`the preset has nothing to damage for '${name}'`);
    fs.writeFileSync(path.join(folder, `${name}.json`), text);
    return path.join(folder, `${name}.json`);
  };
  const firstNumber = /(": *)(\d+(?:\.\d+)?)/;
  return [
    ['a wrong field', write('field', preset.replace('{', '{"no_such_field": 1,'))],
    ['a wrong type', write('type', preset.replace(/("clock_\w+": *)[\d.e+]+/, '$1"fast"'))],
    ['a wrong unit', write('unit', preset.replace(/"clock_\w+"/, '"clock_parsec"'))],
    ['a negative number', write('negative', preset.replace(firstNumber, '$1-$2').replace(/("clock_\w+": *)([\d.])/, '$1-$2'))],
    ['not JSON', write('syntax', preset.slice(0, preset.length / 2))],
    ['an empty file', write('empty', '')],
    ['an unknown preset', 'ethos-u9000'],
  ];
}

async function main() {
  if (fs.existsSync(path.join(models, 'onnx'))) {
    await everyFile(esat, '5.1', 'every file under onnx/ ends in success or one clear error, under 20 s, Release', kLimit);
    if (fs.existsSync(sanitized)) await everyFile(sanitized, '5.2', 'the same files under ASan and UBSan: no report', 20 * kLimit);
    else row(false, '5.2', 'the same files under ASan and UBSan: no report', 'build/asan-ubsan is not built (scripts/test --sanitizers)');
  } else {
    row(false, '5.1', 'every file under onnx/ ends in success or one clear error', 'no corpus');
  }
  const command = fs.existsSync(sanitized) ? sanitized : esat;
  const inputs = [];
  for (const [what, file] of badInputs()) inputs.push([what, await attempt(command, file, 'ethos-u65-256', 'input', true)]);
  const good = path.join(root, 'tests/data/mnist-cntk.onnx');
  for (const [what, machine] of badMachines()) inputs.push([`machine: ${what}`, await attempt(command, good, machine, 'machine', true)]);
  for (const [what, r] of inputs) process.stdout.write(`${r.why || 'ok'}\t${r.code}\t${what}\t${r.said}\n`);
  const bad = inputs.filter(([, r]) => r.why !== undefined);
  row(bad.length === 0, '5.3', 'bad model files and bad machine files: one clear error each', `${inputs.length - bad.length} of ${inputs.length}` +
    (bad.length ? `; not: ${bad.map(([what, r]) => `${what} (${r.why})`).join(', ')}` : ''));
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
