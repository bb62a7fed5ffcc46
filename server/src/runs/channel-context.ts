import type { ChannelContext } from '../channels/channel.ts';
import type { OpenLine } from '../lines/open-line.ts';
import { createSimulatorStore } from '../lines/simulator-database.ts';
import type { Engine } from './engine.ts';

/** What an adapter gets along with a call made for a chain: the lease decides whether a request may still be written. */
export function channelContext(engine: Pick<Engine, 'context' | 'lease' | 'signal'>, line: OpenLine): ChannelContext {
  const { context, lease, signal } = engine;
  return {
    http: context.http,
    logger: context.logger,
    simulator: createSimulatorStore(context.pool),
    workspaceId: line.workspaceId,
    lineId: line.id,
    medium: line.medium,
    language: line.language,
    maySend: () => lease.isValid(),
    signal,
  };
}
