/**
 * Something the person running Otklik can put right. The message is the whole answer: what is wrong, with what, and what
 * to do; it is shown without a stack trace.
 */
export class OperatorError extends Error {
  override name = 'OperatorError';
}
