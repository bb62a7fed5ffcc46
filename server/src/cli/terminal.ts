import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import { LANGUAGES, type Language, type Texts } from '../accounts/principal.ts';

type Environment = Record<string, string | undefined>;
type Input = Readable & { isTTY?: boolean };
type Output = Writable & { isTTY?: boolean };

/** Where a command reads and writes. Answers go to stdout, so that they can be piped; everything said beside them goes to stderr. */
export class Terminal {
  readonly env: Environment;
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  /** What the process ends with when nothing is thrown. */
  exitCode = 0;
  #language: Language | null;
  #otherwise: Language = 'ru';

  constructor(streams: { env: Environment; stdin: Input; stdout: Output; stderr: Output }) {
    this.env = streams.env;
    this.stdin = streams.stdin;
    this.stdout = streams.stdout;
    this.stderr = streams.stderr;
    this.#language = languageOf(streams.env);
  }

  get language(): Language {
    return this.#language ?? this.#otherwise;
  }

  /** Whether somebody sits there who can answer a question. */
  get isInteractive(): boolean {
    return this.stdin.isTTY === true && this.stderr.isTTY === true;
  }

  /** The language of the workspace, for who has not chosen one. */
  useLanguage(language: Language): void {
    this.#otherwise = language;
  }

  say(texts: Texts): string {
    return texts[this.language];
  }

  /** A line of the answer. */
  print(line: string): void {
    this.stdout.write(`${line}\n`);
  }

  /** A line beside the answer. */
  note(texts: Texts): void {
    this.stderr.write(`${this.say(texts)}\n`);
  }

  /** Asks on the terminal; only a clear yes is one. */
  async confirm(question: Texts): Promise<boolean> {
    const lines = createInterface({ input: this.stdin, output: this.stderr });
    try {
      const answer = await lines.question(`${this.say(question)} ${this.say({ ru: '[да/нет]', en: '[yes/no]' })} `);
      return /^(y|yes|д|да)$/i.test(answer.trim());
    } finally {
      lines.close();
    }
  }
}

/** OTKLIK_LANG, else what the system's own settings say; null when they name neither of our languages. */
function languageOf(env: Environment): Language | null {
  for (const name of ['OTKLIK_LANG', 'LC_ALL', 'LC_MESSAGES', 'LANG']) {
    const value = env[name]?.trim();
    if (value) return LANGUAGES.find((language) => value.toLowerCase().startsWith(language)) ?? null;
  }
  return null;
}
