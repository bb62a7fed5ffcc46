import { z } from 'zod';

/** One comparison. `value` names what is compared: `lead.name`, `field.<code>` or `<ref>.<result>`. */
export const Clause = z.strictObject({
  value: z.string().min(1).max(120),
  op: z.enum([
    'equals',
    'notEquals',
    'contains',
    'notContains',
    'filled',
    'notFilled',
    'greater',
    'less',
    'inRange',
    'oneOf',
  ]),
  /** A text, a number, a yes-no; two values for `inRange`; a list for `oneOf`; absent for `filled` and `notFilled`. */
  to: z
    .union([
      z.string().max(1000),
      z.number(),
      z.boolean(),
      z.array(z.union([z.string().max(1000), z.number()])).max(200),
    ])
    .optional(),
});
export type Clause = z.infer<typeof Clause>;

/** A group of comparisons, И (`all`) or ИЛИ (`any`); groups nest. */
export type Condition = { all: (Clause | Condition)[] } | { any: (Clause | Condition)[] };

const Members: z.ZodType<(Clause | Condition)[]> = z.lazy(() =>
  z
    .array(z.union([Clause, Condition]))
    .min(1)
    .max(50),
);
export const Condition: z.ZodType<Condition> = z.union([
  z.strictObject({ all: Members }),
  z.strictObject({ any: Members }),
]);

/** One configured action of a stage, as the API takes and gives it; `settings` is parsed by the robot's kind. */
export const Robot = z.strictObject({
  ref: z.string().regex(/^[a-z][a-zA-Z0-9_]{0,39}$/, 'invalid-ref'),
  kind: z.string().min(1).max(60),
  title: z.string().max(200).nullable().default(null),
  enabled: z.boolean().default(true),
  after: z.enum(['parallel', 'previous']).default('parallel'),
  delaySeconds: z.number().int().min(0).max(31_622_400).default(0),
  condition: Condition.nullable().default(null),
  settings: z.record(z.string(), z.unknown()),
});
export type Robot = z.infer<typeof Robot>;

export const MAX_ROBOTS = 100;
export const RobotList = z.array(Robot).max(MAX_ROBOTS);
