// Measures files and functions of the product (tests are exempt) and fails on those over the cap.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import ts from 'typescript';

const FILE_CAP = 500;
const FUNCTION_CAP = 80;

function main() {
  const files = productFiles().map(measure);
  const functions = files.flatMap((file) => file.functions);
  const tooLong = [
    ...files
      .filter((file) => file.lines > FILE_CAP)
      .map((file) => `${file.name}: ${file.lines} lines (cap ${FILE_CAP})`),
    ...functions
      .filter((fn) => fn.lines > FUNCTION_CAP)
      .map((fn) => `${fn.where}: function of ${fn.lines} lines (cap ${FUNCTION_CAP})`),
  ];
  for (const complaint of tooLong) console.error(complaint);
  const named = functions.filter((fn) => fn.isNamed);
  console.log(
    `${describe('files', files)}; ${describe('functions', named)}; caps ${FILE_CAP} and ${FUNCTION_CAP} lines`,
  );
  process.exitCode = tooLong.length > 0 ? 1 : 0;
}

/** Also files that are not committed yet; ignored ones are not part of the product. */
function productFiles() {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' });
  return listed
    .split('\n')
    .filter((name) => /^(server\/(src|scripts|bench)|web\/src|scripts)\/.*\.(ts|tsx|mjs)$/.test(name))
    .filter((name) => !/\.test\.tsx?$/.test(name) && fs.existsSync(name));
}

function measure(name) {
  const source = ts.createSourceFile(name, fs.readFileSync(name, 'utf8'), ts.ScriptTarget.Latest, true);
  const functions = [];
  const visit = (node) => {
    if (ts.isFunctionLike(node) && node.body) functions.push(measureFunction(source, name, node));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { name, lines: source.getLineStarts().length - 1, functions };
}

/** Callbacks of a line or two would make every median 1, so they are capped but not counted. */
function measureFunction(source, name, node) {
  const first = source.getLineAndCharacterOfPosition(node.getStart(source)).line;
  const last = source.getLineAndCharacterOfPosition(node.getEnd()).line;
  const isAssigned = ts.isVariableDeclaration(node.parent) || ts.isPropertyAssignment(node.parent);
  return { where: `${name}:${first + 1}`, lines: last - first + 1, isNamed: Boolean(node.name) || isAssigned };
}

function describe(what, measured) {
  const sizes = measured.map((one) => one.lines).sort((a, b) => a - b);
  const quantile = (share) => sizes[Math.min(sizes.length - 1, Math.floor(share * sizes.length))] ?? 0;
  return `${sizes.length} ${what}, lines median ${quantile(0.5)}, p90 ${quantile(0.9)}, p95 ${quantile(0.95)}, max ${sizes.at(-1) ?? 0}`;
}

main();
