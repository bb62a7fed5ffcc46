import type { RegisterNoun } from './api-app.ts';
import { registerApiKeys } from './api-keys.ts';
import { registerCatalogue } from './catalogue.ts';
import { registerFields } from './fields.ts';
import { registerFiles } from './files.ts';
import { registerImports } from './imports.ts';
import { registerInvitations } from './invitations.ts';
import { registerLeadHistory } from './lead-history.ts';
import { registerLeads } from './leads.ts';
import { registerLines } from './lines.ts';
import { registerMe } from './me.ts';
import { registerMembers } from './members.ts';
import { registerMessages } from './messages.ts';
import { registerRecipes } from './recipes.ts';
import { registerRobots } from './robots.ts';
import { registerSignInLinks } from './sign-in-links.ts';
import { registerSimulator } from './simulator.ts';
import { registerStages } from './stages.ts';
import { registerVersion } from './version.ts';
import { registerWorkspace } from './workspace.ts';

/** Every noun of the API, one file each. */
export const nouns: readonly RegisterNoun[] = [
  registerVersion,
  registerSignInLinks,
  registerMe,
  registerWorkspace,
  registerMembers,
  registerInvitations,
  registerApiKeys,
  registerLeads,
  registerImports,
  registerLeadHistory,
  registerStages,
  registerRobots,
  registerRecipes,
  registerFields,
  registerCatalogue,
  registerLines,
  registerFiles,
  registerMessages,
  registerSimulator,
];
