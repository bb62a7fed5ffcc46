import { z } from 'zod';
import { fail, ok, type Result } from '../lib/result.ts';
import type { Numbers, PhoneView } from './kind.ts';

/** Which number a robot takes, as it stands in the robot's settings. */
export const PhonePick = z.discriminatedUnion('pick', [
  z.strictObject({ pick: z.literal('first') }),
  z.strictObject({
    pick: z.literal('type'),
    type: z.enum(['WORK', 'MOBILE', 'HOME', 'MAILING', 'OTHER']),
    otherwise: z.enum(['error', 'first']).default('error'),
  }),
  z.strictObject({ pick: z.literal('firstWithWhatsapp') }),
  z.strictObject({ pick: z.literal('all') }),
]);
export type PhonePick = z.infer<typeof PhonePick>;

/** The numbers of a lead that a pick means, each once, in the lead's order; or why there is none. */
export function pickNumbers(
  pick: PhonePick,
  phones: readonly PhoneView[],
): Result<Numbers, 'no-phone' | 'no-phone-of-type'> {
  const values = [...new Set(phones.map((phone) => phone.value))];
  const [first] = values;
  if (first === undefined) return fail('no-phone');
  if (pick.pick === 'all') return ok({ phones: values, choose: 'all' });
  if (pick.pick === 'firstWithWhatsapp') return ok({ phones: values, choose: 'firstWithWhatsapp' });
  if (pick.pick === 'first') return ok({ phones: [first], choose: 'all' });
  const ofType = phones.find((phone) => phone.type === pick.type)?.value;
  if (ofType === undefined && pick.otherwise === 'error') return fail('no-phone-of-type');
  return ok({ phones: [ofType ?? first], choose: 'all' });
}
