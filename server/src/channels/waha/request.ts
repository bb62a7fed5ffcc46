import type { HttpRequest } from '../../lib/http.ts';
import type { ChannelContext } from '../channel.ts';
import { type ProviderAnswer, readProviderAnswer } from '../provider-answer.ts';
import { explainFailure } from './failure.ts';
import type { WahaConfig } from './schema.ts';

/** How WAHA is called in errors. */
export const WAHA = 'WAHA';

/** Calls WAHA with the line's key, under the caller's lease and signal. */
export async function askWaha(
  config: WahaConfig,
  context: ChannelContext,
  path: string,
  more: Pick<HttpRequest, 'json' | 'timeoutMs'> = {},
): Promise<ProviderAnswer> {
  const outcome = await context.http.request({
    method: more.json === undefined ? 'GET' : 'POST',
    url: `${config.baseUrl}/api/${path}`,
    headers: { 'x-api-key': config.apiKey },
    maySend: context.maySend,
    signal: context.signal,
    ...more,
  });
  return explainFailure(readProviderAnswer(outcome, WAHA, context.language), context.language);
}
