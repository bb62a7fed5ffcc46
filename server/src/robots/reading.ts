import type { RobotKind } from './kind.ts';
import { formatPath, type Problem } from './problem.ts';
import type { Clause, Condition, Robot } from './robot.ts';
import { parseTemplate, templateNames } from './template.ts';

/** A robot of a list under check: its kind is known and its settings are parsed. */
export interface CheckedRobot {
  index: number;
  robot: Robot;
  kind: RobotKind;
  settings: unknown;
}

/** One value that a robot reads, in its condition or in a text. */
export interface Reading {
  path: string;
  name: string;
  /** The comparison, when it is read by one. */
  clause: Clause | null;
}

/** The comparisons of a condition with the paths they stand at. */
export function clausesOf(condition: Condition | null, path: string): { path: string; clause: Clause }[] {
  if (condition === null) return [];
  const [key, members] = 'all' in condition ? (['all', condition.all] as const) : (['any', condition.any] as const);
  return members.flatMap((member, index) => {
    const at = `${path}.${key}[${index}]`;
    return 'op' in member ? [{ path: at, clause: member }] : clausesOf(member, at);
  });
}

/** Everything a robot reads, and what is wrong with its texts. */
export function readingsOf({ index, robot, kind, settings }: CheckedRobot): {
  readings: Reading[];
  problems: Problem[];
} {
  const base = formatPath(['robots', index]);
  const readings: Reading[] = clausesOf(robot.condition, `${base}.condition`).map(({ path, clause }) => ({
    path: `${path}.value`,
    name: clause.value,
    clause,
  }));
  const problems: Problem[] = [];
  for (const template of kind.templates(settings)) {
    const path = `${base}.settings.${template.path}`;
    const parsed = parseTemplate(template.text);
    if (parsed.ok) readings.push(...templateNames(parsed.value).map((name) => ({ path, name, clause: null })));
    else problems.push({ path, code: parsed.error.code, params: parsed.error.params ?? {} });
  }
  return { readings, problems };
}
