import { parseDocument, stringify } from 'yaml';
import { fail, ok, type Result } from '../lib/result.ts';
import type { WorkspaceView } from './kind.ts';
import { formatPath, type Problem, type ProblemCode } from './problem.ts';
import type { Clause, Condition, Robot } from './robot.ts';

/**
 * Robots as YAML, to read, keep and carry to another installation. A line, a stage or a file stands there by its name where that
 * is the only one of its name, else by its id. What is at its default is left out, so that the same robots always give the same
 * bytes.
 */

const MAX_YAML = 2_000_000;

type Named = ReadonlyMap<string, { name: string }>;

/** Settings that hold an id, and the key that holds the name instead. */
const REFERENCES: readonly { id: string; name: string; unknown: ProblemCode; named(view: WorkspaceView): Named }[] = [
  { id: 'lineId', name: 'line', unknown: 'unknown-line-name', named: (view) => view.lines },
  { id: 'stageId', name: 'stage', unknown: 'unknown-stage-name', named: (view) => view.stages },
  { id: 'fileId', name: 'file', unknown: 'unknown-file-name', named: (view) => view.files },
];

/** Writes a stage's robots. The same robots in the same workspace give the same text. */
export function exportRobots(robots: readonly Robot[], view: WorkspaceView): string {
  const document = { robots: robots.map((robot) => exportRobot(robot, view)) };
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
}

/**
 * Reads robots back: names become ids, nothing else is checked here (`validateRobots` does). `yaml` is what a person edited, so
 * every problem names its path, or the line where the YAML breaks.
 */
export function importRobots(yaml: string, view: WorkspaceView): Result<unknown[], Problem[]> {
  const parsed = parseRobotsYaml(yaml);
  if (!parsed.ok) return parsed;
  const problems: Problem[] = [];
  const robots = parsed.value.map((robot, index) => {
    if (!isObject(robot) || !isObject(robot['settings'])) return robot;
    const outcome = importSettings(robot['settings'], index, view);
    problems.push(...outcome.problems);
    return { ...robot, settings: outcome.settings };
  });
  return problems.length > 0 ? fail(problems) : ok(robots);
}

/** The list in a YAML text, with names where `importRobots` puts ids; tells which files are to be looked up. */
export function parseRobotsYaml(yaml: string): Result<unknown[], Problem[]> {
  if (yaml.length > MAX_YAML) return fail([syntaxProblem('> 2 MB')]);
  try {
    const document = parseDocument(yaml);
    const error = document.errors[0];
    if (error) return fail([syntaxProblem(error.message.split('\n')[0] ?? '')]);
    // Aliases could make a small text huge, and robots need none.
    const value: unknown = document.toJS({ maxAliasCount: 0 });
    const robots = isObject(value) ? value['robots'] : undefined;
    if (Array.isArray(robots)) return ok(robots);
    return fail([{ path: 'robots', code: 'wrong-type', params: { expected: 'array' } }]);
  } catch (error) {
    return fail([syntaxProblem(error instanceof Error ? error.message : String(error))]);
  }
}

function syntaxProblem(detail: string): Problem {
  return { path: 'robots', code: 'yaml-syntax', params: { detail } };
}

/** Keys in the order a person would write them; without those at their default. */
function exportRobot(robot: Robot, view: WorkspaceView): Record<string, unknown> {
  return {
    ref: robot.ref,
    kind: robot.kind,
    ...(robot.title === null ? {} : { title: robot.title }),
    ...(robot.enabled ? {} : { enabled: false }),
    ...(robot.after === 'parallel' ? {} : { after: robot.after }),
    ...(robot.delaySeconds === 0 ? {} : { delaySeconds: robot.delaySeconds }),
    ...(robot.condition === null ? {} : { condition: exportCondition(robot.condition) }),
    settings: exportSettings(robot.settings, view),
  };
}

function exportCondition(condition: Condition): Condition {
  return 'all' in condition ? { all: condition.all.map(exportMember) } : { any: condition.any.map(exportMember) };
}

function exportMember(member: Clause | Condition): Clause | Condition {
  if (!('op' in member)) return exportCondition(member);
  const { value, op, to } = member;
  return to === undefined ? { value, op } : { value, op, to };
}

function exportSettings(settings: Record<string, unknown>, view: WorkspaceView): Record<string, unknown> {
  const entries = Object.entries(settings).flatMap(([key, value]): [string, unknown][] => {
    if (value === null) return [];
    const reference = REFERENCES.find((one) => one.id === key);
    const name = reference && uniqueName(reference.named(view), value);
    return [reference && name !== undefined ? [reference.name, name] : [key, sorted(value)]];
  });
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** jsonb does not keep the order of keys, so a stable text needs one of its own. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, one]) => [key, sorted(one)]),
  );
}

function uniqueName(named: Named, id: unknown): string | undefined {
  const name = typeof id === 'string' ? named.get(id)?.name : undefined;
  return name !== undefined && idsOf(named, name).length === 1 ? name : undefined;
}

function idsOf(named: Named, name: unknown): string[] {
  return [...named].flatMap(([id, one]) => (one.name === name ? [id] : []));
}

function importSettings(
  settings: Record<string, unknown>,
  index: number,
  view: WorkspaceView,
): { settings: Record<string, unknown>; problems: Problem[] } {
  const problems: Problem[] = [];
  const imported: Record<string, unknown> = { ...settings };
  for (const reference of REFERENCES) {
    if (!Object.hasOwn(settings, reference.name)) continue;
    const name = settings[reference.name];
    delete imported[reference.name];
    const ids = idsOf(reference.named(view), name);
    const code = codeOf(ids, Object.hasOwn(settings, reference.id), reference.unknown);
    if (code === null) imported[reference.id] = ids[0];
    else
      problems.push({
        path: formatPath(['robots', index, 'settings', reference.name]),
        code,
        params: { name: String(name) },
      });
  }
  return { settings: imported, problems };
}

function codeOf(ids: string[], hasId: boolean, unknown: ProblemCode): ProblemCode | null {
  if (hasId) return 'name-and-id';
  if (ids.length === 0) return unknown;
  return ids.length > 1 ? 'ambiguous-name' : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
