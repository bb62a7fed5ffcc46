import type { ChannelContext, FileToSend, SendOutcome } from '../channels/channel.ts';
import { messageAttempted } from '../events.ts';
import type { OpenLine } from '../lines/open-line.ts';
import { messageError } from './message-errors.ts';

/** What is to be sent, as it stands in the row of its intent. */
export interface SendableIntent {
  id: string;
  phone: string;
  kind: 'text' | 'file';
  text: string | null;
  providerId: string | null;
}

export interface SendableFile {
  name: string;
  mime: string;
  source: FileToSend['source'];
}

/**
 * The call itself. An adapter answers with a value for all that a provider may do; a throw is a defect of ours at an unknown
 * moment, so the message is uncertain.
 */
export async function callChannel(
  line: OpenLine,
  context: ChannelContext,
  send: { intent: SendableIntent; file: SendableFile | null },
): Promise<SendOutcome> {
  const outcome = await call(line, context, send);
  messageAttempted(line.medium, outcome.outcome);
  return outcome;
}

async function call(
  line: OpenLine,
  context: ChannelContext,
  { intent, file }: { intent: SendableIntent; file: SendableFile | null },
): Promise<SendOutcome> {
  const { channel, config } = line;
  const { language } = context;
  try {
    if (intent.kind === 'text') {
      if (channel.sendText === undefined)
        return {
          outcome: 'refused',
          reason: 'bad-config',
          error: messageError('no-texts', language, { line: line.name }),
        };
      return await channel.sendText(config, context, {
        messageId: intent.id,
        to: intent.phone,
        text: intent.text ?? '',
        preparedId: intent.providerId,
      });
    }
    if (channel.sendFile === undefined)
      return {
        outcome: 'refused',
        reason: 'bad-config',
        error: messageError('no-files', language, { line: line.name }),
      };
    if (file === null) return { outcome: 'refused', reason: 'bad-content', error: messageError('file-gone', language) };
    return await channel.sendFile(config, context, {
      messageId: intent.id,
      to: intent.phone,
      caption: intent.text,
      fileName: file.name,
      mime: file.mime,
      source: file.source,
    });
  } catch (error) {
    context.logger.error(
      { err: error, lineId: line.id, messageId: intent.id },
      'The channel threw instead of answering',
    );
    return { outcome: 'uncertain', error: messageError('channel-broke', language) };
  }
}
