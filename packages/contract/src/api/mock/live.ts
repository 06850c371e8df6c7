import type { Role } from '../endpoint.ts';
import { eventKinds, type EventName } from '../events.ts';
import { drift } from './drift.ts';
import type { MockState } from './state.ts';

/** `GET /api/events` of the mock: a busy second each second, and now and then a target that rests. */
export function eventStream(
  state: MockState,
  role: Role,
  only: string | null,
  every: (ms: number, run: () => void) => () => void,
  signal: AbortSignal | null | undefined,
): Response {
  const wanted = only === null ? undefined : new Set(only.split(','));
  const encoder = new TextEncoder();
  let stop = (): void => {};
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      let id = 0;
      const tell = (name: string, data: unknown) => {
        if (wanted?.has(name) === false) return;
        if (!eventKinds[name as EventName].allow.includes(role)) return;
        id += 1;
        const lines = `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
        controller.enqueue(encoder.encode(lines));
      };
      state.listeners.add(tell);
      const stopDrifting = every(1000, () => drift(state));
      stop = () => {
        stopDrifting();
        state.listeners.delete(tell);
      };
      signal?.addEventListener('abort', () => {
        stop();
        controller.error(signal.reason);
      });
    },
    cancel: () => stop(),
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}
