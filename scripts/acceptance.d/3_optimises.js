#!/usr/bin/env node
// The optimising is real: operators that must be gone or must appear, kernels saved, and what each rule did. Reads the
// rows that 2_whole_models.js left.
'use strict';
const fs = require('fs');
const path = require('path');
const {spawnSync} = require('child_process');
const {esat, lastLine, out, root, row, section, some, work} = require('./lib.js');
const {readModel} = require(path.join(root, 'tests/ort/model.js'));
const {wholeModels} = require(path.join(root, 'scripts/corpus_models'));

const rows = JSON.parse(fs.readFileSync(path.join(out, 'corpus.json'), 'utf8'));
const byName = (name) => rows.find((r) => r.name === name) || {};
const count = (ops, name) => (ops === undefined ? NaN : ops[name] || 0);

for (const [name, expected] of [['light-resnet50', 53], ['light-shufflenet', 49], ['ppocr-mobile-cls', 35]]) {
  const r = byName(name), before = count(r.ops_before, 'BatchNormalization'), after = count(r.ops_after, 'BatchNormalization');
  row(before === expected && after === 0, '3.1', `${name} keeps 0 of ${expected} BatchNormalization`, `${before} before, ${after} after`);
}

// The weights of ultraface-rfb-320 are inputs that a caller may override, so that nothing folds into them unless it is asked for.
function frozenUltraface(expected) {
  const name = 'ultraface-rfb-320', r = byName(name), before = count(r.ops_before, 'BatchNormalization');
  const {path: source} = wholeModels(false).find((entry) => entry.name === name), frozen = path.join(work, name);
  const normalisations = (file) => readModel(file).nodes.filter((node) => node.op === 'BatchNormalization').length;
  const call = (command, args) => spawnSync(command, args, {encoding: 'utf8'});
  const done = call(esat, [source, '--cost', 'ethos-u65-256', '--freeze-initializers', '-q', '-o', frozen]);
  const after = done.status === 0 ? normalisations(`${frozen}.onnx`) : NaN;
  const same = call(process.execPath, [path.join(root, 'tests/ort/ort_run.js'), 'compare', source, `${frozen}.onnx`]);
  row(before === expected && after === 0 && same.status === 0, '3.1', `${name} keeps 0 of ${expected} BatchNormalization`,
    `${before} before, ${after} after with --freeze-initializers (${count(r.ops_after, 'BatchNormalization')} without), ` +
    (same.status === 0 ? 'the same outputs in ONNX Runtime' : `ONNX Runtime: ${lastLine(same.stdout || same.stderr)}`));
}
frozenUltraface(35);

// Operators of the IR that the result is made of: the ONNX file's opset may not have them. The row of 2 is for
// ethos-u65-256, which has no LayerNormalization and for which primitives may be cheaper; cpu-avx2 has it.
function shownOn(machine, name) {
  const file = wholeModels(true).find((entry) => entry.name === name).path;
  const done = spawnSync(esat, [file, '--cost', machine, '--json', '-o', path.join(out, '3_optimises', name)], {encoding: 'utf8', maxBuffer: 1 << 28});
  return done.status === 0 ? JSON.parse(done.stdout).ops_after : {};
}

fs.mkdirSync(path.join(out, '3_optimises'), {recursive: true});
for (const [name, gelus, norms] of [['bert-squad-tf-3836-nodes', 24, 49], ['gpt2-past-3069-nodes', 12, 25]]) {
  const on = {'cpu-avx2': shownOn('cpu-avx2', name), 'ethos-u65-256': (byName(name).summary || {}).ops_after || {}};
  const figures = Object.entries(on).map(([machine, ops]) => `${machine}: ${ops.Gelu || 0} Gelu, ${ops.LayerNormalization || 0} LayerNormalization`);
  const ops = on['cpu-avx2'];
  row(ops.Gelu === gelus && ops.LayerNormalization === norms, '3.2', `${name} shows ${gelus} Gelu and ${norms} LayerNormalization on cpu-avx2`, figures.join('; '));
}

const fewer = rows.filter((r) => r.summary && r.summary.kernels_after < r.summary.kernels_before);
const same = rows.filter((r) => !fewer.includes(r)).map((r) => r.name);
row(fewer.length >= 30, '3.3', 'fewer kernels than before on at least 30 whole models', `${fewer.length} of ${rows.length}; not: ${some(same, 12)}`);

const firings = new Map();
for (const r of rows) {
  for (const [rule, {applied: times}] of Object.entries((r.summary || {}).rules || {})) {
    const entry = firings.get(rule) || {times: 0, models: 0};
    firings.set(rule, {times: entry.times + times, models: entry.models + (times > 0 ? 1 : 0)});
  }
}
const fired = [...firings].filter(([, entry]) => entry.times > 0);
row(fired.length > 0, '3.4', "a table counts every rule's firings over the corpus", `${fired.length} of ${firings.size} rules fired`);
const lines = [...firings].sort(([a, x], [b, y]) => y.times - x.times || (a < b ? -1 : 1)).map(([rule, entry]) => `| ${rule} | ${entry.times} | ${entry.models} |`);
section('3', ['', '## Rule firings over the whole models', '', '| rule | firings | models |', '|---|---|---|', ...lines, ''].join('\n'));
