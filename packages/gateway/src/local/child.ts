/** One model in a process of its own: what it weighs, and what breaks it, is not the gateway's. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { loadLlama, mustBeGguf } from './llama.ts';
import type { LocalMessage, LocalOrder } from './messages.ts';
import { LocalServer } from './server.ts';

const { name, file, context, threads, folder, port } = JSON.parse(
  process.argv[2] ?? '',
) as LocalOrder;
const tell = (message: LocalMessage): void => void process.send?.(message);

// It lives as long as the gateway, even when that is killed without a word.
process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

try {
  await mustBeGguf(file);
  const library = await loadLlama(folder);
  const local = new LocalServer(name);
  local.server.listen(port, '127.0.0.1');
  await once(local.server, 'listening');
  // Whoever asks is answered to the end; the gateway says when it wants no more.
  process.on('message', () => local.server.close(() => process.exit(0)));
  tell({ type: 'listens', port: (local.server.address() as AddressInfo).port });

  const llama = await library.getLlama({
    build: 'never',
    skipDownload: true,
    logLevel: 'error',
    ...(threads === undefined ? {} : { maxThreads: threads }),
  });
  const model = await llama.loadModel({ modelPath: file });
  const made = await model.createContext({
    contextSize: { max: context },
    ...(threads === undefined ? {} : { threads }),
  });
  const sequence = made.getSequence();
  local.open({ llama, sequence, chat: new library.LlamaChat({ contextSequence: sequence }) });
  tell({ type: 'ready' });
} catch (error) {
  const problem = error instanceof Error ? error.message : String(error);
  tell({ type: 'failed', problem });
  process.disconnect();
}
