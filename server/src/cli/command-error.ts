import type { Texts } from '../accounts/principal.ts';

/** Why a command did not do what it was asked to: one sentence, or several for several values. */
export class CommandError extends Error {
  override name = 'CommandError';
  readonly texts: Texts;
  readonly exitCode: number;

  constructor(texts: Texts, options: { exitCode?: number; cause?: unknown } = {}) {
    super(texts.en, { cause: options.cause });
    this.texts = texts;
    this.exitCode = options.exitCode ?? 1;
  }
}

/** The command was called in a way that cannot be understood; the texts name the argument. */
export function badUsage(texts: Texts): CommandError {
  return new CommandError(texts, { exitCode: 2 });
}
