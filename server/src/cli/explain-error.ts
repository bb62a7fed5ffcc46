import { CommanderError } from 'commander';
import type { Texts } from '../accounts/principal.ts';
import { isConnectionLoss } from '../db/transaction.ts';
import { OperatorError } from '../lib/operator-error.ts';
import { CommandError } from './command-error.ts';

/** What is said of an error, and the exit code; no text when it has been said already (help). */
export interface Explanation {
  texts: Texts | null;
  exitCode: number;
}

const USAGE = 2;

/** Turns whatever a command threw into a sentence. */
export function explainError(error: unknown): Explanation {
  if (error instanceof CommanderError) return explainUsage(error);
  if (error instanceof CommandError) return { texts: error.texts, exitCode: error.exitCode };
  if (error instanceof OperatorError) return { texts: both(error.message), exitCode: 1 };
  return { texts: explainDatabase(error) ?? explainFile(error) ?? unexpected(error), exitCode: 1 };
}

function explainUsage(error: CommanderError): Explanation {
  if (error.exitCode === 0) return { texts: null, exitCode: 0 };
  if (error.code === 'commander.help') return { texts: null, exitCode: USAGE };
  const said = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  const [first = '', second = ''] = [...said.matchAll(/'([^']*)'/g)].map((match) => match[1] ?? '');
  return { texts: { ru: usageInRussian(error.code, first, second, said), en: said }, exitCode: USAGE };
}

function usageInRussian(code: string, first: string, second: string, said: string): string {
  const similar = /Did you mean (?:one of )?([^?]+)\?/.exec(said)?.[1];
  const suggestion = similar ? ` (может быть, ${similar})` : '';
  switch (code) {
    case 'commander.missingArgument':
      return `Не указан аргумент ${first}`;
    case 'commander.optionMissingArgument':
      return `После ${first} нужно значение`;
    case 'commander.missingMandatoryOptionValue':
      return `Не указан обязательный параметр ${first}`;
    case 'commander.conflictingOption':
      return `${first} и ${second} нельзя указать вместе`;
    case 'commander.unknownOption':
      return `Неизвестный параметр ${first}${suggestion}`;
    case 'commander.unknownCommand':
      return `Неизвестная команда ${first}${suggestion}; список команд: --help`;
    case 'commander.excessArguments':
      return said.replace(
        /^too many arguments(?: for '(.*)')?. Expected (\d+) .* got (\d+).*$/,
        'Слишком много аргументов у команды $1: нужно $2, дано $3',
      );
    case 'commander.invalidArgument':
      return `Значение «${second}» не подходит: ${first}; можно: ${said.replace(/^.*choices are /, '')}`;
    default:
      return said;
  }
}

/** What node-postgres and PostgreSQL say when there is no talking to the database. */
function explainDatabase(error: unknown): Texts | null {
  const code = codeOf(error);
  const reason = reasonOf(error);
  if (code === '28P01' || code === '28000') {
    return {
      ru: `База данных не пускает: проверьте пользователя и пароль в DATABASE_URL (${reason})`,
      en: `The database refuses the login: check user and password in DATABASE_URL (${reason})`,
    };
  }
  if (code === '3D000') {
    return {
      ru: `Такой базы данных нет: создайте её или исправьте DATABASE_URL (${reason})`,
      en: `There is no such database: create it or correct DATABASE_URL (${reason})`,
    };
  }
  if (!isConnectionLoss(error) && !/^(ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|53300)$/.test(code)) return null;
  if (code === 'ENOENT') return null;
  return {
    ru: `База данных не отвечает: проверьте, что PostgreSQL запущен и DATABASE_URL верен (${reason})`,
    en: `The database does not answer: check that PostgreSQL runs and DATABASE_URL is right (${reason})`,
  };
}

const FILE_REASONS: Record<string, Texts> = {
  ENOENT: { ru: 'такого файла или папки нет', en: 'there is no such file or folder' },
  EACCES: { ru: 'нет прав на него', en: 'permission is denied' },
  EPERM: { ru: 'нет прав на него', en: 'permission is denied' },
  EISDIR: { ru: 'это папка, а не файл', en: 'it is a folder, not a file' },
  ENOTDIR: { ru: 'путь проходит через файл', en: 'the path leads through a file' },
  ENOSPC: { ru: 'на диске нет места', en: 'the disk is full' },
  EROFS: { ru: 'диск доступен только для чтения', en: 'the disk is read-only' },
};

function explainFile(error: unknown): Texts | null {
  const reason = FILE_REASONS[codeOf(error)];
  if (!reason) return null;
  const file = (error as NodeJS.ErrnoException).path ?? '';
  return { ru: `Файл ${file}: ${reason.ru}`, en: `File ${file}: ${reason.en}` };
}

function unexpected(error: unknown): Texts {
  const reason = reasonOf(error);
  return { ru: `Непредвиденная ошибка: ${reason}`, en: `Unexpected error: ${reason}` };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function reasonOf(error: unknown): string {
  const inner = error instanceof AggregateError ? error.errors[0] : error;
  return (inner instanceof Error ? inner.message : String(inner)).replaceAll('\n', ' ');
}

function both(text: string): Texts {
  return { ru: text, en: text };
}
