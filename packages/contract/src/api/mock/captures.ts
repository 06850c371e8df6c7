import type { Answer } from '../endpoints.ts';
import { ApiFailure } from '../problems.ts';
import type { Receipt } from '../requests.ts';

/** Nothing is kept of what was refused; what was said tries to be more than text. */
export function captureOf({
  id,
  at,
  model,
  status,
}: Receipt): Answer<'GET /api/requests/{id}/capture'> {
  if (status === 400) {
    throw new ApiFailure('not_found', 'nothing was kept of this request');
  }
  const content = 'Write to [EMAIL] that <img src=x onerror="document.title = 1"> is only text.';
  const message = { role: 'assistant', content: 'Dear [EMAIL], it is only text.' };
  return {
    id,
    at,
    request: JSON.stringify({ model, messages: [{ role: 'user', content }] }),
    answer: status < 400 ? JSON.stringify({ choices: [{ index: 0, message }] }) : null,
    redacted: ['pii', 'secrets'],
  };
}
