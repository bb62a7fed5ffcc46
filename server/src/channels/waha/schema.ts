import { z } from 'zod';

/** What a line of this channel is told by its owner. */
export const WahaConfig = z.object({
  baseUrl: z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, '')),
  apiKey: z.string().trim().min(1).max(500),
  /** WAHA allows letters, digits, `-` and `_`. */
  session: z
    .string()
    .trim()
    .regex(/^[\w-]{1,54}$/)
    .default('default'),
  webhookSecret: z
    .string()
    .min(1)
    .max(500)
    .nullish()
    .transform((secret) => secret ?? null),
});

export type WahaConfig = z.infer<typeof WahaConfig>;

/**
 * An id as the engines give it: the documented text `true_79001234567@c.us_3EB0…`, or an object of the engine below
 * (WEBJS: `_serialized`; NOWEB answers a send with Baileys' own message, whose id is in `key`).
 */
const EngineId = z.union([z.string(), z.object({ _serialized: z.string() }), z.object({ id: z.string() })]);

export const SentMessage = z.object({
  id: EngineId.nullish().catch(null),
  key: z.object({ id: z.string() }).nullish().catch(null),
});

export const CheckAnswer = z.object({ numberExists: z.boolean(), chatId: z.string().nullish().catch(null) });

export const NewMessageId = z.object({ id: z.string().min(1) });

/** A message of a chat's history. */
export const ChatMessage = z.object({
  id: EngineId,
  timestamp: z.number(),
  fromMe: z.boolean().nullish(),
  body: z.string().nullish(),
  hasMedia: z.boolean().nullish(),
  media: z
    .object({ filename: z.string().nullish().catch(null) })
    .nullish()
    .catch(null),
  ack: z.number().nullish(),
});

export type ChatMessage = z.infer<typeof ChatMessage>;

export const SessionInfo = z.object({ status: z.string() });

/** What all events have; the payload is read by the schema of its event. */
export const WebhookBody = z.object({
  id: z.string().nullish(),
  timestamp: z.number().nullish(),
  session: z.string(),
  event: z.string(),
  payload: z.unknown(),
});

export type WebhookBody = z.infer<typeof WebhookBody>;

export const AckPayload = z.object({
  id: EngineId,
  fromMe: z.boolean().nullish(),
  ack: z.number(),
  /** Newer than the description: why WhatsApp refused a message, `463` for an account that may not start chats. */
  error: z.object({ code: z.string().nullish(), reason: z.string().nullish() }).nullish().catch(null),
});

export const SessionPayload = z.object({ status: z.string() });

export const MessagePayload = z.object({
  id: EngineId,
  from: z.string(),
  fromMe: z.boolean().nullish(),
  body: z.string().nullish(),
});
