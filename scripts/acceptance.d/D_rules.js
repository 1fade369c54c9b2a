#!/usr/bin/env node
// The rule files: how many, in which families, each with its sentence, each machine-checked.
'use strict';
const fs = require('fs');
const path = require('path');
const {esat, lastLine, root, row, run, some} = require('./lib.js');

const files = fs.readdirSync(path.join(root, 'rules')).filter((name) => name.endsWith('.rules')).sort();
const families = files.map((file) => {
  const text = fs.readFileSync(path.join(root, 'rules', file), 'utf8');
  return {file, rules: [...text.matchAll(/^rule ([\w-]+)/gm)].map(([, name]) => name)};
});
const rules = families.flatMap((family) => family.rules);

async function main() {
  row(rules.length >= 60, 'D.1', 'the first 60 rules by family', `${rules.length} in ${families.length} files: ` +
    families.map(({file, rules: own}) => `${file.replace('.rules', '')} ${own.length}`).join(', '));
  const listed = await run(esat, ['rules']);
  const unlisted = rules.filter((name) => !listed.stdout.includes(name));
  row(listed.code === 0 && unlisted.length === 0 && rules.length > 0, 'D.2', '`esat rules` lists every rule',
    listed.code === 0 ? `${rules.length - unlisted.length} of ${rules.length}` : lastLine(listed.stderr));
  const checked = await run('ctest', ['--test-dir', process.env.ESAT_BUILD, '-R', '^rules.*([Ss]ampl|[Ss]ound|[Cc]heck)'], {limit: 1200});
  const summary = (checked.stdout.match(/^.*tests passed.*$/m) || ['no such test'])[0];
  const names = checked.stdout.match(/Test +#\d+: \S+/g) || [];
  row(checked.code === 0 && /^100%/.test(summary) && names.length > 0, 'D.3', 'every rule machine-checked by sampled evaluation in CTest', summary);
  // A rule fires in some test when its name stands in one, or in a golden file of one.
  const tests = [];
  const visit = (folder) => {
    for (const entry of fs.readdirSync(folder, {withFileTypes: true})) {
      const full = path.join(folder, entry.name);
      if (entry.isDirectory()) visit(full);
      else if (!/\.(onnx|pb)$/.test(entry.name)) tests.push(fs.readFileSync(full, 'utf8'));
    }
  };
  visit(path.join(root, 'tests/rules'));
  const all = tests.join('\n'), untested = rules.filter((name) => !all.includes(name));
  row(untested.length === 0 && rules.length > 0, 'D.4', 'every rule is named by a test of its own', `${rules.length - untested.length} of ${rules.length}` +
    (untested.length ? `; not: ${some(untested)}` : ''));
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
