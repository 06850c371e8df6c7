import { asking, well, type Found } from './asking.ts';
import type { Look } from './outcome.ts';

/** The part of an MqttClient of mqtt.js that is used. */
export interface MqttClient {
  readonly connected: boolean;
  readonly disconnecting: boolean;
}

/**
 * Well while the client is connected. MQTT has no question that may be asked beside the client's
 * own keep-alive, so a broker that hangs is noticed within one and a half keep-alive times.
 */
export function mqtt(client: MqttClient): Look {
  return asking(async (): Promise<Found> => {
    if (client.connected && !client.disconnecting) return well;
    return { status: 'fail', reason: 'not_connected', fault: 'network' };
  });
}
