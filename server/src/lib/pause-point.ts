/** The moments of a send at which a process may die or a test may hold it. */
export type PausePoint =
  | 'before-intent'
  | 'after-intent'
  | 'after-answer'
  | 'after-outcome'
  | 'before-leave'
  | 'after-leave-lock';

type Handler = (point: PausePoint, subject: string) => Promise<void> | void;

let handler: Handler | null = null;

/** Lets a test hold or kill the process at named points; null takes the handler away. */
export function onPausePoint(next: Handler | null): void {
  handler = next;
}

/** Marks a named moment; costs nothing while nobody listens. */
export function pausePoint(point: PausePoint, subject: string): Promise<void> | undefined | void {
  if (handler !== null) return handler(point, subject);
}
