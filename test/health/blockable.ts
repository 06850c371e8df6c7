/** A service that stands still on demand: its loop is blocked by the message it is sent. */
import { createHealth } from '@vitalgate/health';
import { serveFromThread } from '@vitalgate/health/serve/thread';

const health = createHealth({ name: 'blockable' });
const { port } = await serveFromThread(health, {
  port: 0,
  host: '127.0.0.1',
  warnMs: 600,
  unreadyMs: 900,
  deadMs: 1_500,
});
process.on('message', (ms: number) => {
  process.send?.('blocked', () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    process.send?.('free');
  });
});
process.on('disconnect', () => process.exit());
process.send?.(port);
