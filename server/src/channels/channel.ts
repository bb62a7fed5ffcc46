import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Language } from '../accounts/principal.ts';
import type { HttpClient } from '../lib/http.ts';
import type { SimulatorStore } from './simulator/simulator-store.ts';

/**
 * What every channel adapter is: a description and a handful of calls. An adapter never throws for what a provider
 * may answer: each call returns one of the outcomes below, and the caller decides what they mean for a lead. An `error` and a
 * `detail` are shown to people: sentences in the language of the workspace, from the adapter's `errors.ts`.
 */

export type Medium = 'whatsapp' | 'sms';

/** The state of a line as the provider tells it; `unknown` before the first answer. */
export type LineState = 'unknown' | 'connecting' | 'scan' | 'working' | 'offline' | 'failed';

/** One input of a line's form; the web app draws the form from this. */
export interface FormField {
  name: string;
  type: 'text' | 'url' | 'secret' | 'number' | 'select' | 'yes-no';
  label: { ru: string; en: string };
  hint?: { ru: string; en: string };
  placeholder?: string;
  required: boolean;
  options?: { value: string; label: { ru: string; en: string } }[];
}

export interface ChannelDescription {
  /** Catalogue id; also the folder's name. */
  id: string;
  mediums: readonly Medium[];
  name: { ru: string; en: string };
  abilities: {
    check: boolean;
    text: boolean;
    file: boolean;
    /** Files can be handed over as bytes; otherwise the provider fetches a public link itself. */
    fileBytes: boolean;
    caption: boolean;
    lookUp: boolean;
    receipts: boolean;
    inbound: boolean;
    /** One process must own the line's connection (SMPP); its messages are handed over through the table. */
    connection: boolean;
  };
  form: readonly FormField[];
}

/** What a check of one number found. `error` is never `no`: a check that could not be made must not cost an SMS. */
export type CheckOutcome =
  | { outcome: 'yes'; address?: string }
  | { outcome: 'no' }
  /** `retry` tells that the line or the network is at fault and a later try may answer (line offline, 5xx, time-out, 429). */
  | { outcome: 'error'; retry: boolean; error: string; retryAfterMs?: number };

export type RefusalReason =
  | 'no-whatsapp'
  | 'bad-number'
  | 'blocked'
  | 'no-money'
  | 'bad-content'
  | 'bad-config'
  | 'other';

export type SendOutcome =
  /** The provider took the message. `parts` are the ids of a message that left in several pieces, `providerId` the first. */
  | { outcome: 'accepted'; providerId: string; parts?: string[] }
  /** It will never work as it stands. */
  | { outcome: 'refused'; reason: RefusalReason; error: string }
  /** It certainly did not leave: try again, not before `retryAfterMs`. */
  | { outcome: 'not-sent'; error: string; retryAfterMs?: number }
  /** The request left and no answer came: nobody knows. `parts` are the pieces that were taken before that. */
  | { outcome: 'uncertain'; error: string; parts?: string[] };

export type LookUpOutcome =
  | { outcome: 'found'; providerId: string; status: ReceiptStatus }
  /** The provider is sure that it never got it: a new try is safe. */
  | { outcome: 'not-found' }
  | { outcome: 'unknown'; error: string };

export type ReceiptStatus = 'accepted' | 'delivered' | 'read' | 'failed';

/** What a provider said later about a message, however it came (webhook, SMPP deliver_sm, poll). */
export interface ReceiptEvent {
  type: 'receipt';
  /** The provider's id of the event where it has one; otherwise made from id and status. Used against repeats. */
  eventKey: string;
  providerId: string;
  status: ReceiptStatus;
  /** Set on `failed`. */
  error?: string;
  /** `no-whatsapp` teaches reachability. */
  reason?: RefusalReason;
  occurredAt: Date | null;
}

