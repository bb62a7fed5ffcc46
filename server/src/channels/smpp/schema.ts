import { z } from 'zod';

const MAX_ALPHANUMERIC_SOURCE = 11;
const MAX_NUMERIC_SOURCE = 15;

/** Lengths are those of SMPP 3.4 §4.1.1 without the closing zero octet. https://smpp.org/SMPP_v3_4_Issue1_2.pdf */
export const SmppConfig = z.strictObject({
  host: z
    .string()
    .trim()
    .min(1, 'host: name the SMPP server, such as smpp.example.com')
    .regex(/^[^\s/:]+$|^\[?[0-9a-f:.]+\]?$/i, 'host: only a name or an address, without smpp:// and without the port')
    .transform((host) => host.replace(/^\[|\]$/g, '')),
  port: z.coerce.number({ error: 'port: a number from 1 to 65535' }).int().min(1).max(65535),
  systemId: asciiText('systemId', 15).min(1, 'systemId: the login of the SMPP account'),
  password: asciiText('password', 64),
  systemType: asciiText('systemType', 12).optional(),
  source: z
    .string()
    .trim()
    .refine(
      isSource,
      `source: up to ${MAX_ALPHANUMERIC_SOURCE} Latin letters, digits and signs, or a number of up to ${MAX_NUMERIC_SOURCE} digits`,
    )
    .optional(),
  tls: z.boolean().optional(),
  /** Submits that may wait for an answer at once. */
  window: z.coerce.number().int().min(1).max(1000).optional(),
  idFormat: z.enum(['same', 'hex-answer', 'hex-receipt']).optional(),
});

export type SmppConfig = z.infer<typeof SmppConfig>;

/** What an SMSC delivers: a receipt or a message of a person. Missing or odd fields are read as empty. */
export const Delivery = z.object({
  source_addr: z.string().catch(''),
  destination_addr: z.string().catch(''),
  esm_class: z.number().catch(0),
  data_coding: z.number().catch(0),
  short_message: z.instanceof(Buffer).catch(Buffer.alloc(0)),
  message_payload: z.instanceof(Buffer).nullable().catch(null),
  receipted_message_id: z.instanceof(Buffer).nullable().catch(null),
  message_state: z.number().nullable().catch(null),
  sar_msg_ref_num: z.number().nullable().catch(null),
  sar_total_segments: z.number().nullable().catch(null),
  sar_segment_seqnum: z.number().nullable().catch(null),
});

export type Delivery = z.infer<typeof Delivery>;

function asciiText(name: string, longest: number) {
  return z
    .string()
    .max(longest, `${name}: at most ${longest} characters`)
    .regex(/^[\x20-\x7e]*$/, `${name}: only Latin letters, digits and signs`);
}

function isSource(source: string): boolean {
  return (
    source === '' ||
    new RegExp(`^\\+?\\d{1,${MAX_NUMERIC_SOURCE}}$`).test(source) ||
    new RegExp(`^[\\x20-\\x7e]{1,${MAX_ALPHANUMERIC_SOURCE}}$`).test(source)
  );
}
