// For the row scripts in Node. Environment: see scripts/acceptance.
'use strict';
const fs = require('fs');
const os = require('os');
const path = require('path');
const {spawn} = require('child_process');

const env = (name) => process.env[name];
const root = env('ESAT_ROOT'), esat = env('ESAT'), out = env('ESAT_OUT'), corpus = env('ESAT_CORPUS');
const models = path.join(corpus, 'models');
const work = path.join(out, path.basename(process.argv[1]).replace(/\.[^.]*$/, ''));
fs.mkdirSync(work, {recursive: true});

function row(passes, id, what, figures) {
  const clean = (text) => String(text).replace(/[\t\n]+/g, ' ');
  fs.appendFileSync(env('ESAT_ROWS'), `${passes ? 'PASS' : 'FAIL'}\t${id}\t${clean(what)}\t${clean(figures)}\n`);
}

function manifest(folder = models) {
  const file = path.join(folder, 'MANIFEST.json');
  if (!fs.existsSync(file)) throw new Error('no corpus at ESAT_CORPUS or ../shared');
  return JSON.parse(fs.readFileSync(file, 'utf8')).models;
}

// {code, signal, seconds, stdout, stderr}; code null after a signal. Killed after `limit` seconds (timedOut).
function run(command, args, {limit = 60, environment = {}} = {}) {
  return new Promise((resolve) => {
    const start = process.hrtime.bigint(), result = {stdout: '', stderr: '', timedOut: false};
    const child = spawn(command, args, {env: {...process.env, ...environment}, stdio: ['ignore', 'pipe', 'pipe']});
    const timer = setTimeout(() => {
      result.timedOut = true;
      child.kill('SIGKILL');
    }, limit * 1000);
    child.stdout.on('data', (data) => { result.stdout += data; });
    child.stderr.on('data', (data) => { result.stderr += data; });
    child.on('error', (error) => { result.stderr += error; });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({...result, code, signal, seconds: Number(process.hrtime.bigint() - start) / 1e9});
    });
  });
}

// Results of `worker` over `items`, in their order, one item a core at a time.
async function overAll(items, worker) {
  const results = new Array(items.length);
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const mine = next++;
      results[mine] = await worker(items[mine], mine);
    }
  };
  await Promise.all(Array.from({length: os.cpus().length}, lane));
  return results;
}

const lastLine = (text) => text.trim().split('\n').pop().slice(0, 200);

// A Markdown section for docs/status.md, kept in a file of its own until the table is written.
function section(name, markdown) {
  fs.writeFileSync(path.join(out, `${name}.section.md`), markdown);
}

// List of names with their number, for a figures column.
const some = (names, most = 6) => names.slice(0, most).join(', ') + (names.length > most ? `, and ${names.length - most} more` : '');

// Failures that are known, {name: reason}, from the lists that the tests themselves hold to; op_graphs has its own.
const kLists = {
  whole_models: ['tests/corpus/known_failures.txt', /^([^#:\/]+): (.*)$/],
  libonnx_testdata: ['tests/conformance/expected_failures.txt', /^debian\/[^:]*?([^\/:]+): (.*)$/],
  shared_conformance: ['tests/conformance/expected_failures.txt', /^shared\/(?!onnx-node-18-25)[^:]*?([^\/:]+): (.*)$/],
  conformance_18_25: ['tests/conformance/expected_failures.txt', /^shared\/onnx-node-18-25\/([^\/:]+): (.*)$/],
};
function accepted(group) {
  if (kLists[group] === undefined) {
    return JSON.parse(fs.readFileSync(path.join(root, 'scripts/acceptance.d/accepted.json'), 'utf8'))[group] || {};
  }
  const [file, pattern] = kLists[group], known = {};
  for (const line of fs.readFileSync(path.join(root, file), 'utf8').split('\n')) {
    const match = pattern.exec(line);
    if (match) known[match[1]] = match[2];
  }
  return known;
}

module.exports = {accepted, corpus, esat, lastLine, manifest, models, out, overAll, root, row, run, section, some, work};
