import { chainsOf } from './chains.ts';
import { type ComparedValue, clauseProblems } from './clause-problems.ts';
import type { WorkspaceView } from './kind.ts';
import type { Problem, ProblemCode } from './problem.ts';
import type { CheckedRobot, Reading } from './reading.ts';
import { FIELDS_BY_NAME } from './template.ts';
import { LEAD_VALUES, parseValueName } from './view-value.ts';

/** The list that readings are checked against. */
export interface Surroundings {
  workspace: WorkspaceView;
  /** By index in the list; robots whose kind or settings are broken are missing. */
  robots: ReadonlyMap<number, CheckedRobot>;
  /** For each robot, the refs in front of it in its chain and those elsewhere; built once. */
  sight: Sight;
}

/** Which robots stand in one chain, and in what order. */
export interface Sight {
  byRef: ReadonlyMap<string, number>;
  /** Chains as they run; a disabled robot is in none. */
  running: ReadonlyMap<number, number>;
  /** Chains as they would run with every robot enabled: where a disabled robot belongs. */
  drawn: ReadonlyMap<number, number>;
}

/** Sees which robot may read which results. */
export function sightOf(robots: readonly { ref: string; after: 'parallel' | 'previous'; enabled: boolean }[]): Sight {
  const byRef = new Map<string, number>();
  robots.forEach((robot, index) => {
    if (!byRef.has(robot.ref)) byRef.set(robot.ref, index);
  });
  const drawn = robots.map((robot) => ({ ...robot, enabled: true }));
  return { byRef, running: chainNumbers(chainsOf(robots)), drawn: chainNumbers(chainsOf(drawn)) };
}

/** Whether two robots stand in one chain; a disabled one stands where it would run. */
export function shareChain(sight: Sight, one: number, other: number): boolean {
  const bothRun = sight.running.has(one) && sight.running.has(other);
  const chains = bothRun ? sight.running : sight.drawn;
  return chains.get(one) === chains.get(other);
}

/** What is wrong with one value that a robot reads. */
export function readingProblems(reader: CheckedRobot, reading: Reading, surroundings: Surroundings): Problem[] {
  const known = identify(reader, reading.name, surroundings);
  if ('code' in known) return [{ path: reading.path, code: known.code, params: known.params }];
  if (reading.clause === null) return [];
  const path = reading.path.replace(/\.value$/, '.to');
  return clauseProblems(reading.clause, known).map((problem) => ({ path, ...problem }));
}

type Unknown = { code: ProblemCode; params: Record<string, string> };

function identify(
  reader: CheckedRobot,
  text: string,
  { workspace, robots, sight }: Surroundings,
): ComparedValue | Unknown {
  const unknown: Unknown = { code: 'unknown-name', params: { name: text } };
  const parsed = parseValueName(text);
  if (!parsed) return unknown;
  const { root, name } = parsed;
  if (root === 'lead') return LEAD_VALUES.some((one) => one === name) ? { type: 'text' } : unknown;
  if (root === 'field') {
    const field = workspace.fields.get(name);
    return field ? { type: 'field', field } : { code: 'unknown-field', params: { name } };
  }
  if (root === FIELDS_BY_NAME) return { code: 'unknown-field', params: { name } };
  const index = sight.byRef.get(root);
  if (index === undefined) return unknown;
  return identifyResult(reader, { ref: root, result: name, index }, { robots, sight });
}

function identifyResult(
  reader: CheckedRobot,
  read: { ref: string; result: string; index: number },
  { robots, sight }: Pick<Surroundings, 'robots' | 'sight'>,
): ComparedValue | Unknown {
  const params = { ref: read.ref, result: read.result };
  if (read.index === reader.index) return { code: 'own-result', params };
  if (read.index > reader.index) return { code: 'later-robot', params };
  if (!shareChain(sight, read.index, reader.index)) return { code: 'other-chain', params };
  const source = robots.get(read.index);
  if (!source) return { type: 'text' };
  const result = source.kind.results.find((one) => one.code === read.result);
  if (!result) return { code: 'unknown-result', params };
  return result.values === null ? { type: 'text' } : { type: 'result', values: result.values };
}

function chainNumbers(chains: number[][]): Map<number, number> {
  return new Map(chains.flatMap((chain, number) => chain.map((index) => [index, number] as const)));
}
