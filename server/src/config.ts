import path from 'node:path';
import { z } from 'zod';
import { OperatorError } from './lib/operator-error.ts';

/** How this process was asked to run: the environment, parsed once. */
export interface Config {
  port: number;
  host: string;
  /** Absolute. */
  dataDir: string;
  /** null: Otklik runs its own PostgreSQL in the data folder. */
  databaseUrl: string | null;
  /** Without a slash at the end. null: only this machine reaches Otklik. */
  publicUrl: string | null;
  /** 32 bytes. null: the key file in the data folder. */
  secretKey: Buffer | null;
  role: Role;
  logLevel: LogLevel;
}

export type Role = (typeof ROLES)[number];
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A setting that is wrong or half-given; the message says which, why and what to do. */
export class ConfigError extends OperatorError {
  override name = 'ConfigError';
}

const ROLES = ['all', 'api', 'worker'] as const;
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const SECRET_KEY_BYTES = 32;

const Environment = z.object({
  PORT: z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number)
    .refine((port) => port <= 65_535)
    .default(4000),
  // Names and addresses only: `http://localhost` and `localhost:4000` are the usual mistakes.
  HOST: z
    .string()
    .regex(/^[\w.:%-]+$/)
    .refine((host) => !/^[^:]+:\d+$/.test(host))
    .default('127.0.0.1'),
  OTKLIK_DATA_DIR: z.string().default('./data'),
  DATABASE_URL: z
    .string()
    .refine((value) => isUrl(value, ['postgres:', 'postgresql:']))
    .optional(),
  OTKLIK_PUBLIC_URL: z
    .string()
    .refine((value) => isUrl(value, ['http:', 'https:']) && !/[?#]/.test(value))
    .transform((value) => value.replace(/\/+$/, ''))
    .optional(),
  OTKLIK_SECRET_KEY: z
    .string()
    .refine((value) => decodeSecretKey(value) !== null)
    .transform(decodeSecretKey)
    .optional(),
  OTKLIK_ROLE: z.enum(ROLES).default('all'),
  LOG_LEVEL: z.enum(LOG_LEVELS).default('warn'),
});

type Setting = keyof z.infer<typeof Environment>;

/** What each setting must look like. The value itself is repeated only where it can hold no secret. */
const HELP: Record<Setting, (value: string) => string> = {
  PORT: (value) => `PORT is "${value}": give a number from 0 to 65535, for example PORT=4000 (0 takes any free port).`,
  HOST: (value) =>
    `HOST is "${value}": give the address to listen on, for example HOST=127.0.0.1 (this machine only) or HOST=0.0.0.0 (every network), without http:// or a port.`,
  OTKLIK_DATA_DIR: (value) => `OTKLIK_DATA_DIR is "${value}": give a folder, for example OTKLIK_DATA_DIR=./data.`,
  DATABASE_URL: () =>
    'DATABASE_URL is not the address of a PostgreSQL database: write it as postgresql://user:password@host:5432/database, or leave it out to use the built-in one.',
  OTKLIK_PUBLIC_URL: (value) =>
    `OTKLIK_PUBLIC_URL is "${value}": give the full address under which others reach Otklik, for example https://otklik.example.com, without ? or #.`,
  OTKLIK_SECRET_KEY: () =>
    `OTKLIK_SECRET_KEY must be ${SECRET_KEY_BYTES} bytes written as hex (64 characters) or base64 (44 characters): make one with "openssl rand -hex 32", or leave it out to use the key file in the data folder.`,
  OTKLIK_ROLE: (value) => `OTKLIK_ROLE is "${value}": choose one of ${ROLES.join(', ')}.`,
  LOG_LEVEL: (value) => `LOG_LEVEL is "${value}": choose one of ${LOG_LEVELS.join(', ')}.`,
};

/** Parses the environment; an empty setting counts as absent. Throws a ConfigError at the first wrong one. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(
    Object.keys(HELP).flatMap((name) => (env[name]?.trim() ? [[name, env[name].trim()]] : [])),
  );
  const parsed = Environment.safeParse(given);
  if (!parsed.success) throw explain(parsed.error, given);
  const settings = parsed.data;
  refuseHalfGiven(settings);
  return {
    port: settings.PORT,
    host: settings.HOST,
    dataDir: path.resolve(settings.OTKLIK_DATA_DIR),
    databaseUrl: settings.DATABASE_URL ?? null,
    publicUrl: settings.OTKLIK_PUBLIC_URL ?? null,
    secretKey: settings.OTKLIK_SECRET_KEY ?? null,
    role: settings.OTKLIK_ROLE,
    logLevel: settings.LOG_LEVEL,
  };
}

function explain(error: z.ZodError, given: Record<string, string>): ConfigError {
  const setting = error.issues[0]?.path[0] as Setting;
  return new ConfigError(HELP[setting](given[setting] ?? ''));
}

function refuseHalfGiven(settings: z.infer<typeof Environment>): void {
  if (settings.OTKLIK_ROLE !== 'all' && !settings.DATABASE_URL) {
    throw new ConfigError(
      `OTKLIK_ROLE=${settings.OTKLIK_ROLE} shares its database with other processes: set DATABASE_URL to that PostgreSQL, or use OTKLIK_ROLE=all.`,
    );
  }
}

function isUrl(value: string, protocols: string[]): boolean {
  const url = URL.parse(value);
  return url !== null && protocols.includes(url.protocol) && url.hostname !== '';
}

/** Hex is tried first: 64 hex digits are also well-formed base64, of 48 bytes. */
function decodeSecretKey(value: string): Buffer | null {
  if (/^[0-9a-f]{64}$/i.test(value)) return Buffer.from(value, 'hex');
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(value)) return null;
  const key = Buffer.from(value, 'base64');
  return key.length === SECRET_KEY_BYTES ? key : null;
}
