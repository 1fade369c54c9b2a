#!/usr/bin/env node
// ONNX's own conformance cases in `eval`, by absolute count, and single-operator graphs against ONNX Runtime.
'use strict';
const fs = require('fs');
const path = require('path');
const {accepted, esat, lastLine, manifest, models, overAll, root, row, run, some, work} = require('./lib.js');

// Every folder under `top` with a model and expected outputs.
function casesUnder(top) {
  const found = [];
  const visit = (folder) => {
    if (!fs.existsSync(folder)) return;
    const entries = fs.readdirSync(folder, {withFileTypes: true});
    if (entries.some((entry) => entry.name === 'model.onnx')) {
      found.push(folder);
      return;
    }
    for (const entry of entries) if (entry.isDirectory()) visit(path.join(folder, entry.name));
  };
  visit(top);
  return found.sort();
}

async function passes(folder) {
  const sets = fs.readdirSync(folder).filter((name) => /^test_data_set_\d+$/.test(name));
  for (const set of sets) {
    const done = await run(esat, ['run', path.join(folder, 'model.onnx'), '--inputs', path.join(folder, set)]);
    if (done.code !== 0) return {ok: false, why: done.timedOut ? 'over 60 s' : lastLine(done.stderr || done.stdout) || `exit ${done.code}`};
  }
  return {ok: sets.length > 0, why: 'no test_data_set'};
}

// Failures grouped by what was said, so that one reason is one line of the log.
function tellReasons(failures) {
  const reasons = new Map();
  for (const {name, why} of failures) {
    const reason = why.replace(/'[^']*'|\d+/g, '…');
    reasons.set(reason, [...(reasons.get(reason) || []), name]);
  }
  for (const [reason, names] of [...reasons].sort((a, b) => b[1].length - a[1].length)) {
    process.stdout.write(`${names.length}\t${reason}\t${names.join(' ')}\n`);
  }
}

async function conformance(id, what, folders, least, group) {
  const results = await overAll(folders, passes);
  const failures = folders.map((folder, i) => ({name: path.basename(folder), ...results[i]})).filter((r) => !r.ok);
  const excused = accepted(group), unlisted = failures.filter((r) => excused[r.name] === undefined);
  tellReasons(failures);
  const good = folders.length - failures.length;
  row(good >= least, id, what, `${good} of ${folders.length} pass (at least ${least})`);
  return unlisted;
}

// Graphs that ONNX Runtime loads and runs: its outputs on seeded inputs are what `eval` must give.
async function againstOrt() {
  const graphs = manifest().filter((entry) => entry.format === 'onnx' && /^(burn-onnx-ops|migraphx-ops)$/.test(entry.set) &&
    (entry.validation || {}).ort_load === true && entry.validation.ort_run === true);
  const judged = await overAll(graphs, async (entry, i) => {
    const file = path.join(models, entry.main), dir = path.join(work, String(i));
    const reference = await run(process.execPath, [path.join(root, 'tests/ort/ort_run.js'), 'run', file, '--out', dir, '--seeds', '1']);
    if (reference.code !== 0) return {judged: false, why: lastLine(reference.stdout)};
    const done = await run(esat, ['run', file, '--inputs', dir]);
    fs.rmSync(dir, {recursive: true, force: true});
    return {judged: true, ok: done.code === 0, why: lastLine(done.stderr || done.stdout)};
  });
  const named = graphs.map((entry, i) => ({name: entry.name, ...judged[i]}));
  const excused = accepted('op_graphs'), failures = named.filter((r) => r.judged && !r.ok), open = failures.filter((r) => !excused[r.name]);
  const unjudged = named.filter((r) => !r.judged);
  tellReasons(failures);
  process.stdout.write('not judged, ONNX Runtime did not run them on these inputs:\n');
  tellReasons(unjudged);
  row(open.length === 0, '4.4', 'loadable graphs of burn-onnx-ops and migraphx-ops, eval against ONNX Runtime on seeded inputs',
    `${named.length - unjudged.length - failures.length} of ${named.length - unjudged.length} agree, ${failures.length - open.length} differ for a listed reason, ` +
    `${unjudged.length} not judged${open.length > 0 ? `; unlisted: ${some(open.map((r) => r.name))}` : ''}`);
}

async function main() {
  const shared = ['onnx-node', 'onnx-simple', 'onnx-pytorch-converted', 'onnx-pytorch-operator'].flatMap((set) => casesUnder(path.join(models, 'onnx', set)));
  const unlisted = [
    ...await conformance('4.1', "Debian's libonnx-testdata in eval", casesUnder('/usr/share/libonnx-testdata/data'), 950, 'libonnx_testdata'),
    ...await conformance('4.2', 'the shared conformance cases in eval', shared, 520, 'shared_conformance'),
    ...await conformance('4.3', 'onnx-node-18-25 in eval', casesUnder(path.join(models, 'onnx/onnx-node-18-25')), 400, 'conformance_18_25'),
  ];
  await againstOrt();
  row(unlisted.length === 0, '4.5', 'the conformance cases that do not pass are listed with a reason', `${unlisted.length} unlisted${unlisted.length ? `: ${some(unlisted.map((r) => r.name), 4)}` : ''}`);
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
