import { robotKinds } from './catalogue.ts';
import type { WorkspaceView } from './kind.ts';
import { formatPath, type Problem } from './problem.ts';
import { type CheckedRobot, readingsOf } from './reading.ts';
import { readingProblems, type Sight, sightOf } from './reading-problems.ts';
import { type Robot, RobotList } from './robot.ts';
import { shapeProblems, unstorableTexts } from './shape-problems.ts';
import { withFieldCodes } from './template-syntax.ts';
import { RESERVED_REFS } from './view-value.ts';
import { findWarnings } from './warnings.ts';

/** Groups of conditions may nest so deep; the parser would otherwise follow any depth it is given. */
const MAX_DEPTH = 12;

/** What the check of a list found. Without problems `robots` are ready to be stored. */
export interface RobotsVerdict {
  /** Defaults filled in, settings as their kind reads them, fields in texts by code; empty when the list is not even one. */
  robots: Robot[];
  problems: Problem[];
  /** To be shown and confirmed; no reason to refuse. */
  warnings: Problem[];
}

/** Checks everything about the robots of a stage before they are stored. Pure; never throws, whatever it is given. */
export function validateRobots(input: unknown, workspace: WorkspaceView): RobotsVerdict {
  if (isTooDeep(input)) return refused([{ path: 'robots', code: 'too-deep', params: {} }]);
  const list = RobotList.safeParse(input);
  if (!list.success) return refused(shapeProblems(list.error, ['robots']));
  const sight = sightOf(list.data);
  const problems = [...unstorableTexts(list.data, ['robots']), ...refProblems(list.data, sight)];
  const checked = new Map<number, CheckedRobot>();
  list.data.forEach((robot, index) => {
    const outcome = checkRobot(robot, index, workspace);
    problems.push(...outcome.problems);
    if (outcome.checked) checked.set(index, outcome.checked);
  });
  const read = [...checked.values()].map((one) => {
    const { readings, problems: inTexts } = readingsOf(one);
    problems.push(...inTexts);
    for (const reading of readings)
      problems.push(...readingProblems(one, reading, { workspace, robots: checked, sight }));
    return { ...one, readings };
  });
  const robots = list.data.map((robot, index) => checked.get(index)?.robot ?? robot);
  return { robots, problems: problems.sort(byRobot), warnings: findWarnings(read, sight, workspace) };
}

function refused(problems: Problem[]): RobotsVerdict {
  return { robots: [], problems, warnings: [] };
}

function byRobot(one: Problem, other: Problem): number {
  return indexOf(one.path) - indexOf(other.path);
}

function indexOf(path: string): number {
  return Number(/^robots\[(\d+)\]/.exec(path)?.[1] ?? -1);
}

function refProblems(robots: Robot[], sight: Sight): Problem[] {
  return robots.flatMap(({ ref }, index): Problem[] => {
    const path = formatPath(['robots', index, 'ref']);
    if (RESERVED_REFS.has(ref)) return [{ path, code: 'reserved-ref', params: { ref } }];
    return sight.byRef.get(ref) === index ? [] : [{ path, code: 'duplicate-ref', params: { ref } }];
  });
}

function checkRobot(
  robot: Robot,
  index: number,
  workspace: WorkspaceView,
): { checked: CheckedRobot | null; problems: Problem[] } {
  const path = ['robots', index, 'settings'];
  const kind = robotKinds.get(robot.kind);
  if (!kind) {
    const unknown: Problem = {
      path: formatPath(['robots', index, 'kind']),
      code: 'unknown-kind',
      params: { kind: robot.kind },
    };
    return { checked: null, problems: [unknown] };
  }
  const parsed = kind.settings.safeParse(robot.settings);
  if (!parsed.success) return { checked: null, problems: shapeProblems(parsed.error, path) };
  const codes = new Map([...workspace.fields].map(([code, field]) => [field.name, code]));
  const settings = mapTexts(parsed.data, (text) => withFieldCodes(text, codes));
  const problems = kind.validate(settings, workspace).map((problem) => ({
    path: `${formatPath(path)}.${problem.path}`,
    code: problem.code,
    params: problem.params ?? {},
  }));
  const stored = { ...robot, settings: settings as Record<string, unknown> };
  return { checked: { index, robot: stored, kind, settings }, problems };
}

/** The same value with every text in it replaced. */
function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((one) => mapTexts(one, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, mapTexts(one, change)]));
}

/** Walks without recursion, as the point is not to trust the depth; a value that holds itself is too deep. */
function isTooDeep(input: unknown): boolean {
  let level: unknown[] = [input];
  // A list, a robot, its condition, and two levels (key and members) for each group.
  for (let depth = 0; depth < 3 + MAX_DEPTH * 2; depth += 1) {
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
    if (level.length === 0) return false;
  }
  return true;
}
