import { satisfies } from './condition.ts';
import type { WorkspaceView } from './kind.ts';
import { formatPath, type Problem } from './problem.ts';
import type { CheckedRobot, Reading } from './reading.ts';
import { type Sight, shareChain } from './reading-problems.ts';
import type { Condition } from './robot.ts';
import { parseValueName } from './view-value.ts';

/** A robot with everything it reads. */
export type ReadRobot = CheckedRobot & { readings: Reading[] };

/** What may be meant so but more likely is not; saving goes on. Only enabled robots are looked at. */
export function findWarnings(all: readonly ReadRobot[], sight: Sight, workspace: WorkspaceView): Problem[] {
  const robots = all.filter(({ robot }) => robot.enabled);
  const found = robots.flatMap((one) => [
    ...earlyReadings(one, robots, sight),
    ...disabledSources(one, all, sight),
    ...missingErrorBranch(one, robots, sight),
    ...contradictions(one.robot.condition, `${formatPath(['robots', one.index])}.condition`),
    ...robotsAfterMove(one, robots, sight),
    ...missingLine(one, workspace),
  ]);
  const keys = new Set<string>();
  return found.filter((one) => {
    const key = JSON.stringify(one);
    return !keys.has(key) && keys.add(key);
  });
}

/** A robot of another chain writes the field at the same time. */
function earlyReadings(reader: ReadRobot, robots: readonly ReadRobot[], sight: Sight): Problem[] {
  return reader.readings.flatMap(({ path, name }) =>
    robots
      .filter((writer) => writer !== reader && writes(writer, name) && !shareChain(sight, writer.index, reader.index))
      .map((writer): Problem => ({ path, code: 'reads-too-early', params: { name, ref: writer.robot.ref } })),
  );
}

function writes({ kind, settings }: CheckedRobot, name: string): boolean {
  if (kind.id !== 'lead.update') return false;
  const { changes } = settings as { changes: { field: string }[] };
  return changes.some((change) => change.field === name);
}

function disabledSources(reader: ReadRobot, all: readonly ReadRobot[], sight: Sight): Problem[] {
  return reader.readings.flatMap(({ path, name }): Problem[] => {
    const index = sight.byRef.get(parseValueName(name)?.root ?? '');
    const source = all.find((one) => one.index === index);
    return source && !source.robot.enabled ? [{ path, code: 'disabled-robot', params: { ref: source.robot.ref } }] : [];
  });
}

/** Some robot acts by what the check found, and none when it found nothing. Writing the result down is acting too. */
function missingErrorBranch(check: ReadRobot, robots: readonly ReadRobot[], sight: Sight): Problem[] {
  const result = check.kind.results.find((one) => one.code === 'exists' && one.values?.includes('E'));
  if (!result) return [];
  const name = `${check.robot.ref}.${result.code}`;
  const later = robots.filter((one) => one.index > check.index && shareChain(sight, check.index, one.index));
  const readings = later.flatMap((one) => one.readings.filter((reading) => reading.name === name));
  const covered = readings.some(({ clause }) => clause === null || satisfies(clause.op, 'E', clause.to));
  if (readings.length === 0 || covered) return [];
  return [{ path: formatPath(['robots', check.index]), code: 'no-branch-for-error', params: { ref: check.robot.ref } }];
}

/** `all` groups that want one value to be two things. */
function contradictions(condition: Condition | null, path: string): Problem[] {
  if (condition === null) return [];
  const members = 'all' in condition ? condition.all : condition.any;
  const key = 'all' in condition ? 'all' : 'any';
  const nested = members.flatMap((member, index) =>
    'op' in member ? [] : contradictions(member, `${path}.${key}[${index}]`),
  );
  if (key === 'any') return nested;
  const equal = members.flatMap((member) => ('op' in member && member.op === 'equals' ? [member] : []));
  for (const first of equal) {
    const second = equal.find((one) => one.value === first.value && !isSame(one.to, first.to));
    if (!second) continue;
    const params = { name: first.value, first: String(first.to), second: String(second.to) };
    return [{ path, code: 'never-holds', params }, ...nested];
  }
  return nested;
}

function isSame(one: unknown, other: unknown): boolean {
  return String(one).trim().toLowerCase() === String(other).trim().toLowerCase();
}

/** A move without a condition ends the visit, so nothing below it in its chain acts. */
function robotsAfterMove(move: ReadRobot, robots: readonly ReadRobot[], sight: Sight): Problem[] {
  if (move.kind.id !== 'lead.move' || move.robot.condition !== null) return [];
  return robots
    .filter((one) => one.index > move.index && shareChain(sight, move.index, one.index))
    .map((one) => ({ path: formatPath(['robots', one.index]), code: 'after-move', params: { ref: move.robot.ref } }));
}

/** A check that may take any line, where there is none. */
function missingLine({ kind, settings, index }: CheckedRobot, workspace: WorkspaceView): Problem[] {
  if (kind.id !== 'whatsapp.check' || (settings as { lineId: string | null }).lineId !== null) return [];
  const canCheck = [...workspace.lines.values()].some((line) => line.medium === 'whatsapp' && line.check);
  return canCheck ? [] : [{ path: formatPath(['robots', index, 'settings', 'lineId']), code: 'no-line', params: {} }];
}
