import type { Auth } from '../accounts/auth.ts';
import type { Authenticator } from '../accounts/authenticate.ts';
import type { Context } from '../context.ts';
import type { ApiApp } from './api-app.ts';
import { registerVersion } from './version.ts';

export interface NounParts {
  auth: Auth;
  authenticator: Authenticator;
}

/** Adds the routes of one noun under `/api/v1`. */
export type RegisterNoun = (app: ApiApp, context: Context, parts: NounParts) => void;

/** Every noun of the API, one file each. */
export const nouns: readonly RegisterNoun[] = [registerVersion];
