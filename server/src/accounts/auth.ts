import { hkdfSync } from 'node:crypto';
import { apiKey } from '@better-auth/api-key';
import { type BetterAuthOptions, betterAuth } from 'better-auth';
import { organization, twoFactor } from 'better-auth/plugins';
import type pg from 'pg';
import type { Logger } from 'pino';
import { authId, columnsOf } from './auth-names.ts';
import { organizationRoles } from './auth-roles.ts';
import { consumeAttempt } from './rate-limit.ts';

/** Requests to better-auth carry the address of the asker here; whatever a client puts there is replaced. */
export const CLIENT_ADDRESS_HEADER = 'x-otklik-client-address';

export const PASSWORD_LENGTH = { min: 10, max: 128 } as const;

/** Attempts to sign in from one address; an office behind one address is not locked out by its own people. */
const SIGN_IN_RULE = { window: 60, max: 20 };

const DAY_SECONDS = 24 * 60 * 60;

export interface AuthOptions {
  pool: pg.Pool;
  logger: Logger;
  /** The installation's secret key; what signs cookies is derived from it. */
  secretKey: Buffer;
  /** The address people open Otklik at; null for this machine only. */
  publicUrl: string | null;
}

export type Auth = ReturnType<typeof createAuth>;

/** better-auth on our pool, with our table and column names. What it may answer over HTTP is listed in `api/auth.ts`. */
export function createAuth(options: AuthOptions) {
  const secret = Buffer.from(hkdfSync('sha256', options.secretKey, '', 'otklik better-auth', 32)).toString('base64url');
  return betterAuth({
    appName: 'Otklik',
    // The origin alone: of an address with a path better-auth would take that path for its own.
    baseURL: new URL(options.publicUrl ?? 'http://127.0.0.1').origin,
    basePath: '/api/auth',
    secret,
    database: options.pool,
    telemetry: { enabled: false },
    logger: { log: (level, message) => logOf(options.logger, level, message) },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: PASSWORD_LENGTH.min,
      maxPasswordLength: PASSWORD_LENGTH.max,
    },
    rateLimit: {
      enabled: true,
      customStorage: { consume: (key, rule) => consumeAttempt(options.pool, key, rule) },
      window: 10,
      max: 100,
      customRules: { '/sign-in/email': SIGN_IN_RULE, '/two-factor/*': { window: 60, max: 10 } },
    },
    advanced: {
      cookiePrefix: 'otklik',
      // api/auth.ts has checked that the page is of the same origin, under whichever name of this machine.
      disableCSRFCheck: true,
      useSecureCookies: options.publicUrl?.startsWith('https:') ?? false,
      ipAddress: { ipAddressHeaders: [CLIENT_ADDRESS_HEADER] },
      database: { generateId: authId },
    },
    databaseHooks: { session: { create: { before: async (session) => openFirstWorkspace(options.pool, session) } } },
    ...coreTables,
    plugins: [organizationPlugin(), twoFactorPlugin(), apiKeyPlugin()],
  });
}

const coreTables = {
  user: { modelName: 'users', fields: columnsOf('name', 'email', 'emailVerified', 'image', 'createdAt', 'updatedAt') },
  session: {
    modelName: 'sessions',
    expiresIn: 30 * DAY_SECONDS,
    updateAge: DAY_SECONDS,
    fields: columnsOf('userId', 'token', 'expiresAt', 'ipAddress', 'userAgent', 'createdAt', 'updatedAt'),
  },
  account: {
    modelName: 'credentials',
    fields: columnsOf(
      'accountId',
      'providerId',
      'userId',
      'accessToken',
      'refreshToken',
      'idToken',
      'accessTokenExpiresAt',
      'refreshTokenExpiresAt',
      'scope',
      'password',
      'createdAt',
      'updatedAt',
    ),
  },
  verification: {
    modelName: 'verifications',
    fields: columnsOf('identifier', 'value', 'expiresAt', 'createdAt', 'updatedAt'),
  },
} as const satisfies Partial<BetterAuthOptions>;

function organizationPlugin() {
  return organization({
    allowUserToCreateOrganization: false,
    disableOrganizationDeletion: true,
    membershipLimit: 10_000,
    ...organizationRoles(),
    schema: {
      session: { fields: { activeOrganizationId: 'active_workspace_id' } },
      organization: { modelName: 'workspaces', fields: columnsOf('name', 'slug', 'logo', 'metadata', 'createdAt') },
      member: {
        modelName: 'members',
        fields: { ...columnsOf('userId', 'role', 'createdAt'), organizationId: 'workspace_id' },
      },
      invitation: {
        modelName: 'invitations',
        fields: {
          ...columnsOf('email', 'role', 'status', 'inviterId', 'expiresAt', 'createdAt'),
          organizationId: 'workspace_id',
        },
      },
    },
  });
}

function twoFactorPlugin() {
  return twoFactor({
    issuer: 'Otklik',
    schema: {
      user: { fields: { twoFactorEnabled: 'two_factor_enabled' } },
      twoFactor: {
        modelName: 'two_factors',
        fields: columnsOf('userId', 'secret', 'backupCodes', 'verified', 'failedVerificationCount', 'lockedUntil'),
      },
    },
  });
}

/** Only for its table and its way of hashing: requests are authenticated by `authenticate.ts`, without a write. */
function apiKeyPlugin() {
  return apiKey({
    references: 'organization',
    defaultPrefix: 'otk_',
    rateLimit: { enabled: false },
    schema: {
      apikey: {
        modelName: 'api_keys',
        fields: {
          ...columnsOf(
            'configId',
            'name',
            'start',
            'prefix',
            'refillInterval',
            'refillAmount',
            'lastRefillAt',
            'enabled',
            'rateLimitEnabled',
            'rateLimitTimeWindow',
            'rateLimitMax',
            'requestCount',
            'remaining',
            'lastRequest',
            'expiresAt',
            'createdAt',
            'updatedAt',
            'permissions',
            'metadata',
          ),
          key: 'key_hash',
          referenceId: 'workspace_id',
        },
      },
    },
  });
}

/** Somebody who signs in finds the workspace they joined first; another can be opened from there. */
async function openFirstWorkspace(pool: pg.Pool, session: { userId: string }) {
  const { rows } = await pool.query<{ workspace_id: string }>(
    'select workspace_id from members where user_id = $1 order by created_at, id limit 1',
    [session.userId],
  );
  return { data: { ...session, activeOrganizationId: rows[0]?.workspace_id ?? null } };
}

function logOf(logger: Logger, level: string, message: string): void {
  const log = level === 'error' ? logger.error : level === 'warn' ? logger.warn : logger.debug;
  log.call(logger, { message }, 'better-auth');
}
