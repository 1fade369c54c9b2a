#!/usr/bin/env node
// Every whole model of the corpus through the command; tests/corpus/check_model.js makes one row a model.
'use strict';
const fs = require('fs');
const path = require('path');
const {accepted, esat, models, out, root, row, run, section, some} = require('./lib.js');
const {wholeModels} = require(path.join(root, 'scripts/corpus_models'));

const kFolder = path.join(out, 'corpus');

async function checkAll() {
  const rows = [];
  fs.mkdirSync(kFolder, {recursive: true});
  for (const {name} of wholeModels(false)) {
    const check = path.join(root, 'tests/corpus/check_model.js');
    const file = path.join(kFolder, `${name}.json`);
    // The command has not changed since this row was made: keep it.
    const fresh = fs.existsSync(file) && fs.statSync(file).mtimeMs > fs.statSync(esat).mtimeMs && JSON.parse(fs.readFileSync(file, 'utf8')).ok;
    if (!fresh) await run(process.execPath, [check, name, '--esat', esat, '--out', kFolder], {limit: 900});
    rows.push(fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : {name, ok: false, problems: ['no row']});
  }
  return rows;
}

const number = (value, digits = 3) => (typeof value === 'number' ? Number(value.toPrecision(digits)).toString() : '–');

function table(rows) {
  const lines = ['', '## Whole models', '', '| model | | nodes | kernels | cost | seconds | share of tolerance |', '|---|---|---|---|---|---|---|'];
  for (const r of rows) {
    const s = r.summary || {};
    lines.push(`| ${r.name} | ${r.ok ? 'ok' : r.problems.join('; ').replace(/\|/g, '/').slice(0, 120)} | ${r.nodes_before || '–'} → ${r.nodes_after || '–'} | ` +
      `${number(s.kernels_before, 6)} → ${number(s.kernels_after, 6)} | ${number(s.cost_before)} → ${number(s.cost_after)} | ` +
      `${number((r.seconds || {}).optimise)} | ${number(r.share_of_tolerance, 2)} |`);
  }
  return `${lines.join('\n')}\n`;
}

async function main() {
  if (!fs.existsSync(path.join(models, 'MANIFEST.json'))) throw new Error('no corpus at ESAT_CORPUS or ../shared');
  const rows = await checkAll(), excused = accepted('whole_models');
  const step = (name) => (r) => !r.problems.some((problem) => problem.startsWith(name)) && r.seconds && r.seconds[name] !== undefined;
  const tell = (id, what, holds) => {
    const bad = rows.filter((r) => !holds(r)), unexcused = bad.filter((r) => excused[r.name] === undefined);
    row(unexcused.length === 0, id, what, `${rows.length - bad.length} of ${rows.length}` +
      (bad.length > 0 ? `; not: ${some(bad.map((r) => r.name + (excused[r.name] ? ` (${excused[r.name]})` : '')))}` : ''));
  };
  row(rows.length >= 39, '2.0', 'whole models that ONNX Runtime loads and runs', `${rows.length} found (39 expected)`);
  tell('2.1', 'imports, optimises under default limits', step('optimise'));
  tell('2.2', 'the ONNX written loads in ONNX Runtime and gives the same outputs on three seeds', step('compare'));
  tell('2.3', 'modelled cost never above cost_before', (r) => r.summary && r.summary.cost_after <= r.summary.cost_before);
  tell('2.4', '`esat run` of the re-parsed accelerator module gives the same outputs', step('module'));
  const more = rows.filter((r) => r.nodes_after > r.nodes_before);
  row(more.every((r) => r.summary.cost_after < r.summary.cost_before), '2.5', 'more ONNX nodes than before only where the cost is lower for it',
    more.length === 0 ? 'none has more' : `${more.length}: ${some(more.map((r) => `${r.name} ${r.nodes_before}→${r.nodes_after}`), 40)}`);
  fs.writeFileSync(path.join(out, 'corpus.json'), JSON.stringify(rows));
  section('2', table(rows));
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
