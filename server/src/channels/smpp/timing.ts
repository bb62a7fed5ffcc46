/** The clock of a line; tests run it faster. All in milliseconds. */
export interface Timing {
  /** For the TCP (and TLS) connection and the answer to the bind together. */
  bindMs: number;
  /** Between two enquire_link. */
  enquireMs: number;
  /** For the answer to enquire_link; none means that the connection is dead. */
  enquireAnswerMs: number;
  /** For the answer to submit_sm; none leaves the message uncertain. */
  submitMs: number;
  /** How long a submit may wait for room in the window. */
  queueMs: number;
  /** First and longest pause before a new connection. */
  reconnectBaseMs: number;
  reconnectMaxMs: number;
  /** Pause after a refused bind: only a person can help, and some SMSCs ban an address that keeps knocking. */
  refusedMs: number;
  /** A connection that lived so long starts the pauses anew. */
  stableMs: number;
  /** Replaces the pause that a throttling status asks for; null in production. */
  throttleMs: number | null;
  /** How long the rest of a message whose first parts were taken is tried. */
  restMs: number;
  /** How long a part of an inbound message waits for the others. */
  joinMs: number;
  /** How long a close waits for messages in flight. */
  closeMs: number;
}

export const DEFAULT_TIMING: Timing = {
  bindMs: 15_000,
  enquireMs: 20_000,
  enquireAnswerMs: 10_000,
  submitMs: 30_000,
  queueMs: 30_000,
  reconnectBaseMs: 500,
  reconnectMaxMs: 30_000,
  refusedMs: 60_000,
  stableMs: 10_000,
  throttleMs: null,
  restMs: 60_000,
  joinMs: 3_000,
  closeMs: 10_000,
};
