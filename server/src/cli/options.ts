import { Option } from 'commander';
import { badUsage } from './command-error.ts';
import type { Terminal } from './terminal.ts';

/** `--workspace`, which every command about a workspace takes. */
export function workspaceOption(terminal: Terminal): Option {
  return new Option(
    '--workspace <id>',
    terminal.say({ ru: 'компания, если их несколько', en: 'the workspace, if there are several' }),
  );
}

/** Gathers an option that may be given several times. */
export function gather(value: string, earlier: string[] | undefined): string[] {
  return [...(earlier ?? []), value];
}

/** The value without blanks around it; an empty one is bad usage. */
export function requireText(option: string, value: string, max: number): string {
  const text = value.trim();
  if (text === '') throw badUsage({ ru: `${option}: значение пусто`, en: `${option}: the value is empty` });
  if (text.length > max) {
    throw badUsage({
      ru: `${option}: не больше ${max} символов`,
      en: `${option}: at most ${max} characters`,
    });
  }
  return text;
}
