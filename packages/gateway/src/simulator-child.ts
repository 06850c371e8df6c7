/** The built-in simulator in a process of its own: a provider like any other, reached by socket. */
import { startSimulator } from '@vitalgate/simulator';

const simulator = await startSimulator({ host: '127.0.0.1', port: 0 });
process.send?.({ port: simulator.address.port });
// It lives as long as the gateway, even when that is killed without a word.
process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
