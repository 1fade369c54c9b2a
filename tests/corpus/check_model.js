#!/usr/bin/env node
// check_model.js NAME --esat COMMAND --out FOLDER [--cost MACHINE] [--keep]
//
// One whole model of the corpus through the command: it imports and optimises under default limits, the modelled
// cost does not rise, ONNX Runtime gives the same outputs before and after on three seeds, and `esat run` of the
// accelerator module gives them too. Writes FOLDER/NAME.json, the row that scripts/acceptance adds up, and prints
// it. Exit code 0: all held; 1: something did not; 77: the corpus is not there.
'use strict';
const fs = require('fs');
const path = require('path');
const {spawnSync} = require('child_process');
const {wholeModels} = require('../../scripts/corpus_models');
const {readModel} = require('../ort/model.js');

const kOrt = path.join(__dirname, '..', 'ort'), kHints = path.join(__dirname, 'inputs.json');
const kSkipped = 77;

// Exit code, last line of stdout as JSON where it is, and the end of what the command complained of.
function call(command, args) {
  const start = process.hrtime.bigint();
  const done = spawnSync(command, args, {encoding: 'utf8', maxBuffer: 1 << 28});
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const stdout = (done.stdout || '').trim();
  let json = null;
  for (const text of [stdout, stdout.split('\n').pop()]) {
    try {
      json = JSON.parse(text);
      break;
    } catch {
      // Not JSON: a summary for people.
    }
  }
  const code = done.status === null ? `signal ${done.signal || done.error}` : done.status;
  return {code, seconds, json, stdout, complaint: (done.stderr || '').trim().split('\n').slice(-3).join(' | ')};
}

function histogram(file) {
  const counts = {};
  for (const node of readModel(file).nodes) counts[node.op] = (counts[node.op] || 0) + 1;
  return counts;
}

// Weights that stand as Constant nodes on one side and as initializers on the other are no computation.
const total = (counts) => Object.entries(counts).reduce((sum, [op, count]) => sum + (op === 'Constant' ? 0 : count), 0);

// The sizes that the first seed's inputs have, as --assume wants them.
function assumptions(name) {
  const dims = (JSON.parse(fs.readFileSync(kHints, 'utf8'))[name] || {}).dims || {};
  const given = Object.entries(dims).filter(([symbol]) => symbol !== '?')
      .map(([symbol, size]) => `${symbol}=${Array.isArray(size) ? size[0] : size}`);
  return given.length === 0 ? [] : ['--assume', given.join(',')];
}

function check(entry, options) {
  const work = path.join(options.out, entry.name);
  fs.rmSync(work, {recursive: true, force: true});
  fs.mkdirSync(work, {recursive: true});
  const row = {name: entry.name, ok: false, problems: [], seconds: {}};
  const step = (name, result) => {
    row.seconds[name] = Number(result.seconds.toFixed(3));
    if (result.code !== 0) row.problems.push(`${name}: exit ${result.code}: ${(result.json && result.json.why) || result.complaint}`);
    return result.code === 0;
  };
  // A model without real weights gets some, or a wrongly permuted weight would be invisible.
  let source = entry.path;
  const refilled = path.join(work, 'source.onnx');
  const refill = call(process.execPath, [path.join(kOrt, 'refill.js'), source, refilled]);
  if (refill.code === 0 && refill.json.refilled > 0) source = refilled;
  row.refilled = refill.json ? refill.json.refilled : 0;

  const prefix = path.join(work, 'result'), result = `${prefix}.onnx`;
  const optimise = call(options.esat, [source, '--cost', options.cost, '-o', prefix, '--json', ...assumptions(entry.name)]);
  if (step('optimise', optimise)) {
    row.summary = optimise.json;
    const {cost_before: before, cost_after: after} = optimise.json || {};
    if (!(after <= before)) row.problems.push(`cost rose from ${before} to ${after}`);
    row.ops_before = histogram(source);
    row.ops_after = histogram(result);
    row.nodes_before = total(row.ops_before);
    row.nodes_after = total(row.ops_after);
    if (row.nodes_after > row.nodes_before && !(after < before)) {
      row.problems.push(`${row.nodes_after} nodes instead of ${row.nodes_before}, and no cheaper`);
    }
    const hints = ['--hints', kHints, '--name', entry.name], ort = path.join(kOrt, 'ort_run.js');
    const compare = call(process.execPath, [ort, 'compare', source, result, ...hints]);
    if (step('compare', compare)) row.share_of_tolerance = compare.json.worstShareOfTolerance;
    else row.differences = compare.stdout.split('\n').filter((line) => line.includes('"ok":false')).slice(0, 4).map((line) => JSON.parse(line));
    const expected = path.join(work, 'expected');
    if (step('reference', call(process.execPath, [ort, 'run', source, '--out', expected, ...hints]))) {
      step('module', call(options.esat, ['run', `${prefix}.mlir`, '--inputs', expected]));
    }
  }
  row.ok = row.problems.length === 0;
  if (!options.keep) fs.rmSync(work, {recursive: true, force: true});
  return row;
}

function main(argv) {
  const options = {cost: 'ethos-u65-256', keep: false};
  let name;
  for (let i = 0; i < argv.length; ++i) {
    if (argv[i] === '--keep') options.keep = true;
    else if (argv[i].startsWith('--')) options[argv[i].slice(2)] = argv[++i];
    else name = argv[i];
  }
  if (name === undefined || options.esat === undefined || options.out === undefined) {
    process.stderr.write('usage: check_model.js NAME --esat COMMAND --out FOLDER [--cost MACHINE] [--keep]\n');
    return 2;
  }
  let entry;
  try {
    entry = wholeModels(false).find((model) => model.name === name);
  } catch {
    return kSkipped;
  }
  if (entry === undefined) {
    process.stderr.write(`check_model: the corpus has no whole model '${name}' that ONNX Runtime runs\n`);
    return 1;
  }
  const row = check(entry, options);
  fs.writeFileSync(path.join(options.out, `${name}.json`), `${JSON.stringify(row)}\n`);
  process.stdout.write(`${JSON.stringify(row, null, 1)}\n`);
  return row.ok ? 0 : 1;
}

module.exports = {assumptions, call};

if (require.main === module) process.exitCode = main(process.argv.slice(2));
