import { isKept } from '../capture/scope.ts';
import { answerSide } from '../capture/http-side.ts';
import { keep } from '../request/keep.ts';
import type { Running } from '../running.ts';
import type { PromptUnderstood } from './understand.ts';

/** Keeps what was made of a prompt, as its model was asked, and the document its caller was told. */
export function capturePrompt(guarded: PromptUnderstood, running: Running): void {
  const { capture: config } = running.config;
  if (config === undefined || !isKept(config, 'prompts', guarded.prompt.name)) return;
  const { dialect, form } = guarded;
  // A second question, where the first was answered wrongly, takes its place.
  const bytes = guarded.body;
  keep(guarded, running, config, {
    request: () => ({ dialect, form, isStream: false, bytes }),
    answer: answerSide,
  });
}
