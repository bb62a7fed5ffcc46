import { z } from 'zod';

/** The simulator needs no account; what a form sends along is dropped. */
export const SimulatorConfig = z.object({});

export type SimulatorConfig = z.infer<typeof SimulatorConfig>;
