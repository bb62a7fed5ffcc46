import { parseArgs } from 'node:util';

/** How much is measured. */
export interface Options {
  /** Leads of one round at saturation. */
  leads: number;
  /** Rounds of the ceiling and of the product each; medians of them are told. */
  rounds: number;
  /** Leads a second, and for how many seconds, of the round at a steady rate. */
  rate: number;
  seconds: number;
  /** Leads with a sleeping timer each that are in the database for the second part; 0 leaves that part out. */
  sleeping: number;
  /** Where the product writes a CPU profile when it ends; null for none. */
  profileDir: string | null;
}

export const HELP = `npm run bench -- [options]
  --leads N        leads of one round at saturation (default 6000)
  --rounds N       rounds of the ceiling and of the product each (default 3)
  --skip-million   leave out the part with a million leads and timers in the database
  --sleeping N     how many leads and timers instead of a million
  --quick          1500 leads, 1 round, no million
  --profile DIR    the product writes a CPU profile there`;

/** Reads the command line; null when help was asked for. */
export function readOptions(args: string[]): Options | null {
  const { values } = parseArgs({
    args,
    options: {
      leads: { type: 'string' },
      rounds: { type: 'string' },
      sleeping: { type: 'string' },
      'skip-million': { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const skipped = values['skip-million'] || values.quick;
  return {
    leads: count('leads', values.leads, values.quick ? 1_500 : 6_000, 100_000),
    rounds: count('rounds', values.rounds, values.quick ? 1 : 3, 20),
    rate: 100,
    seconds: values.quick ? 3 : 6,
    sleeping: skipped ? 0 : count('sleeping', values.sleeping, 1_000_000, 5_000_000),
    profileDir: values.profile ?? null,
  };
}

function count(name: string, given: string | undefined, otherwise: number, most: number): number {
  if (given === undefined) return otherwise;
  const value = Number(given);
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw new Error(`--${name} must be a whole number from 1 to ${most}`);
  return value;
}
