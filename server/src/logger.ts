import pino from 'pino';
import type { LogLevel } from './config.ts';

/** Names under which credentials travel, here and in what providers answer. */
const SECRET_NAMES = [
  'password',
  'apiKey',
  'api_key',
  'token',
  'accessToken',
  'refreshToken',
  'secret',
  'secretKey',
  'webhookSecret',
  'authorization',
  'cookie',
  'connectionString',
  'databaseUrl',
];

/** One logger for the process. Messages are fixed sentences; what varies goes into fields. */
export function createLogger(level: LogLevel, destination?: pino.DestinationStream): pino.Logger {
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: redactedPaths(), censor: '[redacted]' },
  };
  return destination ? pino(options, destination) : pino(options);
}

/** A secret is hidden at the top of a line and one or two levels below (`config.apiKey`, `req.headers.authorization`). */
function redactedPaths(): string[] {
  const headers = ['authorization', 'cookie', 'set-cookie', 'x-api-key'].flatMap((name) => [
    `headers["${name}"]`,
    `*.headers["${name}"]`,
  ]);
  return [...SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), ...headers];
}
