import type { Logger } from 'pino';

/** A loop that is running; stopping waits for the round that is under way. */
export interface Loop {
  stop(): Promise<void>;
}

/** Calls `tick` every so often, never two at once. A round that fails is logged, and the next one comes all the same. */
export function startLoop(options: {
  name: string;
  everyMs: number;
  logger: Logger;
  tick: () => Promise<unknown>;
}): Loop {
  const { name, everyMs, logger, tick } = options;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let round: Promise<void> = Promise.resolve();

  async function runRound(): Promise<void> {
    try {
      await tick();
    } catch (error) {
      if (!stopped) logger.warn({ err: error, loop: name }, 'A round of a loop failed');
    }
    if (!stopped) timer = setTimeout(start, everyMs);
  }

  function start(): void {
    round = runRound();
  }

  start();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await round;
    },
  };
}
