import type { Robot } from '../robots/robot.ts';

/** When a robot is due: its delay after the moment the lead entered (first of a chain) or the one before ended. */
export function dueAt(robot: Pick<Robot, 'delaySeconds'>, after: Date): Date {
  return new Date(after.getTime() + robot.delaySeconds * 1_000);
}

/** Milliseconds until then by the database's clock; 0 when it is past. */
export function millisecondsUntil(moment: Date, nowMs: number): number {
  return Math.max(0, moment.getTime() - nowMs);
}
