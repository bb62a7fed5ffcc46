import { z } from 'zod';
import type { Medium } from '../channels/channel.ts';
import type { Action, LeadView, RobotKind } from './kind.ts';
import { PhonePick } from './phone-pick.ts';
import { failedSend, failedSendBecause, sendTo } from './sending.ts';
import { MAX_TEXT } from './template.ts';
import { TimeoutSeconds } from './timeout.ts';

/** The settings of a robot that sends a text, on whatever medium. */
export const TextMessage = z.strictObject({
  lineId: z.string().min(1).max(60),
  phone: PhonePick,
  text: z.string().min(1).max(MAX_TEXT),
  timeoutSeconds: TimeoutSeconds,
});
export type TextMessage = z.infer<typeof TextMessage>;

/** Renders the text for the lead and sends it; a text that cannot be rendered, or is empty, ends the step with E. */
export function sendText(
  medium: Medium,
  settings: TextMessage,
  view: LeadView,
  render: Parameters<RobotKind['act']>[2],
): Action {
  const text = render(settings.text);
  if (!text.ok) return failedSend(text.error);
  if (text.value.trim() === '') return failedSendBecause('empty-text', view);
  return sendTo(settings, medium, view, { kind: 'text', text: text.value });
}