export interface InboundEvent {
  type: 'inbound';
  eventKey: string;
  /** E.164 with `+`. */
  from: string;
  text: string;
  providerId: string;
  occurredAt: Date | null;
}

export interface LineStateEvent {
  type: 'line-state';
  eventKey: string;
  state: LineState;
  detail: string | null;
}

export type ChannelEvent = ReceiptEvent | InboundEvent | LineStateEvent;

export interface TextToSend {
  /** Our message id (`msg_…`): goes along wherever the provider takes a reference. */
  messageId: string;
  /** E.164 with `+`. */
  to: string;
  text: string;
  /** The id got from `prepareText`, if the channel has one. */
  preparedId: string | null;
}

export interface FileToSend {
  messageId: string;
  to: string;
  caption: string | null;
  fileName: string;
  mime: string;
  /** Either a link that the provider fetches, or the bytes. */
  source: { url: string } | { bytes: Buffer };
}

/** What an adapter may use besides its arguments. */
export interface ChannelContext {
  http: HttpClient;
  logger: Logger;
  /** Only the simulator uses it. */
  simulator: SimulatorStore;
  workspaceId: string;
  lineId: string;
  medium: Medium;
  /** The language of the workspace, for what people read. */
  language: Language;
  /** Called in the same tick in which a request is about to be written; false means: the worker lost its lease, do not send. */
  maySend(): boolean;
  /** Aborted when the worker stops for good. */
  signal: AbortSignal;
}

export interface LookUpRequest {
  messageId: string;
  to: string;
  text: string | null;
  fileName: string | null;
  /** What is known of the id: the prepared one, or null. */
  providerId: string | null;
  /** When the intent was committed. */
  sentAt: Date;
}

export interface WebhookRequest {
  /** Lower-case header names. */
  headers: Record<string, string | undefined>;
  rawBody: Buffer;
}

export type WebhookVerdict = { ok: true; events: ChannelEvent[] } | { ok: false; error: string };

export interface LineHealth {
  state: LineState;
  detail: string | null;
}

/** A live connection of a line (SMPP). Held by the one worker that owns the line. */
export interface LineConnection {
  /** Submits one text; resolves when the outcome is known. Never throws for what the provider answers. */
  sendText(message: TextToSend): Promise<SendOutcome>;
  /** True when a submit would be written now: bound and the window has room. */
  isReady(): boolean;
  health(): LineHealth;
  close(): Promise<void>;
}

export interface ConnectionEvents {
  /** Called for each receipt or inbound message; the peer is answered only after the returned promise resolved. */
  onEvent(event: ChannelEvent): Promise<void>;
  onState(health: LineHealth): void;
}

/** An adapter is made for one channel; `Config` is what its zod schema parses, secrets included. */
export interface Channel<Config = unknown> {
  describe: ChannelDescription;
  /** Parses what the user typed into the line's form. */
  config: z.ZodType<Config>;
  /** Names of `config` that are secret: encrypted at rest, write-only in the API. */
  secretNames: readonly string[];
  check?(config: Config, context: ChannelContext, phone: string): Promise<CheckOutcome>;
  /** Asks the provider for a message id of our own before the intent is written. Null when it has none to give. */
  prepareText?(config: Config, context: ChannelContext): Promise<string | null>;
  sendText?(config: Config, context: ChannelContext, message: TextToSend): Promise<SendOutcome>;
  sendFile?(config: Config, context: ChannelContext, file: FileToSend): Promise<SendOutcome>;
  lookUp?(config: Config, context: ChannelContext, request: LookUpRequest): Promise<LookUpOutcome>;
  /** `language` is that of the workspace, for what people read. */
  parseWebhook?(config: Config, request: WebhookRequest, language: Language): WebhookVerdict;
  health?(config: Config, context: ChannelContext): Promise<LineHealth>;
  /** For channels with a connection. */
  connect?(config: Config, context: ChannelContext, events: ConnectionEvents): LineConnection;
}
