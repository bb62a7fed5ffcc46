// Runs every gate to its end, a line and a figure for each, and the tests last. The final line counts tests and gates.
//
//   npm run check                    all of it
//   npm run check -- types sizes     only these gates, to work on one
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const bin = (name) => path.join('node_modules', '.bin', name);
const testReport = path.join(os.tmpdir(), `otklik-tests-${process.pid}.json`);
const FOREVER_MS = 60 * 60_000;

const GATES = [
  {
    name: 'format-and-lint',
    command: [bin('biome'), 'check', '--error-on-warnings', '--colors=off', '.'],
    figure: (output) => output.match(/Checked (\d+ files)/)?.[1],
  },
  {
    name: 'file-names',
    command: [bin('ls-lint')],
    figure: () => `${countFiles()} files`,
  },
  {
    name: 'types',
    command: ['otklik-node', bin('tsc'), '--project', 'tsconfig.json'],
    figure: () => 'strict, no errors',
  },
  {
    name: 'sizes',
    command: ['otklik-node', 'scripts/sizes.mjs'],
    figure: (output) => output.trim().split('\n').at(-1),
  },
  {
    name: 'import-order',
    command: ['otklik-node', bin('depcruise'), '--config', '.dependency-cruiser.mjs', 'server/src'],
    figure: (output) => output.match(/\((\d+ modules, \d+ dependencies)/)?.[1],
  },
  {
    name: 'unused-code',
    command: ['otklik-node', bin('knip'), '--no-progress'],
    figure: () => 'none',
  },
  {
    name: 'duplication',
    command: ['otklik-node', bin('jscpd'), 'server', 'web', 'scripts'],
    figure: (output) => output.match(/Total:.*\((\d[\d.]*%)\)/)?.[1],
  },
  {
    name: 'generated-files',
    command: ['otklik-node', 'server/scripts/generate.ts', '--check'],
    figure: (output) => output.trim().split('\n').at(-1),
  },
  {
    name: 'pure-coverage',
    command: ['otklik-node', 'node_modules/vitest/vitest.mjs', 'run', '--config', 'server/pure.vitest.config.ts'],
    figure: (output) => output.match(/All files\s*\|\s*([\d.]+)/)?.[1].concat(' % of the pure core'),
  },
  {
    name: 'tests',
    // `npm test` itself, as a newcomer types it.
    command: [
      'npm',
      'test',
      '--silent',
      '--',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${testReport}`,
    ],
    figure: () => `${readTests().passed} passed, ${readTests().failed} failed`,
    isLive: true,
  },
];

function main() {
  process.chdir(root);
  const wanted = process.argv.slice(2);
  const unknown = wanted.find((name) => !GATES.some((gate) => gate.name === name));
  if (unknown) {
    console.error(`There is no gate "${unknown}". The gates are: ${GATES.map((gate) => gate.name).join(', ')}.`);
    process.exitCode = 1;
    return;
  }
  const results = GATES.filter((gate) => wanted.length === 0 || wanted.includes(gate.name)).map(runGate);
  summarize(results);
  fs.rmSync(testReport, { force: true });
}

function runGate(gate) {
  const started = Date.now();
  const [command, ...args] = gate.command;
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    stdio: gate.isLive ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined },
    maxBuffer: 256 * 1024 * 1024,
    timeout: FOREVER_MS,
  });
  const hasPassed = status === 0 && !error;
  const output = `${stderr ?? ''}${stdout ?? ''}`;
  const seconds = `${((Date.now() - started) / 1000).toFixed(1)} s`;
  const figure = hasPassed || gate.isLive ? (gate.figure(output) ?? '') : (error?.message ?? 'see below');
  console.log(`${hasPassed ? 'ok  ' : 'FAIL'} ${gate.name.padEnd(16)} ${seconds.padStart(8)}  ${figure}`);
  if (!hasPassed && !gate.isLive) console.log(`${output.trim().replace(/^/gm, '       ')}\n`);
  return { name: gate.name, hasPassed };
}

function summarize(results) {
  const gates = results.filter((result) => result.name !== 'tests');
  const tests = readTests();
  const passed = gates.filter((gate) => gate.hasPassed).length + tests.passed;
  let failed = gates.length - gates.filter((gate) => gate.hasPassed).length + tests.failed;
  // A run that broke before it could count (a set-up that throws, a leftover process) is a failure all the same.
  if (tests.failed === 0 && results.some((result) => result.name === 'tests' && !result.hasPassed)) failed += 1;
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}

function readTests() {
  try {
    const report = JSON.parse(fs.readFileSync(testReport, 'utf8'));
    return { passed: report.numPassedTests, failed: report.numFailedTests };
  } catch {
    return { passed: 0, failed: 0 };
  }
}

function countFiles() {
  const { stdout } = spawnSync('git', ['ls-files'], { encoding: 'utf8' });
  return stdout ? stdout.trim().split('\n').length : 0;
}

main();
